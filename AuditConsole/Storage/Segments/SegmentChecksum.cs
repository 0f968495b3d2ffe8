using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace AuditConsole.Storage.Segments;

/// <summary>
/// The CRC-32C (RFC 3720) that ends every stored part of a segment, joined with that of where it belongs. It finds
/// accidents; malice is the chain's business.
/// </summary>
internal static class SegmentChecksum
{
    /// <summary>Bytes, little-endian.</summary>
    public const int Size = sizeof(uint);

    /// <summary>Writes the last bytes.</summary>
    /// <param name="bytes">The part.</param>
    /// <param name="place">Where it belongs, so that one in the place of another is noticed.</param>
    public static void Set(Span<byte> bytes, params ReadOnlySpan<long> place) =>
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[^Size..], Of(bytes[..^Size]) ^ Of(MemoryMarshal.AsBytes(place)));

    /// <summary>Checks them.</summary>
    /// <exception cref="SegmentDamagedException">They don't fit.</exception>
    public static void Require(ReadOnlySpan<byte> bytes, params ReadOnlySpan<long> place)
    {
        if (bytes.Length < Size)
        {
            throw new SegmentDamagedException("Its end is missing.");
        }
        var rest = BinaryPrimitives.ReadUInt32LittleEndian(bytes[^Size..]) ^ Of(bytes[..^Size]);
        // 0: of a version that didn't join the place.
        if (rest != 0 && rest != Of(MemoryMarshal.AsBytes(place)))
        {
            throw new SegmentDamagedException("Its checksum doesn't fit.");
        }
    }

    private static uint Of(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(bytes))
        {
            crc = BitOperations.Crc32C(crc, word);
        }
        foreach (var rest in bytes[(bytes.Length & ~7)..])
        {
            crc = BitOperations.Crc32C(crc, rest);
        }
        return ~crc;
    }
}

/// <summary>A stored part of a segment isn't what was stored. It can be made again from the entries.</summary>
internal sealed class SegmentDamagedException(string message) : Exception(message);
