using System.Text.Json;
using System.Text.Json.Nodes;
using AuditConsole.Core;

namespace AuditConsole.EventTypes;

/// <summary>Makes the narrowest simple schema that all given events match: names, types and what was always there.</summary>
internal static class SchemaProposal
{
    // An object with more names than that is a table of data, not a form.
    private const int MaxNames = 100;

    /// <summary>The schema as readable JSON.</summary>
    public static string Of(IReadOnlyList<NewEntry> entries)
    {
        var proposal = new JsonObject();
        if (Shape(entries.Select(entry => entry.Actor.Metadata)) is { } actor)
        {
            proposal["actor"] = new JsonObject { ["metadata"] = actor };
        }
        proposal["targets"] = new JsonArray(
        [
            .. entries.SelectMany(entry => entry.Targets.Prepend(entry.Target)).GroupBy(target => target.Type, StringComparer.Ordinal)
                .OrderBy(group => group.Key, StringComparer.Ordinal).Select(group =>
                {
                    var target = new JsonObject { ["type"] = group.Key };
                    if (Shape(group.Select(one => one.Metadata)) is { } metadata)
                    {
                        target["metadata"] = metadata;
                    }
                    return (JsonNode)target;
                }),
        ]);
        if (Shape(entries.Select(entry => (CanonicalObject?)entry.Metadata)) is { } metadata)
        {
            proposal["metadata"] = metadata;
        }
        return EntryOutline.Format(proposal);
    }

    /// <summary>The schema of metadata objects, of which an absent one is as an empty one; null where nothing was in any.</summary>
    private static JsonObject? Shape(IEnumerable<CanonicalObject?> objects)
    {
        var seen = new Seen();
        var any = false;
        foreach (var metadata in objects)
        {
            any |= metadata is { IsEmpty: false };
            using var document = (metadata ?? CanonicalObject.Empty).Parse();
            seen.Add(document.RootElement);
        }
        return any ? seen.ToSchema() : null;
    }

    /// <summary>What was seen at one place.</summary>
    private sealed class Seen
    {
        private readonly SortedSet<string> _types = new(StringComparer.Ordinal);
        private readonly SortedDictionary<string, Seen> _members = new(StringComparer.Ordinal);
        private Seen? _items;
        private int _objects;
        private int _times;

        public void Add(JsonElement value)
        {
            _times++;
            switch (value.ValueKind)
            {
                case JsonValueKind.Object:
                    _types.Add("object");
                    _objects++;
                    foreach (var member in value.EnumerateObject())
                    {
                        if (!_members.TryGetValue(member.Name, out var seen))
                        {
                            _members[member.Name] = seen = new Seen();
                        }
                        seen.Add(member.Value);
                    }
                    break;
                case JsonValueKind.Array:
                    _types.Add("array");
                    foreach (var item in value.EnumerateArray())
                    {
                        (_items ??= new Seen()).Add(item);
                    }
                    break;
                case JsonValueKind.Number:
                    _types.Add(double.IsInteger(value.GetDouble()) ? "integer" : "number");
                    break;
                default:
                    _types.Add(value.ValueKind switch { JsonValueKind.String => "string", JsonValueKind.Null => "null", _ => "boolean" });
                    break;
            }
        }

        public JsonObject ToSchema()
        {
            if (_types.Contains("number"))
            {
                _types.Remove("integer");
            }
            var schema = new JsonObject { ["type"] = _types.Count == 1 ? _types.Min! : new JsonArray([.. _types.Select(type => (JsonNode)type)]) };
            if (_members.Count is > 0 and <= MaxNames)
            {
                schema["properties"] = new JsonObject(_members.Select(member => KeyValuePair.Create(member.Key, (JsonNode?)member.Value.ToSchema())));
                var always = _members.Where(member => member.Value._times == _objects).Select(member => (JsonNode)member.Key).ToArray();
                if (always.Length > 0)
                {
                    schema["required"] = new JsonArray(always);
                }
            }
            if (_items is not null)
            {
                schema["items"] = _items.ToSchema();
            }
            return schema;
        }
    }
}
