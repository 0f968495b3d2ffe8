using System.Buffers;
using System.Text;

namespace AuditConsole.Core.Evidence;

/// <summary>
/// Writes the lines of an archive, a tenant's whole log as NDJSON: a header, a line for each place of the chain after
/// the purged beginning, and the checkpoint at which the archive ends. The texts of heads and details stand in the
/// lines as they were hashed. The form is described in docs/proofs.md.
/// </summary>
public static class ArchiveFormat
{
    /// <summary>The format's name, which the first line holds.</summary>
    public const string Name = "audit-console/archive/v1";

    /// <summary>Appends the first line.</summary>
    /// <param name="output">Receives UTF-8.</param>
    /// <param name="tenantId">Whose log.</param>
    /// <param name="start">The end of the beginning that was purged with its leaves; empty if there is none.</param>
    /// <param name="frontier">The Merkle frontier of that beginning.</param>
    public static void WriteHeader(ArrayBufferWriter<byte> output, Guid tenantId, ChainHead start, MerkleFrontier frontier)
    {
        var json = new MemberWriter(output);
        json.Begin();
        json.Text("format", Name);
        json.Uuid("tenant_id", tenantId);
        json.Name("base");
        var inner = new MemberWriter(output);
        inner.Begin();
        inner.Integer("size", start.Size);
        inner.Hash("hash", start.Hash);
        inner.Name("frontier");
        output.Write("["u8);
        for (var i = 0; i < frontier.Roots.Count; i++)
        {
            output.Write(i > 0 ? ",\""u8 : "\""u8);
            output.Write(Encoding.ASCII.GetBytes(frontier.Roots[i].ToString()));
            output.Write("\""u8);
        }
        output.Write("]"u8);
        inner.End();
        End(ref json);
    }

    /// <summary>Appends the line of an entry with its details.</summary>
    public static void WriteEntry(ArrayBufferWriter<byte> output, in EntryHead head, ReadOnlySpan<byte> details, DetailsSalt salt, EntryHash hash)
    {
        var json = new MemberWriter(output);
        json.Begin();
        json.Raw("details", details);
        json.Hash("hash", hash);
        json.Name("head");
        EntryText.WriteHead(head, output);
        json.Text("salt", salt.ToString());
        End(ref json);
    }

    /// <summary>Appends the line of an entry whose details were destroyed.</summary>
    public static void WriteWithheld(ArrayBufferWriter<byte> output, in EntryHead head, EntryHash hash)
    {
        var json = new MemberWriter(output);
        json.Begin();
        json.Hash("hash", hash);
        json.Name("head");
        EntryText.WriteHead(head, output);
        json.Raw("withheld", "true"u8);
        End(ref json);
    }

    /// <summary>Appends the line of a place whose entry was purged or has expired: its leaf alone.</summary>
    public static void WritePurged(ArrayBufferWriter<byte> output, long sequence, EntryHash leaf, EntryHash hash)
    {
        var json = new MemberWriter(output);
        json.Begin();
        json.Hash("hash", hash);
        json.Hash("leaf", leaf);
        json.Integer("sequence", sequence);
        End(ref json);
    }

    /// <summary>Appends the last line.</summary>
    public static void WriteCheckpoint(ArrayBufferWriter<byte> output, SignedNote checkpoint)
    {
        var json = new MemberWriter(output);
        json.Begin();
        json.Text("checkpoint", checkpoint.ToString());
        End(ref json);
    }

    private static void End(ref MemberWriter json)
    {
        json.End();
        json.Output.Write("\n"u8);
    }
}
