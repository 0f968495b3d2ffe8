using System.Globalization;

namespace AuditConsole.Core.Evidence;

/// <summary>
/// A statement of how far a tenant's log reaches: the body of a signed note. In C2SP's checkpoint form: origin, size
/// and root, then the extension lines <c>chain</c> and <c>time</c>. Further extension lines are read over.
/// </summary>
/// <param name="Service">The service's name.</param>
/// <param name="TenantId">Whose log.</param>
/// <param name="Size">The number of entries, which is the sequence of the newest.</param>
/// <param name="Root">The Merkle tree head over the leaves, RFC 6962 section 2.1.</param>
/// <param name="Chain">The newest link of the hash chain; zeros for an empty log.</param>
/// <param name="Time">When it was made, by the service's clock; whole milliseconds.</param>
public sealed record Checkpoint(string Service, Guid TenantId, long Size, EntryHash Root, EntryHash Chain, DateTimeOffset Time)
{
    private const string ChainLine = "chain ";
    private const string TimeLine = "time ";

    /// <summary><c>service/tenantId</c>: the first line, and the name that it is signed under.</summary>
    public string Origin => OriginOf(Service, TenantId);

    /// <summary>The origin of a tenant's checkpoints.</summary>
    public static string OriginOf(string service, Guid tenantId) => $"{service}/{tenantId:D}";

    /// <summary>The text to sign.</summary>
    public string ToBody() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Origin}\n{Size}\n{Convert.ToBase64String(Root.ToArray())}\n{ChainLine}{Chain}\n{TimeLine}{Time.ToUnixTimeMilliseconds()}\n");

    /// <summary>Reads the body of a note.</summary>
    /// <exception cref="FormatException">It is no checkpoint; the message is a sentence that says why.</exception>
    public static Checkpoint Parse(SignedNote note)
    {
        var lines = note.Lines;
        var slash = lines[0].LastIndexOf('/');
        if (lines.Length < 3 || slash <= 0 || !Guid.TryParseExact(lines[0][(slash + 1)..], "D", out var tenant) || lines[0] != OriginOf(lines[0][..slash], tenant))
        {
            throw new FormatException("The signed note is no checkpoint: its first line isn't a service and a tenant's id.");
        }
        if (!TryReadNumber(lines[1], out var size))
        {
            throw new FormatException("The second line of the checkpoint isn't a size.");
        }
        if (StrictBase64.Decode(lines[2]) is not { Length: EntryHash.Size } root)
        {
            throw new FormatException("The third line of the checkpoint isn't the base64 of a tree head.");
        }
        var chain = One(lines, ChainLine);
        var time = One(lines, TimeLine);
        if (chain.Length != 2 * EntryHash.Size || !chain.All(c => c is >= '0' and <= '9' or >= 'a' and <= 'f'))
        {
            throw new FormatException("The chain line of the checkpoint isn't 64 lower-case hexadecimal digits.");
        }
        if (!TryReadNumber(time, out var milliseconds) || milliseconds > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())
        {
            throw new FormatException("The time line of the checkpoint isn't a number of milliseconds.");
        }
        return new Checkpoint(
            lines[0][..slash], tenant, size, new EntryHash(root), EntryHash.Parse(chain), DateTimeOffset.FromUnixTimeMilliseconds(milliseconds));
    }

    private static string One(string[] lines, string begin)
    {
        var found = lines.Skip(3).Where(line => line.StartsWith(begin, StringComparison.Ordinal)).ToArray();
        return found.Length == 1 ? found[0][begin.Length..] : throw new FormatException($"The checkpoint has {found.Length} lines that begin with '{begin.TrimEnd()}', not one.");
    }

    private static bool TryReadNumber(string text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && (text.Length == 1 || text[0] != '0');
}

/// <summary>A checkpoint with the note that carries its signatures.</summary>
/// <param name="Statement">What is stated.</param>
/// <param name="Note">The note whose body it is.</param>
public sealed record SignedCheckpoint(Checkpoint Statement, SignedNote Note)
{
    /// <summary>Signs a checkpoint under its origin.</summary>
    public static SignedCheckpoint Sign(Checkpoint checkpoint, System.Security.Cryptography.ECDsa key) =>
        new(checkpoint, SignedNote.Sign(checkpoint.ToBody(), checkpoint.Origin, key));

    /// <summary>Reads a signed note that is a checkpoint. Its signatures aren't checked by that.</summary>
    /// <exception cref="FormatException">It isn't one; the message is a sentence that says why.</exception>
    public static SignedCheckpoint Parse(string text)
    {
        var note = SignedNote.Parse(text);
        return new SignedCheckpoint(Checkpoint.Parse(note), note);
    }

    /// <summary>What its signatures say under a key.</summary>
    public NoteTrust Check(CheckpointKey key) => Note.Check(key, Statement.Origin);
}
