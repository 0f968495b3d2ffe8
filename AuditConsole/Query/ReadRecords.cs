using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Storage;
using AuditConsole.Tenants;

namespace AuditConsole.Query;

/// <summary>That somebody reads the log.</summary>
/// <param name="Tenant">Whose log: the number in the store.</param>
/// <param name="By">Who reads.</param>
/// <param name="Through">By what: <c>console</c>, or the route.</param>
/// <param name="Format">The form of an export; null for a view.</param>
/// <param name="Filter">What was asked, by the names of its parameters.</param>
public sealed record LogRead(int Tenant, Acting By, string Through, string? Format, IEnumerable<KeyValuePair<string, string>> Filter);

/// <summary>
/// Records views and exports of a log in it, where its account wants that: one entry for each person or key, filter
/// and hour. Reading those entries isn't recorded, or each look at them would make another.
/// </summary>
public sealed partial class ReadRecords(IEntryStore store, TenantSettingsService settings, TimeProvider clock, ILogger<ReadRecords> logger)
{
    /// <summary>The action of a view.</summary>
    public const string Viewed = "AuditLogViewed";

    /// <summary>The action of an export.</summary>
    public const string Exported = "AuditLogExported";

    private const int MostRemembered = 50_000;

    private readonly ConcurrentDictionary<EntryHash, bool> _recorded = new();

    private const int MaxFilter = 16 * 1024;

    /// <summary>Records a reading, if it is the first of its kind in this hour. A full disk doesn't keep anybody from reading.</summary>
    /// <param name="read">Who reads what.</param>
    /// <param name="given">The entries that are given; null where they aren't known.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task NoteAsync(LogRead read, IReadOnlyList<AuditEntry>? given, CancellationToken cancellationToken)
    {
        var account = await settings.OfAsync(read.Tenant, cancellationToken);
        if (!account.LogsReads)
        {
            return;
        }
        var filter = read.Filter.Where(parameter => parameter.Key != "tenant").ToList();
        var actions = filter.Where(parameter => parameter.Key is "action" or "exact").ToList();
        if ((actions.Count > 0 && actions.All(action => action.Value is Viewed or Exported))
            || (given is { Count: > 0 } && given.All(entry => entry.Content.Action is Viewed or Exported)))
        {
            return;
        }
        var action = read.Format is null ? Viewed : Exported;
        var hour = clock.GetUtcNow().ToUnixTimeSeconds() / 3600;
        var name = string.Join('\n', [
            read.Tenant.ToString(CultureInfo.InvariantCulture), action, read.By.RecordedBy, read.Through, read.Format ?? "", hour.ToString(CultureInfo.InvariantCulture),
            .. filter.Select(parameter => $"{parameter.Key}={parameter.Value}")]);
        var hash = new EntryHash(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
        if (_recorded.Count > MostRemembered)
        {
            _recorded.Clear();
        }
        if (_recorded.ContainsKey(hash))
        {
            return;
        }
        var metadata = new Dictionary<string, object?>
        {
            ["through"] = read.Through,
            // An entry holds 64 KiB: of a filter beyond that, what tells it from others.
            ["filter"] = filter.Sum(parameter => parameter.Key.Length + parameter.Value.Length) > MaxFilter ? new Dictionary<string, object?> { ["sha256"] = hash.ToString() } : filter.GroupBy(parameter => parameter.Key).ToDictionary(
                group => group.Key, group => (object?)(group.Count() == 1 ? group.First().Value : group.Select(parameter => parameter.Value).ToArray())),
        };
        if (read.Format is { } format)
        {
            metadata["format"] = format;
        }
        try
        {
            await store.AppendAsync(
                new AppendRequest
                {
                    Tenant = read.Tenant,
                    TenantId = account.TenantId,
                    RecordedBy = read.By.RecordedBy,
                    Entries =
                    [
                        PreparedEntry.From(new NewEntry
                        {
                            Actor = read.By.Actor,
                            Action = action,
                            Target = new Resource("Tenant", account.TenantId.ToString(), account.Slug, Name: account.Name),
                            Ip = read.By.Client.Ip,
                            UserAgent = read.By.Client.UserAgent,
                            Metadata = CanonicalObject.From(metadata),
                        }),
                    ],
                    // Two readers at once, or a restart within the hour, still make one record.
                    Idempotency = new IdempotencyKey("reads of the log", hash.ToString(), hash),
                    Answer = _ => "1"u8.ToArray(),
                },
                cancellationToken);
            _recorded[hash] = true;
        }
        catch (StorageException fault)
        {
            Log.NotRecorded(logger, fault, read.By.RecordedBy, account.Slug);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "That {Reader} reads the log of {Tenant} could not be recorded")]
        public static partial void NotRecorded(ILogger logger, Exception fault, string reader, string tenant);
    }
}
