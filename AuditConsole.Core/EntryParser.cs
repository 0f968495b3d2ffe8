using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace AuditConsole.Core;

/// <summary>What is wrong with one field of what a producer sent.</summary>
/// <param name="Field">Its place, as <c>actor.id</c> or, in a batch, <c>[3].metadata.rules[0]</c>.</param>
/// <param name="Message">What is wrong, a sentence without the field's name at its start.</param>
/// <param name="IsUnreadable">True where the text is not I-JSON (a name twice); false where it was read and is refused.</param>
public sealed record FieldError(string Field, string Message, bool IsUnreadable = false);

/// <summary>Reads the wire form of an entry as a producer sends it, checks every limit and normalises what has two forms.</summary>
public static class EntryParser
{
    /// <summary>The most code points of an id, name, slug, version, type or correlation id.</summary>
    public const int MaxNameLength = 256;

    /// <summary>The most code points of an action.</summary>
    public const int MaxActionLength = 128;

    /// <summary>The most code points of a reasoning.</summary>
    public const int MaxReasoningLength = 2000;

    /// <summary>The most code points of a user agent or location.</summary>
    public const int MaxAgentLength = 1024;

    /// <summary>The most further targets.</summary>
    public const int MaxTargets = 50;

    /// <summary>The most bytes of a metadata object's canonical text.</summary>
    public const int MaxMetadataBytes = 64 * 1024;

    /// <summary>The deepest level of a metadata object; the object itself is at 1.</summary>
    public const int MaxMetadataDepth = 16;

    /// <summary>How a body is to be parsed before it comes here.</summary>
    public static JsonDocumentOptions DocumentOptions { get; } = new() { MaxDepth = 64 };

    private static readonly string[] MadeByTheService = ["id", "tenant_id", "sequence", "recorded_at", "recorded_by", "prev_hash", "hash"];

    /// <summary>Reads one entry.</summary>
    /// <param name="element">The JSON value.</param>
    /// <param name="path">Its place in the body: empty, or <c>[3]</c> in a batch.</param>
    /// <param name="errors">Receives everything that is wrong with it.</param>
    /// <returns>The entry, or null if anything was wrong.</returns>
    public static NewEntry? Parse(JsonElement element, string path, ICollection<FieldError> errors)
    {
        var before = errors.Count;
        if (FieldReader.Open(element, path, errors) is not { } reader)
        {
            return null;
        }
        foreach (var name in MadeByTheService)
        {
            if (reader.Take(name) is not null)
            {
                reader.Refuse(name, "is made by the service and can't be sent");
            }
        }

        var actor = ReadActor(reader);
        var target = reader.Take("target") is { } targetElement
            ? ReadResource(targetElement, reader.PathOf("target"), errors)
            : reader.Missing<Resource>("target");
        var entry = new NewEntry
        {
            Action = reader.Text("action", 1, MaxActionLength, required: true) ?? "",
            Actor = actor ?? new Actor("", ""),
            Target = target ?? new Resource("", ""),
            Targets = ReadTargets(reader),
            OccurredAt = ReadTime(reader),
            EngineVersion = reader.Text("engine_version", 1, MaxNameLength),
            Ip = ReadIp(reader),
            Location = reader.Text("location", 0, MaxAgentLength),
            UserAgent = reader.Text("user_agent", 0, MaxAgentLength),
            Reasoning = reader.Text("reasoning", 0, MaxReasoningLength),
            SchemaVersion = ReadSchemaVersion(reader),
            CorrelationId = reader.Text("correlation_id", 1, MaxNameLength),
            Metadata = reader.Metadata("metadata") ?? CanonicalObject.Empty,
            Signature = ReadSignature(reader),
        };
        reader.RefuseTheRest();
        return errors.Count == before ? entry : null;
    }

    /// <summary>Reads an IPv4 or IPv6 address in its usual text form; an IPv4-mapped one becomes IPv4.</summary>
    public static bool TryParseIp(string text, out IPAddress address)
    {
        address = IPAddress.None;
        if (text.AsSpan().ContainsAny("%[]/") || !IPAddress.TryParse(text, out var parsed))
        {
            return false;
        }
        // IPAddress also reads "1", "0x7f.1" and "010.0.0.1" as IPv4.
        if (parsed.AddressFamily == AddressFamily.InterNetwork && parsed.ToString() != text)
        {
            return false;
        }
        address = parsed.IsIPv4MappedToIPv6 ? parsed.MapToIPv4() : parsed;
        return true;
    }

