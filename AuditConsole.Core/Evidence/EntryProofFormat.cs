using System.Buffers;
using System.Text;

namespace AuditConsole.Core.Evidence;

/// <summary>
/// One entry with all that proves it: its canonical head and details, the audit path of its leaf, and the checkpoint
/// that the path leads to. One JSON object; described in docs/proofs.md.
/// </summary>
public static class EntryProofFormat
{
    /// <summary>The format's name.</summary>
    public const string Name = "audit-console/entry-proof/v1";

    /// <summary>The name of a proof that one checkpoint continues another.</summary>
    public const string ConsistencyName = "audit-console/consistency-proof/v1";

    /// <summary>Appends the proof.</summary>
    /// <param name="output">Receives UTF-8.</param>
    /// <param name="head">The entry's head.</param>
    /// <param name="details">Its canonical details; null where they were destroyed.</param>
    /// <param name="salt">Their salt.</param>
    /// <param name="path">The audit path, from the leaf upwards.</param>
    /// <param name="checkpoint">The checkpoint whose root it leads to.</param>
    public static void Write(
        ArrayBufferWriter<byte> output, in EntryHead head, byte[]? details, DetailsSalt salt, IReadOnlyList<EntryHash> path, SignedNote checkpoint)
    {
        var json = new MemberWriter(output);
        json.Begin();
        json.Text("format", Name);
        json.Name("head");
        EntryText.WriteHead(head, output);
        if (details is null)
        {
            json.Raw("withheld", "true"u8);
        }
        else
        {
            json.Raw("details", details);
            json.Text("salt", salt.ToString());
        }
        WritePath(ref json, path);
        json.Text("checkpoint", checkpoint.ToString());
        json.End();
        output.Write("\n"u8);
    }

    /// <summary>Appends a proof that a log of <paramref name="to"/> entries continues that of <paramref name="from"/> entries.</summary>
    public static void WriteConsistency(ArrayBufferWriter<byte> output, long from, long to, IReadOnlyList<EntryHash> proof)
    {
        var json = new MemberWriter(output);
        json.Begin();
        json.Text("format", ConsistencyName);
        json.Integer("from", from);
        json.Integer("to", to);
        WritePath(ref json, proof);
        json.End();
        output.Write("\n"u8);
    }

    private static void WritePath(ref MemberWriter json, IReadOnlyList<EntryHash> path) =>
        json.Raw("proof", Encoding.ASCII.GetBytes($"[{string.Join(',', path.Select(node => $"\"{node}\""))}]"));
}
