using System.Buffers.Binary;
using System.Security.Cryptography;

namespace AuditConsole.Storage.Sqlite;

/// <summary>
/// Gives UUIDs of version 7 (RFC 9562, section 5.7), as <see cref="Guid.CreateVersion7(DateTimeOffset)"/> does, which asks
/// the system for the random bits of each. For one thread.
/// </summary>
internal sealed class EntryIds
{
    private const int Size = 16;

    private readonly byte[] _random = new byte[256 * Size];
    private int _next = 256 * Size;

    /// <summary>A new one.</summary>
    /// <param name="milliseconds">Its time, Unix milliseconds.</param>
    public Guid Next(long milliseconds)
    {
        if (_next == _random.Length)
        {
            RandomNumberGenerator.Fill(_random);
            _next = 0;
        }
        var bytes = _random.AsSpan(_next, Size);
        _next += Size;
        // 48 bits of time, the version, 12 random bits, the variant, 62 random bits.
        BinaryPrimitives.WriteInt64BigEndian(bytes, milliseconds << 16 | 0x7000 | BinaryPrimitives.ReadInt64BigEndian(bytes) & 0x0fff);
        bytes[8] = (byte)(bytes[8] & 0x3f | 0x80);
        return new Guid(bytes, bigEndian: true);
    }
}
