using System.Security.Cryptography;
using System.Text.RegularExpressions;
using AuditConsole.Core.Evidence;
using AuditConsole.Verify.Input;

namespace AuditConsole.Verify.Producers;

/// <summary>A producer's public key that the person who verifies trusts: one of <c>--producer-key</c>.</summary>
internal sealed partial class ProducerKey : IDisposable
{
    private const int MostBytes = 64 * 1024;

    private readonly ECDsa _key;

    private ProducerKey(string? keyId, CheckpointKey key)
    {
        KeyId = keyId;
        Spki = Convert.ToBase64String(key.Spki.Span);
        Fingerprint = Convert.ToHexStringLower(SHA256.HashData(key.Spki.Span));
        _key = ECDsa.Create();
        _key.ImportSubjectPublicKeyInfo(key.Spki.Span, out _);
    }

    /// <summary>The id for which alone it counts; null for any.</summary>
    public string? KeyId { get; }

    /// <summary>Base64 of the SubjectPublicKeyInfo, as <c>SigningKeyRegistered</c> entries hold it.</summary>
    public string Spki { get; }

    /// <summary>SHA-256 of the SubjectPublicKeyInfo, hexadecimal, as the console shows it.</summary>
    public string Fingerprint { get; }

    /// <summary>Whether one of the signatures that were verified is this key's.</summary>
    public bool IsUsed { get; private set; }

    /// <summary>Reads the value of an option: a file with a PEM, or <c>KEY_ID=</c> and a file.</summary>
    /// <exception cref="UnreadableException">There is no such file, or no public key in it.</exception>
    public static ProducerKey Read(string value)
    {
        var (id, path) = !File.Exists(value) && WithId().Match(value) is { Success: true } match ? (match.Groups[1].Value, match.Groups[2].Value) : (null, value);
        if (!File.Exists(path))
        {
            throw new UnreadableException($"There is no file {path} to read a producer's key from.", "key");
        }
        try
        {
            return new ProducerKey(id, CheckpointKey.Parse(InputFile.Open(path).ReadText(MostBytes)));
        }
        catch (FormatException fault)
        {
            throw new UnreadableException($"The key of --producer-key can't be used: {fault.Message}", "key", fault);
        }
    }

    /// <summary>Whether this key signed the text.</summary>
    /// <param name="text">What a producer signs.</param>
    /// <param name="signature">DER.</param>
    public bool Verifies(ReadOnlySpan<byte> text, ReadOnlySpan<byte> signature)
    {
        var verifies = Verify(_key, text, signature);
        IsUsed |= verifies;
        return verifies;
    }

    /// <summary>Whether a key that isn't trusted signed the text.</summary>
    /// <param name="spki">Base64 of its SubjectPublicKeyInfo.</param>
    /// <param name="text">What a producer signs.</param>
    /// <param name="signature">DER.</param>
    public static bool Verifies(string spki, ReadOnlySpan<byte> text, ReadOnlySpan<byte> signature)
    {
        using var key = ECDsa.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(Convert.FromBase64String(spki), out _);
            return Verify(key, text, signature);
        }
        catch (Exception fault) when (fault is CryptographicException or FormatException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    private static bool Verify(ECDsa key, ReadOnlySpan<byte> text, ReadOnlySpan<byte> signature) =>
        key.VerifyData(text, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

    [GeneratedRegex("^([!-<>-~]{1,256})=(.+)$", RegexOptions.CultureInvariant)]
    private static partial Regex WithId();
}
