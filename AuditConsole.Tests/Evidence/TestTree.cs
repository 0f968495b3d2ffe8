using System.Security.Cryptography;
using AuditConsole.Core;
using AuditConsole.Core.Evidence;

namespace AuditConsole.Tests.Evidence;

/// <summary>A tree in memory whose prefix may have been purged: then of it only the frontier answers.</summary>
internal sealed class TestTree : IMerkleNodes
{
    private readonly EntryHash[] _leaves;
    private readonly long _base;
    private readonly Dictionary<(int Level, long Index), EntryHash> _frontier = [];

    public TestTree(IEnumerable<EntryHash> leaves, long purged = 0)
    {
        _leaves = [.. leaves];
        _base = purged;
        var frontier = new MerkleFrontier();
        foreach (var leaf in _leaves.Take((int)purged))
        {
            frontier.Append(leaf);
        }
        var (start, root) = (0L, 0);
        for (var level = 62; level >= 0; level--)
        {
            if ((purged >> level & 1) == 1)
            {
                _frontier[(level, start >> level)] = frontier.Roots[root++];
                start += 1L << level;
            }
        }
    }

    public static EntryHash[] Leaves(int count, int seed = 0) =>
        [.. Enumerable.Range(0, count).Select(i => new EntryHash(SHA256.HashData([(byte)i, (byte)(i >> 8), (byte)seed])))];

    public ValueTask<EntryHash> ReadAsync(int level, long index, CancellationToken cancellationToken)
    {
        Assert.InRange((index + 1) << level, 1, _leaves.Length);
        return ValueTask.FromResult(Read(level, index));
    }

    /// <summary>RFC 6962, section 2.1, word for word; the leaves are hashed already.</summary>
    public static EntryHash Naive(ReadOnlySpan<EntryHash> leaves)
    {
        if (leaves.IsEmpty)
        {
            return new EntryHash(SHA256.HashData([]));
        }
        if (leaves.Length == 1)
        {
            return leaves[0];
        }
        var k = Split(leaves.Length);
        return new EntryHash(SHA256.HashData([0x01, .. Naive(leaves[..k]).ToArray(), .. Naive(leaves[k..]).ToArray()]));
    }

    /// <summary>RFC 6962, section 2.1.1.</summary>
    public static List<EntryHash> NaivePath(int m, ReadOnlySpan<EntryHash> leaves)
    {
        if (leaves.Length == 1)
        {
            return [];
        }
        var k = Split(leaves.Length);
        return m < k ? [.. NaivePath(m, leaves[..k]), Naive(leaves[k..])] : [.. NaivePath(m - k, leaves[k..]), Naive(leaves[..k])];
    }

    /// <summary>RFC 6962, section 2.1.2.</summary>
    public static List<EntryHash> NaiveConsistency(int m, ReadOnlySpan<EntryHash> leaves, bool known = true)
    {
        if (m == leaves.Length)
        {
            return known ? [] : [Naive(leaves)];
        }
        var k = Split(leaves.Length);
        return m <= k
            ? [.. NaiveConsistency(m, leaves[..k], known), Naive(leaves[k..])]
            : [.. NaiveConsistency(m - k, leaves[k..], false), Naive(leaves[..k])];
    }

    private static int Split(int length)
    {
        var k = 1;
        while (k * 2 < length)
        {
            k *= 2;
        }
        return k;
    }

    private EntryHash Read(int level, long index)
    {
        if (_frontier.TryGetValue((level, index), out var node))
        {
            return node;
        }
        if (level == 0)
        {
            return index >= _base ? _leaves[index] : throw new MerkleNodeMissingException(level, index);
        }
        return MerkleFrontier.HashNode(Read(level - 1, 2 * index), Read(level - 1, 2 * index + 1));
    }
}
