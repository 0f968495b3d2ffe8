using System.Security.Cryptography;
using System.Text;

namespace AuditConsole.Core.Evidence;

/// <summary>One signature line of a note.</summary>
/// <param name="Name">Who signed: no white space, no plus.</param>
/// <param name="KeyId">The first four bytes of the key's hash, big-endian; see <see cref="CheckpointKey.Id"/>.</param>
/// <param name="Signature">The signature itself: ECDSA in DER.</param>
public sealed record NoteSignature(string Name, uint KeyId, byte[] Signature);

/// <summary>
/// A signed text in the form of C2SP's signed-note: the lines of the body, an empty line, and one line a signature,
/// <c>— name base64(key id ‖ signature)</c>. Signed are the body's UTF-8 bytes with its last line feed.
/// </summary>
/// <remarks>https://c2sp.org/signed-note. Signatures are ECDSA over P-256 with SHA-256 (type 0x02), in DER.</remarks>
public sealed class SignedNote
{
    /// <summary>65,536: the longest note that is read, in bytes.</summary>
    public const int MaxBytes = 64 * 1024;

    /// <summary>16: the most signatures that are read.</summary>
    public const int MaxSignatures = 16;

    private const string Dash = "\u2014 ";

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private SignedNote(string body, IReadOnlyList<NoteSignature> signatures) => (Body, Signatures) = (body, signatures);

    /// <summary>The signed text; it ends with a line feed.</summary>
    public string Body { get; }

    /// <summary>The signatures, one or more. None of them is checked by reading the note.</summary>
    public IReadOnlyList<NoteSignature> Signatures { get; }

    /// <summary>The body's lines.</summary>
    public string[] Lines => Body[..^1].Split('\n');

    /// <summary>Signs <paramref name="body"/>.</summary>
    /// <param name="body">Lines that each end with a line feed; none is empty, none holds a control character.</param>
    /// <param name="name">The name to sign under: <c>service/tenantId</c>.</param>
    /// <param name="key">A P-256 key with its private part.</param>
    /// <exception cref="FormatException">The body or the name can't stand in a note.</exception>
    public static SignedNote Sign(string body, string name, ECDsa key)
    {
        RequireBody(body);
        RequireName(name);
        var id = CheckpointKey.From(key).Id;
        var signature = key.SignData(Utf8.GetBytes(body), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        return new SignedNote(body, [new NoteSignature(name, id, signature)]);
    }

    /// <summary>Reads a note.</summary>
    /// <exception cref="FormatException">It isn't one; the message is a sentence that says why.</exception>
    public static SignedNote Parse(string text)
    {
        if (text.Length > MaxBytes || Encoding.UTF8.GetByteCount(text) > MaxBytes)
        {
            throw new FormatException($"A signed note has at most {MaxBytes} bytes.");
        }
        var split = text.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (split < 0)
        {
            throw new FormatException("The text is not a signed note: no empty line stands before its signatures.");
        }
        var body = text[..(split + 1)];
        RequireBody(body);
        var rest = text[(split + 2)..];
        if (rest.Length == 0 || rest[^1] != '\n')
        {
            throw new FormatException("The signed note is cut off: its last line has no end.");
        }
        var lines = rest[..^1].Split('\n');
        return lines.Length <= MaxSignatures
            ? new SignedNote(body, Array.ConvertAll(lines, ReadSignature))
            : throw new FormatException($"A signed note has at most {MaxSignatures} signatures.");
    }

    /// <summary>The note's text, as <see cref="Parse"/> reads it.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Body).Append('\n');
        Span<byte> id = stackalloc byte[4];
        foreach (var signature in Signatures)
        {
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(id, signature.KeyId);
            text.Append(Dash).Append(signature.Name).Append(' ').Append(Convert.ToBase64String([.. id, .. signature.Signature])).Append('\n');
        }
        return text.ToString();
    }

    /// <summary>Adds the signatures of the same body by other keys.</summary>
    public SignedNote With(SignedNote other) => other.Body == Body
        ? new SignedNote(Body, [.. Signatures, .. other.Signatures])
        : throw new ArgumentException("The notes have different bodies.", nameof(other));

    /// <summary>What the note's signatures say under a key.</summary>
    /// <param name="key">The key that the reader trusts.</param>
    /// <param name="name">The name that the signature must have been made under.</param>
    public NoteTrust Check(CheckpointKey key, string name)
    {
        var trust = NoteTrust.OtherKey;
        var body = Utf8.GetBytes(Body);
        foreach (var signature in Signatures.Where(line => line.KeyId == key.Id && line.Name == name && key.MaySignAs(name)))
        {
            if (key.Verify(body, signature.Signature))
            {
                return NoteTrust.Signed;
            }
            trust = NoteTrust.Forged;
        }
        return trust;
    }

    internal static void RequireName(string name)
    {
        if (name.Length is 0 or > 512 || name.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c == '+') || CanonicalJson.FindRefusal(name) is not null)
        {
            throw new FormatException("The name of a signature has 1 to 512 characters, no white space and no plus.");
        }
    }

    private static void RequireBody(string body)
    {
        if (body.Length < 2 || body[^1] != '\n' || body[0] == '\n' || body.Contains("\n\n", StringComparison.Ordinal))
        {
            throw new FormatException("The body of a signed note has one or more lines, none of them empty, each with its end.");
        }
        if (body.Any(c => c is < ' ' and not '\n') || CanonicalJson.FindRefusal(body) is not null)
        {
            throw new FormatException("The body of a signed note holds a control character or half of a surrogate pair.");
        }
    }

    private static NoteSignature ReadSignature(string line)
    {
        var space = line.IndexOf(' ', Math.Min(Dash.Length, line.Length));
        if (!line.StartsWith(Dash, StringComparison.Ordinal) || space < 0)
        {
            throw new FormatException("A signature line of the note is not a dash, a name and a signature.");
        }
        var name = line[Dash.Length..space];
        RequireName(name);
        var bytes = StrictBase64.Decode(line[(space + 1)..]);
        return bytes is { Length: > 4 }
            ? new NoteSignature(name, System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes), bytes[4..])
            : throw new FormatException("A signature of the note is not base64 of a key id and a signature.");
    }
}

/// <summary>What the signatures of a note say under a key.</summary>
public enum NoteTrust
{
    /// <summary>None names this key and the expected name: nothing can be said.</summary>
    OtherKey,

    /// <summary>A signature names this key but isn't one of it: the text was changed or the signature made up.</summary>
    Forged,

    /// <summary>The key signed this very text.</summary>
    Signed,
}

/// <summary>Base64 with padding that has one spelling for each value: no white space, no unused bits.</summary>
internal static class StrictBase64
{
    /// <summary>The bytes, or null.</summary>
    public static byte[]? Decode(string text)
    {
        var bytes = new byte[text.Length];
        return text.Length % 4 == 0 && Convert.TryFromBase64String(text, bytes, out var written)
            && Convert.ToBase64String(bytes, 0, written) == text ? bytes[..written] : null;
    }
}
