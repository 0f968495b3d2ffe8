using System.Numerics;
using AuditConsole.Core;

namespace AuditConsole.Storage.Sqlite;

/// <summary>256 leaves of a tree and the perfect subtrees over them, as far as they are known.</summary>
internal sealed class TreeBlock
{
    /// <summary>The level of a whole block.</summary>
    public const int Level = 8;

    /// <summary>Leaves of a block.</summary>
    public const int Size = 1 << Level;

    // The levels one after the other: 256 leaves, 128 nodes of two, … the root.
    private readonly EntryHash?[] _nodes = new EntryHash?[2 * Size];

    /// <summary>Builds the subtrees.</summary>
    /// <param name="number">The block's place among the blocks.</param>
    /// <param name="leaves">Its leaves, 32 bytes each, as many as there are; those within the prefix are not looked at.</param>
    /// <param name="prefix">The purged prefix, whose frontier stands in for its leaves.</param>
    public TreeBlock(long number, ReadOnlySpan<byte> leaves, TreePrefix prefix)
    {
        Number = number;
        var gone = (int)Math.Clamp(prefix.Size - (number << Level), 0, Size);
        foreach (var (node, root) in prefix.Within(number))
        {
            _nodes[At(node.Level, node.Number - (number << (Level - node.Level)))] = root;
        }
        for (var i = gone; i < leaves.Length / EntryHash.Size; i++)
        {
            _nodes[i] = new EntryHash(leaves.Slice(i * EntryHash.Size, EntryHash.Size));
        }
        for (var level = 1; level <= Level; level++)
        {
            for (var i = 0; i < Size >> level; i++)
            {
                if (_nodes[At(level - 1, 2 * i)] is { } left && _nodes[At(level - 1, 2 * i + 1)] is { } right)
                {
                    _nodes[At(level, i)] = MerkleFrontier.HashNode(left, right);
                }
            }
        }
    }

    /// <summary>Its place among the blocks.</summary>
    public long Number { get; }

    /// <summary>The root of all its leaves; null if it isn't known.</summary>
    public EntryHash? Root => _nodes[At(Level, 0)];

    /// <summary>The root of a perfect subtree within it; null if it isn't known.</summary>
    public EntryHash? Node(TreeNode node) => _nodes[At(node.Level, node.Number - (Number << (Level - node.Level)))];

    private static int At(int level, long number) => 2 * Size - (2 * Size >> level) + (int)number;
}

/// <summary>The prefix of a tree whose leaves are purged, known by its frontier alone.</summary>
internal sealed class TreePrefix
{
    private readonly Dictionary<TreeNode, EntryHash> _roots = [];

    /// <summary>Reads the frontier that the purge left.</summary>
    public TreePrefix(long size, ReadOnlySpan<byte> frontier)
    {
        Size = size;
        Frontier = MerkleFrontier.Read(size, frontier);
        var i = 0;
        foreach (var node in TreeNode.Covering(size))
        {
            _roots.Add(node, Frontier.Roots[i++]);
        }
    }

    /// <summary>How many leaves are gone.</summary>
    public long Size { get; }

    /// <summary>Their frontier.</summary>
    public MerkleFrontier Frontier { get; }

    /// <summary>The blocks that lie wholly within it.</summary>
    public long Blocks => Size >> TreeBlock.Level;

    /// <summary>The frontier's part over whole blocks, 32 bytes a root.</summary>
    public ReadOnlySpan<byte> FrontierOfBlocks => Frontier.ToArray().AsSpan(0, BitOperations.PopCount((ulong)Blocks) * EntryHash.Size);

    /// <summary>A subtree's root, if it is one of the frontier's.</summary>
    public EntryHash? Find(TreeNode node) => _roots.TryGetValue(node, out var root) ? root : null;

    /// <summary>The frontier's subtrees that are smaller than a block and lie in this one.</summary>
    public IEnumerable<KeyValuePair<TreeNode, EntryHash>> Within(long block) =>
        block == Blocks ? _roots.Where(root => root.Key.Level < TreeBlock.Level) : [];
}
