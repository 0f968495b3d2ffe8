using System.Globalization;
using AuditConsole.Core;
using AuditConsole.Storage;

namespace AuditConsole.Retention;

/// <summary>
/// What the log itself says of the places whose entries are gone. A leaf is enough to keep a chain whole, so whoever
/// removes an entry could leave it behind as a purge does; but each purge is recorded in the log, and the newest record
/// commits to all that was purged until then.
/// </summary>
internal sealed class PurgeRecords(IEntryStore store)
{
    /// <summary>The first of some places without an entry that no purge took.</summary>
    /// <param name="tenant">The tenant's number in the store.</param>
    /// <param name="tenantId">The tenant's UUID.</param>
    /// <param name="gone">Such places; read before this is asked.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>What is wrong there; null if every place is explained, as far as can be told from these alone.</returns>
    public Task<ChainFault?> FindUnrecordedAsync(int tenant, Guid tenantId, SequenceRanges gone, CancellationToken cancellationToken) =>
        gone.Count == 0 ? Task.FromResult<ChainFault?>(null) : TryAsync(() => FindUnrecordedAsync(ScopeOf(tenant, tenantId), gone.All, cancellationToken));

    /// <summary>The first place of the whole log that is gone though no purge took it, or stands there though one did.</summary>
    /// <param name="tenant">The tenant's number in the store.</param>
    /// <param name="tenantId">The tenant's UUID.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>What is wrong there; null if what is gone is what the newest record says.</returns>
    public Task<ChainFault?> FindDisagreementAsync(int tenant, Guid tenantId, CancellationToken cancellationToken) =>
        TryAsync(() => FindDisagreementAsync(ScopeOf(tenant, tenantId), cancellationToken));

    private async Task<ChainFault?> FindDisagreementAsync(ReadScope scope, CancellationToken cancellationToken)
    {
        while (true)
        {
            var newest = await FindNewestAsync(scope, cancellationToken);
            var places = await store.ReadPurgedAsync(scope.Tenant, cancellationToken);
            if ((await FindNewestAsync(scope, cancellationToken))?.Sequence != newest?.Sequence)
            {
                // A purge was recorded in between.
                continue;
            }
            if (newest?.Unexplained is { } before)
            {
                return new ChainFault(before, string.Create(CultureInfo.InvariantCulture, $"The entry was gone before the purge that #{newest.Sequence:N0} records, and no purge had taken it."));
            }
            if (newest?.Total is not { } total || places.Unrecorded.Any(range => range.Last > newest.Sequence))
            {
                return await FindUnrecordedAsync(scope, places.Gone, cancellationToken);
            }
            var recorded = SequenceRanges.Except(places.Gone, places.Unrecorded);
            return total.Is(recorded) ? null : await NameAsync(scope, recorded, newest, total, cancellationToken);
        }
    }

    private async Task<ChainFault> NameAsync(ReadScope scope, IReadOnlyList<SequenceRange> recorded, PurgeRecord newest, PurgeTotal total, CancellationToken cancellationToken)
    {
        var told = total.IsComplete ? long.MaxValue : total.Ranges[^1].Last;
        var removed = SequenceRanges.Except(recorded, total.Ranges);
        var back = SequenceRanges.Except(total.Ranges, recorded);
        if (back.Count > 0 && (removed.Count == 0 || back[0].First < removed[0].First))
        {
            return new ChainFault(back[0].First, string.Create(CultureInfo.InvariantCulture, $"The entry stands in the log again, and a purge had taken it, as #{newest.Sequence:N0} records."));
        }
        if (removed.Count > 0 && removed[0].First <= told)
        {
            return Removed(removed[0].First);
        }
        // Among more ranges than are told: the other records may know.
        if (await FindUnrecordedAsync(scope, recorded, cancellationToken) is { } named)
        {
            return named;
        }
        var count = recorded.Sum(range => range.Last - range.First + 1);
        return new ChainFault(
            removed.Count > 0 ? removed[0].First : told + 1,
            string.Create(CultureInfo.InvariantCulture, $"From here on entries were removed or put back: {count:N0} places of the log are empty, and purges emptied {total.Count:N0}, not all of them the same, as #{newest.Sequence:N0} records."));
    }

