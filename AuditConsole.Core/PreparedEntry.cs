using System.Buffers;

namespace AuditConsole.Core;

/// <summary>
/// An entry whose details are canonical and hashed, and whose head is written but for its place: all that can be done
/// before it has that.
/// </summary>
public sealed class PreparedEntry
{
    // Of the head: what stands before the id, and the target, each with the comma or brace before it.
    private readonly byte[] _start;
    private readonly byte[] _target;

    private PreparedEntry(NewEntry content, DetailsSalt salt, byte[] details, EntryHash detailsHash)
    {
        (Content, Salt, Details, DetailsHash) = (content, salt, details, detailsHash);
        var text = new ArrayBufferWriter<byte>(256);
        var json = new MemberWriter(text);
        json.Begin();
        EntryText.WriteHeadStart(ref json, content, detailsHash);
        _start = text.WrittenSpan.ToArray();
        text.ResetWrittenCount();
        EntryText.WriteHeadTarget(ref json, content.Target);
        _target = text.WrittenSpan.ToArray();
    }

    /// <summary>What is recorded.</summary>
    public NewEntry Content { get; }

    /// <summary>The salt of the details.</summary>
    public DetailsSalt Salt { get; }

    /// <summary>The canonical details, UTF-8.</summary>
    public byte[] Details { get; }

    /// <summary>The hash of salt and details.</summary>
    public EntryHash DetailsHash { get; }

    /// <summary>Writes and hashes the details with a new salt. Belongs on the caller's thread, not the writer's.</summary>
    /// <exception cref="CanonicalJsonException">A text holds U+0000 or a lone surrogate.</exception>
    public static PreparedEntry From(NewEntry content)
    {
        var salt = DetailsSalt.Create();
        var details = EntryText.Details(content);
        return new PreparedEntry(content, salt, details, HashChain.HashDetails(salt, details));
    }

    /// <summary>The leaf that it has at a place: <c>SHA-256(0x00 ‖ canonical(head))</c>, as <see cref="HashChain.HashHead"/> has it.</summary>
    /// <param name="id">Its UUIDv7.</param>
    /// <param name="tenantId">The tenant's UUID.</param>
    /// <param name="sequence">The position in the chain, from 1.</param>
    /// <param name="occurredAt">When it happened, in milliseconds since 1970.</param>
    /// <param name="recordedAt">When it was recorded, in milliseconds since 1970.</param>
    /// <param name="recordedBy">The credential that wrote it, as a canonical JSON string with its quotation marks.</param>
    /// <param name="scratch">A buffer to write the head in; cleared first.</param>
    public EntryHash HashHead(
        Guid id, Guid tenantId, long sequence, long occurredAt, long recordedAt, ReadOnlySpan<byte> recordedBy, ArrayBufferWriter<byte> scratch)
    {
        scratch.ResetWrittenCount();
        var text = new HeadText.Text(scratch.GetSpan(_start.Length + _target.Length + recordedBy.Length + HeadText.LengthWithoutTexts));
        text.Add("\0"u8);
        text.Add(_start);
        text.AddPlace(id, occurredAt, recordedAt, recordedBy, Content.SchemaVersion, sequence);
        text.Add(_target);
        text.AddTenant(tenantId);
        return HashChain.Sha256(text.Written);
    }
}
