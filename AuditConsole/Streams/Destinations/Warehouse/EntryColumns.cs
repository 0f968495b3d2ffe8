using System.Buffers;
using System.Collections.Frozen;
using System.Text;
using AuditConsole.Core;

namespace AuditConsole.Streams.Destinations.Warehouse;

/// <summary>What a column of a warehouse holds.</summary>
internal enum ColumnType
{
    /// <summary>Text.</summary>
    Text,

    /// <summary>A 64-bit integer.</summary>
    Integer,

    /// <summary>A time, UTC, milliseconds.</summary>
    Time,

    /// <summary>A JSON value.</summary>
    Json,
}

/// <summary>A field of the wire entry as a column.</summary>
/// <param name="Name">Of the column: <c>actor_id</c>.</param>
/// <param name="Path">Of the field in the wire entry: <c>actor.id</c>.</param>
/// <param name="Type">What it holds.</param>
/// <param name="Csv">The column of the CSV export that shows it; null for none.</param>
internal sealed record EntryColumn(string Name, string Path, ColumnType Type, string? Csv = null)
{
    /// <summary>Whether every entry has it.</summary>
    public bool IsRequired { get; init; }
}

/// <summary>
/// The one list of the fields of an entry that leave the service: the wire entry has each of them, warehouses have a column
/// for each, and the CSV shows some. A test holds all of them to it.
/// </summary>
internal static class EntryColumns
{
    /// <summary>All of them, in the order of the wire entry.</summary>
    public static readonly IReadOnlyList<EntryColumn> All =
    [
        new("id", "id", ColumnType.Text) { IsRequired = true },
        new("tenant_id", "tenant_id", ColumnType.Text) { IsRequired = true },
        new("sequence", "sequence", ColumnType.Integer) { IsRequired = true },
        new("occurred_at", "occurred_at", ColumnType.Time, "occurredAt") { IsRequired = true },
        new("recorded_at", "recorded_at", ColumnType.Time) { IsRequired = true },
        new("recorded_by", "recorded_by", ColumnType.Text) { IsRequired = true },
        new("actor_type", "actor.type", ColumnType.Text) { IsRequired = true },
        new("actor_id", "actor.id", ColumnType.Text, "actor") { IsRequired = true },
        new("actor_name", "actor.name", ColumnType.Text),
        new("actor_metadata", "actor.metadata", ColumnType.Json),
        new("action", "action", ColumnType.Text, "action") { IsRequired = true },
        new("target_type", "target.type", ColumnType.Text, "entityType") { IsRequired = true },
        new("target_id", "target.id", ColumnType.Text) { IsRequired = true },
        new("target_slug", "target.slug", ColumnType.Text, "entitySlug"),
        new("target_version", "target.version", ColumnType.Text, "entityVersion"),
        new("target_name", "target.name", ColumnType.Text),
        new("target_metadata", "target.metadata", ColumnType.Json),
        new("targets", "targets", ColumnType.Json),
        new("engine_version", "engine_version", ColumnType.Text, "engineVersion"),
        new("ip", "ip", ColumnType.Text, "clientIp"),
        new("location", "location", ColumnType.Text),
        new("user_agent", "user_agent", ColumnType.Text),
        new("reasoning", "reasoning", ColumnType.Text),
        new("schema_version", "schema_version", ColumnType.Integer),
        new("correlation_id", "correlation_id", ColumnType.Text),
        new("withheld", "withheld", ColumnType.Json),
        new("metadata", "metadata", ColumnType.Json, "payload"),
        new("signature", "signature", ColumnType.Json),
        new("prev_hash", "prev_hash", ColumnType.Text) { IsRequired = true },
        new("hash", "hash", ColumnType.Text) { IsRequired = true },
    ];

    /// <summary>Appends an entry as a flat JSON object, the columns that it has.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="output">Receives UTF-8.</param>
    /// <param name="jsonAsText">Whether JSON stands as text, where the other side reads it from a string.</param>
    /// <param name="upperCase">Whether the columns are in capitals, as a database keeps names without quotes.</param>
    public static void WriteRow(AuditEntry entry, ArrayBufferWriter<byte> output, bool jsonAsText, bool upperCase = false)
    {
        var row = new Row(output, jsonAsText, upperCase);
        var content = entry.Content;
        row.Begin();
        row.Text("id", entry.Id.ToString());
        row.Text("tenant_id", entry.TenantId.ToString());
        row.Integer("sequence", entry.Sequence);
        row.Time("occurred_at", entry.OccurredAt);
        row.Time("recorded_at", entry.RecordedAt);
        row.Text("recorded_by", entry.RecordedBy);
        row.Text("actor_type", content.Actor.Type);
        row.Text("actor_id", content.Actor.Id);
        row.Text("actor_name", content.Actor.Name);
        row.Json("actor_metadata", content.Actor.Metadata?.Utf8);
        row.Text("action", content.Action);
        row.Text("target_type", content.Target.Type);
        row.Text("target_id", content.Target.Id);
        row.Text("target_slug", content.Target.Slug);
        row.Text("target_version", content.Target.Version);
        row.Text("target_name", content.Target.Name);
        row.Json("target_metadata", content.Target.Metadata?.Utf8);
        row.Json("targets", content.Targets.Count == 0 ? null : Member(entry, "targets"));
        row.Text("engine_version", content.EngineVersion);
        row.Text("ip", content.Ip?.ToString());
        row.Text("location", content.Location);
        row.Text("user_agent", content.UserAgent);
        row.Text("reasoning", content.Reasoning);
        row.Integer("schema_version", content.SchemaVersion);
        row.Text("correlation_id", content.CorrelationId);
        row.Json("withheld", entry.Withheld is null ? null : Member(entry, "withheld"));
        row.Json("metadata", entry.Withheld is null ? content.Metadata.Utf8 : null);
        row.Json("signature", content.Signature is null ? null : Member(entry, "signature"));
        row.Text("prev_hash", entry.PreviousHash.ToString());
        row.Text("hash", entry.Hash.ToString());
        row.End();
    }

    // Rare: read from the wire entry, which writes them already.
    private static ReadOnlyMemory<byte> Member(AuditEntry entry, string name)
    {
        var wire = new ArrayBufferWriter<byte>(1024);
        EntryJson.Write(entry, wire);
        using var document = System.Text.Json.JsonDocument.Parse(wire.WrittenMemory);
        return Encoding.UTF8.GetBytes(document.RootElement.GetProperty(name).GetRawText());
    }

    private static readonly FrozenDictionary<string, string> Upper =
        All.ToFrozenDictionary(column => column.Name, column => column.Name.ToUpperInvariant(), StringComparer.Ordinal);

    private struct Row(ArrayBufferWriter<byte> output, bool jsonAsText, bool upperCase)
    {
        private MemberWriter _json = new(output);

        public readonly void Begin() => _json.Begin();

        public readonly void End() => _json.End();

        public void Text(string name, string? value) => _json.Text(Name(name), value);

        public void Time(string name, DateTimeOffset value) => _json.Time(Name(name), value);

        public void Integer(string name, long? value)
        {
            if (value is { } number)
            {
                _json.Integer(Name(name), number);
            }
        }

        public void Json(string name, ReadOnlyMemory<byte>? value)
        {
            // Beside ?: null is taken for an empty memory.
            if (value is not { IsEmpty: false } json)
            {
                return;
            }
            if (jsonAsText)
            {
                _json.Text(Name(name), Encoding.UTF8.GetString(json.Span));
            }
            else
            {
                _json.Raw(Name(name), json.Span);
            }
        }

        private readonly string Name(string name) => upperCase ? Upper[name] : name;
    }
}
