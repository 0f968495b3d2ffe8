using System.Globalization;
using System.Text.Json.Nodes;

namespace AuditConsole.Tests.Schemas;

/// <summary>Makes schemas of the subset, and documents of which about half match them.</summary>
internal sealed class RandomSchemas(Random random)
{
    private static readonly string[] Names = ["a", "b", "id", "c/d", "e~f", "ü", "", "isPrototypeOf", "with \"quote\"", "\t", "😀"];
    private static readonly string[] Types = ["string", "number", "integer", "boolean", "null", "object", "array"];
    private static readonly double[] Numbers = [-1.5, -1, 0, 0.1, 1, 2, 2.5, 3, 100, 1e-7, 1e15, 9007199254740991];
    private static readonly string[] Texts = ["", "a", "ab", "abc", "Ab1_", "😀", "😀é", "a\nb", "\u0001\"\\", "  ", "\u2028", "12", "a/b"];
    private static readonly string[] Atoms =
    [
        "a", "b", "é", "😀", ".", @"\d", @"\D", @"\w", @"\W", @"\s", @"\S", "[ab]", "[^ab]", "[a-z0-9_]", @"[^\d😀]", "[😀-🙂]", @"\u0061", @"\u{1F600}", @"\x62",
        @"\.", @"\/", @"\n", "[-a]", @"[\]\-]", "[]", "[^]", "(?:ab|b)", "(a|é)",
    ];

    private static readonly (string Format, string[] Good)[] Formats =
    [
        ("ipv4", ["203.0.113.42", "0.0.0.0", "255.255.255.255", "1.2.3"]),
        ("ipv6", ["2001:db8::1", "::", "::1", "1:2:3:4:5:6:7:8", "::ffff:203.0.113.42", "1::8", "1:2:3:4:5:6:1.2.3.4", "fe80::1:2:3:4"]),
        ("date-time", ["2026-11-21T16:42:07.318Z", "2024-02-29T23:59:60Z", "2026-01-01t00:00:00+01:00", "2026-06-30T22:59:60-01:00", "1990-12-31 23:59:59z", "2026-01-01T00:00:00+0130"]),
        ("uuid", ["0193f5a0-0000-7000-8000-000000000001", "urn:uuid:0193F5A0-0000-7000-8000-00000000000A"]),
        ("email", ["mara@example.com", "a.b+c@sub.example.co", "x@y", "o'hara@ex-ample.org"]),
        ("uri", ["https://example.com/a?b=c#d", "urn:isbn:123", "a://u:p@h:80/x/y", "http://[2001:db8::1]:8080/", "mailto:a@b.c", "x:/abs", "http://a.b/%41%zz", "h://[v1.a:b]/"]),
    ];

