using System.Buffers;
using System.Text;
using AuditConsole.Core;
using AuditConsole.Streams.Destinations;

namespace AuditConsole.Streams.Formats;

/// <summary>
/// OCSF 1.3.0, class Entity Management (3004, category Identity &amp; Access Management): one JSON object. The mapping
/// is in docs/siem-formats.md; <c>unmapped</c> holds what the class has no place for, so that nothing is lost.
/// </summary>
internal sealed class OcsfFormat : IEntryFormat
{
    /// <summary>The version of the schema.</summary>
    public const string SchemaVersion = "1.3.0";

    private const int Category = 3;
    private const int Class = 3004;

    /// <inheritdoc/>
    public StreamFormat Format => StreamFormat.Ocsf;

    /// <inheritdoc/>
    public void Write(AuditEntry entry, ArrayBufferWriter<byte> output)
    {
        var content = entry.Content;
        var kind = ActionMeaning.KindOf(content.Action);
        var severity = ActionMeaning.SeverityOf(content.Action);
        var json = new MemberWriter(output);
        json.Begin();
        json.Integer("activity_id", (int)kind);
        // With 99 the schema asks for the source's own name; it helps with the others too.
        json.Text("activity_name", kind == ActionKind.Other ? content.Action : kind.ToString());
        json.Integer("category_uid", Category);
        json.Text("category_name", "Identity & Access Management");
        json.Integer("class_uid", Class);
        json.Text("class_name", "Entity Management");
        json.Integer("type_uid", Class * 100 + (int)kind);
        json.Text("type_name", $"Entity Management: {kind}");
        json.Integer("severity_id", (int)severity);
        json.Text("severity", severity.ToString());
        json.Integer("time", entry.OccurredAt.ToUnixTimeMilliseconds());
        json.Text("message", EntrySummary.Of(content));
        WriteMetadata(ref json, entry);
        WriteActor(ref json, content.Actor);
        WriteEntity(ref json, content.Target);
        json.Text("comment", content.Reasoning);
        WriteSource(ref json, content);
        WriteUnmapped(ref json, entry);
        json.End();
    }

    private static void WriteMetadata(ref MemberWriter json, AuditEntry entry)
    {
        var metadata = Begin(ref json, "metadata");
        metadata.Text("version", SchemaVersion);
        var product = Begin(ref metadata, "product");
        product.Text("name", Product.Name);
        product.Text("vendor_name", Product.Name);
        product.Text("version", Product.Version);
        product.End();
        metadata.Text("log_name", "audit-log");
        metadata.Text("log_provider", Product.Name);
        metadata.Text("event_code", entry.Head.Action);
        metadata.Uuid("uid", entry.Id);
        metadata.Integer("sequence", entry.Sequence);
        metadata.Uuid("tenant_uid", entry.TenantId);
        metadata.Text("correlation_uid", entry.Head.CorrelationId);
        metadata.Integer("logged_time", entry.RecordedAt.ToUnixTimeMilliseconds());
        metadata.Text("original_time", WireTimeText.Of(entry.OccurredAt));
        metadata.End();
    }

    private static void WriteActor(ref MemberWriter json, Actor who)
    {
        var actor = Begin(ref json, "actor");
        var user = Begin(ref actor, "user");
        user.Text("uid", who.Id);
        user.Text("name", who.Name);
        user.Text("type", who.Type);
        user.Integer("type_id", who.Type switch { "user" => 1, Actor.ServiceType => 3, _ => 99 });
        user.End();
        actor.End();
    }

    private static void WriteEntity(ref MemberWriter json, Resource target)
    {
        var entity = Begin(ref json, "entity");
        entity.Text("uid", target.Id);
        entity.Text("name", target.Name ?? target.ShownSlug);
        entity.Text("type", target.Type);
        // Other: those that the schema names ask for an object of their kind beside them.
        entity.Integer("type_id", 99);
        entity.Text("version", target.Version);
        if (target.Metadata is { } metadata)
        {
            entity.Raw("data", metadata.Utf8.Span);
        }
        entity.End();
    }

    private static void WriteSource(ref MemberWriter json, NewEntry content)
    {
        if (content.Ip is { } ip)
        {
            var source = Begin(ref json, "src_endpoint");
            source.Text("ip", ip.ToString());
            source.End();
        }
        if (content.UserAgent is { } agent)
        {
            var request = Begin(ref json, "http_request");
            request.Text("user_agent", agent);
            request.End();
        }
    }

    private static void WriteUnmapped(ref MemberWriter json, AuditEntry entry)
    {
        var content = entry.Content;
        var unmapped = Begin(ref json, "unmapped");
        unmapped.Text("action", content.Action);
        if (content.Actor.Metadata is { } actorMetadata)
        {
            unmapped.Raw("actor_metadata", actorMetadata.Utf8.Span);
        }
        unmapped.Text("engine_version", content.EngineVersion);
        unmapped.Hash("hash", entry.Hash);
        // The schema's location wants a city, a country, a region or a postal code: a text of any kind is none of them.
        unmapped.Text("location", content.Location);
        if (entry.Withheld is null)
        {
            unmapped.Raw("metadata", content.Metadata.Utf8.Span);
        }
        unmapped.Hash("prev_hash", entry.PreviousHash);
        unmapped.Text("recorded_by", entry.RecordedBy);
        if (content.SchemaVersion is { } version)
        {
            unmapped.Integer("schema_version", version);
        }
        if (content.Signature is { } signature)
        {
            var signed = Begin(ref unmapped, "signature");
            signed.Text("key_id", signature.KeyId);
            signed.Text("value", signature.Value);
            signed.End();
        }
        unmapped.Text("target_slug", content.Target.Slug);
        WriteTargets(ref unmapped, content.Targets);
        if (entry.Withheld is { } withheld)
        {
            var gone = Begin(ref unmapped, "withheld");
            gone.Hash("details_hash", withheld.DetailsHash);
            gone.Time("at", withheld.At);
            gone.Text("by", withheld.By);
            gone.Text("reason", withheld.Reason);
            gone.Integer("record", withheld.Record);
            gone.End();
        }
        unmapped.End();
    }

    private static void WriteTargets(ref MemberWriter json, IReadOnlyList<Resource> targets)
    {
        if (targets.Count == 0)
        {
            return;
        }
        json.Name("targets");
        var separator = "["u8;
        foreach (var target in targets)
        {
            json.Output.Write(separator);
            separator = ","u8;
            var item = new MemberWriter(json.Output);
            item.Begin();
            item.Text("type", target.Type);
            item.Text("id", target.Id);
            item.Text("slug", target.Slug);
            item.Text("version", target.Version);
            item.Text("name", target.Name);
            if (target.Metadata is { } metadata)
            {
                item.Raw("metadata", metadata.Utf8.Span);
            }
            item.End();
        }
        json.Output.Write("]"u8);
    }

    private static MemberWriter Begin(ref MemberWriter json, string name)
    {
        json.Name(name);
        var inner = new MemberWriter(json.Output);
        inner.Begin();
        return inner;
    }
}

/// <summary>Times of the wire as text.</summary>
internal static class WireTimeText
{
    /// <summary>As <c>2026-11-21T16:42:07.318Z</c>.</summary>
    public static string Of(DateTimeOffset time)
    {
        Span<byte> text = stackalloc byte[WireTime.Length];
        WireTime.Format(time, text);
        return Encoding.ASCII.GetString(text);
    }
}