    private static Actor? ReadActor(FieldReader entry)
    {
        if (entry.Take("actor") is not { } element)
        {
            return entry.Missing<Actor>("actor");
        }
        var path = entry.PathOf("actor");
        if (FieldReader.Open(element, path, entry.Errors) is not { } reader)
        {
            return null;
        }
        var actor = new Actor(
            reader.Text("type", 1, MaxNameLength, required: true) ?? "",
            reader.Text("id", 1, MaxNameLength, required: true) ?? "",
            reader.Text("name", 0, MaxNameLength),
            reader.Metadata("metadata"));
        reader.RefuseTheRest();
        if (actor is { Type: Actor.ServiceType, Id: Actor.ServiceId })
        {
            entry.Errors.Add(new FieldError(path, $"{Actor.ServiceType}/{Actor.ServiceId} is the service itself and can't be sent"));
        }
        return actor;
    }

    private static Resource? ReadResource(JsonElement element, string path, ICollection<FieldError> errors)
    {
        if (FieldReader.Open(element, path, errors) is not { } reader)
        {
            return null;
        }
        var resource = new Resource(
            reader.Text("type", 1, MaxNameLength, required: true) ?? "",
            reader.Text("id", 1, MaxNameLength, required: true) ?? "",
            reader.Text("slug", 1, MaxNameLength),
            reader.Text("version", 1, MaxNameLength),
            reader.Text("name", 0, MaxNameLength),
            reader.Metadata("metadata"));
        reader.RefuseTheRest();
        return resource;
    }

    private static List<Resource> ReadTargets(FieldReader entry)
    {
        var targets = new List<Resource>();
        if (entry.Take("targets") is not { } element)
        {
            return targets;
        }
        if (element.ValueKind != JsonValueKind.Array)
        {
            entry.Refuse("targets", $"must be an array, not {FieldReader.Describe(element)}");
            return targets;
        }
        if (element.GetArrayLength() > MaxTargets)
        {
            entry.Refuse("targets", $"has {element.GetArrayLength()} elements; {MaxTargets} are the most");
            return targets;
        }
        var index = 0;
        foreach (var item in element.EnumerateArray())
        {
            if (ReadResource(item, $"{entry.PathOf("targets")}[{index++}]", entry.Errors) is { } target)
            {
                targets.Add(target);
            }
        }
        return targets;
    }

    private static DateTimeOffset? ReadTime(FieldReader entry)
    {
        if (entry.Text("occurred_at", 1, 64) is not { } text)
        {
            return null;
        }
        if (WireTime.TryParse(text, out var time))
        {
            return time;
        }
        entry.Refuse("occurred_at", "is not a date-time with offset, as 2026-11-21T16:42:07.318Z");
        return null;
    }

    private static IPAddress? ReadIp(FieldReader entry)
    {
        if (entry.Text("ip", 1, 64) is not { } text)
        {
            return null;
        }
        if (TryParseIp(text, out var address))
        {
            return address;
        }
        entry.Refuse("ip", "is not an IPv4 or IPv6 address; free text belongs in location");
        return null;
    }

    private static EntrySignature? ReadSignature(FieldReader entry)
    {
        if (entry.Take("signature") is not { } element || FieldReader.Open(element, entry.PathOf("signature"), entry.Errors) is not { } reader)
        {
            return null;
        }
        var keyId = reader.Text("key_id", 1, MaxNameLength, required: true);
        var value = reader.Text("value", 1, EntrySignature.MaxLength, required: true);
        reader.RefuseTheRest();
        if (value is not null && !EntrySignature.IsBase64(value))
        {
            reader.Refuse("value", "is not base64 with its padding");
        }
        return keyId is null || value is null ? null : new EntrySignature(keyId, value);
    }

    private static int? ReadSchemaVersion(FieldReader entry)
    {
        if (entry.Take("schema_version") is not { } element)
        {
            return null;
        }
        if (element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out var version) && version >= 1)
        {
            return version;
        }
        entry.Refuse("schema_version", $"must be an integer from 1 to {int.MaxValue}");
        return null;
    }
}
