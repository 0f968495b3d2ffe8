using System.Security.Cryptography;
using System.Text.Json;

namespace AuditConsole.Core;

/// <summary>
/// What stands in an entry for a sealed value: <c>{"$sealed":"…"}</c> with
/// <c>SHA-256(0x04 ‖ salt ‖ canonical(value))</c> in hexadecimal. Whoever is given value and salt can check them
/// against the entry; nobody can guess the value from it.
/// </summary>
public static class SealedCommitment
{
    /// <summary>16, in bytes: random, kept with the sealed value alone.</summary>
    public const int SaltSize = 16;

    private const byte SealedPrefix = 0x04;

    /// <summary>The commitment to a value.</summary>
    /// <param name="salt"><see cref="SaltSize"/> bytes.</param>
    /// <param name="canonicalValue">The value as canonical JSON (<see cref="CanonicalJson"/>), UTF-8; a text with its quotes.</param>
    public static EntryHash Of(ReadOnlySpan<byte> salt, ReadOnlySpan<byte> canonicalValue)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(salt.Length, SaltSize);
        var bytes = new byte[1 + SaltSize + canonicalValue.Length];
        bytes[0] = SealedPrefix;
        salt.CopyTo(bytes.AsSpan(1));
        canonicalValue.CopyTo(bytes.AsSpan(1 + SaltSize));
        var hash = new EntryHash(SHA256.HashData(bytes));
        CryptographicOperations.ZeroMemory(bytes);
        return hash;
    }

    /// <summary>Whether a disclosed value is the one that was sealed.</summary>
    /// <param name="commitment">As it stands in the entry.</param>
    /// <param name="salt">The disclosed salt, 16 bytes.</param>
    /// <param name="value">The disclosed value, in any JSON text.</param>
    /// <exception cref="CanonicalJsonException">The value has no canonical form.</exception>
    public static bool Holds(EntryHash commitment, ReadOnlySpan<byte> salt, JsonElement value) =>
        Of(salt, CanonicalJson.Canonicalize(value)) == commitment;
}
