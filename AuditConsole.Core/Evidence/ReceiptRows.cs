using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace AuditConsole.Core.Evidence;

/// <summary>
/// Writes the rows of a receipt, a line each, in groups: before the lines of a group stands one of the random bytes that
/// they need. So the texts compress among each other, and the bytes take no more room than they have.
/// </summary>
/// <param name="output">Where they go, a whole group at a time.</param>
public sealed class ReceiptRows(ArrayBufferWriter<byte> output)
{
    /// <summary>1,024: the most rows of a group.</summary>
    public const int InGroup = 1024;

    /// <summary>The members of the details that a CSV file shows, and so its receipt leaves out.</summary>
    public static readonly IReadOnlyList<string> CsvMembers = ["ip", "metadata"];

    private readonly ArrayBufferWriter<byte> _lines = new();
    private readonly ArrayBufferWriter<byte> _bytes = new();
    private readonly ArrayBufferWriter<byte> _head = new();
    private int _count;

    /// <summary>Adds a CSV row: the details but for those that the row shows, and their checks.</summary>
    public void AddCsv(in EntryHead head, ReadOnlyMemory<byte> details, DetailsSalt salt)
    {
        var members = DetailsText.Members(details);
        var shown = members.Where(member => CsvMembers.Contains(member.Name)).ToList();
        var json = Begin();
        WriteNames(ref json, shown);
        json.Raw("details", DetailsText.Join(members.Where(member => !CsvMembers.Contains(member.Name))));
        WriteHead(ref json, head);
        _bytes.Write(salt.ToArray());
        WriteChecks(shown, salt);
        End(ref json);
    }

    /// <summary>Adds a row of a JSON file, which shows all details: their checks, and the first half of the link.</summary>
    public void AddJson(in EntryHead head, ReadOnlyMemory<byte> details, DetailsSalt salt, EntryHash hash)
    {
        var members = DetailsText.Members(details);
        var json = Begin();
        WriteNames(ref json, members);
        WriteHead(ref json, head);
        _bytes.Write(salt.ToArray());
        _bytes.Write(hash.ToArray().AsSpan(0, EntryHash.Size / 2));
        WriteChecks(members, salt);
        End(ref json);
    }

    /// <summary>Adds a row whose entry's details were destroyed.</summary>
    public void AddWithheld(in EntryHead head)
    {
        var json = Begin();
        WriteHead(ref json, head);
        json.Raw("withheld", "true"u8);
        End(ref json);
    }

    /// <summary>Adds a row whose entry was purged, or has expired, since. It isn't part of the multiproof, and needs no bytes.</summary>
    public void AddPurged(long sequence)
    {
        var json = Begin();
        json.Raw("purged", "true"u8);
        json.Integer("sequence", sequence);
        End(ref json);
    }

    /// <summary>Writes the last group. Nothing may be added behind it.</summary>
    public void Complete() => WriteGroup();

    private MemberWriter Begin()
    {
        if (_count == InGroup)
        {
            WriteGroup();
        }
        _count++;
        var json = new MemberWriter(_lines);
        json.Begin();
        return json;
    }

    private static void End(ref MemberWriter json)
    {
        json.End();
        json.Output.Write("\n"u8);
    }

    private void WriteHead(ref MemberWriter json, in EntryHead head)
    {
        EntryText.WriteHead(head, _head);
        var stripped = ReceiptHead.Strip(_head.WrittenSpan, _bytes.GetSpan(ReceiptHead.Size));
        _bytes.Advance(ReceiptHead.Size);
        _head.ResetWrittenCount();
        json.Raw("head", stripped);
    }

    private static void WriteNames(ref MemberWriter json, IReadOnlyList<(string Name, ReadOnlyMemory<byte> Value)> members) =>
        json.Raw("check", Encoding.ASCII.GetBytes($"[{string.Join(',', members.Select(member => $"\"{member.Name}\""))}]"));

    private void WriteChecks(IReadOnlyList<(string Name, ReadOnlyMemory<byte> Value)> members, DetailsSalt salt)
    {
        foreach (var (name, value) in members)
        {
            BinaryPrimitives.WriteUInt16BigEndian(_bytes.GetSpan(2), DetailsText.Check(salt, name, value.Span));
            _bytes.Advance(2);
        }
    }

    private void WriteGroup()
    {
        if (_bytes.WrittenCount > 0)
        {
            ReceiptFormat.WriteBytes(output, "bytes", _bytes.WrittenSpan);
        }
        output.Write(_lines.WrittenSpan);
        _lines.ResetWrittenCount();
        _bytes.ResetWrittenCount();
        _count = 0;
    }
}
