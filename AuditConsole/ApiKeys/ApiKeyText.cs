using System.Security.Cryptography;
using System.Text;
using AuditConsole.Identity;

namespace AuditConsole.ApiKeys;

/// <summary>
/// The text of a key: <c>aud_live_</c>, 43 random characters of <see cref="RandomText.Alphabet"/>, and 6 more that are
/// the CRC-32 (IEEE 802.3, as in zlib) of all before them as a number in base 62, most significant digit first, filled
/// with <c>0</c>. The checksum lets a mistyped key, and a scanner for leaked ones, do without the database.
/// </summary>
public static class ApiKeyText
{
    /// <summary>What every key begins with.</summary>
    public const string Prefix = "aud_live_";

    /// <summary>58, in characters.</summary>
    public const int Length = 9 + RandomText.SecretLength + ChecksumLength;

    private const int ChecksumLength = 6;
    private const int HintLength = 4;

    /// <summary>A new key.</summary>
    public static string Create()
    {
        var text = Prefix + RandomText.NewSecret();
        return text + Checksum(text);
    }

    /// <summary>Whether the text has a key's form and its checksum is right.</summary>
    public static bool IsWellFormed(string text) =>
        text.Length == Length
        && text.StartsWith(Prefix, StringComparison.Ordinal)
        && text.AsSpan(Prefix.Length).IndexOfAnyExcept(RandomText.Alphabet) < 0
        && text.AsSpan(Length - ChecksumLength).SequenceEqual(Checksum(text[..^ChecksumLength]));

    /// <summary>What is stored of a key: SHA-256 of its text. It has 256 random bits, so nothing slower is needed.</summary>
    public static byte[] Hash(string text) => SHA256.HashData(Encoding.ASCII.GetBytes(text));

    /// <summary>The last characters of the random part, by which people tell keys apart.</summary>
    public static string Hint(string text) => text[^(ChecksumLength + HintLength)..^ChecksumLength];

    private static string Checksum(string text)
    {
        var rest = Crc32(Encoding.ASCII.GetBytes(text));
        Span<char> digits = stackalloc char[ChecksumLength];
        for (var i = digits.Length - 1; i >= 0; i--)
        {
            digits[i] = RandomText.Alphabet[(int)(rest % 62)];
            rest /= 62;
        }
        return new string(digits);
    }

    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ (0xEDB88320 & (0 - (crc & 1)));
            }
        }
        return ~crc;
    }
}
