using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace AuditConsole.Storage.Segments;

/// <summary>The CRC-32C (RFC 3720) that ends every stored part of a segment. It finds accidents; malice is the chain's business.</summary>
internal static class SegmentChecksum
{
    /// <summary>Bytes, little-endian.</summary>
    public const int Size = sizeof(uint);

    /// <summary>Writes the last bytes.</summary>
    public static void Set(Span<byte> bytes) => BinaryPrimitives.WriteUInt32LittleEndian(bytes[^Size..], Of(bytes[..^Size]));

    /// <summary>Checks them.</summary>
    /// <exception cref="SegmentDamagedException">They don't fit.</exception>
    public static void Require(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < Size || BinaryPrimitives.ReadUInt32LittleEndian(bytes[^Size..]) != Of(bytes[..^Size]))
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
