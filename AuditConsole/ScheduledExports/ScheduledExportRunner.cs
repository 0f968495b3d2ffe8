using AuditConsole.Checkpoints;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Ingest;
using AuditConsole.Query;
using AuditConsole.Storage;
using AuditConsole.Streams;
using AuditConsole.Streams.Delivery;
using AuditConsole.Streams.Destinations;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AuditConsole.ScheduledExports;

/// <summary>What came of letting an export run.</summary>
public enum RunResult
{
    /// <summary>Nothing was due, or it can't run now.</summary>
    Nothing,

    /// <summary>A run is complete.</summary>
    Done,

    /// <summary>A run failed or waits; it is tried again.</summary>
    Later,

    /// <summary>The export has stopped.</summary>
    Stopped,
}

/// <summary>
/// Does one run of an export: fixes which entries it holds, writes parts with their receipts, then the manifest, and
/// records it. What isn't in the database yet when the process dies is done again, in the same objects.
/// </summary>
internal sealed partial class ScheduledExportRunner(
    IDbContextFactory<ConsoleDbContext> contexts, IEntryStore store, PartRenderer renderer, ExportDestinations destinations, CoveringCheckpoints checkpoints,
    ServiceEntries entries, ScheduledExportStops stops, ExportTurns turns, IOptions<StreamOptions> options, TimeProvider clock, ILogger<ScheduledExportRunner> log)
{
    /// <summary>So many missed runs are made up for one by one; more of them by one run.</summary>
    public const int MostCaughtUp = 31;

    private const int LongestSentence = 500;

    private static readonly TimeSpan BetweenLooksForCheckpoint = TimeSpan.FromMinutes(1);

    private readonly RetrySchedule _retries = new(options.Value.Schedule, Random.Shared);

    /// <summary>Exports of which something is to be done now, those that work before those that fail.</summary>
    public async Task<IReadOnlyList<(string Id, bool IsFailing)>> FindDueAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var open = context.ScheduledExportRuns.Where(run => run.State != RunState.Done);
        var due = await context.ScheduledExports.AsNoTracking()
            .Where(export => export.State == StreamState.Active)
            .Select(export => new
            {
                export.Id,
                export.NextDue,
                Open = open.Where(run => run.ExportId == export.Id).Select(run => new { run.NextAttempt, run.FirstFailure }).FirstOrDefault(),
            })
            .ToListAsync(cancellationToken);
        return [.. due.Where(export => export.Open is { } run ? run.NextAttempt is null || run.NextAttempt <= now : export.NextDue <= now)
            .OrderBy(export => export.Open?.FirstFailure is not null).ThenBy(export => export.NextDue).Select(export => (export.Id, export.Open?.FirstFailure is not null))];
    }

    /// <summary>Does the export's next run, if one is due.</summary>
    public async Task<RunResult> RunAsync(string id, CancellationToken cancellationToken)
    {
        using var turn = turns.TryBegin(id, cancellationToken);
        if (turn is null)
        {
            return RunResult.Nothing;
        }
        try
        {
            return await RunInTurnAsync(id, turn.Ended);
        }
        catch (OperationCanceledException) when (turn.Ended.IsCancellationRequested)
        {
            // It goes on after the change or the next start.
            return RunResult.Later;
        }
    }

    private async Task<RunResult> RunInTurnAsync(string id, CancellationToken ended)
    {
        var (export, run) = await ReadAsync(id, ended);
        if (export is not { State: StreamState.Active } || run is null && (run = await BeginAsync(export, ended)) is null || run.NextAttempt > clock.GetUtcNow())
        {
            return RunResult.Nothing;
        }
        DeliveryOutcome outcome;
        try
        {
            run.Attempts++;
            (run.State, run.NextAttempt) = (RunState.Running, null);
            await KeepAsync(run, ended);
            outcome = await WriteAsync(export, run, ended);
        }
        catch (RefusedException unsigned)
        {
            (run.State, run.Error, run.NextAttempt) = (RunState.Waiting, unsigned.Message, clock.GetUtcNow() + BetweenLooksForCheckpoint);
            await KeepAsync(run, ended);
            return RunResult.Later;
        }
        catch (Exception fault) when (!ended.IsCancellationRequested)
        {
            Log.Failed(log, fault, id);
            outcome = new DeliveryOutcome(
                DeliveryVerdict.Retry, fault is StorageException ? "The log could not be read. It is tried again; the service's own log says more." : "It broke off. It is tried again; the service's own log says why.");
        }
        if (outcome.Verdict != DeliveryVerdict.Delivered)
        {
            return await FailAsync(export, run, outcome, ended);
        }
        await FinishAsync(export, run, ended);
        return RunResult.Done;
    }

    /// <summary>Fixes the next run: its due instant and its entries. It is due once and for all.</summary>
    private async Task<ScheduledExportRun?> BeginAsync(ScheduledExport export, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (export.NextDue is not { } first || first > now)
        {
            return null;
        }
        var schedule = ExportSchedule.Parse(export.Schedule, export.TimeZone);
        var missed = schedule.Between(first, now).ToList();
        var (due, stands) = missed.Count > MostCaughtUp ? (missed[^1], missed.Count) : (first, 1);
        return await AddAsync(export, due, stands, isManual: false, schedule.After(due), cancellationToken);
    }

    /// <summary>Adds a run behind those that there are.</summary>
    public async Task<ScheduledExportRun> AddAsync(
        ScheduledExport export, DateTimeOffset due, int stands, bool isManual, DateTimeOffset? nextDue, CancellationToken cancellationToken)
    {
        // Behind everything that is recorded before the due instant and still on its way to the disk.
        await store.AppendAsync(
            new AppendRequest { Tenant = export.TenantNumber, TenantId = export.Tenant!.Id, RecordedBy = Acting.Console.RecordedBy, Entries = [], Change = _ => { } }, cancellationToken);
        var until = isManual
            ? (await store.ReadHeadAsync(export.TenantNumber, cancellationToken)).Size
            : await store.FindRecordedBeforeAsync(export.TenantNumber, due, cancellationToken);
        var now = clock.GetUtcNow();
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var row = await context.ScheduledExports.SingleAsync(found => found.Id == export.Id, cancellationToken);
        var run = new ScheduledExportRun
        {
            Id = Guid.CreateVersion7(now),
            ExportId = export.Id,
            Due = due,
            Stands = stands,
            IsManual = isManual,
            State = RunState.Running,
            StartedAt = now,
            After = row.Reached,
            Until = Math.Max(row.Reached, until),
            Format = export.Format,
        };
        (row.Reached, row.NextDue) = (run.Until, nextDue);
        context.ScheduledExportRuns.Add(run);
        await context.SaveChangesAsync(cancellationToken);
        return run;
    }

    private async Task<DeliveryOutcome> WriteAsync(ScheduledExport export, ScheduledExportRun run, CancellationToken cancellationToken)
    {
        if (export.Kind == ScheduledExport.Download)
        {
            while (await AddPartAsync(export, run, null, cancellationToken) is { } more)
            {
                if (more.Verdict != DeliveryVerdict.Delivered)
                {
                    return more;
                }
            }
            run.Manifest ??= ExportManifest.Write(export, run);
            return new DeliveryOutcome(DeliveryVerdict.Delivered, "It can be downloaded.");
        }
        await checkpoints.RequireAsync(export.TenantNumber, run.Until, cancellationToken);
        var (opened, problem) = destinations.Open(export);
        if (opened is null)
        {
            return new DeliveryOutcome(DeliveryVerdict.Stop, problem!);
        }
        await using var destination = opened;
        while (await AddPartAsync(export, run, destination, cancellationToken) is { } outcome)
        {
            if (outcome.Verdict != DeliveryVerdict.Delivered)
            {
                return outcome;
            }
        }
        if (run.Manifest is null)
        {
            // On disk before it is sent: the same one again, should this be the last that is done.
            run.Manifest = ExportManifest.Write(export, run);
            await KeepAsync(run, cancellationToken);
        }
        using var manifest = new MemoryStream(ExportManifest.Bytes(run.Manifest));
        return await destination.PutAsync($"{ExportManifest.Folder(export, run)}/manifest.json", manifest, "application/json", cancellationToken);
    }

    /// <returns>What became of the next part; null where there is none.</returns>
    private async Task<DeliveryOutcome?> AddPartAsync(ScheduledExport export, ScheduledExportRun run, OpenedStore? destination, CancellationToken cancellationToken)
    {
        var order = new PartOrder(export.Tenant!, export.Filter, run.Format, run.Parts.Count > 0 ? run.Parts[^1].Until : run.After, run.Until);
        if (order.After >= order.Until)
        {
            return null;
        }
        await using var part = await renderer.RenderAsync(order, export.RowsPerPart, keep: destination is not null, cancellationToken);
        if (part.Sequences.Count == 0)
        {
            return null;
        }
        var (number, folder) = (run.Parts.Count + 1, ExportManifest.Folder(export, run));
        var outcome = new DeliveryOutcome(DeliveryVerdict.Delivered, "");
        var key = $"{folder}/{ExportManifest.PartName(run, number)}";
        StoredReceipt? stored = null;
        if (destination is not null)
        {
            outcome = await destination.PutAsync(key, part.File!, "application/gzip", cancellationToken);
            if (outcome.Verdict != DeliveryVerdict.Delivered)
            {
                return outcome;
            }
            await using var receipt = await renderer.RenderReceiptAsync(run.Id, (export.Id, export.Name), order, part, cancellationToken);
            var hash = new EntryHash(await System.Security.Cryptography.SHA256.HashDataAsync(receipt, cancellationToken));
            receipt.Position = 0;
            stored = new StoredReceipt($"{folder}/{ExportManifest.ReceiptName(number)}", receipt.Length, hash.ToString());
            outcome = await destination.PutAsync(stored.Key, receipt, "application/gzip", cancellationToken);
            if (outcome.Verdict != DeliveryVerdict.Delivered)
            {
                return outcome;
            }
        }
        run.Parts =
        [
            .. run.Parts,
            new ExportPart(
                number, order.After, part.Until, part.Sequences.Count, part.FirstRecordedAt, part.LastRecordedAt, key, part.Bytes, part.Hash.ToString(),
                part.ContentBytes, part.ContentHash.ToString(), stored),
        ];
        await KeepAsync(run, cancellationToken);
        return outcome;
    }

    /// <summary>Marks the run and records it, in one transaction.</summary>
    private Task FinishAsync(ScheduledExport export, ScheduledExportRun run, CancellationToken cancellationToken)
    {
        var facts = new Dictionary<string, object?>
        {
            ["through"] = "scheduled export",
            ["format"] = run.Format.ToString().ToLowerInvariant(),
            ["filter"] = export.Filter.Facts(),
            ["destination"] = export.Kind,
            ["due"] = WireTime.Format(run.Due),
            ["after"] = run.After,
            ["until"] = run.Until,
            ["count"] = run.Rows,
            ["parts"] = run.Parts.Count,
            ["manifest_sha256"] = new EntryHash(System.Security.Cryptography.SHA256.HashData(ExportManifest.Bytes(run.Manifest!))).ToString(),
        };
        return entries.AppendAsync(
            export.TenantNumber, export.Tenant!.Id, Acting.Console, ReadRecords.Exported, new Resource(ScheduledExportStops.EntityType, export.Id, Name: export.Name), facts,
            context =>
            {
                (run.State, run.Error, run.FirstFailure, run.Failures, run.NextAttempt) = (RunState.Done, null, null, 0, null);
                run.FinishedAt = clock.GetUtcNow();
                context.Update(run);
            },
            cancellationToken);
    }

    private async Task<RunResult> FailAsync(ScheduledExport export, ScheduledExportRun run, DeliveryOutcome outcome, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        run.FirstFailure ??= now;
        run.Failures++;
        var words = outcome.Verdict == DeliveryVerdict.TooLarge ? $"{outcome.Message} Let its parts have fewer rows." : outcome.Message;
        (run.State, run.Error) = (RunState.Failed, words.Length > LongestSentence ? words[..LongestSentence] : words);
        var stop = outcome.Verdict != DeliveryVerdict.Retry ? StreamState.Error
            : now - run.FirstFailure >= options.Value.DisableAfter ? StreamState.Disabled : (StreamState?)null;
        run.NextAttempt = stop is null ? now + _retries.After(run.Failures, outcome.RetryAfter) : null;
        await KeepAsync(run, cancellationToken);
        if (stop is null)
        {
            return RunResult.Later;
        }
        await stops.StopAsync(
            export, stop.Value, stop == StreamState.Error ? run.Error : $"It has failed since {run.FirstFailure:yyyy-MM-dd HH:mm} UTC. {run.Error} See to it, and resume the export.",
            cancellationToken);
        return RunResult.Stopped;
    }

    private async Task<(ScheduledExport? Export, ScheduledExportRun? Open)> ReadAsync(string id, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return (
            await context.ScheduledExports.AsNoTracking().Include(export => export.Tenant).SingleOrDefaultAsync(export => export.Id == id, cancellationToken),
            await context.ScheduledExportRuns.AsNoTracking().SingleOrDefaultAsync(run => run.ExportId == id && run.State != RunState.Done, cancellationToken));
    }

    private async Task KeepAsync(ScheduledExportRun run, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        context.Update(run);
        await context.SaveChangesAsync(cancellationToken);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "A run of the scheduled export {Export} broke off; it is done again")]
        public static partial void Failed(ILogger logger, Exception fault, string export);
    }
}
