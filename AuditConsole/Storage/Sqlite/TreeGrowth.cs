using AuditConsole.Core;

namespace AuditConsole.Storage.Sqlite;

/// <summary>Blocks to add to a tree, and the roots above them.</summary>
internal sealed class TreeGrowth
{
    private readonly List<EntryHash> _frontier;

    private TreeGrowth(TreeReader reader, long first, IEnumerable<EntryHash> frontier)
    {
        (StoredBlocks, FirstBlock, Blocks) = (reader.StoredBlocks, first, first);
        _frontier = [.. frontier];
    }

    /// <summary>The roots of the subtrees that the blocks so far consist of, the largest first.</summary>
    public IReadOnlyList<EntryHash> Roots => _frontier;

    /// <summary>What the table said when this was read: if it says anything else, somebody else filled it.</summary>
    public long StoredBlocks { get; }

    /// <summary>The first block that is added.</summary>
    public long FirstBlock { get; }

    /// <summary>How many blocks there are afterwards.</summary>
    public long Blocks { get; private set; }

    /// <summary>The leaves of each, 32 bytes a leaf.</summary>
    public List<byte[]> Leaves { get; } = [];

    /// <summary>The roots from the blocks upwards.</summary>
    public List<(TreeNode Node, EntryHash Hash)> Nodes { get; } = [];

    /// <summary>The roots of the frontier afterwards, 32 bytes each.</summary>
    public byte[] Frontier
    {
        get
        {
            var bytes = new byte[_frontier.Count * EntryHash.Size];
            for (var i = 0; i < _frontier.Count; i++)
            {
                _frontier[i].CopyTo(bytes.AsSpan(i * EntryHash.Size));
            }
            return bytes;
        }
    }

    /// <summary>Reads the next full blocks, at most <paramref name="most"/>, up to <paramref name="size"/> leaves.</summary>
    public static TreeGrowth Read(TreeReader reader, long size, int most)
    {
        var last = Math.Min(size >> TreeBlock.Level, reader.Blocks + most);
        return Read(reader, reader.Blocks, reader.Frontier.Roots, last);
    }

    /// <summary>Reads full blocks from one on, whatever is stored of them.</summary>
    /// <param name="reader">The tree.</param>
    /// <param name="block">The first block; not one within the purged prefix.</param>
    /// <param name="frontier">The roots of those before it.</param>
    /// <param name="last">The block behind the last.</param>
    public static TreeGrowth Read(TreeReader reader, long block, IEnumerable<EntryHash> frontier, long last)
    {
        var growth = new TreeGrowth(reader, block, frontier);
        if (last <= block)
        {
            return growth;
        }
        var (first, end) = (block << TreeBlock.Level, last << TreeBlock.Level);
        var from = Math.Max(first, reader.Prefix.Size);
        var leaves = new byte[(end - first) * EntryHash.Size];
        reader.ReadLeaves(from, end).CopyTo(leaves, (from - first) * EntryHash.Size);
        for (var number = block; number < last; number++)
        {
            growth.Add(reader, number, leaves.AsSpan((int)(number - block) * TreeBlock.Size * EntryHash.Size, TreeBlock.Size * EntryHash.Size));
        }
        return growth;
    }

    private void Add(TreeReader reader, long number, ReadOnlySpan<byte> leaves)
    {
        Leaves.Add(leaves.ToArray());
        var node = new TreeNode(TreeBlock.Level, number);
        var hash = new TreeBlock(number, leaves, reader.Prefix).Root!.Value;
        Nodes.Add((node, hash));
        // As in binary addition: each trailing one of the number is a subtree as large as the one being carried.
        for (; (node.Number & 1) == 1; Nodes.Add((node, hash)))
        {
            hash = MerkleFrontier.HashNode(_frontier[^1], hash);
            _frontier.RemoveAt(_frontier.Count - 1);
            node = new TreeNode(node.Level + 1, node.Number >> 1);
        }
        _frontier.Add(hash);
        Blocks = number + 1;
    }
}
