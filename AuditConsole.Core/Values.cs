using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace AuditConsole.Core;

/// <summary>A JSON object as canonical text (<see cref="CanonicalJson"/>), which is what is hashed, stored and read back.</summary>
public sealed class CanonicalObject : IEquatable<CanonicalObject>
{
    private CanonicalObject(ReadOnlyMemory<byte> utf8) => Utf8 = utf8;

    /// <summary>The object without members.</summary>
    public static CanonicalObject Empty { get; } = new("{}"u8.ToArray());

    /// <summary>The canonical text, UTF-8.</summary>
    public ReadOnlyMemory<byte> Utf8 { get; }

    /// <summary>Whether the object has no members.</summary>
    public bool IsEmpty => Utf8.Length == 2;

    /// <summary>The canonical form of a JSON object.</summary>
    /// <exception cref="CanonicalJsonException">There is none, or it isn't an object.</exception>
    public static CanonicalObject From(JsonElement value) =>
        value.ValueKind == JsonValueKind.Object
            ? new CanonicalObject(CanonicalJson.Canonicalize(value))
            : throw new CanonicalJsonException("", "is not an object");

    /// <summary>The canonical form of what <paramref name="value"/> serialises to.</summary>
    public static CanonicalObject From(object value)
    {
        using var document = JsonSerializer.SerializeToDocument(value, JsonSerializerOptions.Web);
        return From(document.RootElement);
    }

    /// <summary>Takes text that is known to be canonical: what <see cref="CanonicalJson"/> wrote, or what the store kept.</summary>
    public static CanonicalObject FromCanonicalUtf8(ReadOnlyMemory<byte> utf8) => utf8.Length == 2 ? Empty : new(utf8);

    /// <summary>Reads the text. The caller disposes the document.</summary>
    public JsonDocument Parse() => JsonDocument.Parse(Utf8);

    /// <inheritdoc/>
    public bool Equals(CanonicalObject? other) => other is not null && Utf8.Span.SequenceEqual(other.Utf8.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as CanonicalObject);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Utf8.Span);
        return hash.ToHashCode();
    }

    /// <summary>The canonical text.</summary>
    public override string ToString() => Encoding.UTF8.GetString(Utf8.Span);
}

/// <summary>A SHA-256 value: a leaf, a link of the chain, a hash of details.</summary>
public readonly struct EntryHash : IEquatable<EntryHash>
{
    /// <summary>32, in bytes.</summary>
    public const int Size = SHA256.HashSizeInBytes;

    private readonly ulong _a, _b, _c, _d;

    /// <summary>Takes 32 bytes.</summary>
    /// <exception cref="ArgumentException">There are more or fewer.</exception>
    public EntryHash(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
        {
            throw new ArgumentException($"A hash has {Size} bytes, not {bytes.Length}.", nameof(bytes));
        }
        _a = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        _b = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        _c = BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]);
        _d = BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]);
    }

    /// <summary>32 zero bytes: what stands before the first link.</summary>
    public static EntryHash Zero => default;

    /// <summary>Reads 64 hexadecimal digits.</summary>
    /// <exception cref="FormatException">The text isn't that.</exception>
    public static EntryHash Parse(string hex) =>
        hex.Length == 2 * Size ? new(Convert.FromHexString(hex)) : throw new FormatException("A hash has 64 hexadecimal digits.");

    /// <summary>Writes the 32 bytes.</summary>
    public void CopyTo(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64BigEndian(bytes, _a);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], _b);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[16..], _c);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[24..], _d);
    }

    /// <summary>The 32 bytes.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        CopyTo(bytes);
        return bytes;
    }

    /// <inheritdoc/>
    public bool Equals(EntryHash other) => _a == other._a && _b == other._b && _c == other._c && _d == other._d;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is EntryHash other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _a.GetHashCode();

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public override string ToString() => Convert.ToHexStringLower(ToArray());

    /// <summary>Whether the bytes are the same.</summary>
    public static bool operator ==(EntryHash left, EntryHash right) => left.Equals(right);

    /// <summary>Whether the bytes differ.</summary>
    public static bool operator !=(EntryHash left, EntryHash right) => !left.Equals(right);
}

