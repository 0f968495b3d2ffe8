using System.Runtime.CompilerServices;
using AuditConsole.Storage.Segments;

namespace AuditConsole.Storage.Sqlite;

// What leaves the store.
internal sealed partial class SqliteEntryStore
{
    // A batch holds the writer up: at 500 entries, some 4 ms.
    private const int EntriesInPurgeBatch = 500;
    // As many as a segment has.
    private const int SequencesAtOnce = SegmentMatcher.MostEntries;
    private const int PagesInVacuum = 20;
    private const int CheckpointAttempts = 100;

    private static readonly TimeSpan _timeInVacuum = TimeSpan.FromMilliseconds(5);

    private readonly SemaphoreSlim _onePurge = new(1, 1);

    /// <inheritdoc/>
    public async Task<ExpiredEntries> FindExpiredAsync(int tenant, DateTimeOffset before, CancellationToken cancellationToken)
    {
        var found = new SequenceRanges();
        await foreach (var some in ReadExpiredAsync(tenant, before, cancellationToken))
        {
            some.ForEach(found.Add);
        }
        return found.ToResult();
    }

    /// <inheritdoc/>
    public async Task<ExpiredEntries> PurgeAsync(int tenant, DateTimeOffset before, CancellationToken cancellationToken)
    {
        await _onePurge.WaitAsync(cancellationToken);
        try
        {
            var purged = new SequenceRanges();
            await foreach (var batch in ReadBatchesAsync(tenant, before, cancellationToken))
            {
                (await DeleteAsync(batch)).Deleted.ForEach(purged.Add);
            }
            while ((await DeleteAsync([])).MoreLeaves)
            {
            }
            var left = await FindRemainsAsync(tenant, cancellationToken);
            if (left != Remains.None)
            {
                // Which names are still used takes a look at every entry; the space need not wait for that.
                await GiveSpaceBackAsync(cancellationToken);
                await RemoveNamesAsync(tenant, cancellationToken);
                if (left == Remains.OfWithheld)
                {
                    // A kill stood between a withholding and the look through the file for what is left of it; what
                    // to look for was only in memory.
                    await writer.RunAsync(inTransaction: false, session => { session.Rebuild(); return true; }, cancellationToken);
                }
                await ReclaimAsync(cancellationToken);
                await writer.RunAsync(inTransaction: true, session => { session.EndPurge(tenant); return true; }, cancellationToken);
            }
            return purged.ToResult();
        }
        finally
        {
            _onePurge.Release();
        }

        Task<PurgeBatch> DeleteAsync(IReadOnlyList<ExpiredRow> rows) => writer.RunRepeatableAsync(
            inTransaction: true, session => session.Purge(tenant, before.ToUnixTimeMilliseconds(), rows, EntriesInPurgeBatch), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<ExpiredEntries> FindUnrecordedPurgeAsync(int tenant, CancellationToken cancellationToken) => readers.RunAsync(
        connection =>
        {
            var rows = connection.Prepare("SELECT first, last FROM purge_unrecorded WHERE tenant = ?1 ORDER BY first").Bind(1, tenant);
            var ranges = new SequenceRanges();
            while (rows.Step())
            {
                ranges.AddBehind(new SequenceRange(rows.Long(0), rows.Long(1)));
            }
            rows.Reset();
            return ranges.ToResult();
        },
        cancellationToken);

    /// <inheritdoc/>
    public async Task<PurgedPlaces> ReadPurgedAsync(int tenant, CancellationToken cancellationToken)
    {
        const int rowsInBatch = 10_000;
        var leaves = new SequenceRanges();
        var (after, count) = (0L, 0);
        do
        {
            count = await readers.RunAsync(
                connection =>
                {
                    var rows = connection.Prepare("SELECT sequence FROM purged_leaf WHERE tenant = ?1 AND sequence > ?2 ORDER BY sequence LIMIT ?3")
                        .Bind(1, tenant).Bind(2, after).Bind(3, rowsInBatch);
                    var read = 0;
                    for (; rows.Step(); read++)
                    {
                        after = rows.Long(0);
                        leaves.AddBehind(new SequenceRange(after, after));
                    }
                    return read;
                },
                cancellationToken);
        }
        while (count == rowsInBatch);
        // Behind the leaves: the beginning may have taken some of them meanwhile, and what was purged meanwhile is unrecorded.
        return await readers.RunAsync(
            connection =>
            {
                var start = connection.Prepare("SELECT base_size FROM chain WHERE tenant = ?1").Bind(1, tenant);
                var size = start.Step() ? start.Long(0) : 0;
                start.Reset();
                var gone = new SequenceRanges();
                if (size > 0)
                {
                    gone.AddBehind(new SequenceRange(1, size));
                }
                foreach (var range in leaves.All.Where(range => range.Last > size))
                {
                    gone.AddBehind(range with { First = Math.Max(range.First, size + 1) });
                }
                var unrecorded = new List<SequenceRange>();
                var rows = connection.Prepare("SELECT first, last FROM purge_unrecorded WHERE tenant = ?1 ORDER BY first").Bind(1, tenant);
                while (rows.Step())
                {
                    unrecorded.Add(new SequenceRange(rows.Long(0), rows.Long(1)));
                }
                return new PurgedPlaces(gone.All, unrecorded);
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<int> RemoveOldAnswersAsync(CancellationToken cancellationToken)
    {
        const int rowsInBatch = 500;
        var before = clock.GetUtcNow().ToUnixTimeMilliseconds() - IdempotencyRows.Lifetime;
        var (removed, batch) = (0, 0);
        do
        {
            batch = await writer.RunAsync(inTransaction: true, session => session.RemoveAnswers(before, rowsInBatch), cancellationToken);
            removed += batch;
        }
        while (batch == rowsInBatch);
        return removed;
    }

    /// <summary>The sequences of what has expired and is under no hold, in order, some at a time.</summary>
    private async IAsyncEnumerable<List<long>> ReadExpiredAsync(int tenant, DateTimeOffset before, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var (after, count) = (0L, SequencesAtOnce); count == SequencesAtOnce;)
        {
            var found = await SearchAsync(
                tenant,
                connection =>
                {
                    using var query = new SegmentQuery(
                        segments.Read(tenant, ReadHead(tenant, connection).Size, connection.Prepare),
                        SegmentFilters.Expired(tenant, before.ToUnixTimeMilliseconds(), connection.Prepare));
                    return query.Chained(after, SequencesAtOnce).ConvertAll(place => place.Sequence);
                },
                cancellationToken);
            if (found.Count > 0)
            {
                yield return found;
                after = found[^1];
            }
            count = found.Count;
        }
    }

    /// <summary>The rows of what has expired, one batch of them read ahead while the writer deletes the one before.</summary>
    private async IAsyncEnumerable<List<ExpiredRow>> ReadBatchesAsync(int tenant, DateTimeOffset before, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Task<List<ExpiredRow>>? ahead = null;
        await foreach (var some in ReadExpiredAsync(tenant, before, cancellationToken))
        {
            foreach (var sequences in some.Chunk(EntriesInPurgeBatch))
            {
                var reading = readers.RunAsync(connection => ExpiredRow.Read(tenant, sequences, connection.Prepare), cancellationToken);
                if (ahead is not null)
                {
                    yield return await ahead;
                }
                ahead = reading;
            }
        }
        if (ahead is not null)
        {
            yield return await ahead;
        }
    }

    /// <summary>What the store still has to remove, as the column <c>names_left</c> says it.</summary>
    private enum Remains
    {
        None,
        OfPurged,
        OfWithheld,
    }

    private Task<Remains> FindRemainsAsync(int tenant, CancellationToken cancellationToken) => readers.RunAsync(
        connection =>
        {
            var find = connection.Prepare("SELECT names_left FROM chain WHERE tenant = ?1").Bind(1, tenant);
            var left = find.Step() ? (Remains)find.Long(0) : Remains.None;
            find.Reset();
            return left;
        },
        cancellationToken);

    /// <summary>Removes names and kinds that no entry uses: looks through the entries beside the writer, and through the newest in its turn.</summary>
    private async Task RemoveNamesAsync(int tenant, CancellationToken cancellationToken)
    {
        const int namesInBatch = 500;
        var used = new UsedNames(tenant);
        while (await readers.RunAsync(used.ReadMore, cancellationToken))
        {
        }
        var unused = new Queue<long>(await readers.RunAsync(used.FindUnused, cancellationToken));
        var first = true;
        while (unused.Count > 0 || first)
        {
            var batch = unused.Take(namesInBatch).ToList();
            var done = await writer.RunAsync(
                inTransaction: true,
                session =>
                {
                    if (used.ReadMore(session))
                    {
                        // Entries came faster than expected: catch up beside the writer.
                        return false;
                    }
                    session.KeepKinds(tenant, used.Kinds);
                    session.RemoveWords(tenant, batch.Where(id => !used.Words.Contains(id)));
                    return true;
                },
                cancellationToken);
            if (done)
            {
                first = false;
                for (var i = 0; i < batch.Count; i++)
                {
                    unused.Dequeue();
                }
            }
        }
        readers.ForgetWords();
    }

    /// <summary>Gives free pages back: the database's file shrinks.</summary>
    private async Task GiveSpaceBackAsync(CancellationToken cancellationToken)
    {
        while (await writer.RunRepeatableAsync(inTransaction: false, session => session.Vacuum(PagesInVacuum, _timeInVacuum), cancellationToken))
        {
        }
        // Beside the writer, which would copy all of it while entries wait.
        await Task.Run(writer.CopyLog, cancellationToken);
    }

    /// <summary>Gives free pages back and empties the write-ahead log, which still holds what was deleted.</summary>
    private async Task ReclaimAsync(CancellationToken cancellationToken)
    {
        await GiveSpaceBackAsync(cancellationToken);
        for (var attempt = 0; !await writer.RunAsync(inTransaction: false, session => session.EmptyLog(), cancellationToken); attempt++)
        {
            if (attempt == CheckpointAttempts)
            {
                throw new StorageException("What is to be destroyed is deleted, and the write-ahead log still holds it, because a reader keeps it in use. The next purge tries again.");
            }
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken);
        }
    }
}
