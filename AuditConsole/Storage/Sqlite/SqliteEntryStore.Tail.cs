using System.Buffers.Binary;
using AuditConsole.Core;

namespace AuditConsole.Storage.Sqlite;

// In the order of the chain, and single entries.
internal sealed partial class SqliteEntryStore
{
    /// <inheritdoc/>
    public Task<EntryTail> ReadTailAsync(EntryFilter filter, long after, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        metrics.PageRead();
        return SearchAsync(
            filter.Scope.Tenant,
            connection =>
            {
                // In the same snapshot of the database as the entries, so that none is skipped.
                var size = ReadHead(filter.Scope.Tenant, connection).Size;
                using var query = Search(filter, size, connection);
                var (entries, reached) = (new List<AuditEntry>(), Math.Max(after, size));
                if (query is not null)
                {
                    var places = query.Chained(after, limit);
                    entries = EntryRows.ReadAll(places, filter.Scope, connection, BytesInBatch, out var more);
                    reached = more ? entries[^1].Sequence : places.Count == limit ? places[^1].Sequence : reached;
                }
                return new EntryTail(entries, reached, size)
                {
                    AfterLink = ReadLink(filter.Scope.Tenant, after, connection),
                    ReachedLink = ReadLink(filter.Scope.Tenant, reached, connection),
                };
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task WaitForMoreAsync(int tenant, long size, CancellationToken cancellationToken)
    {
        while (true)
        {
            var next = signals.Next(tenant);
            if ((await ReadHeadAsync(tenant, cancellationToken)).Size > size)
            {
                return;
            }
            await next.WaitAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public Task<AuditEntry?> FindAsync(ReadScope scope, Guid id, CancellationToken cancellationToken) => readers.RunAsync(
        connection =>
        {
            if (id.Version != 7)
            {
                return null;
            }
            Span<byte> bytes = stackalloc byte[16];
            id.TryWriteBytes(bytes, bigEndian: true, out _);
            // An id begins with the millisecond in which it was recorded, and that never runs backwards in a chain.
            var recordedAt = BinaryPrimitives.ReadInt64BigEndian(bytes) >> 16;
            var first = FindFirstRecorded(scope.Tenant, recordedAt, connection);
            var find = connection.Prepare(
                $"SELECT {EntryRows.Columns} FROM entry WHERE tenant = ?1 AND sequence >= ?2 AND recorded_at = ?3 AND id = ?4 AND sequence < ?6"
                + $" AND (occurred_at >= ?5 OR {ActiveHolds.Read(scope.Tenant, connection.Prepare).Sql})")
                .Bind(1, scope.Tenant).Bind(2, first).Bind(3, recordedAt).BindBlob(4, bytes).Bind(5, SegmentFilters.Ceiling(scope.ExpiredBefore))
                .Bind(6, FindFirstRecorded(scope.Tenant, recordedAt + 1, connection));
            return EntryRows.ReadFirst(find, scope, connection);
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task<long> FindRecordedBeforeAsync(int tenant, DateTimeOffset time, CancellationToken cancellationToken) => readers.RunAsync(
        connection => FindFirstRecorded(tenant, time.ToUnixTimeMilliseconds(), connection) - 1, cancellationToken);

    private static EntryHash? ReadLink(int tenant, long sequence, ReadConnection connection)
    {
        foreach (var table in (ReadOnlySpan<string>)["entry", "purged_leaf"])
        {
            var find = connection.Prepare($"SELECT hash FROM {table} WHERE tenant = ?1 AND sequence = ?2").Bind(1, tenant).Bind(2, sequence);
            try
            {
                if (find.Step())
                {
                    return new EntryHash(find.Bytes(0));
                }
            }
            catch (ArgumentException)
            {
                // Damaged: the verification names it.
                return null;
            }
            finally
            {
                find.Reset();
            }
        }
        return null;
    }

    /// <summary>The first sequence that was recorded at that time or later, by halves; behind the newest where there is none.</summary>
    private static long FindFirstRecorded(int tenant, long recordedAt, ReadConnection connection)
    {
        var (low, high) = (1L, ReadHead(tenant, connection).Size + 1);
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            // Purged places have no time: the next entry tells.
            var next = connection.Prepare("SELECT sequence, recorded_at FROM entry WHERE tenant = ?1 AND sequence >= ?2 ORDER BY sequence LIMIT 1")
                .Bind(1, tenant).Bind(2, middle);
            if (!next.Step() || next.Long(1) >= recordedAt)
            {
                high = middle;
            }
            else
            {
                low = next.Long(0) + 1;
            }
            next.Reset();
        }
        return low;
    }
}
