using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace AuditConsole.Core.Evidence;

/// <summary>
/// The public half of a service's checkpoint key: ECDSA over P-256. One key signs for all tenants of a service, each
/// time under the name <c>service/tenantId</c>.
/// </summary>
public sealed class CheckpointKey
{
    // SubjectPublicKeyInfo of an uncompressed point of P-256 (RFC 5480): the only form that is taken, so that a key has one id.
    private static readonly byte[] SpkiPrefix = Convert.FromHexString("3059301306072A8648CE3D020106082A8648CE3D03010703420004");
    private const int SpkiLength = 91;
    private const byte Ecdsa = 0x02;

    private readonly byte[] _spki;

    private CheckpointKey(byte[] spki, string? name)
    {
        (_spki, Name) = (spki, name);
        Id = BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(spki));
    }

    /// <summary>The name that the key was given with, <c>service</c> or <c>service/tenantId</c>; null for a PEM.</summary>
    public string? Name { get; }

    /// <summary>The first four bytes of SHA-256 of the SubjectPublicKeyInfo, big-endian.</summary>
    public uint Id { get; }

    /// <summary>The id as eight lower-case hexadecimal digits.</summary>
    public string IdText => Id.ToString("x8", CultureInfo.InvariantCulture);

    /// <summary>The SubjectPublicKeyInfo, DER.</summary>
    public ReadOnlyMemory<byte> Spki => _spki;

    /// <summary>The public half of a key of the framework.</summary>
    /// <exception cref="FormatException">It isn't of P-256.</exception>
    public static CheckpointKey From(ECDsa key, string? name = null) => FromSpki(key.ExportSubjectPublicKeyInfo(), name);

    /// <summary>Reads a public key: PEM (<c>BEGIN PUBLIC KEY</c>) or the one line <c>name+id+base64(0x02 ‖ SPKI)</c>.</summary>
    /// <exception cref="FormatException">It is neither; the message is a sentence that says why.</exception>
    public static CheckpointKey Parse(string text)
    {
        text = text.Trim();
        return text.StartsWith("-----", StringComparison.Ordinal) ? ParsePem(text) : ParseLine(text);
    }

    /// <summary>The one line <c>name+id+base64(0x02 ‖ SPKI)</c>, the vkey of C2SP's signed-note.</summary>
    public string ToLine(string name)
    {
        SignedNote.RequireName(name);
        return $"{name}+{IdText}+{Convert.ToBase64String([Ecdsa, .. _spki])}";
    }

    /// <summary>The key as PEM.</summary>
    public string ToPem() => PemEncoding.WriteString("PUBLIC KEY", _spki) + "\n";

    /// <summary>Whether the key was given for this name: a key without a name for every name, <c>service</c> for all of its tenants.</summary>
    public bool MaySignAs(string name) => Name is null || name == Name || name.StartsWith(Name + "/", StringComparison.Ordinal);

    /// <summary>Whether <paramref name="signature"/> (DER) was made over <paramref name="data"/> with this key and SHA-256.</summary>
    public bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        using var key = ECDsa.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(_spki, out _);
            return key.VerifyData(data, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static CheckpointKey ParsePem(string text)
    {
        if (!PemEncoding.TryFind(text, out var fields) || text[fields.Label] is not "PUBLIC KEY")
        {
            throw new FormatException(text.Contains("PRIVATE KEY", StringComparison.Ordinal)
                ? "This is a private key. Give the public one; a private key belongs to the service alone."
                : "The PEM holds no public key (BEGIN PUBLIC KEY).");
        }
        return FromSpki(Convert.FromBase64String(text[fields.Base64Data]), name: null);
    }

    private static CheckpointKey ParseLine(string text)
    {
        // Base64 has a plus of its own; names and ids have none.
        var parts = text.Split('+', 3);
        if (parts.Length != 3 || StrictBase64.Decode(parts[2]) is not { Length: > 1 } bytes)
        {
            throw new FormatException("This is no public key: neither PEM nor name+id+key.");
        }
        if (bytes[0] != Ecdsa)
        {
            throw new FormatException("The key is of another kind than ECDSA (0x02).");
        }
        SignedNote.RequireName(parts[0]);
        var key = FromSpki(bytes[1..], parts[0]);
        return parts[1] == key.IdText ? key : throw new FormatException("The key's id doesn't belong to the key: the line was changed.");
    }

    private static CheckpointKey FromSpki(byte[] spki, string? name)
    {
        if (spki.Length != SpkiLength || !spki.AsSpan().StartsWith(SpkiPrefix))
        {
            throw new FormatException("The key is not an ECDSA key of P-256.");
        }
        try
        {
            using var key = ECDsa.Create();
            key.ImportSubjectPublicKeyInfo(spki, out _);
            key.ExportParameters(includePrivateParameters: false).Validate();
        }
        catch (CryptographicException)
        {
            throw new FormatException("The key is no point of P-256.");
        }
        return new CheckpointKey(spki, name);
    }
}
