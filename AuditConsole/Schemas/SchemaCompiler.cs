using System.Globalization;
using System.Text;
using System.Text.Json;
using AuditConsole.Core;

namespace AuditConsole.Schemas;

/// <summary>Turns a schema into nodes, and says of everything that isn't of the subset why it is refused, and where.</summary>
internal sealed class SchemaCompiler(ICollection<SchemaFault> faults)
{
    /// <summary>The deepest that schemas may stand in each other.</summary>
    public const int MaxDepth = 16;

    /// <summary>The most named members of all objects together.</summary>
    public const int MaxMembers = 1000;

    /// <summary>The most patterns of a schema.</summary>
    public const int MaxPatterns = 50;

    /// <summary>The most reasons that a refusal lists.</summary>
    public const int MaxFaults = 20;

    private static readonly string[] Keywords =
    [
        "type", "properties", "required", "additionalProperties", "enum", "const", "minLength", "maxLength", "minimum", "maximum",
        "pattern", "items", "format",
    ];

    private int _members;
    private int _patterns;

    public SchemaNode Compile(JsonElement schema, string place, int depth)
    {
        var node = new SchemaNode();
        if (schema.ValueKind != JsonValueKind.Object)
        {
            Refuse(place, "must be an object with keywords of JSON Schema");
            return node;
        }
        if (depth > MaxDepth)
        {
            Refuse(place, $"stands deeper than {MaxDepth} schemas");
            return node;
        }
        JsonElement? properties = null, required = null;
        foreach (var keyword in schema.EnumerateObject())
        {
            var at = place + JsonPointer.Step(keyword.Name);
            var value = keyword.Value;
            switch (keyword.Name)
            {
                case "type":
                    node.Types = ReadTypes(value, at);
                    break;
                case "properties":
                    properties = value;
                    break;
                case "required":
                    required = value;
                    break;
                case "additionalProperties" when value.ValueKind is JsonValueKind.True or JsonValueKind.False:
                    node.AllowsAdditional = value.ValueKind == JsonValueKind.True;
                    break;
                case "additionalProperties":
                    node.Additional = Compile(value, at, depth + 1);
                    break;
                case "items":
                    node.Items = Compile(value, at, depth + 1);
                    break;
                case "enum":
                    node.Choices = ReadChoices(value, at);
                    break;
                case "const":
                    node.Constant = CanonicalJson.Canonicalize(value);
                    break;
                case "minLength":
                    node.MinLength = ReadLength(value, at) ?? 0;
                    break;
                case "maxLength":
                    node.MaxLength = ReadLength(value, at) ?? int.MaxValue;
                    break;
                case "minimum":
                    node.Minimum = ReadNumber(value, at) ?? double.NegativeInfinity;
                    break;
                case "maximum":
                    node.Maximum = ReadNumber(value, at) ?? double.PositiveInfinity;
                    break;
                case "pattern":
                    node.Pattern = ReadPattern(value, at);
                    break;
                case "format":
                    node.Format = ReadFormat(value, at);
                    break;
                case "$ref":
                    Refuse(at, "is a reference, and schemas here refer to nothing: write the schema out in its place");
                    break;
                default:
                    Refuse(at, $"is not a keyword that is known here. Known are {string.Join(", ", Keywords)}");
                    break;
            }
        }
        node.Members = ReadMembers(properties, required, place, depth);
        return node;
    }

    private SchemaMembers? ReadMembers(JsonElement? properties, JsonElement? required, string place, int depth)
    {
        var members = new Dictionary<string, (SchemaNode? Node, bool IsRequired)>(StringComparer.Ordinal);
        if (properties is { } named)
        {
            var at = place + "/properties";
            if (named.ValueKind != JsonValueKind.Object)
            {
                Refuse(at, "must be an object: members' names, each with a schema");
            }
            else
            {
                foreach (var member in named.EnumerateObject())
                {
                    members[member.Name] = (Compile(member.Value, at + JsonPointer.Step(member.Name), depth + 1), false);
                }
            }
        }
        if (required is { } list)
        {
            var names = ReadNames(list, place + "/required");
            foreach (var name in names)
            {
                members[name] = (members.GetValueOrDefault(name).Node, true);
            }
        }
        _members += members.Count;
        if (_members > MaxMembers && _members - members.Count <= MaxMembers)
        {
            Refuse(place, $"brings the named members to more than {MaxMembers:N0}");
        }
        return members.Count == 0 ? null : new SchemaMembers(members.Select(member => (member.Key, member.Value.Node, member.Value.IsRequired)));
    }

