using AuditConsole.Identity;
using AuditConsole.Ingest;
using AuditConsole.Operations;
using AuditConsole.Redaction;
using AuditConsole.Storage;
using AuditConsole.Tenants;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.WorkOS;

/// <summary>What an import of a WorkOS export did.</summary>
public sealed record CsvImportResult
{
    /// <summary>Rows that are entries now.</summary>
    public long Taken { get; set; }

    /// <summary>Rows that were in the log before, or stand twice in the file.</summary>
    public long AlreadyThere { get; set; }

    /// <summary>Rows that can't be taken: why, how many, and which is the first.</summary>
    public Dictionary<string, (long Count, long FirstRow)> Skipped { get; } = new(StringComparer.Ordinal);

    /// <summary>Columns that were left out.</summary>
    public IReadOnlyList<string> UnknownColumns { get; init; } = [];
}

/// <summary>
/// Takes the rows of a WorkOS export into a log, in batches. A row's identity is stored in its entry's transaction, so that an
/// import that was interrupted goes on where it was, and one that is run again, at any time, adds nothing twice.
/// </summary>
internal sealed class CsvImport(
    IEntryStore store, EntryDoors doors, IDbContextFactory<ConsoleDbContext> contexts, RedactionCounts counts, ConsoleMetrics metrics, TimeProvider clock)
{
    /// <summary>Who stands in the entries as their writer.</summary>
    public const string RecordedBy = "import:workos-csv";

    private const int BatchSize = 500;
    private const int MostReasons = 50;

    /// <summary>Imports a file.</summary>
    /// <param name="tenant">Whose log.</param>
    /// <param name="file">UTF-8; read once.</param>
    /// <param name="report">Told after each batch what was done until then.</param>
    /// <param name="cancellationToken">Ends it between two batches.</param>
    /// <exception cref="RefusedException">The file is no WorkOS export; the rows before the fault are in the log.</exception>
    /// <exception cref="StorageException">The disk is full or fails; the batches before are stored.</exception>
    public async Task<CsvImportResult> ImportAsync(Tenant tenant, Stream file, Func<CsvImportResult, Task> report, CancellationToken cancellationToken)
    {
        // History: no schema of today was made for it.
        var door = await doors.OfHistoryAsync(tenant.Number, tenant.Id, cancellationToken);
        using var events = await CsvEvents.OpenAsync(file, door, cancellationToken);
        var result = new CsvImportResult { UnknownColumns = events.Unknown };
        var batch = new List<CsvEvent>(BatchSize);
        var ended = false;
        while (!ended)
        {
            try
            {
                while (batch.Count < BatchSize && !ended)
                {
                    if (await events.ReadAsync(cancellationToken) is { } row)
                    {
                        batch.Add(row);
                    }
                    else
                    {
                        ended = true;
                    }
                }
            }
            finally
            {
                // What stands before a fault of the file is taken.
                await TakeAsync(tenant, door, batch, result, cancellationToken);
                batch.Clear();
            }
            await report(result);
        }
        return result;
    }

    private async Task TakeAsync(Tenant tenant, EntryDoor door, List<CsvEvent> batch, CsvImportResult result, CancellationToken cancellationToken)
    {
        foreach (var row in batch.Where(row => row.Entry is null))
        {
            var reason = row.Problem ?? "can't be read";
            if (!result.Skipped.TryGetValue(reason, out var known) && result.Skipped.Count >= MostReasons)
            {
                reason = "for other reasons";
                known = result.Skipped.GetValueOrDefault(reason);
            }
            result.Skipped[reason] = (known.Count + 1, known.Count == 0 ? row.Number : known.FirstRow);
        }
        var sound = batch.Where(row => row.Entry is not null).ToList();
        var identities = sound.Select(row => row.Identity).ToList();
        HashSet<string> there;
        await using (var context = await contexts.CreateDbContextAsync(cancellationToken))
        {
            there = await context.Set<ImportedRow>().Where(row => row.TenantNumber == tenant.Number && identities.Contains(row.Identity))
                .Select(row => row.Identity).ToHashSetAsync(cancellationToken);
        }
        var fresh = sound.Where(row => there.Add(row.Identity)).ToList();
        result.AlreadyThere += sound.Count - fresh.Count;
        if (fresh.Count == 0)
        {
            return;
        }
        var entries = fresh.ConvertAll(row => door.Admit(row.Entry!));
        var started = clock.GetTimestamp();
        await store.AppendAsync(
            new AppendRequest
            {
                Tenant = tenant.Number,
                TenantId = tenant.Id,
                RecordedBy = RecordedBy,
                Entries = [.. entries.Select(entry => entry.Entry)],
                Sealed = AppendEndpoint.SealedIn(entries),
                // Where two imports take the same row at once, the table's key refuses the second, entries and all.
                Change = changed => changed.AddRange(fresh.Select(row => new ImportedRow { TenantNumber = tenant.Number, Identity = row.Identity })),
            },
            cancellationToken);
        metrics.Appended(entries.Count, clock.GetElapsedTime(started), "import");
        counts.Add(tenant.Number, entries.SelectMany(entry => entry.Caught));
        result.Taken += fresh.Count;
    }
}