    private async Task<ChainFault?> FindUnrecordedAsync(ReadScope scope, IReadOnlyList<SequenceRange> gone, CancellationToken cancellationToken)
    {
        // Before the records: what is recorded meanwhile stands in one of the two.
        var waiting = await store.FindUnrecordedPurgeAsync(scope.Tenant, cancellationToken);
        var (said, before, former, newest) = (new List<SequenceRange>(), DateTimeOffset.MinValue, 0L, 0L);
        await foreach (var record in ReadAsync(scope, cancellationToken))
        {
            said.AddRange(record.Total?.Ranges ?? []);
            if (newest == 0 && record.Total is { IsComplete: true })
            {
                // The newest tells all.
                newest = record.Sequence;
                break;
            }
            newest = Math.Max(newest, record.Sequence);
            said.AddRange(record.Ranges);
            if (record.Rest is { } rest)
            {
                said.Add(rest);
            }
            before = record.Before > before ? record.Before.Value : before;
        }
        if (before > DateTimeOffset.MinValue)
        {
            // A record expires too. Where a purge took places that were recorded in time to have expired, records of
            // earlier purges may have been among them.
            var next = await store.ReadTailAsync(new EntryFilter { Scope = scope }, await store.FindRecordedBeforeAsync(scope.Tenant, before, cancellationToken), 1, cancellationToken);
            var horizon = next.Entries is [var entry, ..] ? entry.Sequence : long.MaxValue;
            former = said.Where(range => range.First < horizon).Select(range => Math.Min(range.Last, horizon - 1)).DefaultIfEmpty(0).Max();
        }
        if (waiting.Ranges.Count > 0 && waiting.Ranges[^1].Last > newest)
        {
            // A purge that isn't recorded yet may have taken the newest record.
            former = Math.Max(former, waiting.Ranges[^1].Last);
        }
        said.AddRange(waiting.Ranges);
        if (waiting.Ranges.Count > 0 && waiting.Ranges.Sum(range => range.Last - range.First + 1) < waiting.Count)
        {
            // Of many ranges the first are told: the others lie behind them, somewhere.
            said.Add(new SequenceRange(waiting.Ranges[^1].Last + 1, long.MaxValue - 1));
        }
        said.Add(new SequenceRange(1, former));
        said.Sort((a, b) => a.First.CompareTo(b.First));
        return SequenceRanges.Except(gone, said) is [var first, ..] ? Removed(first.First) : null;
    }

    private async Task<PurgeRecord?> FindNewestAsync(ReadScope scope, CancellationToken cancellationToken)
    {
        await foreach (var record in ReadAsync(scope, cancellationToken))
        {
            return record;
        }
        return null;
    }

    /// <summary>The records, the newest first.</summary>
    private async IAsyncEnumerable<PurgeRecord> ReadAsync(ReadScope scope, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // They occurred when they were recorded, which never goes backwards.
        await foreach (var entry in store.ReadAsync(new EntryFilter { Scope = scope, Actions = [ServiceActions.AuditLogPurged] }, long.MaxValue, int.MaxValue, cancellationToken))
        {
            if (entry.Withheld is null && !ServiceActions.IsProducer(entry.RecordedBy))
            {
                yield return PurgeRecord.Read(entry);
            }
        }
    }

    private static async Task<ChainFault?> TryAsync(Func<Task<ChainFault?>> find)
    {
        try
        {
            return await find();
        }
        catch (StorageException)
        {
            // A record was changed and can't be read: the walk over that place names it.
            return null;
        }
    }

    private static ReadScope ScopeOf(int tenant, Guid tenantId) => new(tenant, tenantId, DateTimeOffset.UnixEpoch.AddYears(-1000));

    private static ChainFault Removed(long sequence) => new(sequence, "The entry was removed: it is marked as purged, and no record of a purge in the log names it.");
}
