using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;

namespace AuditConsole.Core.Evidence;

/// <summary>
/// The canonical head as it stands in a receipt's line: without the hash of the details and the id. These are random
/// bytes, which no compression shortens, and cost a third more between texts than by themselves. An id's beginning is the
/// time of recording, as UUIDv7 has it; one that begins otherwise stays in the line.
/// </summary>
public static class ReceiptHead
{
    /// <summary>How many bytes are taken out of a head: the last 10 of the id, and the hash of the details.</summary>
    public const int Size = IdBytes + EntryHash.Size;

    private const int IdBytes = 10;
    private const int IdLength = 36;
    private const int HashLength = 2 * EntryHash.Size;

    private static ReadOnlySpan<byte> HashName => "\"details_hash\":\""u8;

    private static ReadOnlySpan<byte> IdName => ",\"id\":\""u8;

    private static ReadOnlySpan<byte> TimeName => ",\"recorded_at\":\""u8;

    /// <summary>Takes the bytes out.</summary>
    /// <param name="head">The canonical head.</param>
    /// <param name="taken">Gets what was taken out, <see cref="Size"/> bytes: the id's, then the hash.</param>
    /// <returns>The head without them: an empty <c>details_hash</c>, and an empty <c>id</c> if it begins with the time.</returns>
    public static byte[] Strip(ReadOnlySpan<byte> head, Span<byte> taken)
    {
        var hash = head.IndexOf(HashName) + HashName.Length;
        var behind = hash + HashLength;
        var id = behind + head[behind..].IndexOf(IdName) + IdName.Length;
        Span<byte> made = stackalloc byte[16];
        Utf8Parser.TryParse(head.Slice(id, IdLength), out Guid uuid, out _, 'D');
        uuid.TryWriteBytes(made, bigEndian: true, out _);
        made[^IdBytes..].CopyTo(taken);
        Convert.FromHexString(head.Slice(hash, HashLength), taken[IdBytes..Size], out _, out _);
        var stays = IdOf(head[id..], taken) == uuid ? 0 : IdLength;
        return [.. head[..hash], .. head[behind..(id + stays)], .. head[(id + IdLength)..]];
    }

    /// <summary>Puts the bytes back. What it gives is the head that the leaf was hashed from, or one that no proof holds.</summary>
    /// <param name="stripped">As it stands in the line. A quotation mark within a text is escaped, so that no text looks like a member.</param>
    /// <param name="taken"><see cref="Size"/> bytes.</param>
    /// <exception cref="FormatException">It has no empty <c>details_hash</c>, no <c>id</c> behind it, or an empty one and no time.</exception>
    public static byte[] Fill(ReadOnlySpan<byte> stripped, ReadOnlySpan<byte> taken)
    {
        var hash = BehindName(stripped, HashName);
        if (hash < 0 || stripped[hash] != '"')
        {
            throw new FormatException("has a head without an empty details_hash");
        }
        var id = BehindName(stripped[hash..], IdName);
        if (id < 0)
        {
            throw new FormatException("has a head without an id");
        }
        id += hash;
        var head = new byte[stripped.Length + HashLength + IdLength];
        stripped[..hash].CopyTo(head);
        Convert.TryToHexStringLower(taken[IdBytes..Size], head.AsSpan(hash), out _);
        stripped[hash..id].CopyTo(head.AsSpan(hash + HashLength));
        var at = id + HashLength;
        if (stripped[id] == '"')
        {
            var uuid = IdOf(stripped[id..], taken) ?? throw new FormatException("has a head without an id, and without the time that it begins with");
            uuid.TryFormat(head.AsSpan(at), out var written);
            at += written;
        }
        stripped[id..].CopyTo(head.AsSpan(at));
        return head[..(at + stripped.Length - id)];
    }

    // Behind a name there is at least the quotation mark that ends the text.
    private static int BehindName(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name) =>
        text.IndexOf(name) is >= 0 and var at && at + name.Length < text.Length ? at + name.Length : -1;

    private static Guid? IdOf(ReadOnlySpan<byte> head, ReadOnlySpan<byte> taken)
    {
        if (BehindName(head, TimeName) is not (>= 0 and var at) || head.Length < at + WireTime.Length
            || !WireTime.TryParse(Encoding.ASCII.GetString(head.Slice(at, WireTime.Length)), out var time))
        {
            return null;
        }
        Span<byte> made = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(made, time.ToUnixTimeMilliseconds() << 16);
        taken[..IdBytes].CopyTo(made[^IdBytes..]);
        return new Guid(made, bigEndian: true);
    }
}
