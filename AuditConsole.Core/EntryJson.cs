using System.Buffers;
using System.Text.Json;

namespace AuditConsole.Core;

/// <summary>The wire form of a recorded entry, and the way back from its stored details.</summary>
public static class EntryJson
{
    /// <summary>Appends the entry as one JSON object, its members in the order of the documentation.</summary>
    public static void Write(AuditEntry entry, ArrayBufferWriter<byte> output)
    {
        var content = entry.Content;
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
        actor.Text("type", content.Actor.Type);
        actor.Text("id", content.Actor.Id);
        actor.Text("name", content.Actor.Name);
        WriteMetadata(ref actor, content.Actor.Metadata);
        actor.End();
        json.Text("action", content.Action);
        json.Name("target");
        WriteResource(output, content.Target);
        if (content.Targets.Count > 0)
        {
            json.Name("targets");
            output.Write("["u8);
            for (var i = 0; i < content.Targets.Count; i++)
            {
                if (i > 0)
                {
                    output.Write(","u8);
                }
                WriteResource(output, content.Targets[i]);
            }
            output.Write("]"u8);
        }
        json.Text("engine_version", content.EngineVersion);
        json.Text("ip", content.Ip?.ToString());
        json.Text("location", content.Location);
        json.Text("user_agent", content.UserAgent);
        json.Text("reasoning", content.Reasoning);
        if (content.SchemaVersion is { } schemaVersion)
        {
            json.Integer("schema_version", schemaVersion);
        }
        json.Text("correlation_id", content.CorrelationId);
        if (entry.Withheld is { } withheld)
        {
            // No producer can send this member: it would be refused as an unknown field.
            json.Name("withheld");
            WriteWithheld(output, withheld);
        }
        else
        {
            json.Raw("metadata", content.Metadata.Utf8.Span);
            EntryText.WriteSignature(ref json, content.Signature);
        }
        json.Hash("prev_hash", entry.PreviousHash);
        json.Hash("hash", entry.Hash);
        json.End();
    }

    /// <summary>Adds what stored details hold to the fields of the head.</summary>
    /// <param name="head">The identifying fields, as they are stored.</param>
    /// <param name="details">Canonical details, as <see cref="EntryText.Details"/> wrote them.</param>
    /// <exception cref="FormatException">The text is not such details: the store was changed from outside.</exception>
    public static NewEntry WithDetails(NewEntry head, ReadOnlyMemory<byte> details)
    {
        try
        {
            using var document = JsonDocument.Parse(details);
            var root = document.RootElement;
            return head with
            {
                Actor = root.TryGetProperty("actor", out var actor)
                    ? head.Actor with { Name = Text(actor, "name"), Metadata = Metadata(actor) }
                    : head.Actor,
                Target = root.TryGetProperty("target", out var target)
                    ? head.Target with { Name = Text(target, "name"), Metadata = Metadata(target) }
                    : head.Target,
                Targets = root.TryGetProperty("targets", out var targets) ? [.. targets.EnumerateArray().Select(ReadResource)] : [],
                Ip = Text(root, "ip") is { } ip ? System.Net.IPAddress.Parse(ip) : null,
                Location = Text(root, "location"),
                UserAgent = Text(root, "user_agent"),
                Reasoning = Text(root, "reasoning"),
                Metadata = Metadata(root) ?? throw new FormatException("The details have no metadata."),
                Signature = root.TryGetProperty("signature", out var signature)
                    ? new EntrySignature(signature.GetProperty("key_id").GetString()!, signature.GetProperty("value").GetString()!)
                    : null,
            };
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new FormatException("The stored details are not the canonical text of an entry's details.", fault);
        }
    }

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

    private static Resource ReadResource(JsonElement element) => new(
        element.GetProperty("type").GetString()!, element.GetProperty("id").GetString()!,
        Text(element, "slug"), Text(element, "version"), Text(element, "name"), Metadata(element));

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) ? value.GetString() : null;

    // The text of a member of canonical text is itself canonical.
    private static CanonicalObject? Metadata(JsonElement element) => element.TryGetProperty("metadata", out var value)
        ? CanonicalObject.FromCanonicalUtf8(System.Text.Encoding.UTF8.GetBytes(value.GetRawText()))
        : null;

    private static void WriteMetadata(ref MemberWriter json, CanonicalObject? metadata)
    {
        if (metadata is not null)
        {
            json.Raw("metadata", metadata.Utf8.Span);
        }
    }

    private static void WriteResource(ArrayBufferWriter<byte> output, Resource resource)
    {
        var json = new MemberWriter(output);
        json.Begin();
        json.Text("type", resource.Type);
        json.Text("id", resource.Id);
        json.Text("slug", resource.Slug);
        json.Text("version", resource.Version);
        json.Text("name", resource.Name);
        WriteMetadata(ref json, resource.Metadata);
        json.End();
    }
}
