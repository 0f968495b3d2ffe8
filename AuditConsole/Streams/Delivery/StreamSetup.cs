using System.Security.Cryptography;
using AuditConsole.Storage;
using AuditConsole.Streams.Destinations;
using AuditConsole.Streams.Formats;
using AuditConsole.Streams.Reach;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.Streams.Delivery;

/// <summary>A stream, ready to deliver: everything of it that people set, read once. A change makes another one.</summary>
internal sealed record StreamSetup(
    string Id, string Name, int Tenant, Guid TenantId, IDestinationKind Kind, DestinationSettings Settings, StreamFilter Filter,
    StreamRedaction Redaction, IEntryFormat Format);

/// <summary>Makes streams ready.</summary>
internal sealed class StreamSetups(
    IDbContextFactory<ConsoleDbContext> contexts, DestinationKinds kinds, StreamSecrets secrets, GuardedHttp http, TimeProvider clock)
{
    /// <summary>The values that a secret had before, while both count: <c>previous_secret</c>, <c>previous_secret_until</c>.</summary>
    public const string Previous = "previous_";

    /// <summary>What comes behind the name of such a value for the time at which it ends.</summary>
    public const string Until = "_until";

    /// <summary>The stream and its lanes; null where there is none.</summary>
    public async Task<(LogStream Stream, IReadOnlyList<StreamLane> Lanes)?> ReadAsync(string id, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.Streams.AsNoTracking().Include(row => row.Tenant).SingleOrDefaultAsync(row => row.Id == id, cancellationToken) is { } stream
            ? (stream, await context.StreamLanes.AsNoTracking().Where(lane => lane.StreamId == id).ToListAsync(cancellationToken))
            : null;
    }

    /// <summary>The stream, ready; or why it isn't, a sentence for an admin.</summary>
    public (StreamSetup? Setup, string? Problem) Of(LogStream stream)
    {
        if (kinds.Find(stream.Kind) is not { } kind)
        {
            return (null, $"This version of the service can't deliver to {stream.Kind}.");
        }
        if (!StreamRedaction.TryParse([.. stream.Redactions], out var redaction, out var problem))
        {
            return (null, problem);
        }
        try
        {
            return (new StreamSetup(
                stream.Id, stream.Name, stream.TenantNumber, stream.Tenant!.Id, kind, new DestinationSettings(SettingsOf(stream)), StreamFilter.Of(stream),
                redaction, kinds.FormatOf(stream.Format)), null);
        }
        catch (CryptographicException)
        {
            return (null, "Its secrets can't be read: the keys in the data directory's folder keys are others than when they were entered. Enter them again, and resume.");
        }
    }

    /// <summary>All settings of a stream, secrets in plain text.</summary>
    /// <exception cref="CryptographicException">The secrets can't be read.</exception>
    public Dictionary<string, string> SettingsOf(LogStream stream)
    {
        var values = new Dictionary<string, string>(stream.Settings, StringComparer.Ordinal);
        foreach (var (name, value) in secrets.Unprotect(stream.Tenant!.Id, stream.Id, stream.Secrets))
        {
            values[name] = value;
        }
        return values;
    }

    /// <summary>Opens where it goes to.</summary>
    public IDestination Open(StreamSetup setup) => setup.Kind.Open(
        setup.Settings, new DestinationContext(setup.Id, setup.TenantId, setup.Format.Format, http.Client, clock));
}
