using System.Buffers;
using System.Security.Cryptography;

namespace AuditConsole.Core;

/// <summary>
/// The hashes of a tenant's chain. The first byte of what is hashed separates their purposes; leaf (0x00) and
/// inner node (0x01, <see cref="MerkleFrontier"/>) are those of RFC 6962, section 2.1.
/// </summary>
public static class HashChain
{
    private const byte LeafPrefix = 0x00;
    private const byte LinkPrefix = 0x02;
    private const byte DetailsPrefix = 0x03;

    /// <summary><c>SHA-256(0x03 ‖ salt ‖ canonical(details))</c>.</summary>
    public static EntryHash HashDetails(DetailsSalt salt, ReadOnlySpan<byte> canonicalDetails)
    {
        var rented = ArrayPool<byte>.Shared.Rent(1 + DetailsSalt.Size + canonicalDetails.Length);
        try
        {
            rented[0] = DetailsPrefix;
            salt.CopyTo(rented.AsSpan(1));
            canonicalDetails.CopyTo(rented.AsSpan(1 + DetailsSalt.Size));
            return Sha256(rented.AsSpan(0, 1 + DetailsSalt.Size + canonicalDetails.Length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented, clearArray: true);
        }
    }

    /// <summary>The same, from and in the bytes as they are stored.</summary>
    /// <param name="salt"><see cref="DetailsSalt.Size"/> bytes.</param>
    /// <param name="canonicalDetails">The details.</param>
    /// <param name="scratch">A buffer to put them together in; cleared first.</param>
    public static EntryHash HashDetails(ReadOnlySpan<byte> salt, ReadOnlySpan<byte> canonicalDetails, ArrayBufferWriter<byte> scratch)
    {
        scratch.ResetWrittenCount();
        var length = 1 + salt.Length + canonicalDetails.Length;
        var bytes = scratch.GetSpan(length)[..length];
        bytes[0] = DetailsPrefix;
        salt.CopyTo(bytes[1..]);
        canonicalDetails.CopyTo(bytes[(1 + salt.Length)..]);
        return Sha256(bytes);
    }

    /// <summary><c>SHA-256(0x00 ‖ canonical(head))</c>.</summary>
    /// <param name="head">What the head is written from.</param>
    /// <param name="scratch">A buffer to write it in; cleared first, so that one serves many calls.</param>
    public static EntryHash HashHead(in EntryHead head, ArrayBufferWriter<byte> scratch)
    {
        scratch.ResetWrittenCount();
        scratch.GetSpan(1)[0] = LeafPrefix;
        scratch.Advance(1);
        EntryText.WriteHead(head, scratch);
        return Sha256(scratch.WrittenSpan);
    }

    /// <summary><c>SHA-256(0x02 ‖ previousHash ‖ leaf)</c>; the first previousHash is <see cref="EntryHash.Zero"/>.</summary>
    public static EntryHash Link(EntryHash previousHash, EntryHash leaf)
    {
        Span<byte> bytes = stackalloc byte[1 + 2 * EntryHash.Size];
        bytes[0] = LinkPrefix;
        previousHash.CopyTo(bytes[1..]);
        leaf.CopyTo(bytes[(1 + EntryHash.Size)..]);
        return Sha256(bytes);
    }

    // Kept by each thread: to make one and give it up takes as long as hashing what a place of the chain has.
    [ThreadStatic]
    private static IncrementalHash? _digest;

    internal static EntryHash Sha256(ReadOnlySpan<byte> bytes)
    {
        var digest = _digest ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        digest.AppendData(bytes);
        Span<byte> hash = stackalloc byte[EntryHash.Size];
        digest.GetHashAndReset(hash);
        return new EntryHash(hash);
    }
}

/// <summary>How far a chain reaches: its length and newest link.</summary>
/// <param name="Size">The sequence of the newest entry; 0 for an empty chain.</param>
/// <param name="Hash">Its hash; <see cref="EntryHash.Zero"/> for an empty chain.</param>
public readonly record struct ChainHead(long Size, EntryHash Hash)
{
    /// <summary>The head of a chain without entries.</summary>
    public static ChainHead Empty => default;

    /// <summary>The head after one more leaf.</summary>
    public ChainHead Append(EntryHash leaf) => new(Size + 1, HashChain.Link(Hash, leaf));
}
