using AuditConsole.Core;

namespace AuditConsole.Storage.Sqlite;

/// <summary>A tenant's tree in one snapshot of the database.</summary>
internal sealed class TreeReader
{
    private readonly ReadConnection _connection;
    private readonly int _tenant;
    private TreeBlock? _block;

    public TreeReader(ReadConnection connection, int tenant)
    {
        (_connection, _tenant) = (connection, tenant);
        Prefix = new TreePrefix(0, []);
        var chain = connection.Prepare("SELECT size, base_size, base_frontier FROM chain WHERE tenant = ?1").Bind(1, tenant);
        var tree = connection.Prepare("SELECT blocks, frontier FROM tree WHERE tenant = ?1").Bind(1, tenant);
        try
        {
            if (chain.Step())
            {
                Size = chain.Long(0);
                Prefix = new TreePrefix(chain.Long(1), chain.Bytes(2));
            }
            if (tree.Step())
            {
                StoredBlocks = Blocks = tree.Long(0);
                Frontier = MerkleFrontier.Read(Blocks << TreeBlock.Level, tree.Bytes(1));
            }
        }
        catch (ArgumentException fault)
        {
            throw new StorageException($"The Merkle tree was changed in the database: {fault.Message} Restore a backup.", fault);
        }
        finally
        {
            chain.Reset();
            tree.Reset();
        }
        if (Blocks < Prefix.Blocks)
        {
            // A purge was faster than the filling: the frontier that it left is all that can be known of these blocks.
            Blocks = Prefix.Blocks;
            Frontier = MerkleFrontier.Read(Blocks << TreeBlock.Level, Prefix.FrontierOfBlocks);
        }
    }

    /// <summary>The length of the chain.</summary>
    public long Size { get; }

    /// <summary>The purged prefix.</summary>
    public TreePrefix Prefix { get; }

    /// <summary>What the table says of the filled blocks; -1 where it has no row.</summary>
    public long StoredBlocks { get; } = -1;

    /// <summary>The blocks that needn't be filled any more.</summary>
    public long Blocks { get; }

    /// <summary>The frontier over <see cref="Blocks"/>.</summary>
    public MerkleFrontier Frontier { get; } = new();

    /// <summary>The root of a perfect subtree; null if it went with the prefix.</summary>
    public EntryHash? Find(TreeNode node)
    {
        if (Prefix.Find(node) is { } root)
        {
            return root;
        }
        if (node.Level < TreeBlock.Level)
        {
            return BlockOf(node.First >> TreeBlock.Level).Node(node);
        }
        if (node.End <= Blocks << TreeBlock.Level && ReadNode(node) is { } stored)
        {
            return stored;
        }
        return node.Level == TreeBlock.Level
            ? BlockOf(node.Number).Root
            : Find(new TreeNode(node.Level - 1, 2 * node.Number)) is { } left && Find(new TreeNode(node.Level - 1, 2 * node.Number + 1)) is { } right
                ? MerkleFrontier.HashNode(left, right)
                : null;
    }

    /// <summary>Leaves one after the other, 32 bytes each, from the entries and what purges left of them.</summary>
    /// <param name="after">The sequence before the first.</param>
    /// <param name="last">The last sequence.</param>
    /// <exception cref="StorageException">One is missing.</exception>
    public byte[] ReadLeaves(long after, long last)
    {
        var leaves = new byte[(last - after) * EntryHash.Size];
        var rows = _connection.Prepare(
            """
            SELECT sequence, leaf FROM entry WHERE tenant = ?1 AND sequence > ?2 AND sequence <= ?3
            UNION ALL SELECT sequence, leaf FROM purged_leaf WHERE tenant = ?1 AND sequence > ?2 AND sequence <= ?3
            ORDER BY sequence
            """).Bind(1, _tenant).Bind(2, after).Bind(3, last);
        var next = after + 1;
        try
        {
            for (; next <= last && rows.Step() && rows.Long(0) == next && rows.Bytes(1).Length == EntryHash.Size; next++)
            {
                rows.Bytes(1).CopyTo(leaves.AsSpan((int)(next - after - 1) * EntryHash.Size));
            }
        }
        finally
        {
            rows.Reset();
        }
        return next > last ? leaves : throw new StorageException($"The leaf of entry #{next:N0} is missing or stands there twice: the database was changed from outside.");
    }

    /// <summary>A block with its subtrees.</summary>
    public TreeBlock BlockOf(long number)
    {
        if (_block?.Number != number)
        {
            _block = new TreeBlock(number, ReadBlock(number), Prefix);
        }
        return _block;
    }

    private byte[] ReadBlock(long number)
    {
        var find = _connection.Prepare("SELECT leaves FROM tree_block WHERE tenant = ?1 AND number = ?2").Bind(1, _tenant).Bind(2, number);
        var stored = find.Step() ? find.Bytes(0).ToArray() : null;
        find.Reset();
        if (stored is not null)
        {
            return stored;
        }
        var first = Math.Max(number << TreeBlock.Level, Prefix.Size);
        var leaves = new byte[TreeBlock.Size * EntryHash.Size];
        var last = Math.Min((number + 1) << TreeBlock.Level, Size);
        if (last <= first)
        {
            return [];
        }
        ReadLeaves(first, last).CopyTo(leaves, (first - (number << TreeBlock.Level)) * EntryHash.Size);
        return leaves[..((int)(last - (number << TreeBlock.Level)) * EntryHash.Size)];
    }

    /// <summary>The stored roots of some subtrees of one level, one after the other.</summary>
    public void ReadNodes(int level, long first, long count, Dictionary<TreeNode, EntryHash> into)
    {
        var rows = _connection.Prepare("SELECT number, hash FROM tree_node WHERE tenant = ?1 AND level = ?2 AND number >= ?3 AND number < ?4")
            .Bind(1, _tenant).Bind(2, level).Bind(3, first).Bind(4, first + count);
        while (rows.Step())
        {
            if (rows.Bytes(1).Length == EntryHash.Size)
            {
                into[new TreeNode(level, rows.Long(0))] = new EntryHash(rows.Bytes(1));
            }
        }
    }

    /// <summary>Whether blocks and roots are stored as they are given, and the frontier where it ends with them.</summary>
    public bool Holds(TreeGrowth growth)
    {
        for (var i = 0; i < growth.Leaves.Count; i++)
        {
            var find = _connection.Prepare("SELECT leaves FROM tree_block WHERE tenant = ?1 AND number = ?2").Bind(1, _tenant).Bind(2, growth.FirstBlock + i);
            var same = find.Step() && find.Bytes(0).SequenceEqual(growth.Leaves[i]);
            find.Reset();
            if (!same)
            {
                return false;
            }
        }
        return growth.Nodes.TrueForAll(node => ReadNode(node.Node) == node.Hash) && (growth.Blocks != StoredBlocks || Frontier.ToArray().AsSpan().SequenceEqual(growth.Frontier));
    }

    private EntryHash? ReadNode(TreeNode node)
    {
        var find = _connection.Prepare("SELECT hash FROM tree_node WHERE tenant = ?1 AND level = ?2 AND number = ?3")
            .Bind(1, _tenant).Bind(2, node.Level).Bind(3, node.Number);
        EntryHash? hash = find.Step() && find.Bytes(0).Length == EntryHash.Size ? new EntryHash(find.Bytes(0)) : null;
        find.Reset();
        return hash;
    }
}
