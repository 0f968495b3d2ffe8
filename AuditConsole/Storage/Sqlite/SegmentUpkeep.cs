using System.Threading.Channels;
using AuditConsole.Storage.Segments;

namespace AuditConsole.Storage.Sqlite;

/// <summary>The work on segments that waits for somebody beside the writer.</summary>
internal sealed class SegmentQueue
{
    private readonly Channel<(int Tenant, long? First)> _waiting = Channel.CreateUnbounded<(int, long?)>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>A tenant has enough entries behind its segments for the next one.</summary>
    public void AddSealing(int tenant) => _waiting.Writer.TryWrite((tenant, null));

    /// <summary>The small segments from a sequence on can become a large one.</summary>
    public void AddCompleted(int tenant, long first) => _waiting.Writer.TryWrite((tenant, first));

    /// <summary>What waits, and what comes; of the completed ones the first sequence.</summary>
    public IAsyncEnumerable<(int Tenant, long? First)> ReadAllAsync(CancellationToken cancellationToken) => _waiting.Reader.ReadAllAsync(cancellationToken);
}

/// <summary>
/// Makes, puts together and mends segments. What takes long is done beside the writer, which then takes the result if
/// nothing has changed meanwhile.
/// </summary>
internal sealed partial class SegmentUpkeep(
    SqliteWriter writer, ReaderPool readers, SegmentCache segments, SegmentQueue queue, SegmentSizes sizes, ILogger<SegmentUpkeep> log) : IEntryIndex, IDisposable
{
    // A transaction that holds the writer up for some milliseconds.
    private const int EntriesInMending = 500;
    // Large ones between two lines of the log.
    private const long SegmentsBetween = 16;

    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    /// <summary>Makes the segments that are missing, as in a database of an older version, then puts together in the background. Can be broken off at any time: the next start goes on.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var (tenant, entries) in await readers.RunAsync(FindUnsealed, cancellationToken))
        {
            await SealAsync(tenant, entries, cancellationToken);
        }
        foreach (var (tenant, first) in await readers.RunAsync(FindCompleted, cancellationToken))
        {
            queue.AddCompleted(tenant, first);
        }
        _running = Task.Run(() => RunAsync(_stop.Token), CancellationToken.None);
    }

    /// <summary>Ends the background work.</summary>
    public async Task StopAsync()
    {
        try
        {
            await _stop.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // Stopped twice, beside each other: the other one has gone further already.
        }
        await _running;
    }

    /// <inheritdoc/>
    public async Task RebuildAsync(int tenant, CancellationToken cancellationToken)
    {
        foreach (var batch in (await FindTargetDamageAsync(tenant, cancellationToken)).Chunk(EntriesInMending))
        {
            await writer.RunAsync(inTransaction: true, session => { session.MendTargets(tenant, batch); return true; }, cancellationToken);
        }
        await writer.RunAsync(inTransaction: true, session => { session.RemoveSegments(tenant); return true; }, cancellationToken);
        await SealAsync(tenant, entries: null, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SequenceRange>> FindDamageAsync(int tenant, CancellationToken cancellationToken)
    {
        var damaged = new List<SequenceRange>();
        for (long? next = 1; next is not null;)
        {
            var first = next.Value;
            next = await readers.RunAsync(
                connection =>
                {
                    var end = SegmentRows.ReadState(tenant, connection.Prepare).Sealed;
                    if (first > end)
                    {
                        return (long?)null;
                    }
                    var segment = SegmentRows.FindFrom(tenant, first, connection.Prepare);
                    var range = segment is null ? new SequenceRange(first, end)
                        : segment.First > first ? new SequenceRange(first, segment.First - 1)
                        : new SequenceRange(first, Math.Min(segment.Last, end));
                    var agrees = segment is null || segment.First > first
                        ? !SegmentRows.Any(tenant, range.First, range.Last, connection.Prepare)
                        : Agrees(tenant, segment, connection);
                    if (!agrees)
                    {
                        damaged.Add(range);
                    }
                    return range.Last + 1;
                },
                cancellationToken);
        }
        damaged.AddRange((await FindTargetDamageAsync(tenant, cancellationToken)).Select(entry => new SequenceRange(entry.Sequence, entry.Sequence)));
        return SequenceRanges.Join(damaged);
    }

    private async Task<IReadOnlyList<TargetDamage>> FindTargetDamageAsync(int tenant, CancellationToken cancellationToken)
    {
        var damaged = new List<TargetDamage>();
        for (long? after = 0; after is { } last;)
        {
            var (found, next) = await readers.RunAsync(connection => FurtherTargets.FindDamage(tenant, last, connection), cancellationToken);
            damaged.AddRange(found);
            after = next;
        }
        return damaged;
    }

    /// <summary>Makes a damaged segment anew of the entries that it covers.</summary>
    /// <exception cref="StorageException">This process only reads.</exception>
    public async Task MendAsync(int tenant, DamagedSegmentException damaged, CancellationToken cancellationToken)
    {
        var row = damaged.Segment;
        if (!writer.IsStarted)
        {
            throw new StorageException($"The index of the entries {row.First} to {row.Last} is damaged. {damaged.Message} Run: storage rebuild-index");
        }
        var mended = await writer.RunAsync(inTransaction: true, session => session.MendSegment(tenant, row), cancellationToken);
        if (mended)
        {
            Log.Mended(log, row.First, row.Last, tenant, damaged.Message);
        }
    }

    public void Dispose() => _stop.Dispose();

    private async Task SealAsync(int tenant, long? entries, CancellationToken cancellationToken)
    {
        var done = 0L;
        if (entries is { } many)
        {
            Log.Making(log, tenant, many);
        }
        while (await writer.RunAsync(inTransaction: true, session => session.Seal(tenant), cancellationToken) is > 0 and var more)
        {
            done += more;
            if (entries is { } all && done / (SegmentsBetween * sizes.Large) > (done - more) / (SegmentsBetween * sizes.Large))
            {
                Log.Progress(log, tenant, done, all);
            }
        }
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var (tenant, first) in queue.ReadAllAsync(cancellationToken))
            {
                try
                {
                    await (first is { } completed ? CompactAsync(tenant, completed, cancellationToken) : SealBesideAsync(tenant, cancellationToken));
                }
                catch (StorageException fault)
                {
                    // Small segments answer as well, only slower, and the writer seals itself what has waited long; the next start tries again.
                    Log.NotDone(log, fault, tenant);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The storage is closing.
        }
    }

    private async Task SealBesideAsync(int tenant, CancellationToken cancellationToken)
    {
        while (await readers.RunAsync(connection => BuildNext(tenant, connection), cancellationToken) is { } next)
        {
            await writer.RunAsync(inTransaction: true, session => session.TakeSegment(tenant, next.State, next.End, next.Segment), cancellationToken);
        }
    }

    private NextSegment? BuildNext(int tenant, ReadConnection connection)
    {
        var state = SegmentRows.ReadState(tenant, connection.Prepare);
        var find = connection.Prepare("SELECT size FROM chain WHERE tenant = ?1").Bind(1, tenant);
        var size = find.Step() ? find.Long(0) : 0;
        find.Reset();
        var end = state.Sealed + sizes.Small;
        return size < end ? null : new NextSegment(state, end, SegmentRows.Build(tenant, state.Sealed + 1, end, connection.Prepare));
    }

    private async Task CompactAsync(int tenant, long first, CancellationToken cancellationToken)
    {
        var done = false;
        while (!done)
        {
            try
            {
                var (small, large) = await readers.RunAsync(connection => Merge(tenant, first, connection), cancellationToken);
                done = small.Count < 2
                    || await writer.RunAsync(inTransaction: true, session => session.ReplaceSegments(tenant, small, large), cancellationToken);
            }
            catch (DamagedSegmentException damaged)
            {
                await MendAsync(tenant, damaged, cancellationToken);
            }
        }
    }

    /// <summary>Whether a segment without what is gone is what the entries would make.</summary>
    private static bool Agrees(int tenant, SegmentRow row, ReadConnection connection)
    {
        try
        {
            SegmentRows.RequireWhole(tenant, [row], row.First, row.Last, connection.Prepare);
            var builder = new SegmentBuilder();
            var parts = new StoredParts(number => SegmentRows.ReadPart(row, number, connection.Prepare));
            var segment = new SealedSegment(row, parts);
            builder.Add(segment, dimension => parts.PostingsOf(row, dimension));
            var (stored, now) = (builder.Build(row.First, row.Last), SegmentRows.Build(tenant, row.First, row.Last, connection.Prepare));
            return stored is null || now is null
                ? stored is null && now is null
                : (stored.Count, stored.Oldest, row.Newest) == (now.Count, now.Oldest, segment.PlaceAt(row.Count - 1).OccurredAt) && stored.Parts.Zip(now.Parts).All(pair => pair.First.Bytes.AsSpan().SequenceEqual(pair.Second.Bytes));
        }
        catch (Exception fault) when (fault is SegmentDamagedException or DamagedSegmentException)
        {
            return false;
        }
    }

    private (List<SegmentRow> Small, BuiltSegment? Large) Merge(int tenant, long first, ReadConnection connection)
    {
        var last = first + sizes.Large - 1;
        var small = SegmentRows.ReadAll(tenant, first, last, connection.Prepare);
        if (small.Count < 2)
        {
            return (small, null);
        }
        SegmentRows.RequireWhole(tenant, small, first, last, connection.Prepare);
        var parts = segments.PartsOf(connection.Prepare);
        var builder = new SegmentBuilder();
        foreach (var row in small)
        {
            builder.Add(new SealedSegment(row, parts), dimension => parts.PostingsOf(row, dimension));
        }
        return (small, builder.Build(first, last));
    }

    private List<(int Tenant, long Entries)> FindUnsealed(ReadConnection connection)
    {
        var rows = connection.Prepare(
            "SELECT chain.tenant, size - coalesce(sealed, 0) FROM chain LEFT JOIN segment_state ON segment_state.tenant = chain.tenant WHERE size - coalesce(sealed, 0) >= ?1")
            .Bind(1, sizes.Small);
        var found = new List<(int, long)>();
        while (rows.Step())
        {
            found.Add(((int)rows.Long(0), rows.Long(1)));
        }
        return found;
    }

    private List<(int Tenant, long First)> FindCompleted(ReadConnection connection)
    {
        var rows = connection.Prepare(
            """
            SELECT segment.tenant, (first - 1) / ?1 AS number FROM segment JOIN segment_state ON segment_state.tenant = segment.tenant
            WHERE sealed >= ((first - 1) / ?1 + 1) * ?1 GROUP BY segment.tenant, number HAVING count(*) > 1
            """).Bind(1, sizes.Large);
        var found = new List<(int, long)>();
        while (rows.Step())
        {
            found.Add(((int)rows.Long(0), rows.Long(1) * sizes.Large + 1));
        }
        return found;
    }

    /// <summary>The next segment of a tenant as the entries make it.</summary>
    /// <param name="State">What held when they were read.</param>
    /// <param name="End">The last sequence.</param>
    /// <param name="Segment">Null where all of them are gone.</param>
    private sealed record NextSegment(SegmentState State, long End, BuiltSegment? Segment);

    /// <summary>The parts as they are stored, past what is remembered of them.</summary>
    private sealed class StoredParts(Func<int, byte[]> read) : ISegmentParts
    {
        public Places PlacesOf(SegmentRow segment) => Places.Read(read(SegmentBuilder.PlacesPart), segment.Count, segment.Oldest, segment.First);

        public Postings PostingsOf(SegmentRow segment, Dimension dimension) => Postings.Read(read((int)dimension), segment.Count);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Making the index of {Entries} entries of tenant {Tenant}; it goes on where it was if it is interrupted")]
        public static partial void Making(ILogger logger, int tenant, long entries);

        [LoggerMessage(Level = LogLevel.Information, Message = "Indexed {Done} of {Entries} entries of tenant {Tenant}")]
        public static partial void Progress(ILogger logger, int tenant, long done, long entries);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The index of the entries {First} to {Last} of tenant {Tenant} was damaged and has been made anew: {Reason}")]
        public static partial void Mended(ILogger logger, long first, long last, int tenant, string reason);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The index of tenant {Tenant} stays as it is for now")]
        public static partial void NotDone(ILogger logger, Exception fault, int tenant);
    }
}