    /// <summary>A schema.</summary>
    public JsonObject Schema(int depth = 0)
    {
        var schema = new JsonObject();
        var type = Types[random.Next(depth < 3 ? Types.Length : Types.Length - 2)];
        if (random.Next(5) > 0)
        {
            schema["type"] = random.Next(6) > 0 ? type : new JsonArray([.. Types.OrderBy(_ => random.Next()).Take(random.Next(1, 4)).Select(name => (JsonNode)name)]);
        }
        if (random.Next(8) == 0)
        {
            type = Types[random.Next(Types.Length)];
        }
        switch (type)
        {
            case "string":
                AddText(schema);
                break;
            case "number" or "integer":
                if (random.Next(2) == 0)
                {
                    schema["minimum"] = Number();
                }
                if (random.Next(2) == 0)
                {
                    schema["maximum"] = Number();
                }
                break;
            case "object" when depth < 4:
                AddMembers(schema, depth);
                break;
            case "array" when depth < 4:
                schema["items"] = Schema(depth + 1);
                break;
        }
        if (random.Next(10) == 0)
        {
            schema["enum"] = new JsonArray([.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Document(2)).DistinctBy(value => value?.ToJsonString())]);
        }
        if (random.Next(15) == 0)
        {
            schema["const"] = Document(2);
        }
        return schema;
    }

    /// <summary>A document that has a chance with the schema.</summary>
    public JsonNode? DocumentFor(JsonObject schema, int depth = 0)
    {
        if (depth > 6 || random.Next(12) == 0)
        {
            return Document(2);
        }
        if (schema["const"] is { } constant && random.Next(3) > 0)
        {
            return constant.DeepClone();
        }
        if (schema["enum"] is JsonArray choices && random.Next(3) > 0)
        {
            return choices[random.Next(choices.Count)]?.DeepClone();
        }
        var type = schema["type"] switch
        {
            JsonArray types => types[random.Next(types.Count)]!.GetValue<string>(),
            { } one => one.GetValue<string>(),
            null when schema.ContainsKey("properties") || schema.ContainsKey("required") => "object",
            null when schema.ContainsKey("items") => "array",
            null => Types[random.Next(Types.Length)],
        };
        switch (type)
        {
            case "string" when schema["format"] is { } format:
                return Mutated(Formats.First(known => known.Format == format.GetValue<string>()).Good);
            case "string":
                return Text();
            case "number" or "integer":
                return Number();
            case "boolean":
                return random.Next(2) == 0;
            case "array":
                return new JsonArray([.. Enumerable.Range(0, random.Next(4)).Select(_ => schema["items"] is not JsonObject item ? Document(1) : DocumentFor(item, depth + 1))]);
            case "object":
                var members = new JsonObject();
                var named = schema["properties"] as JsonObject;
                var wanted = (named?.Select(member => member.Key) ?? []).Concat((schema["required"] as JsonArray)?.Select(name => name!.GetValue<string>()) ?? []);
                foreach (var name in wanted.Distinct().Where(_ => random.Next(6) > 0))
                {
                    members[name] = named?[name] is JsonObject child ? DocumentFor(child, depth + 1) : Document(1);
                }
                if (random.Next(3) == 0)
                {
                    members[Names[random.Next(Names.Length)]] = Document(1);
                }
                return members;
            default:
                return null;
        }
    }

    /// <summary>A regular expression that ECMAScript takes.</summary>
    public string Pattern()
    {
        var text = random.Next(3) == 0 ? "^" : "";
        for (var i = random.Next(1, 5); i > 0; i--)
        {
            text += Atoms[random.Next(Atoms.Length)];
            text += random.Next(8) switch { 0 => "*", 1 => "+", 2 => "?", 3 => "{2}", 4 => "{1,3}", 5 => "*?", _ => "" };
            text += random.Next(12) == 0 ? "|" : "";
        }
        return text + (random.Next(3) == 0 ? "$" : "");
    }

    /// <summary>A text of a format, or one that is close to it.</summary>
    public (string Format, string Text) FormatCase()
    {
        var (format, good) = Formats[random.Next(Formats.Length)];
        return (format, Mutated(good));
    }

    /// <summary>A text of a few characters on which patterns differ.</summary>
    public string Text()
    {
        var text = Texts[random.Next(Texts.Length)];
        return random.Next(2) == 0 ? text : text + Texts[random.Next(Texts.Length)];
    }

    private string Mutated(string[] good)
    {
        const string Inserted = "0159afgzAZ.:-+%@/?#[]_ ~!é";
        var text = good[random.Next(good.Length)];
        for (var i = random.Next(3); i > 0; i--)
        {
            var at = random.Next(text.Length + 1);
            text = random.Next(3) switch
            {
                0 => text.Insert(at, Inserted[random.Next(Inserted.Length)].ToString(CultureInfo.InvariantCulture)),
                1 when at < text.Length => text.Remove(at, 1),
                _ when at < text.Length => text.Remove(at, 1).Insert(at, Inserted[random.Next(Inserted.Length)].ToString(CultureInfo.InvariantCulture)),
                _ => text,
            };
        }
        return text;
    }

    private void AddText(JsonObject schema)
    {
        if (random.Next(3) == 0)
        {
            schema["minLength"] = random.Next(4);
        }
        if (random.Next(3) == 0)
        {
            schema["maxLength"] = random.Next(4);
        }
        if (random.Next(4) == 0)
        {
            schema["pattern"] = Pattern();
        }
        if (random.Next(4) == 0)
        {
            schema["format"] = Formats[random.Next(Formats.Length)].Format;
        }
    }

    private void AddMembers(JsonObject schema, int depth)
    {
        if (random.Next(6) > 0)
        {
            var members = new JsonObject();
            foreach (var name in Names.OrderBy(_ => random.Next()).Take(random.Next(5)))
            {
                members[name] = Schema(depth + 1);
            }
            schema["properties"] = members;
        }
        if (random.Next(2) == 0)
        {
            schema["required"] = new JsonArray([.. Names.OrderBy(_ => random.Next()).Take(random.Next(3)).Select(name => (JsonNode)name)]);
        }
        if (random.Next(2) == 0)
        {
            schema["additionalProperties"] = random.Next(3) switch { 0 => true, 1 => Schema(depth + 1), _ => false };
        }
    }

    private JsonNode Number() => Numbers[random.Next(Numbers.Length)];

    private JsonNode? Document(int depth) => random.Next(depth > 0 ? 7 : 5) switch
    {
        0 => Text(),
        1 => Number(),
        2 => random.Next(2) == 0,
        3 => null,
        4 => Texts[random.Next(Texts.Length)],
        5 => new JsonArray([.. Enumerable.Range(0, random.Next(3)).Select(_ => Document(depth - 1))]),
        _ => new JsonObject(Names.OrderBy(_ => random.Next()).Take(random.Next(3)).Select(name => KeyValuePair.Create(name, Document(depth - 1)))),
    };
}
