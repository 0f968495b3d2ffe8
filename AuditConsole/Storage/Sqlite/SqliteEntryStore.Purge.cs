namespace AuditConsole.Storage.Sqlite;

// What leaves the store.
internal sealed partial class SqliteEntryStore
{
    // A batch holds the writer up: at 500 entries, some 10 to 20 ms.
    private const int EntriesInPurgeBatch = 500;
    private const int PagesInVacuum = 500;
    private const int CheckpointAttempts = 100;

    private readonly SemaphoreSlim _onePurge = new(1, 1);

    /// <inheritdoc/>
    public async Task<ExpiredEntries> FindExpiredAsync(int tenant, DateTimeOffset before, CancellationToken cancellationToken)
    {
        const int rowsInBatch = 10_000;
        var found = new SequenceRanges();
        var (lastTime, lastSequence, count) = (long.MinValue, 0L, 0);
        do
        {
            count = await readers.RunAsync(
                connection =>
                {
                    var rows = connection.Prepare(
                        $"""
                        SELECT occurred_at, sequence FROM entry INDEXED BY entry_by_time
                        WHERE tenant = ?1 AND occurred_at < ?2 AND (occurred_at, sequence) > (?3, ?4) AND NOT {ActiveHolds.Read(tenant, connection.Prepare).Sql}
                        ORDER BY occurred_at, sequence LIMIT ?5
                        """).Bind(1, tenant).Bind(2, before.ToUnixTimeMilliseconds()).Bind(3, lastTime).Bind(4, lastSequence).Bind(5, rowsInBatch);
                    var read = 0;
                    while (rows.Step())
                    {
                        (lastTime, lastSequence) = (rows.Long(0), rows.Long(1));
                        found.Add(lastSequence);
                        read++;
                    }
                    return read;
                },
                cancellationToken);
        }
        while (count == rowsInBatch);
        return found.ToResult();
    }

    /// <inheritdoc/>
    public async Task<ExpiredEntries> PurgeAsync(int tenant, DateTimeOffset before, CancellationToken cancellationToken)
    {
        await _onePurge.WaitAsync(cancellationToken);
        try
        {
            var purged = new SequenceRanges();
            var batch = new PurgeBatch([], Done: false);
            do
            {
                var last = batch.Last;
                batch = await writer.RunAsync(
                    inTransaction: true, session => session.Purge(tenant, before.ToUnixTimeMilliseconds(), EntriesInPurgeBatch, last), cancellationToken);
                foreach (var sequence in batch.Deleted)
                {
                    purged.Add(sequence);
                }
            }
            while (!batch.Done);
            var left = await FindRemainsAsync(tenant, cancellationToken);
            if (left != Remains.None)
            {
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
        const int namesInBatch = 2000;
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

    /// <summary>Gives free pages back and empties the write-ahead log, which still holds what was deleted.</summary>
    private async Task ReclaimAsync(CancellationToken cancellationToken)
    {
        while (await writer.RunAsync(inTransaction: false, session => session.Vacuum(PagesInVacuum), cancellationToken))
        {
        }
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
