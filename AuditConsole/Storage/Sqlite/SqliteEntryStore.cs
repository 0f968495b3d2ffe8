using System.Runtime.CompilerServices;
using AuditConsole.Core;
using AuditConsole.Operations;

namespace AuditConsole.Storage.Sqlite;

/// <summary>Entries in SQLite: one writer's thread, readers by key.</summary>
internal sealed partial class SqliteEntryStore(
    SqliteWriter writer, ReaderPool readers, CommitSignals signals, DataDirectory directory, ConsoleMetrics metrics, TimeProvider clock) : IEntryStore
{
    private const int RowsInBatch = 1000;
    private const long BytesInBatch = 4 * 1024 * 1024;

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
        return readers.RunAsync(connection => ReadPage(filter, page, connection), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<long> CountAsync(EntryFilter filter, long snapshot, CancellationToken cancellationToken) => readers.RunAsync(
        connection =>
        {
            if (CompiledFilter.Compile(filter, snapshot, connection) is not { } compiled)
            {
                return 0;
            }
            var count = compiled.Count(connection);
            count.Step();
            var matching = count.Long(0);
            count.Reset();
            return matching;
        },
        cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<AuditEntry> ReadAsync(
        EntryFilter filter, long snapshot, int limit, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        CompiledFilter? compiled = null;
        EntryPosition? place = null;
        for (var left = limit; left > 0;)
        {
            var most = Math.Min(RowsInBatch, left);
            var batch = await readers.RunAsync(
                connection =>
                {
                    compiled ??= CompiledFilter.Compile(filter, snapshot, connection);
                    return compiled is null
                        ? []
                        : EntryRows.ReadAll(
                            compiled.Descending(connection, EntryRows.Rest, place, included: false, most), filter.Scope, connection, BytesInBatch);
                },
                cancellationToken);
            if (batch.Count == 0)
            {
                yield break;
            }
            foreach (var entry in batch)
            {
                yield return entry;
            }
            left -= batch.Count;
            place = new EntryPosition(batch[^1].OccurredAt, batch[^1].Sequence);
        }
    }

    /// <inheritdoc/>
    public Task<AuditEntry?> FindAsync(ReadScope scope, long sequence, CancellationToken cancellationToken) => readers.RunAsync(
        connection => EntryRows.ReadAll(
            connection.Prepare($"SELECT {EntryRows.Columns} FROM entry WHERE tenant = ?1 AND sequence = ?2 AND (occurred_at >= ?3 OR {ActiveHolds.Read(scope.Tenant, connection.Prepare).Sql})")
                .Bind(1, scope.Tenant).Bind(2, sequence).Bind(3, CompiledFilter.Ceiling(scope.ExpiredBefore)),
            scope, connection).FirstOrDefault(),
        cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<EntryKind>> ListKindsAsync(ReadScope scope, CancellationToken cancellationToken) => readers.RunAsync(
        connection =>
        {
            var holds = ActiveHolds.Read(scope.Tenant, connection.Prepare);
            var cutoff = CompiledFilter.Ceiling(scope.ExpiredBefore);
            var rows = connection.Prepare(
                $"""
                SELECT entity_type, action FROM entry_kind AS kind WHERE tenant = ?1 AND EXISTS (
                    SELECT 1 FROM entry INDEXED BY entry_by_action
                    WHERE tenant = ?1 AND action = kind.action AND entity_type = kind.entity_type
                        AND occurred_at >= ?2 AND (occurred_at >= ?3 OR {holds.Sql}))
                """).Bind(1, scope.Tenant).Bind(2, Math.Min(cutoff, holds.Since)).Bind(3, cutoff);
            var kinds = new List<EntryKind>();
            while (rows.Step())
            {
                kinds.Add(new EntryKind(connection.Word(rows.Long(0)), connection.Word(rows.Long(1))));
            }
            return (IReadOnlyList<EntryKind>)[.. kinds
                .OrderBy(kind => kind.EntityType, StringComparer.Ordinal).ThenBy(kind => kind.Action, StringComparer.Ordinal)];
        },
        cancellationToken);

    private static EntryPage ReadPage(EntryFilter filter, PageRequest page, ReadConnection connection)
    {
        var snapshot = page.Snapshot ?? ReadHead(filter.Scope.Tenant, connection).Size;
        if (CompiledFilter.Compile(filter, snapshot, connection) is not { } compiled)
        {
            return new EntryPage([], snapshot, HasOlder: false, HasNewer: false);
        }
        // One row more than the page tells whether there is another.
        if (page.NewerThan is { } floor)
        {
            var newer = EntryRows.ReadAll(
                compiled.Ascending(connection, EntryRows.Rest, floor, included: false, page.Size + 1), filter.Scope, connection);
            var hasNewer = Trim(newer, page.Size);
            newer.Reverse();
            return new EntryPage(newer, snapshot, Any(compiled.Descending(connection, null, floor, included: true, 1)), hasNewer);
        }
        var older = EntryRows.ReadAll(
            compiled.Descending(connection, EntryRows.Rest, page.OlderThan, included: false, page.Size + 1), filter.Scope, connection);
        var hasOlder = Trim(older, page.Size);
        return new EntryPage(
            older, snapshot, hasOlder,
            page.OlderThan is { } ceiling && Any(compiled.Ascending(connection, null, ceiling, included: true, 1)));
    }

    private static bool Trim(List<AuditEntry> entries, int size)
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
