using System.Text;
using System.Text.Json;
using AuditConsole.Core;

namespace AuditConsole.Schemas;

/// <summary>
/// The schema of an action's events in the shape of WorkOS's API: <c>{actor?:{metadata}, targets:[{type,metadata?}],
/// metadata?}</c>, each <c>metadata</c> a schema of <see cref="JsonSchema"/>. Immutable.
/// </summary>
public sealed class EventSchemaDocument
{
    /// <summary>64 KiB of canonical text.</summary>
    public const int MaxBytes = 64 * 1024;

    private readonly JsonSchema? _actor;
    private readonly JsonSchema? _metadata;
    private readonly Dictionary<string, JsonSchema?> _targets;

    private EventSchemaDocument(CanonicalObject text, JsonSchema? actor, Dictionary<string, JsonSchema?> targets, JsonSchema? metadata) =>
        (Text, _actor, _targets, _metadata) = (text, actor, targets, metadata);

    /// <summary>What was registered, canonical.</summary>
    public CanonicalObject Text { get; }

    /// <summary>Reads what is to be registered.</summary>
    /// <param name="body">The JSON value.</param>
    /// <param name="faults">Receives every reason why it can't be.</param>
    public static EventSchemaDocument? Read(JsonElement body, ICollection<SchemaFault> faults)
    {
        var before = faults.Count;
        if (body.ValueKind != JsonValueKind.Object)
        {
            faults.Add(new SchemaFault("", "must be an object: {\"targets\":[{\"type\":…}],\"actor\":…,\"metadata\":…}"));
            return null;
        }
        CanonicalObject text;
        try
        {
            text = CanonicalObject.From(body);
        }
        catch (CanonicalJsonException fault)
        {
            faults.Add(new SchemaFault("", $"is not unambiguous JSON: {fault.Message}"));
            return null;
        }
        if (text.Utf8.Length > MaxBytes)
        {
            faults.Add(new SchemaFault("", $"has more than {MaxBytes / 1024} KiB"));
            return null;
        }
        JsonSchema? actor = null, metadata = null;
        var targets = new Dictionary<string, JsonSchema?>(StringComparer.Ordinal);
        foreach (var member in body.EnumerateObject())
        {
            switch (member.Name)
            {
                case "actor":
                    actor = ReadActor(member.Value, faults);
                    break;
                case "targets":
                    ReadTargets(member.Value, targets, faults);
                    break;
                case "metadata":
                    metadata = JsonSchema.Compile(member.Value, "/metadata", faults);
                    break;
                default:
                    faults.Add(new SchemaFault(JsonPointer.Step(member.Name), "is not known here. Known are actor, targets and metadata"));
                    break;
            }
        }
        if (!body.TryGetProperty("targets", out _))
        {
            faults.Add(new SchemaFault("/targets", "is missing: name the types of targets that the events may have"));
        }
        return faults.Count == before ? new EventSchemaDocument(text, actor, targets, metadata) : null;
    }

    /// <summary>Reads what was registered.</summary>
    /// <exception cref="FormatException">It was changed from outside.</exception>
    public static EventSchemaDocument Read(string canonical)
    {
        using var document = JsonDocument.Parse(canonical);
        var faults = new List<SchemaFault>();
        return Read(document.RootElement, faults) ?? throw new FormatException($"A stored schema is none: {faults[0]}");
    }

    /// <summary>Checks an event.</summary>
    /// <returns>What is wrong with it, places as in WorkOS's event; empty if nothing.</returns>
    public IReadOnlyList<SchemaProblem> Check(NewEntry entry)
    {
        List<SchemaProblem>? problems = null;
        Check(_actor, entry.Actor.Metadata, "/actor/metadata", ref problems);
        CheckTarget(entry.Target, 0, ref problems);
        for (var i = 0; i < entry.Targets.Count; i++)
        {
            CheckTarget(entry.Targets[i], i + 1, ref problems);
        }
        Check(_metadata, entry.Metadata, "/metadata", ref problems);
        return problems is { Count: > 0 } ? problems : [];
    }

    private void CheckTarget(Resource target, int index, ref List<SchemaProblem>? problems)
    {
        var place = $"/targets/{index}";
        if (_targets.TryGetValue(target.Type, out var schema))
        {
            Check(schema, target.Metadata, place + "/metadata", ref problems);
        }
        else
        {
            (problems ??= []).Add(new SchemaProblem(place + "/type", "enum", $"must be one of {string.Join(", ", _targets.Keys)}"));
        }
    }

    private static void Check(JsonSchema? schema, CanonicalObject? metadata, string path, ref List<SchemaProblem>? problems) =>
        schema?.Check((metadata ?? CanonicalObject.Empty).Utf8.Span, path, problems ??= []);

    private static JsonSchema? ReadActor(JsonElement actor, ICollection<SchemaFault> faults)
    {
        if (actor.ValueKind != JsonValueKind.Object || !actor.TryGetProperty("metadata", out var metadata) || actor.GetPropertyCount() != 1)
        {
            faults.Add(new SchemaFault("/actor", "must be {\"metadata\":…} with a schema, and nothing else"));
            return null;
        }
        return JsonSchema.Compile(metadata, "/actor/metadata", faults);
    }

    private static void ReadTargets(JsonElement list, Dictionary<string, JsonSchema?> targets, ICollection<SchemaFault> faults)
    {
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() is 0 or > EntryParser.MaxTargets + 1)
        {
            faults.Add(new SchemaFault("/targets", $"must be a list of 1 to {EntryParser.MaxTargets + 1} types of targets"));
            return;
        }
        var index = 0;
        foreach (var target in list.EnumerateArray())
        {
            var place = "/targets" + JsonPointer.Step(index++);
            if (target.ValueKind != JsonValueKind.Object || !target.TryGetProperty("type", out var type) || type.ValueKind != JsonValueKind.String
                || target.EnumerateObject().Any(member => member.Name is not ("type" or "metadata")))
            {
                faults.Add(new SchemaFault(place, "must be {\"type\":…,\"metadata\":…} with a name and perhaps a schema, and nothing else"));
                continue;
            }
            var name = type.GetString()!;
            if (name.Length == 0 || Encoding.UTF32.GetByteCount(name) / 4 > EntryParser.MaxNameLength)
            {
                faults.Add(new SchemaFault(place + "/type", $"must have 1 to {EntryParser.MaxNameLength} characters"));
            }
            var schema = target.TryGetProperty("metadata", out var metadata) ? JsonSchema.Compile(metadata, place + "/metadata", faults) : null;
            if (!targets.TryAdd(name, schema))
            {
                faults.Add(new SchemaFault(place + "/type", "names a type that stands in the list already"));
            }
        }
    }
}
