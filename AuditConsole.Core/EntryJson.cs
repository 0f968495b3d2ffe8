using System.Buffers;

namespace AuditConsole.Core;

/// <summary>The wire form of a recorded entry, and the way back from its stored details.</summary>
public static class EntryJson
{
    /// <summary>Appends the entry as one JSON object, its members in the order of the documentation.</summary>
    public static void Write(AuditEntry entry, ArrayBufferWriter<byte> output)
    {
        var (head, details) = (entry.Head, entry.Details);
        var json = new MemberWriter(output);
        json.Begin();
        json.Uuid("id", entry.Id);
        json.Uuid("tenant_id", entry.TenantId);
        json.Integer("sequence", entry.Sequence);
        json.Time("occurred_at", entry.OccurredAt);
        json.Time("recorded_at", entry.RecordedAt);
        json.Text("recorded_by", entry.RecordedBy);
        json.Name("actor");
        var actor = new MemberWriter(output);
        actor.Begin();
        actor.Text("type", head.Actor.Type);
        actor.Text("id", head.Actor.Id);
        actor.RawIfAny("name", details.ActorNameJson);
        actor.RawIfAny("metadata", details.ActorMetadataJson);
        actor.End();
        json.Text("action", head.Action);
        json.Name("target");
        var target = new MemberWriter(output);
        target.Begin();
        WriteNames(ref target, head.Target);
        target.RawIfAny("name", details.TargetNameJson);
        target.RawIfAny("metadata", details.TargetMetadataJson);
        target.End();
        if (details.Targets.Count > 0)
        {
            json.Name("targets");
            output.Write("["u8);
            for (var i = 0; i < details.Targets.Count; i++)
            {
                if (i > 0)
                {
                    output.Write(","u8);
                }
                WriteResource(output, details.Targets[i]);
            }
            output.Write("]"u8);
        }
        json.Text("engine_version", head.EngineVersion);
        json.RawIfAny("ip", details.IpJson);
        json.RawIfAny("location", details.LocationJson);
        json.RawIfAny("user_agent", details.UserAgentJson);
        json.RawIfAny("reasoning", details.Reasoning.Span);
        if (head.SchemaVersion is { } schemaVersion)
        {
            json.Integer("schema_version", schemaVersion);
        }
        json.Text("correlation_id", head.CorrelationId);
        if (entry.Withheld is { } withheld)
        {
            // No producer can send this member: it would be refused as an unknown field.
            json.Name("withheld");
            WriteWithheld(output, withheld);
        }
        else
        {
            json.Raw("metadata", details.Metadata.Span);
            json.RawIfAny("signature", details.SignatureJson);
        }
        json.Hash("prev_hash", entry.PreviousHash);
        json.Hash("hash", entry.Hash);
        json.End();
    }

    /// <summary>Adds what stored details hold to the fields of the head.</summary>
    /// <param name="head">The identifying fields, as they are stored.</param>
    /// <param name="details">Canonical details, as <see cref="EntryText.Details"/> wrote them.</param>
    /// <exception cref="FormatException">The text is not such details: the store was changed from outside.</exception>
    public static NewEntry WithDetails(NewEntry head, ReadOnlyMemory<byte> details) => StoredDetails.Read(details).Complete(head);

    private static void WriteWithheld(ArrayBufferWriter<byte> output, WithheldDetails withheld)
    {
        var json = new MemberWriter(output);
        json.Begin();
        json.Hash("details_hash", withheld.DetailsHash);
        json.Time("at", withheld.At);
        json.Text("by", withheld.By);
        json.Text("reason", withheld.Reason);
        json.Integer("record", withheld.Record);
        json.End();
    }

    private static void WriteResource(ArrayBufferWriter<byte> output, Resource resource)
    {
        var json = new MemberWriter(output);
        json.Begin();
        WriteNames(ref json, resource);
        json.Text("name", resource.Name);
        if (resource.Metadata is { } metadata)
        {
            json.Raw("metadata", metadata.Utf8.Span);
        }
        json.End();
    }

    private static void WriteNames(ref MemberWriter json, Resource resource)
    {
        json.Text("type", resource.Type);
        json.Text("id", resource.Id);
        json.Text("slug", resource.Slug);
        json.Text("version", resource.Version);
    }
}
