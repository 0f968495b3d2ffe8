using System.Buffers;
using System.Text;

namespace AuditConsole.Core.Evidence;

/// <summary>
/// Writes the lines of a receipt: the signed statement, a line for each row of the exported file in its order, the
/// checkpoint, and the nodes of one multiproof of all the rows. A row's line holds what the file doesn't. The form is
/// described in docs/proofs.md.
/// </summary>
public static class ReceiptFormat
{
    /// <summary>1,024: the most nodes of one line.</summary>
    public const int NodesInLine = 1024;

    /// <summary>The members of the details that a CSV file shows, and so its receipt leaves out.</summary>
    public static readonly IReadOnlyList<string> CsvMembers = ["ip", "metadata"];

    /// <summary>Appends the first line.</summary>
    public static void WriteStatement(ArrayBufferWriter<byte> output, SignedNote statement) => WriteNote(output, "statement", statement);

    /// <summary>Appends the line of a CSV row: the details but for those that the row shows, and their checks.</summary>
    public static void WriteCsvRow(ArrayBufferWriter<byte> output, in EntryHead head, ReadOnlyMemory<byte> details, DetailsSalt salt)
    {
        var members = DetailsText.Members(details);
        var json = new MemberWriter(output);
        json.Begin();
        WriteChecks(ref json, members.Where(member => CsvMembers.Contains(member.Name)), salt);
        json.Raw("details", DetailsText.Join(members.Where(member => !CsvMembers.Contains(member.Name))));
        WriteHead(ref json, head);
        json.Text("salt", salt.ToString());
        End(ref json);
    }

    /// <summary>Appends the line of a row of a JSON file, which shows all details: their checks, and the first half of the link.</summary>
    public static void WriteJsonRow(ArrayBufferWriter<byte> output, in EntryHead head, ReadOnlyMemory<byte> details, DetailsSalt salt, EntryHash hash)
    {
        var json = new MemberWriter(output);
        json.Begin();
        WriteChecks(ref json, DetailsText.Members(details), salt);
        json.Text("hash", hash.ToString()[..EntryHash.Size]);
        WriteHead(ref json, head);
        json.Text("salt", salt.ToString());
        End(ref json);
    }

    /// <summary>Appends the line of a row whose entry's details were destroyed.</summary>
    public static void WriteWithheld(ArrayBufferWriter<byte> output, in EntryHead head)
    {
        var json = new MemberWriter(output);
        json.Begin();
        WriteHead(ref json, head);
        json.Raw("withheld", "true"u8);
        End(ref json);
    }

    /// <summary>Appends the line of a row whose entry was purged, or has expired, since. It isn't part of the multiproof.</summary>
    public static void WritePurged(ArrayBufferWriter<byte> output, long sequence)
    {
        var json = new MemberWriter(output);
        json.Begin();
        json.Raw("purged", "true"u8);
        json.Integer("sequence", sequence);
        End(ref json);
    }

    /// <summary>Appends the line of the checkpoint.</summary>
    public static void WriteCheckpoint(ArrayBufferWriter<byte> output, SignedNote checkpoint) => WriteNote(output, "checkpoint", checkpoint);

    /// <summary>Appends a line of nodes, <see cref="NodesInLine"/> at most.</summary>
    public static void WriteNodes(ArrayBufferWriter<byte> output, IReadOnlyList<EntryHash> nodes)
    {
        var bytes = new byte[nodes.Count * EntryHash.Size];
        for (var i = 0; i < nodes.Count; i++)
        {
            nodes[i].CopyTo(bytes.AsSpan(i * EntryHash.Size));
        }
        var json = new MemberWriter(output);
        json.Begin();
        json.Raw("nodes", Encoding.ASCII.GetBytes($"\"{Convert.ToBase64String(bytes)}\""));
        End(ref json);
    }

    private static void WriteNote(ArrayBufferWriter<byte> output, string name, SignedNote note)
    {
        var json = new MemberWriter(output);
        json.Begin();
        json.Text(name, note.ToString());
        End(ref json);
    }

    private static void WriteHead(ref MemberWriter json, in EntryHead head)
    {
        json.Name("head");
        EntryText.WriteHead(head, json.Output);
    }

    private static void WriteChecks(ref MemberWriter json, IEnumerable<(string Name, ReadOnlyMemory<byte> Value)> members, DetailsSalt salt)
    {
        json.Name("check");
        var checks = new MemberWriter(json.Output);
        checks.Begin();
        foreach (var (name, value) in members)
        {
            checks.Text(name, DetailsText.Check(salt, name, value.Span));
        }
        checks.End();
    }

    private static void End(ref MemberWriter json)
    {
        json.End();
        json.Output.Write("\n"u8);
    }
}
