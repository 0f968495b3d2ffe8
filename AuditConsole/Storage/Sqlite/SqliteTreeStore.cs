using AuditConsole.Core;
using AuditConsole.Core.Evidence;

namespace AuditConsole.Storage.Sqlite;

/// <summary>The Merkle trees in SQLite: blocks of leaves that are written once, filled behind the entries.</summary>
internal sealed class SqliteTreeStore(SqliteWriter writer, ReaderPool readers) : ITreeStore
{
    // 16,384 leaves: a transaction of 0.5 MB, which holds the writer up for some milliseconds.
    private const int BlocksInBatch = 64;

    /// <inheritdoc/>
    public Task<IReadOnlyList<TenantHead>> ListHeadsAsync(CancellationToken cancellationToken) => readers.RunAsync(
        connection =>
        {
            var rows = connection.Prepare("SELECT tenant, size, hash FROM chain WHERE size > 0");
            var heads = new List<TenantHead>();
            while (rows.Step())
            {
                // A head that isn't one is named where the chain is verified.
                if (rows.Bytes(2).Length == EntryHash.Size)
                {
                    heads.Add(new TenantHead((int)rows.Long(0), new ChainHead(rows.Long(1), new EntryHash(rows.Bytes(2)))));
                }
            }
            return (IReadOnlyList<TenantHead>)heads;
        },
        cancellationToken);

    /// <inheritdoc/>
    public async Task<MerkleFrontier> ExtendAsync(int tenant, long size, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (growth, frontier) = await readers.RunAsync(
                connection =>
                {
                    var reader = new TreeReader(connection, tenant);
                    var growth = TreeGrowth.Read(reader, size, BlocksInBatch);
                    return growth.Leaves.Count > 0 ? (growth, null) : ((TreeGrowth?)null, Frontier(reader, size));
                },
                cancellationToken);
            if (growth is null)
            {
                return frontier ?? throw new StorageException($"The chain of tenant {tenant} doesn't reach #{size:N0}, or that was purged.");
            }
            await writer.RunAsync(inTransaction: true, session => { session.AddToTree(tenant, growth); return true; }, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public Task<MerkleFrontier?> FindFrontierAsync(int tenant, long size, CancellationToken cancellationToken) =>
        readers.RunAsync(connection => Frontier(new TreeReader(connection, tenant), size), cancellationToken);

    /// <inheritdoc/>
    public Task<EntryHash?> FindLinkAsync(int tenant, long sequence, CancellationToken cancellationToken) => readers.RunAsync(
        connection =>
        {
            var find = connection.Prepare(
                """
                SELECT hash FROM entry WHERE tenant = ?1 AND sequence = ?2
                UNION ALL SELECT hash FROM purged_leaf WHERE tenant = ?1 AND sequence = ?2
                UNION ALL SELECT base_hash FROM chain WHERE tenant = ?1 AND base_size = ?2
                """).Bind(1, tenant).Bind(2, sequence);
            EntryHash? hash = find.Step() && find.Bytes(0).Length == EntryHash.Size ? new EntryHash(find.Bytes(0)) : null;
            find.Reset();
            return hash;
        },
        cancellationToken);

    /// <inheritdoc/>
    public async Task<long?> FindDamageAsync(int tenant, CancellationToken cancellationToken)
    {
        var (next, roots) = (-1L, (IReadOnlyList<EntryHash>)[]);
        while (true)
        {
            var (damage, done) = await readers.RunAsync(
                connection =>
                {
                    TreeReader reader;
                    try
                    {
                        reader = new TreeReader(connection, tenant);
                    }
                    catch (StorageException)
                    {
                        return ((long?)1, true);
                    }
                    if (next < reader.Prefix.Blocks)
                    {
                        next = reader.Prefix.Blocks;
                        roots = MerkleFrontier.Read(next << TreeBlock.Level, reader.Prefix.FrontierOfBlocks).Roots;
                    }
                    if (reader.StoredBlocks << TreeBlock.Level > reader.Size)
                    {
                        return (reader.Size + 1, true);
                    }
                    // Also where none is left to read: then the frontier is compared.
                    var growth = TreeGrowth.Read(reader, next, roots, Math.Min(reader.StoredBlocks, next + BlocksInBatch));
                    if (reader.StoredBlocks >= next && !reader.Holds(growth))
                    {
                        return ((next << TreeBlock.Level) + 1, true);
                    }
                    (next, roots) = (growth.Blocks, growth.Roots);
                    return ((long?)null, next >= reader.StoredBlocks);
                },
                cancellationToken);
            if (done)
            {
                return damage;
            }
        }
    }

    /// <inheritdoc/>
    public async Task RebuildAsync(int tenant, CancellationToken cancellationToken)
    {
        var size = await readers.RunAsync(connection => ReadSize(tenant, connection), cancellationToken);
        await writer.RunAsync(inTransaction: true, session => { session.RemoveTree(tenant); return true; }, cancellationToken);
        if (size > 0)
        {
            await ExtendAsync(tenant, size, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public IMerkleNodes OpenNodes(int tenant) => new SqliteTreeNodes(readers, tenant);

    private static long ReadSize(int tenant, ReadConnection connection)
    {
        var find = connection.Prepare("SELECT size FROM chain WHERE tenant = ?1").Bind(1, tenant);
        var size = find.Step() ? find.Long(0) : 0;
        find.Reset();
        return size;
    }

    private static MerkleFrontier? Frontier(TreeReader reader, long size)
    {
        if (size > reader.Size || size < reader.Prefix.Size)
        {
            return null;
        }
        // From the nearest frontier that is kept; without one, from the subtrees that the size consists of.
        var near = reader.Prefix.Size >= reader.Frontier.Size ? reader.Prefix.Frontier : reader.Frontier;
        if (size >= near.Size && size - near.Size < 2 * TreeBlock.Size)
        {
            var frontier = MerkleFrontier.Read(near.Size, near.ToArray());
            Append(frontier, reader.ReadLeaves(near.Size, size));
            return frontier;
        }
        var roots = new List<byte>();
        foreach (var node in TreeNode.Covering(size))
        {
            if (reader.Find(node) is not { } root)
            {
                return null;
            }
            roots.AddRange(root.ToArray());
        }
        return MerkleFrontier.Read(size, roots.ToArray());
    }

    private static void Append(MerkleFrontier frontier, byte[] leaves)
    {
        for (var at = 0; at < leaves.Length; at += EntryHash.Size)
        {
            frontier.Append(new EntryHash(leaves.AsSpan(at, EntryHash.Size)));
        }
    }
}
