using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using AuditConsole.Core;
using AuditConsole.Exports;

namespace AuditConsole.WorkOS;

/// <summary>
/// Events as CSV (RFC 4180, UTF-8 without BOM, nothing escaped for spreadsheets: it is made for programs).
/// </summary>
/// <remarks>
/// WorkOS publishes no list of its file's columns (workos.com/docs/audit-logs/exporting-events and its OpenAPI
/// description say only that it is CSV). The columns here are the members of its documented event
/// (workos.com/docs/reference/audit-logs/event), an object's joined with an underscore, lists and metadata as JSON.
/// </remarks>
internal sealed class EventCsvFile : EntryFile
{
    /// <summary>The columns.</summary>
    public static readonly string[] Columns =
        ["id", "action", "occurred_at", "version", "actor_id", "actor_type", "actor_name", "actor_metadata", "targets", "context_location", "context_user_agent", "metadata"];

    private readonly CsvLines _csv;
    private readonly byte[] _time = new byte[WireTime.Length];
    private readonly ArrayBufferWriter<byte> _targets = new(512);

    public EventCsvFile(Stream output)
    {
        _csv = new CsvLines(output);
        _csv.Header(Columns);
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(AuditEntry entry, CancellationToken cancellationToken)
    {
        var content = entry.Content;
        _csv.Cell(entry.Id.ToString());
        _csv.Cell(content.Action);
        WireTime.Format(entry.OccurredAt, _time);
        _csv.Cell(_time);
        _csv.Cell(content.SchemaVersion?.ToString(System.Globalization.CultureInfo.InvariantCulture));
        _csv.Cell(content.Actor.Id);
        _csv.Cell(content.Actor.Type);
        _csv.Cell(content.Actor.Name);
        _csv.Cell(content.Actor.Metadata is { } metadata ? metadata.Utf8.Span : []);
        _targets.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(_targets, EventJson.Options))
        {
            EventJson.WriteTargets(json, content);
        }
        _csv.Cell(_targets.WrittenSpan);
        _csv.Cell(EventJson.LocationOf(content));
        _csv.Cell(content.UserAgent);
        _csv.Cell(EventJson.MetadataOf(entry).Span);
        return _csv.EndLineAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override ValueTask EndAsync(CancellationToken cancellationToken) => _csv.SendAsync(cancellationToken);
}

/// <summary>Events as a JSON array, one a line.</summary>
internal sealed class EventJsonFile(Stream output) : EntryFile
{
    private const int SendAfterBytes = 64 * 1024;

    private readonly ArrayBufferWriter<byte> _waiting = new(SendAfterBytes * 2);
    private bool _any;

    /// <inheritdoc/>
    public override ValueTask WriteAsync(AuditEntry entry, CancellationToken cancellationToken)
    {
        _waiting.Write(_any ? ",\n"u8 : "[\n"u8);
        _any = true;
        using (var json = new Utf8JsonWriter(_waiting, EventJson.Options))
        {
            EventJson.Write(json, entry);
        }
        return _waiting.WrittenCount >= SendAfterBytes ? SendAsync(cancellationToken) : ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask EndAsync(CancellationToken cancellationToken)
    {
        _waiting.Write(_any ? "\n]\n"u8 : "[]\n"u8);
        return SendAsync(cancellationToken);
    }

    private async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        await output.WriteAsync(_waiting.WrittenMemory, cancellationToken);
        _waiting.ResetWrittenCount();
    }
}

/// <summary>An entry as a WorkOS event. What such an event has no word for (reasoning, engine version, correlation id, the chain) is in the other APIs.</summary>
internal static class EventJson
{
    public static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    // Names that begin with $ are refused from producers, so that no payload can look like it.
    private static readonly ReadOnlyMemory<byte> Withheld = """{"$withheld":true}"""u8.ToArray();

    /// <summary>Writes the event.</summary>
    public static void Write(Utf8JsonWriter json, AuditEntry entry)
    {
        var content = entry.Content;
        json.WriteStartObject();
        json.WriteString("id"u8, entry.Id);
        json.WriteString("action"u8, content.Action);
        json.WriteString("occurred_at"u8, WireTime.Format(entry.OccurredAt));
        if (content.SchemaVersion is { } version)
        {
            json.WriteNumber("version"u8, version);
        }
        json.WritePropertyName("actor"u8);
        WriteParty(json, content.Actor.Id, content.Actor.Type, content.Actor.Name, content.Actor.Metadata);
        json.WritePropertyName("targets"u8);
        WriteTargets(json, content);
        json.WriteStartObject("context"u8);
        json.WriteString("location"u8, LocationOf(content) ?? "");
        if (content.UserAgent is { } agent)
        {
            json.WriteString("user_agent"u8, agent);
        }
        json.WriteEndObject();
        json.WritePropertyName("metadata"u8);
        json.WriteRawValue(MetadataOf(entry).Span, skipInputValidation: true);
        json.WriteEndObject();
    }

    /// <summary>Writes the main entity and the further targets.</summary>
    public static void WriteTargets(Utf8JsonWriter json, NewEntry content)
    {
        json.WriteStartArray();
        foreach (var target in content.Targets.Prepend(content.Target))
        {
            WriteParty(json, target.Id, target.Type, target.Name, target.Metadata);
        }
        json.WriteEndArray();
    }

    /// <summary>The address, or what else was said of the place.</summary>
    public static string? LocationOf(NewEntry content) => content.Ip?.ToString() ?? content.Location;

    /// <summary>The payload, or that it was withheld.</summary>
    public static ReadOnlyMemory<byte> MetadataOf(AuditEntry entry) => entry.Withheld is null ? entry.Details.Metadata : Withheld;

    private static void WriteParty(Utf8JsonWriter json, string id, string type, string? name, CanonicalObject? metadata)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, id);
        json.WriteString("type"u8, type);
        if (name is not null)
        {
            json.WriteString("name"u8, name);
        }
        if (metadata is not null)
        {
            json.WritePropertyName("metadata"u8);
            json.WriteRawValue(metadata.Utf8.Span, skipInputValidation: true);
        }
        json.WriteEndObject();
    }
}
