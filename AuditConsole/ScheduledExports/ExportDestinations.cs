using System.Security.Cryptography;
using AuditConsole.Streams;
using AuditConsole.Streams.Delivery;
using AuditConsole.Streams.Destinations;
using AuditConsole.Streams.Destinations.ObjectStorage;
using AuditConsole.Streams.Reach;

namespace AuditConsole.ScheduledExports;

/// <summary>The kinds that exports can go to, and how they are opened.</summary>
internal sealed class ExportDestinations(DestinationKinds kinds, StreamSecrets secrets, GuardedHttp http, TimeProvider clock)
{
    /// <summary>The kinds that keep objects, in the order in which they are offered.</summary>
    public IReadOnlyList<IObjectStoreKind> Kinds { get; } = [.. kinds.All.OfType<IObjectStoreKind>()];

    /// <summary>A kind by its name; null for an unknown one, and for <see cref="ScheduledExport.Download"/>.</summary>
    public IObjectStoreKind? Find(string name) => Kinds.FirstOrDefault(kind => kind.Name == name);

    /// <summary>All settings of an export, secrets in plain text.</summary>
    /// <exception cref="CryptographicException">The secrets can't be read.</exception>
    public Dictionary<string, string> SettingsOf(ScheduledExport export)
    {
        var values = new Dictionary<string, string>(export.Settings, StringComparer.Ordinal);
        foreach (var (name, value) in secrets.Unprotect(export.Tenant!.Id, export.Id, export.Secrets))
        {
            values[name] = value;
        }
        return values;
    }

    /// <summary>Opens where an export goes; or says why it can't, a sentence for an admin.</summary>
    public (OpenedStore? Store, string? Problem) Open(ScheduledExport export)
    {
        if (Find(export.Kind) is not { } kind)
        {
            return (null, $"This version of the service can't export to {export.Kind}.");
        }
        try
        {
            return (Open(kind, export.Id, export.Tenant!.Id, SettingsOf(export), export.Settings.Keys), null);
        }
        catch (CryptographicException)
        {
            return (null, "Its secrets can't be read: the keys in the data directory's folder keys are others than when they were entered. Enter them again, and resume.");
        }
        catch (Exception fault) when (fault is InvalidOperationException or FormatException or ArgumentException)
        {
            // What the fault says may hold a secret.
            return (null, "Its settings can't be used. Enter them again; the form says which is wrong.");
        }
    }

    /// <summary>Tries a destination: writes a small object.</summary>
    public async Task<DeliveryOutcome> CheckAsync(
        IObjectStoreKind kind, string id, Guid tenantId, IReadOnlyDictionary<string, string> settings, IEnumerable<string> open, CancellationToken cancellationToken)
    {
        try
        {
            await using var store = Open(kind, id, tenantId, settings, open);
            using var content = new MemoryStream("A test from AuditConsole: scheduled exports can be written here.\n"u8.ToArray());
            var outcome = await store.PutAsync($"org={tenantId:D}/exports/check.txt", content, "text/plain", cancellationToken);
            return outcome.Verdict == DeliveryVerdict.Delivered ? outcome with { Message = $"A test object was written to {store.Place}." } : outcome;
        }
        catch (Exception fault) when (fault is InvalidOperationException or FormatException or ArgumentException)
        {
            return new DeliveryOutcome(DeliveryVerdict.Stop, "The settings can't be used. Enter them again.");
        }
    }

    /// <summary>Opens a destination.</summary>
    public OpenedStore Open(IObjectStoreKind kind, string id, Guid tenantId, IReadOnlyDictionary<string, string> settings, IEnumerable<string> open) => new(
        kind.OpenStore(new DestinationSettings(settings), new DestinationContext(id, tenantId, StreamFormat.Json, http.Uploads, clock)),
        StreamSetup.PartsOf(settings.Where(pair => !open.Contains(pair.Key, StringComparer.Ordinal)).Select(pair => pair.Value)));
}

/// <summary>A place for objects.</summary>
/// <param name="store">The place.</param>
/// <param name="secrets">What must be in no text that is kept or shown.</param>
internal sealed class OpenedStore(IObjectStore store, IReadOnlyList<string> secrets) : IAsyncDisposable
{
    /// <summary>Where it is, for people.</summary>
    public string Place => store.Place;

    /// <summary>Writes an object, replacing another one of its name.</summary>
    public async Task<DeliveryOutcome> PutAsync(string key, Stream content, string contentType, CancellationToken cancellationToken)
    {
        var put = new ObjectToPut(key, content, contentType) { IfAbsent = true };
        var (outcome, already) = await store.PutAsync(put, cancellationToken);
        if (already is AlreadyThere.Other or AlreadyThere.Unknown)
        {
            // An attempt that was broken off wrote it: entries may be withheld since, and no receipt is signed alike twice.
            content.Position = 0;
            (outcome, _) = await store.PutAsync(put with { IfAbsent = false }, cancellationToken);
        }
        return outcome with { Message = Clean(outcome.Message), Answer = outcome.Answer is null ? null : Clean(outcome.Answer) };
    }

    public ValueTask DisposeAsync() => store.DisposeAsync();

    private string Clean(string text) => secrets.Aggregate(text, (cleaned, secret) => cleaned.Replace(secret, "…", StringComparison.Ordinal));
}