    private List<string> ReadNames(JsonElement value, string at)
    {
        if (value.ValueKind != JsonValueKind.Array || value.EnumerateArray().Any(name => name.ValueKind != JsonValueKind.String))
        {
            Refuse(at, "must be a list of names");
            return [];
        }
        List<string> names = [.. value.EnumerateArray().Select(name => name.GetString()!)];
        if (names.Distinct(StringComparer.Ordinal).Count() != names.Count)
        {
            Refuse(at, "names a member twice");
        }
        return names;
    }

    private SchemaTypes ReadTypes(JsonElement value, string at)
    {
        if (value.ValueKind == JsonValueKind.String)
        {
            return ReadType(value, at);
        }
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0)
        {
            Refuse(at, "must be a type's name or a list of them");
            return SchemaTypes.None;
        }
        var types = SchemaTypes.None;
        var index = 0;
        foreach (var item in value.EnumerateArray())
        {
            var place = at + JsonPointer.Step(index++);
            var type = ReadType(item, place);
            if (type != SchemaTypes.None && types.HasFlag(type))
            {
                Refuse(place, "names a type twice");
            }
            types |= type;
        }
        return types;
    }

    private SchemaTypes ReadType(JsonElement value, string at)
    {
        var type = value.ValueKind != JsonValueKind.String ? SchemaTypes.None : value.GetString() switch
        {
            "string" => SchemaTypes.String,
            "number" => SchemaTypes.Number,
            "integer" => SchemaTypes.Integer,
            "boolean" => SchemaTypes.Boolean,
            "null" => SchemaTypes.Null,
            "object" => SchemaTypes.Object,
            "array" => SchemaTypes.Array,
            _ => SchemaTypes.None,
        };
        if (type == SchemaTypes.None)
        {
            Refuse(at, "is not a type: string, number, integer, boolean, null, object or array");
        }
        return type;
    }

    private byte[][]? ReadChoices(JsonElement value, string at)
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() is 0 or > MaxMembers)
        {
            Refuse(at, $"must be a list of 1 to {MaxMembers:N0} values");
            return null;
        }
        byte[][] choices = [.. value.EnumerateArray().Select(CanonicalJson.Canonicalize)];
        if (choices.DistinctBy(Encoding.UTF8.GetString).Count() != choices.Length)
        {
            Refuse(at, "names a value twice");
        }
        return choices;
    }

    private int? ReadLength(JsonElement value, string at)
    {
        if (ReadNumber(value, at, "must be a whole number from 0") is not { } number)
        {
            return null;
        }
        if (number is >= 0 and <= int.MaxValue && double.IsInteger(number))
        {
            return (int)number;
        }
        Refuse(at, string.Create(CultureInfo.InvariantCulture, $"must be a whole number from 0 to {int.MaxValue}"));
        return null;
    }

    private double? ReadNumber(JsonElement value, string at, string otherwise = "must be a number")
    {
        if (value.ValueKind == JsonValueKind.Number)
        {
            return value.GetDouble();
        }
        Refuse(at, otherwise);
        return null;
    }

    private SchemaPattern? ReadPattern(JsonElement value, string at)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            Refuse(at, "must be a regular expression, as a string");
            return null;
        }
        if (++_patterns > MaxPatterns)
        {
            if (_patterns == MaxPatterns + 1)
            {
                Refuse(at, $"is one more than the {MaxPatterns} patterns that a schema may have");
            }
            return null;
        }
        var pattern = SchemaPattern.TryParse(value.GetString()!, out var reason);
        if (pattern is null)
        {
            Refuse(at, reason!);
        }
        return pattern;
    }

    private SchemaFormat? ReadFormat(JsonElement value, string at)
    {
        var format = value.ValueKind == JsonValueKind.String ? SchemaFormat.Find(value.GetString()!) : null;
        if (format is null)
        {
            Refuse(at, $"is not a format that is known here. Known are {string.Join(", ", SchemaFormat.All.Select(known => known.Name))}");
        }
        return format;
    }

    private void Refuse(string place, string message)
    {
        if (faults.Count < MaxFaults)
        {
            faults.Add(new SchemaFault(place, message));
        }
    }
}
