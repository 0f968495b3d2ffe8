using System.Runtime.CompilerServices;
using AuditConsole.Core;

namespace AuditConsole.Storage.Sqlite;

// The chain as a verifier reads it.
internal sealed partial class SqliteEntryStore
{
    /// <inheritdoc/>
    public Task<ChainHead> ReadHeadAsync(int tenant, CancellationToken cancellationToken) =>
        readers.RunAsync(connection => ReadHead(tenant, connection), cancellationToken);

    /// <inheritdoc/>
    public Task<ChainBase> ReadBaseAsync(int tenant, CancellationToken cancellationToken) => readers.RunAsync(
        connection =>
        {
            var find = connection.Prepare("SELECT base_size, base_hash, base_frontier FROM chain WHERE tenant = ?1").Bind(1, tenant);
            var found = find.Step()
                ? new ChainBase(new ChainHead(find.Long(0), new EntryHash(find.Bytes(1))), MerkleFrontier.Read(find.Long(0), find.Bytes(2)))
                : new ChainBase(ChainHead.Empty, new MerkleFrontier());
            find.Reset();
            return found;
        },
        cancellationToken);

    private static ChainHead ReadHead(int tenant, ReadConnection connection)
    {
        var find = connection.Prepare("SELECT size, hash FROM chain WHERE tenant = ?1").Bind(1, tenant);
        var head = find.Step() ? new ChainHead(find.Long(0), new EntryHash(find.Bytes(1))) : ChainHead.Empty;
        find.Reset();
        return head;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ChainPlace> ReadChainAsync(int tenant, long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        yield break;
    }

    /// <inheritdoc/>
    public Task<ExpiredEntries> FindExpiredAsync(int tenant, DateTimeOffset before, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <inheritdoc/>
    public Task<ExpiredEntries> PurgeAsync(int tenant, DateTimeOffset before, CancellationToken cancellationToken) => throw new NotSupportedException();
}
