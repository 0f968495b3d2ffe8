using System.Numerics;
using System.Security.Cryptography;

namespace AuditConsole.Core;

/// <summary>
/// The roots of the perfect subtrees that cover the first <see cref="Size"/> leaves of an RFC 6962 Merkle tree, the
/// largest first: all that is needed to append further leaves and to compute the tree head, without the leaves.
/// There is one root for each bit that is set in the size.
/// </summary>
public sealed class MerkleFrontier
{
    private const byte NodePrefix = 0x01;

    private readonly List<EntryHash> _roots = [];

    /// <summary>The number of leaves that are covered.</summary>
    public long Size { get; private set; }

    /// <summary>The subtree roots, the largest subtree first.</summary>
    public IReadOnlyList<EntryHash> Roots => _roots;

    /// <summary>Reads what <see cref="ToArray"/> wrote.</summary>
    /// <exception cref="ArgumentException">The number of roots doesn't belong to the size.</exception>
    public static MerkleFrontier Read(long size, ReadOnlySpan<byte> bytes)
    {
        if (size < 0 || bytes.Length != BitOperations.PopCount((ulong)size) * EntryHash.Size)
        {
            throw new ArgumentException($"A frontier of {size} leaves does not have {bytes.Length} bytes.", nameof(bytes));
        }
        var frontier = new MerkleFrontier { Size = size };
        for (var at = 0; at < bytes.Length; at += EntryHash.Size)
        {
            frontier._roots.Add(new EntryHash(bytes.Slice(at, EntryHash.Size)));
        }
        return frontier;
    }

    /// <summary>The roots one after the other, 32 bytes each.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[_roots.Count * EntryHash.Size];
        for (var i = 0; i < _roots.Count; i++)
        {
            _roots[i].CopyTo(bytes.AsSpan(i * EntryHash.Size));
        }
        return bytes;
    }

    /// <summary>Adds the next leaf.</summary>
    /// <param name="leaf">A leaf hash (<see cref="HashChain.HashHead"/>).</param>
    public void Append(EntryHash leaf)
    {
        var node = leaf;
        // As in binary addition: each trailing one of the size is a subtree as large as the node being carried.
        for (var bits = Size; (bits & 1) == 1; bits >>= 1)
        {
            node = HashNode(_roots[^1], node);
            _roots.RemoveAt(_roots.Count - 1);
        }
        _roots.Add(node);
        Size++;
    }

    /// <summary>The Merkle tree head, RFC 6962 section 2.1; of no leaves, the hash of nothing.</summary>
    public EntryHash Root()
    {
        if (_roots.Count == 0)
        {
            return new EntryHash(SHA256.HashData([]));
        }
        var root = _roots[^1];
        for (var i = _roots.Count - 2; i >= 0; i--)
        {
            root = HashNode(_roots[i], root);
        }
        return root;
    }

    /// <summary><c>SHA-256(0x01 ‖ left ‖ right)</c>.</summary>
    public static EntryHash HashNode(EntryHash left, EntryHash right)
    {
        Span<byte> bytes = stackalloc byte[1 + 2 * EntryHash.Size];
        bytes[0] = NodePrefix;
        left.CopyTo(bytes[1..]);
        right.CopyTo(bytes[(1 + EntryHash.Size)..]);
        return HashChain.Sha256(bytes);
    }
}
