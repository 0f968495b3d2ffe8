using System.Security.Cryptography;
using AuditConsole.Core;
using AuditConsole.Storage;

namespace AuditConsole.Sealing;

/// <summary>
/// Seals values and opens them: AES-256-GCM over salt and canonical value, bound to the tenant and the commitment, so
/// that no row can be put in another's place.
/// </summary>
public sealed class Sealer(SealKey key)
{
    private const int NonceSize = 12;
    private const int TagSize = 16;

    /// <summary>Seals a value with a new salt.</summary>
    /// <exception cref="StorageException">The key can't be read or made.</exception>
    internal SealedValue Seal(Guid tenantId, string rule, string path, ReadOnlySpan<byte> canonicalValue)
    {
        var plain = new byte[SealedCommitment.SaltSize + canonicalValue.Length];
        RandomNumberGenerator.Fill(plain.AsSpan(0, SealedCommitment.SaltSize));
        canonicalValue.CopyTo(plain.AsSpan(SealedCommitment.SaltSize));
        var commitment = SealedCommitment.Of(plain.AsSpan(0, SealedCommitment.SaltSize), canonicalValue);
        var (secret, id) = key.Get();
        var nonce = RandomNumberGenerator.GetBytes(NonceSize);
        var value = new byte[plain.Length + TagSize];
        using var cipher = new AesGcm(secret, TagSize);
        cipher.Encrypt(nonce, plain, value.AsSpan(0, plain.Length), value.AsSpan(plain.Length), Bound(tenantId, commitment));
        CryptographicOperations.ZeroMemory(plain);
        return new SealedValue(commitment, rule, path, id, nonce, value);
    }

    /// <summary>Opens a value.</summary>
    /// <returns>Its salt and its canonical text.</returns>
    /// <exception cref="StorageException">The key is another one, or the row was changed.</exception>
    internal (byte[] Salt, byte[] Canonical) Open(Guid tenantId, SealedValue value)
    {
        var secret = key.Find(value.KeyId);
        var plain = new byte[value.Value.Length - TagSize];
        try
        {
            using var cipher = new AesGcm(secret, TagSize);
            cipher.Decrypt(value.Nonce, value.Value.AsSpan(0, plain.Length), value.Value.AsSpan(plain.Length), plain, Bound(tenantId, value.Commitment));
        }
        catch (CryptographicException fault)
        {
            throw new StorageException("The sealed value was changed in the database and can't be opened.", fault);
        }
        return (plain[..SealedCommitment.SaltSize], plain[SealedCommitment.SaltSize..]);
    }

    private static byte[] Bound(Guid tenantId, EntryHash commitment) =>
        [.. "AuditConsole sealed value 1"u8, .. tenantId.ToByteArray(bigEndian: true), .. commitment.ToArray()];
}
