using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace AuditConsole.Core.Evidence;

/// <summary>Where the makers of proofs get the nodes of a tenant's tree from.</summary>
public interface IMerkleNodes
{
    /// <summary>
    /// The root of the perfect subtree over the leaves <c>index·2^level</c> to <c>(index+1)·2^level − 1</c>; leaves are
    /// level 0, and leaf i is that of sequence i+1. Asked only for subtrees that lie wholly within the tree.
    /// </summary>
    /// <remarks>
    /// Once a purge has removed the leaves of a prefix, what lies in it is gone but for its frontier, the roots of the
    /// largest perfect subtrees of its size. That is all that proofs of later leaves ask for.
    /// </remarks>
    /// <exception cref="MerkleNodeMissingException">The node lies within a purged prefix.</exception>
    ValueTask<EntryHash> ReadAsync(int level, long index, CancellationToken cancellationToken);
}

/// <summary>A node of the tree is gone with the purged beginning of the log, so this proof can't be made any more.</summary>
public sealed class MerkleNodeMissingException(int level, long index)
    : Exception($"The tree's node {index} of level {level} is gone with the purged beginning of the log.");

/// <summary>Makes and checks proofs about an RFC 6962 tree. Ranges of leaves are split as section 2.1 says: at the largest power of two below their length.</summary>
public static class MerkleProof
{
    /// <summary>The tree head over the first <paramref name="size"/> leaves.</summary>
    public static async ValueTask<EntryHash> RootAsync(IMerkleNodes nodes, long size, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        return size == 0 ? EmptyRoot : await RangeAsync(nodes, 0, size, cancellationToken);
    }

