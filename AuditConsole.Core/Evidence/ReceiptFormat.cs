using System.Buffers;
using System.Text;

namespace AuditConsole.Core.Evidence;

/// <summary>
/// Writes the lines of a receipt but for its rows (<see cref="ReceiptRows"/>): the signed statement before them, and
/// behind them the checkpoint and the nodes of one multiproof of all the rows. The form is described in docs/proofs.md.
/// </summary>
public static class ReceiptFormat
{
    /// <summary>1,024: the most nodes of one line.</summary>
    public const int NodesInLine = 1024;

    /// <summary>Appends the first line.</summary>
    public static void WriteStatement(ArrayBufferWriter<byte> output, SignedNote statement) => WriteNote(output, "statement", statement);

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
        WriteBytes(output, "nodes", bytes);
    }

    internal static void WriteBytes(ArrayBufferWriter<byte> output, string name, ReadOnlySpan<byte> bytes)
    {
        var json = new MemberWriter(output);
        json.Begin();
        json.Raw(name, Encoding.ASCII.GetBytes($"\"{Convert.ToBase64String(bytes)}\""));
        json.End();
        output.Write("\n"u8);
    }

    private static void WriteNote(ArrayBufferWriter<byte> output, string name, SignedNote note)
    {
        var json = new MemberWriter(output);
        json.Begin();
        json.Text(name, note.ToString());
        json.End();
        output.Write("\n"u8);
    }
}
