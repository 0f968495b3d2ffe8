using System.Globalization;
using System.Security.Cryptography;
using AuditConsole.Storage;
using AuditConsole.Streams.Destinations;
using AuditConsole.Streams.Destinations.ObjectStorage;
using AuditConsole.Streams.Formats;
using AuditConsole.Streams.Reach;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.Streams.Delivery;

/// <summary>A stream, ready to deliver: everything of it that people set, read once. A change makes another one.</summary>
internal sealed record StreamSetup(
    string Id, string Name, int Tenant, Guid TenantId, IDestinationKind Kind, DestinationSettings Settings, StreamFilter Filter,
    StreamRedaction Redaction, IEntryFormat Format)
{
    // Shorter ones would be found in words that have nothing to do with them.
    private const int LeastScrubbed = 6;

    /// <summary><see cref="LogStream.Branch"/>.</summary>
    public string? Branch { get; init; }

    /// <summary>What must be in no text that is kept or shown: the secrets, and their parts where they have several lines.</summary>
    public IReadOnlyList<string> Secrets { get; init; } = [];

    /// <summary>What of secrets the other side may say back: whole, by line, and behind the name of a header.</summary>
    public static IReadOnlyList<string> PartsOf(IEnumerable<string> secrets) =>
    [
        .. secrets.SelectMany(secret => secret.Split('\n').Append(secret)).SelectMany(line => new[] { line, line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..] })
            .Select(part => part.Trim()).Where(part => part.Length >= LeastScrubbed).Distinct(StringComparer.Ordinal).OrderByDescending(part => part.Length),
    ];

    /// <summary>An outcome fit to be kept: whoever answers may say back what it was sent, headers too.</summary>
    public DeliveryOutcome Clean(DeliveryOutcome outcome) =>
        outcome with { Message = Clean(outcome.Message), Answer = outcome.Answer is null ? null : Clean(outcome.Answer) };

    private string Clean(string text) => Secrets.Aggregate(text, (cleaned, secret) => cleaned.Replace(secret, "…", StringComparison.Ordinal));
}

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
        if (kinds.Of(stream) is not { } kind)
        {
            return (null, $"This version of the service can't deliver to {stream.Kind}.");
        }
        if (!StreamRedaction.TryParse([.. stream.Redactions], out var redaction, out var problem))
        {
            return (null, problem);
        }
        try
        {
            var settings = SettingsOf(stream);
            return (new StreamSetup(
                stream.Id, stream.Name, stream.TenantNumber, stream.Tenant!.Id, kind, new DestinationSettings(settings), StreamFilter.Of(stream),
                redaction, kinds.FormatOf(stream.Format))
            {
                Branch = stream.Branch,
                Secrets = StreamSetup.PartsOf(settings.Where(pair => !stream.Settings.ContainsKey(pair.Key)).Select(pair => pair.Value)),
            }, null);
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
    /// <param name="setup">The stream.</param>
    /// <param name="lane">Which way; null for what is sent beside both.</param>
    public IDestination Open(StreamSetup setup, StreamLane? lane = null) => setup.Kind.Open(setup.Settings, ContextOf(setup) with { Run = RunOf(setup, lane) });

    /// <summary>Opens the bucket that it goes to.</summary>
    /// <exception cref="InvalidOperationException">It goes to none.</exception>
    public IObjectStore OpenStore(StreamSetup setup) => setup.Kind is IObjectStoreKind kind
        ? kind.OpenStore(setup.Settings, ContextOf(setup))
        : throw new InvalidOperationException($"{setup.Kind.Name} keeps no objects.");

    // A replay that is asked for twice is sent twice, and so is an entry that is sent again by hand.
    private static string RunOf(StreamSetup setup, StreamLane? lane)
    {
        var way = lane switch
        {
            null => $"_again{Guid.NewGuid():N}",
            { Kind: LaneKind.Replay } => string.Create(CultureInfo.InvariantCulture, $"_replay{lane.StartedAt.ToUnixTimeMilliseconds()}"),
            _ => "",
        };
        return setup.Branch is { } branch ? $"_{branch}{way}" : way;
    }

    private DestinationContext ContextOf(StreamSetup setup) => new(setup.Id, setup.TenantId, setup.Format.Format, http.Client, clock);
}