    /// <summary>The audit path of a leaf (RFC 6962, section 2.1.1), from the leaf upwards.</summary>
    public static async Task<IReadOnlyList<EntryHash>> InclusionAsync(IMerkleNodes nodes, long index, long size, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, size);
        var path = new List<EntryHash>();
        var (start, end) = (0L, size);
        while (end - start > 1)
        {
            var middle = start + Split(end - start);
            if (index < middle)
            {
                path.Add(await RangeAsync(nodes, middle, end, cancellationToken));
                end = middle;
            }
            else
            {
                path.Add(await RangeAsync(nodes, start, middle, cancellationToken));
                start = middle;
            }
        }
        path.Reverse();
        return path;
    }

    /// <summary>That a tree is a continuation of a smaller one (RFC 6962, section 2.1.2). Empty where the sizes are the same or the old one is 0.</summary>
    /// <exception cref="MerkleNodeMissingException">The old size lies within a purged prefix.</exception>
    public static async Task<IReadOnlyList<EntryHash>> ConsistencyAsync(IMerkleNodes nodes, long oldSize, long newSize, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(oldSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(oldSize, newSize);
        var proof = new List<EntryHash>();
        if (oldSize == 0 || oldSize == newSize)
        {
            return proof;
        }
        var (start, end, known) = (0L, newSize, true);
        while (oldSize < end)
        {
            var middle = start + Split(end - start);
            if (oldSize <= middle)
            {
                proof.Add(await RangeAsync(nodes, middle, end, cancellationToken));
                end = middle;
            }
            else
            {
                proof.Add(await RangeAsync(nodes, start, middle, cancellationToken));
                (start, known) = (middle, false);
            }
        }
        if (!known)
        {
            proof.Add(await RangeAsync(nodes, start, end, cancellationToken));
        }
        proof.Reverse();
        return proof;
    }

    /// <summary>
    /// What is needed, besides the leaves at <paramref name="indexes"/> themselves, to compute the tree head: the heads
    /// of the largest ranges that hold none of them. Order: the tree is walked from the root, the left half before the
    /// right; a range without one of the leaves gives its head and isn't entered. So they stand in the order of their leaves.
    /// </summary>
    /// <param name="nodes">The tree.</param>
    /// <param name="indexes">Ascending, none twice; may be empty, then the proof is the tree head itself.</param>
    /// <param name="size">The number of leaves.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async IAsyncEnumerable<EntryHash> MultiproofAsync(
        IMerkleNodes nodes, IReadOnlyList<long> indexes, long size, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        RequireAscending(indexes, size);
        var next = 0;
        var open = new Stack<(long Start, long End)>();
        if (size > 0)
        {
            open.Push((0, size));
        }
        while (open.TryPop(out var range))
        {
            if (next == indexes.Count || indexes[next] >= range.End)
            {
                yield return await RangeAsync(nodes, range.Start, range.End, cancellationToken);
            }
            else if (range.End - range.Start == 1)
            {
                next++;
            }
            else
            {
                var middle = range.Start + Split(range.End - range.Start);
                open.Push((middle, range.End));
                open.Push((range.Start, middle));
            }
        }
    }

    /// <summary>The tree head that an audit path leads to; null where the path has the wrong length.</summary>
    public static EntryHash? RootOfInclusion(EntryHash leaf, long index, long size, IReadOnlyList<EntryHash> path)
    {
        if (index < 0 || index >= size)
        {
            return null;
        }
        // From the root down: which side the path comes from; then the hashes from the leaf up.
        var rightOf = new Stack<bool>();
        var (start, end) = (0L, size);
        while (end - start > 1)
        {
            var middle = start + Split(end - start);
            rightOf.Push(index >= middle);
            (start, end) = index < middle ? (start, middle) : (middle, end);
        }
        if (rightOf.Count != path.Count)
        {
            return null;
        }
        var head = leaf;
        foreach (var node in path)
        {
            head = rightOf.Pop() ? MerkleFrontier.HashNode(node, head) : MerkleFrontier.HashNode(head, node);
        }
        return head;
    }

    /// <summary>Whether the proof leads from the head of the smaller tree to that of the larger.</summary>
    public static bool IsConsistent(long oldSize, EntryHash oldRoot, long newSize, EntryHash newRoot, IReadOnlyList<EntryHash> proof)
    {
        if (oldSize < 0 || oldSize > newSize)
        {
            return false;
        }
        if (oldSize == 0 || oldSize == newSize)
        {
            return proof.Count == 0 && (oldSize == 0 ? oldRoot == EmptyRoot : oldRoot == newRoot);
        }
        var turns = new Stack<bool>();
        var (start, end, known) = (0L, newSize, true);
        while (oldSize < end)
        {
            var middle = start + Split(end - start);
            var right = oldSize > middle;
            turns.Push(right);
            (start, end, known) = right ? (middle, end, false) : (start, middle, known);
        }
        if (proof.Count != turns.Count + (known ? 0 : 1))
        {
            return false;
        }
        var oldHead = known ? oldRoot : proof[0];
        var newHead = oldHead;
        foreach (var node in proof.Skip(known ? 0 : 1))
        {
            if (turns.Pop())
            {
                oldHead = MerkleFrontier.HashNode(node, oldHead);
                newHead = MerkleFrontier.HashNode(node, newHead);
            }
            else
            {
                newHead = MerkleFrontier.HashNode(newHead, node);
            }
        }
        return oldHead == oldRoot && newHead == newRoot;
    }

    /// <summary>
    /// The tree head that leaves and a multiproof lead to, read once from front to end; null where the proof is too
    /// short or too long, or an index isn't ascending and within the tree.
    /// </summary>
    /// <param name="leaves">By ascending index.</param>
    /// <param name="size">The number of leaves of the tree.</param>
    /// <param name="proof">In the order of <see cref="MultiproofAsync"/>.</param>
    public static EntryHash? RootOfMultiproof(IEnumerable<(long Index, EntryHash Leaf)> leaves, long size, IEnumerable<EntryHash> proof)
    {
        using var leaf = leaves.GetEnumerator();
        using var node = proof.GetEnumerator();
        var walk = new MultiproofWalk(leaf, node);
        var root = size < 0 ? null : size == 0 ? EmptyRoot : walk.Range(0, size);
        return root is not null && walk.IsAtEnd && !node.MoveNext() ? root : null;
    }

    internal static EntryHash EmptyRoot { get; } = new(SHA256.HashData([]));

    private sealed class MultiproofWalk
    {
        private readonly IEnumerator<(long Index, EntryHash Leaf)> _leaves;
        private readonly IEnumerator<EntryHash> _nodes;
        private bool _hasLeaf;

        public MultiproofWalk(IEnumerator<(long Index, EntryHash Leaf)> leaves, IEnumerator<EntryHash> nodes)
        {
            (_leaves, _nodes) = (leaves, nodes);
            _hasLeaf = leaves.MoveNext();
        }

        public bool IsAtEnd => !_hasLeaf;

        // As deep as the tree: 63 calls at most.
        public EntryHash? Range(long start, long end)
        {
            if (!_hasLeaf || _leaves.Current.Index >= end)
            {
                return _nodes.MoveNext() ? _nodes.Current : null;
            }
            if (_leaves.Current.Index < start)
            {
                return null;
            }
            if (end - start == 1)
            {
                var leaf = _leaves.Current.Leaf;
                _hasLeaf = _leaves.MoveNext();
                return leaf;
            }
            var middle = start + Split(end - start);
            return Range(start, middle) is { } left && Range(middle, end) is { } right ? MerkleFrontier.HashNode(left, right) : null;
        }
    }

    // The head of a range that begins at a multiple of its largest perfect subtree: those of its perfect subtrees, joined from the right.
    private static async ValueTask<EntryHash> RangeAsync(IMerkleNodes nodes, long start, long end, CancellationToken cancellationToken)
    {
        var length = end - start;
        var level = System.Numerics.BitOperations.Log2((ulong)length);
        if (length == 1L << level)
        {
            return await nodes.ReadAsync(level, start >> level, cancellationToken);
        }
        var left = await nodes.ReadAsync(level, start >> level, cancellationToken);
        return MerkleFrontier.HashNode(left, await RangeAsync(nodes, start + (1L << level), end, cancellationToken));
    }

    // The largest power of two below a length of two or more.
    private static long Split(long length) => 1L << System.Numerics.BitOperations.Log2((ulong)(length - 1));

    private static void RequireAscending(IReadOnlyList<long> indexes, long size)
    {
        for (var i = 0; i < indexes.Count; i++)
        {
            if (indexes[i] < 0 || indexes[i] >= size || (i > 0 && indexes[i] <= indexes[i - 1]))
            {
                throw new ArgumentException("The leaves of a multiproof are ascending and within the tree.", nameof(indexes));
            }
        }
    }
}
