using System.Text.Json;
using AuditConsole.Core;
using AuditConsole.Retention;
using AuditConsole.Storage;
using AuditConsole.Streams;

namespace AuditConsole.ScheduledExports;

/// <summary>What the log holds now of the entries of a part.</summary>
/// <param name="Number">The part, from 1.</param>
/// <param name="Gone">How many of its rows can't be read any more: they have expired, or were purged.</param>
/// <param name="Back">How many entries can be read that couldn't when it was written: a hold was placed, or retention made longer.</param>
/// <param name="Withheld">The sequences of its rows whose details were withheld since the run began, ascending.</param>
public sealed record PartNow(int Number, long Gone, long Back, IReadOnlyList<long> Withheld)
{
    /// <summary>Whether the log holds what the part was written from.</summary>
    public bool IsSame => Gone == 0 && Back == 0 && Withheld.Count == 0;
}

/// <summary>Holds the parts of a run against the log as it is now, without reading their entries: those are counted, and what was withheld since is looked up.</summary>
internal sealed class RunComparison(IEntryStore store, ReadScopes scopes)
{
    private const int ReadAtOnce = 1000;

    /// <summary>Compares the first parts of a run.</summary>
    public async Task<IReadOnlyList<PartNow>> CompareAsync(int tenant, StreamFilter filter, ScheduledExportRun run, int most, CancellationToken cancellationToken)
    {
        var scope = await scopes.OfAsync(tenant, cancellationToken);
        var matching = filter.In(scope);
        var withheld = await FindWithheldAsync(scope, run, cancellationToken);
        var parts = new List<PartNow>();
        var (counted, before) = (-1L, 0L);
        foreach (var part in run.Parts.Take(most))
        {
            // One part begins where the one before it ends.
            before = counted == part.After ? before : await store.CountAsync(matching, part.After, cancellationToken);
            var until = await store.CountAsync(matching, part.Until, cancellationToken);
            var rows = until - before;
            (counted, before) = (part.Until, until);
            var changed = new List<long>();
            foreach (var sequence in withheld.Where(sequence => sequence > part.After && sequence <= part.Until))
            {
                var found = await store.ReadTailAsync(matching, sequence - 1, 1, cancellationToken);
                if (found.Entries is [var entry] && entry.Sequence == sequence)
                {
                    changed.Add(sequence);
                }
            }
            parts.Add(new PartNow(part.Number, Math.Max(0, part.Rows - rows), Math.Max(0, rows - part.Rows), changed));
        }
        return parts;
    }

    // The entries that record it stand behind the run: what it holds was fixed when it began.
    private async Task<IReadOnlyList<long>> FindWithheldAsync(ReadScope scope, ScheduledExportRun run, CancellationToken cancellationToken)
    {
        var records = new EntryFilter { Scope = scope, Actions = [ServiceActions.EntryWithheld] };
        var (found, after) = (new SortedSet<long>(), run.Until);
        EntryTail tail;
        do
        {
            tail = await store.ReadTailAsync(records, after, ReadAtOnce, cancellationToken);
            foreach (var entry in tail.Entries.Where(entry => entry.RecordedAt >= run.StartedAt && ServiceActions.ExplainsGaps(entry.Content.Action, entry.RecordedBy)))
            {
                using var metadata = entry.Content.Metadata.Parse();
                if (metadata.RootElement.TryGetProperty("sequence", out var place) && place.ValueKind == JsonValueKind.Number && place.TryGetInt64(out var sequence)
                    && sequence > run.After && sequence <= run.Until)
                {
                    found.Add(sequence);
                }
            }
            after = tail.Reached;
        }
        while (tail.HasMore);
        return [.. found];
    }
}
