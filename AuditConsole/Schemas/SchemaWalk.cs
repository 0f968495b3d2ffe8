using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace AuditConsole.Schemas;

/// <summary>Walks a document once, beside its schema. Places are made only where something is wrong.</summary>
internal static class SchemaWalk
{
    private const int OnStack = 512;

    /// <summary>Checks the value at which the reader stands and leaves it at the value's end.</summary>
    public static void Check(SchemaNode schema, ref Utf8JsonReader reader, ReadOnlySpan<byte> json, List<SchemaProblem> problems)
    {
        var start = (int)reader.TokenStartIndex;
        if (schema.Types != SchemaTypes.None && !IsOfType(schema.Types, ref reader))
        {
            Add(problems, "type", Words(schema.Types));
        }
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                if (schema.LooksIntoStrings)
                {
                    CheckString(schema, ref reader, problems);
                }
                break;
            case JsonTokenType.Number:
                if (schema.LooksIntoNumbers)
                {
                    CheckNumber(schema, reader.GetDouble(), problems);
                }
                break;
            case JsonTokenType.StartObject:
                CheckObject(schema, ref reader, json, problems);
                break;
            case JsonTokenType.StartArray:
                CheckArray(schema, ref reader, json, problems);
                break;
        }
        if (schema.Choices is not null || schema.Constant is not null)
        {
            CheckWhole(schema, json[start..(int)reader.BytesConsumed], problems);
        }
    }

    /// <summary>Puts a step before the places of the problems from an index on.</summary>
    public static void Prefix(List<SchemaProblem> problems, int from, string step)
    {
        for (var i = from; i < problems.Count; i++)
        {
            problems[i] = problems[i] with { InstancePath = step + problems[i].InstancePath };
        }
    }

    private static void CheckObject(SchemaNode schema, ref Utf8JsonReader reader, ReadOnlySpan<byte> json, List<SchemaProblem> problems)
    {
        if (schema is { Members: null, Additional: null, AllowsAdditional: true })
        {
            reader.Skip();
            return;
        }
        var members = schema.Members;
        Span<ulong> seen = stackalloc ulong[members is { AnyRequired: true } ? (members.Members.Length + 63) / 64 : 0];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var place = members is null ? -1 : FindMember(members, ref reader);
            if (place >= 0 && seen.Length > 0)
            {
                seen[place >> 6] |= 1UL << (place & 63);
            }
            var child = place >= 0 ? members!.Members[place].Node : null;
            var name = child is null && !schema.AllowsAdditional ? reader.GetString() : null;
            var nameStart = (int)reader.TokenStartIndex;
            if (name is not null)
            {
                Add(problems, "additionalProperties", $"must not have the member {Quote(name)}");
            }
            child ??= schema.Additional;
            reader.Read();
            if (child is null)
            {
                reader.Skip();
                continue;
            }
            var before = problems.Count;
            Check(child, ref reader, json, problems);
            if (problems.Count > before)
            {
                Prefix(problems, before, JsonPointer.Step(NameAt(json, nameStart)));
            }
        }
        if (members is { AnyRequired: true })
        {
            for (var i = 0; i < members.Members.Length; i++)
            {
                if (members.Members[i].IsRequired && (seen[i >> 6] & (1UL << (i & 63))) == 0)
                {
                    Add(problems, "required", $"must have the member {Quote(members.Members[i].Name)}");
                }
            }
        }
    }

    private static int FindMember(SchemaMembers members, ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
        {
            return members.Find(reader.ValueSpan);
        }
        return members.Find(Encoding.UTF8.GetBytes(reader.GetString()!));
    }

    private static string NameAt(ReadOnlySpan<byte> json, int start)
    {
        var reader = new Utf8JsonReader(json[start..], isFinalBlock: false, default);
        reader.Read();
        return reader.GetString()!;
    }

    private static void CheckArray(SchemaNode schema, ref Utf8JsonReader reader, ReadOnlySpan<byte> json, List<SchemaProblem> problems)
    {
        if (schema.Items is null)
        {
            reader.Skip();
            return;
        }
        for (var i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
        {
            var before = problems.Count;
            Check(schema.Items, ref reader, json, problems);
            if (problems.Count > before)
            {
                Prefix(problems, before, JsonPointer.Step(i));
            }
        }
    }

    private static void CheckString(SchemaNode schema, ref Utf8JsonReader reader, List<SchemaProblem> problems)
    {
        if (!reader.ValueIsEscaped)
        {
            CheckText(schema, reader.ValueSpan, problems);
            return;
        }
        byte[]? rented = null;
        var room = reader.ValueSpan.Length <= OnStack ? stackalloc byte[OnStack] : rented = ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length);
        CheckText(schema, room[..reader.CopyString(room)], problems);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static void CheckText(SchemaNode schema, ReadOnlySpan<byte> text, List<SchemaProblem> problems)
    {
        if (schema.MinLength > 0 || schema.MaxLength < int.MaxValue)
        {
            var length = CodePoints(text);
            if (length < schema.MinLength)
            {
                Add(problems, "minLength", string.Create(CultureInfo.InvariantCulture, $"must have at least {schema.MinLength:N0} characters"));
            }
            if (length > schema.MaxLength)
            {
                Add(problems, "maxLength", string.Create(CultureInfo.InvariantCulture, $"must have at most {schema.MaxLength:N0} characters"));
            }
        }
        if (schema.Pattern is { } pattern && !pattern.IsMatch(text))
        {
            Add(problems, "pattern", $"must match the pattern {pattern}");
        }
        if (schema.Format is { } format && !format.IsMatch(text))
        {
            Add(problems, "format", $"must have the format {format.Name}");
        }
    }

    private static void CheckNumber(SchemaNode schema, double value, List<SchemaProblem> problems)
    {
        if (!(value >= schema.Minimum))
        {
            Add(problems, "minimum", string.Create(CultureInfo.InvariantCulture, $"must be {schema.Minimum} or more"));
        }
        if (!(value <= schema.Maximum))
        {
            Add(problems, "maximum", string.Create(CultureInfo.InvariantCulture, $"must be {schema.Maximum} or less"));
        }
    }

    // Canonical texts are equal where the values are.
    private static void CheckWhole(SchemaNode schema, ReadOnlySpan<byte> value, List<SchemaProblem> problems)
    {
        if (schema.Constant is { } constant && !value.SequenceEqual(constant))
        {
            Add(problems, "const", $"must be {Shorten(Encoding.UTF8.GetString(constant))}");
        }
        if (schema.Choices is not { } choices)
        {
            return;
        }
        foreach (var choice in choices)
        {
            if (value.SequenceEqual(choice))
            {
                return;
            }
        }
        Add(problems, "enum", $"must be one of {Shorten(string.Join(", ", choices.Select(Encoding.UTF8.GetString)))}");
    }

    private static bool IsOfType(SchemaTypes types, ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.String => (types & SchemaTypes.String) != 0,
        JsonTokenType.True or JsonTokenType.False => (types & SchemaTypes.Boolean) != 0,
        JsonTokenType.Null => (types & SchemaTypes.Null) != 0,
        JsonTokenType.StartObject => (types & SchemaTypes.Object) != 0,
        JsonTokenType.StartArray => (types & SchemaTypes.Array) != 0,
        JsonTokenType.Number => (types & SchemaTypes.Number) != 0 || ((types & SchemaTypes.Integer) != 0 && double.IsInteger(reader.GetDouble())),
        _ => false,
    };

    private static string Words(SchemaTypes types)
    {
        string[] names =
        [
            .. from type in Enum.GetValues<SchemaTypes>()
               where type != SchemaTypes.None && types.HasFlag(type)
               select type switch
               {
                   SchemaTypes.Null => "null",
                   SchemaTypes.Boolean => "true or false",
                   SchemaTypes.Integer or SchemaTypes.Object or SchemaTypes.Array => $"an {type.ToString().ToLowerInvariant()}",
                   _ => $"a {type.ToString().ToLowerInvariant()}",
               },
        ];
        return "must be " + string.Join(" or ", names);
    }

    private static int CodePoints(ReadOnlySpan<byte> utf8)
    {
        var count = 0;
        foreach (var unit in utf8)
        {
            count += (unit & 0xC0) != 0x80 ? 1 : 0;
        }
        return count;
    }

    private static void Add(List<SchemaProblem> problems, string keyword, string message)
    {
        if (problems.Count < JsonSchema.MaxProblems)
        {
            problems.Add(new SchemaProblem("", keyword, message));
        }
    }

    private static string Quote(string name) => $"“{Shorten(name)}”";

    private static string Shorten(string text) => text.Length <= 200 ? text : string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[199]) ? 199 : 200), "…");
}
