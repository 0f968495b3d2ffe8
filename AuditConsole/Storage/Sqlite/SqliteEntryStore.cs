using System.Runtime.CompilerServices;
using AuditConsole.Core;
using AuditConsole.Operations;
using AuditConsole.Storage.Segments;

namespace AuditConsole.Storage.Sqlite;

/// <summary>Entries in SQLite: one writer's thread, readers by key.</summary>
internal sealed partial class SqliteEntryStore(
    SqliteWriter writer, ReaderPool readers, SegmentCache segments, SegmentUpkeep upkeep, CommitSignals signals, DataDirectory directory, ConsoleMetrics metrics,
    TimeProvider clock) : IEntryStore
{
    private const int RowsInBatch = 1000;
    private const int RowsInRun = 1024;
    private const long BytesInBatch = 4 * 1024 * 1024;
    private const int EntriesInFirstPage = 100;

    private static readonly int _epoch = DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;

    /// <inheritdoc/>
    public Task<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken) =>
        writer.AppendAsync(request, cancellationToken);

    /// <inheritdoc/>
    public Task<byte[]?> FindAnswerAsync(int tenant, IdempotencyKey key, CancellationToken cancellationToken)
    {
        var since = clock.GetUtcNow().ToUnixTimeMilliseconds() - IdempotencyRows.Lifetime;
        return readers.RunAsync(
            connection => IdempotencyRows.Read(
                connection.Prepare(IdempotencyRows.Find).Bind(1, tenant).Bind(2, key.Route).Bind(3, key.Key).Bind(4, since), key),
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task<EntryPage> ReadPageAsync(EntryFilter filter, PageRequest page, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(page.Size, 1);
        if (page is { OlderThan: not null, NewerThan: not null })
        {
            throw new ArgumentException("A page is behind a place or before one, not both.", nameof(page));
        }
        metrics.PageRead();
        return SearchAsync(filter.Scope.Tenant, connection => ReadPage(filter, page, connection), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<long> CountAsync(EntryFilter filter, long snapshot, CancellationToken cancellationToken) =>
        SearchAsync(filter, snapshot, (query, _) => query.Count(), nothing: 0, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<DayCount>> CountByDayAsync(EntryFilter filter, long snapshot, CancellationToken cancellationToken) => SearchAsync(
        filter, snapshot,
        (query, _) => (IReadOnlyList<DayCount>)[.. query.CountByDay().Select(day => new DayCount(DateOnly.FromDayNumber((int)(day.Key + _epoch)), day.Value))],
        nothing: [], cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<AuditEntry> ReadAsync(
        EntryFilter filter, long snapshot, int limit, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Place? place = null;
        for (var left = limit; left > 0;)
        {
            var most = Math.Min(RowsInBatch, left);
            var batch = await SearchAsync(
                filter, snapshot,
                (query, connection) => EntryRows.ReadAll(query.Descending(place, included: false, most), filter.Scope, connection, BytesInBatch, out _),
                nothing: [], cancellationToken);
            if (batch.Count == 0)
            {
                yield break;
            }
            foreach (var entry in batch)
            {
                yield return entry;
            }
            left -= batch.Count;
            place = new Place(batch[^1].OccurredAt.ToUnixTimeMilliseconds(), batch[^1].Sequence);
        }
    }

    /// <inheritdoc/>
    public Task<AuditEntry?> FindAsync(ReadScope scope, long sequence, CancellationToken cancellationToken) => readers.RunAsync(
        connection => EntryRows.ReadFirst(
            connection.Prepare($"SELECT {EntryRows.Columns} FROM entry WHERE tenant = ?1 AND sequence = ?2 AND (occurred_at >= ?3 OR {ActiveHolds.Read(scope.Tenant, connection.Prepare).Sql})")
                .Bind(1, scope.Tenant).Bind(2, sequence).Bind(3, SegmentFilters.Ceiling(scope.ExpiredBefore)),
            scope, connection),
        cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<EntryKind>> ListKindsAsync(ReadScope scope, CancellationToken cancellationToken) => SearchAsync(
        scope.Tenant,
        connection =>
        {
            var rows = connection.Prepare("SELECT entity_type, action FROM entry_kind WHERE tenant = ?1").Bind(1, scope.Tenant);
            var known = new List<(long EntityType, long Action)>();
            while (rows.Step())
            {
                known.Add((rows.Long(0), rows.Long(1)));
            }
            var size = ReadHead(scope.Tenant, connection).Size;
            var readable = SegmentFilters.Of(new EntryFilter { Scope = scope }, size, connection)!;
            var all = segments.Read(scope.Tenant, size, connection.Prepare);
            var kinds = new List<EntryKind>();
            foreach (var (entityType, action) in known)
            {
                using var query = new SegmentQuery(all, readable with
                {
                    Selection = readable.Selection with
                    {
                        Conditions = [new(new DimensionValues(Dimension.Action, [action])), new(new DimensionValues(Dimension.EntityType, [entityType]))],
                    },
                });
                if (query.Any())
                {
                    kinds.Add(new EntryKind(connection.Word(scope.Tenant, entityType), connection.Word(scope.Tenant, action)));
                }
            }
            return (IReadOnlyList<EntryKind>)[.. kinds
                .OrderBy(kind => kind.EntityType, StringComparer.Ordinal).ThenBy(kind => kind.Action, StringComparer.Ordinal)];
        },
        cancellationToken);

    /// <summary>Reads a page of the longest log for nobody: whoever asks for the first one doesn't wait for its code to be compiled.</summary>
    public async Task WarmUpAsync(CancellationToken cancellationToken)
    {
        // Remembers nothing: what is damaged is found, told and mended when somebody asks for it.
        using var forgotten = segments.Another();
        var store = new SqliteEntryStore(writer, readers, forgotten, upkeep, signals, directory, metrics, clock);
        try
        {
            await readers.RunAsync(
                connection =>
                {
                    var longest = connection.Prepare("SELECT tenant FROM chain ORDER BY size DESC LIMIT 1");
                    var tenant = longest.Step() ? (int?)longest.Long(0) : null;
                    longest.Reset();
                    return tenant is { } number
                        ? store.ReadPage(new EntryFilter { Scope = new ReadScope(number, Guid.Empty, DateTimeOffset.MinValue) }, new PageRequest(EntriesInFirstPage), connection)
                        : null;
                },
                cancellationToken);
        }
        catch (Exception)
        {
            // No start fails for it; whoever asks for the page is told.
        }
    }

    private EntryPage ReadPage(EntryFilter filter, PageRequest page, ReadConnection connection)
    {
        var snapshot = page.Snapshot ?? ReadHead(filter.Scope.Tenant, connection).Size;
        using var query = Search(filter, snapshot, connection);
        if (query is null)
        {
            return new EntryPage([], snapshot, HasOlder: false, HasNewer: false);
        }
        // One place more than the page tells whether there is another.
        if (page.NewerThan is { } floor)
        {
            var newer = query.Ascending(PlaceOf(floor), included: false, page.Size + 1);
            var hasNewer = Trim(newer, page.Size);
            newer.Reverse();
            return new EntryPage(
                EntryRows.ReadAll(newer, filter.Scope, connection), snapshot, query.Descending(PlaceOf(floor), included: true, 1).Count > 0, hasNewer);
        }
        Place? ceiling = page.OlderThan is { } behind ? PlaceOf(behind) : null;
        var older = query.Descending(ceiling, included: false, page.Size + 1);
        var hasOlder = Trim(older, page.Size);
        return new EntryPage(
            EntryRows.ReadAll(older, filter.Scope, connection), snapshot, hasOlder,
            ceiling is { } place && query.Ascending(place, included: true, 1).Count > 0);
    }

    /// <summary>The query of a filter; null where no entry can match.</summary>
    private SegmentQuery? Search(EntryFilter filter, long snapshot, ReadConnection connection) =>
        SegmentFilters.Of(filter, snapshot, connection) is { } over
            ? new SegmentQuery(segments.Read(filter.Scope.Tenant, snapshot, connection.Prepare), over)
            : null;

    private Task<T> SearchAsync<T>(EntryFilter filter, long snapshot, Func<SegmentQuery, ReadConnection, T> read, T nothing, CancellationToken cancellationToken) =>
        SearchAsync(
            filter.Scope.Tenant,
            connection =>
            {
                using var query = Search(filter, snapshot, connection);
                return query is null ? nothing : read(query, connection);
            },
            cancellationToken);

    /// <summary>Reads with the help of segments. One that is damaged is made anew, and the reading repeated.</summary>
    private async Task<T> SearchAsync<T>(int tenant, Func<ReadConnection, T> read, CancellationToken cancellationToken)
    {
        while (true)
        {
            DamagedSegmentException damaged;
            try
            {
                return await readers.RunAsync(read, cancellationToken);
            }
            catch (DamagedSegmentException fault)
            {
                damaged = fault;
            }
            await upkeep.MendAsync(tenant, damaged, cancellationToken);
        }
    }

    private static Place PlaceOf(EntryPosition position) => new(position.OccurredAt.ToUnixTimeMilliseconds(), position.Sequence);

    private static bool Trim(List<Place> entries, int size)
    {
        if (entries.Count <= size)
        {
            return false;
        }
        entries.RemoveRange(size, entries.Count - size);
        return true;
    }

    private static bool Any(Statement statement)
    {
        var any = statement.Step();
        statement.Reset();
        return any;
    }
}