/// <summary>The 16 random bytes that are hashed with an entry's details, so that destroyed details can't be guessed from their hash.</summary>
public readonly struct DetailsSalt : IEquatable<DetailsSalt>
{
    /// <summary>16, in bytes.</summary>
    public const int Size = 16;

    private readonly UInt128 _value;

    /// <summary>Takes 16 bytes.</summary>
    /// <exception cref="ArgumentException">There are more or fewer.</exception>
    public DetailsSalt(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
        {
            throw new ArgumentException($"A salt has {Size} bytes, not {bytes.Length}.", nameof(bytes));
        }
        _value = BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    /// <summary>A new one from the system's source of randomness.</summary>
    public static DetailsSalt Create()
    {
        Span<byte> bytes = stackalloc byte[Size];
        RandomNumberGenerator.Fill(bytes);
        return new DetailsSalt(bytes);
    }

    /// <summary>Writes the 16 bytes.</summary>
    public void CopyTo(Span<byte> bytes) => BinaryPrimitives.WriteUInt128BigEndian(bytes, _value);

    /// <summary>The 16 bytes.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        CopyTo(bytes);
        return bytes;
    }

    /// <inheritdoc/>
    public bool Equals(DetailsSalt other) => _value == other._value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is DetailsSalt other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _value.GetHashCode();

    /// <summary>32 lower-case hexadecimal digits.</summary>
    public override string ToString() => Convert.ToHexStringLower(ToArray());
}

/// <summary>Times on the wire: UTC with exactly three decimals and <c>Z</c>, as <c>2026-11-21T16:42:07.318Z</c>.</summary>
public static class WireTime
{
    /// <summary>24, in characters.</summary>
    public const int Length = 24;

    private const string Pattern = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>Cuts what is finer than a millisecond, towards the past.</summary>
    public static DateTimeOffset Truncate(DateTimeOffset time) => DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());

    /// <summary>The wire form.</summary>
    public static string Format(DateTimeOffset time) => time.UtcDateTime.ToString(Pattern, CultureInfo.InvariantCulture);

    /// <summary>The wire form, in ASCII.</summary>
    /// <param name="time">The time.</param>
    /// <param name="output">Room for <see cref="Length"/> bytes.</param>
    public static void Format(DateTimeOffset time, Span<byte> output)
    {
        // The round-trip form is the same to the milliseconds and costs a third of a pattern.
        Span<byte> ticks = stackalloc byte[28];
        time.UtcDateTime.TryFormat(ticks, out _, "O", CultureInfo.InvariantCulture);
        ticks[..(Length - 1)].CopyTo(output);
        output[Length - 1] = (byte)'Z';
    }

    /// <summary>
    /// Reads an RFC 3339 date-time: with offset or <c>Z</c>, any number of decimals (cut to milliseconds). Seconds
    /// of 60 are refused, and so is what falls outside the years 1 to 9999 in UTC.
    /// </summary>
    public static bool TryParse(string text, out DateTimeOffset time)
    {
        time = default;
        // The exact patterns of DateTimeOffset also take +0100 and +1:00, and no offset beyond 14 hours.
        if (text.Length <= Seconds || text[10] is not ('T' or 't')
            || !DateTime.TryParseExact(string.Concat(text.AsSpan(0, 10), "T", text.AsSpan(11, 8)), "yyyy-MM-dd'T'HH:mm:ss",
                CultureInfo.InvariantCulture, DateTimeStyles.None, out var local)
            || !TryReadMilliseconds(text.AsSpan(Seconds), out var milliseconds, out var decimals)
            || !TryReadOffset(text.AsSpan(Seconds + decimals), out var offset))
        {
            return false;
        }
        var ticks = local.Ticks + milliseconds * TimeSpan.TicksPerMillisecond - offset.Ticks;
        if (ticks < DateTime.MinValue.Ticks || ticks > DateTime.MaxValue.Ticks)
        {
            return false;
        }
        time = new DateTimeOffset(ticks, TimeSpan.Zero);
        return true;
    }

    // The length of yyyy-MM-ddTHH:mm:ss.
    private const int Seconds = 19;

    private static bool TryReadMilliseconds(ReadOnlySpan<char> rest, out int milliseconds, out int length)
    {
        (milliseconds, length) = (0, 0);
        if (rest[0] != '.')
        {
            return true;
        }
        var end = rest[1..].IndexOfAnyExceptInRange('0', '9');
        if (end <= 0)
        {
            return false;
        }
        for (var i = 1; i <= 3; i++)
        {
            milliseconds = milliseconds * 10 + (i <= end ? rest[i] - '0' : 0);
        }
        length = 1 + end;
        return true;
    }

    private static bool TryReadOffset(ReadOnlySpan<char> rest, out TimeSpan offset)
    {
        offset = TimeSpan.Zero;
        if (rest is "Z" or "z")
        {
            return true;
        }
        if (rest.Length != 6 || rest[0] is not ('+' or '-') || rest[3] != ':' || !char.IsAsciiDigit(rest[1]) || !char.IsAsciiDigit(rest[2])
            || !char.IsAsciiDigit(rest[4]) || !char.IsAsciiDigit(rest[5]))
        {
            return false;
        }
        var (hours, minutes) = ((rest[1] - '0') * 10 + rest[2] - '0', (rest[4] - '0') * 10 + rest[5] - '0');
        offset = new TimeSpan(hours, minutes, 0) * (rest[0] == '-' ? -1 : 1);
        return hours < 24 && minutes < 60;
    }
}
