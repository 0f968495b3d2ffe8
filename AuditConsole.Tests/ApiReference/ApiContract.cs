using System.Text.Json;

namespace AuditConsole.Tests.ApiReference;

/// <summary>An OpenAPI document as a program outside reads it: what may be asked, and what may be answered.</summary>
internal sealed class ApiContract(JsonElement document)
{
    public JsonElement Document => document;

    public IEnumerable<(string Path, string Method, JsonElement Operation)> Operations =>
        from path in document.GetProperty("paths").EnumerateObject()
        from operation in path.Value.EnumerateObject()
        select (path.Name, operation.Name, operation.Value);

    /// <summary>What is wrong with an answer; null where the document announces it.</summary>
    public string? FindProblem(JsonElement operation, int status, string? mediaType, string body)
    {
        if (!operation.GetProperty("responses").TryGetProperty($"{status}", out var answer))
        {
            return $"{status} is not documented";
        }
        if (!answer.TryGetProperty("content", out var contents) || mediaType is null || !contents.TryGetProperty(mediaType, out var content))
        {
            return $"{status} as {mediaType ?? "nothing"} is not documented";
        }
        if (mediaType != "application/json")
        {
            return null;
        }
        var json = JsonDocument.Parse(body).RootElement;
        if (FindProblem(content.GetProperty("schema"), json, "$") is { } problem)
        {
            return problem;
        }
        return status < 400 || content.GetProperty("examples").TryGetProperty(json.GetProperty("code").GetString()!, out _)
            ? null
            : $"the code {json.GetProperty("code")} with {status} is not documented";
    }

    /// <summary>What is wrong with a value; null where the schema takes it. Knows the keywords that the document uses.</summary>
    public string? FindProblem(JsonElement schema, JsonElement value, string place)
    {
        foreach (var keyword in schema.EnumerateObject())
        {
            var problem = keyword.Name switch
            {
                "$ref" => FindProblem(Resolve(keyword.Value.GetString()!), value, place),
                "oneOf" => keyword.Value.EnumerateArray().Count(one => FindProblem(one, value, place) is null) == 1 ? null : $"{place} is none or several of oneOf",
                "type" => IsOf(keyword.Value.GetString()!, value) ? null : $"{place} is {value.ValueKind}, not {keyword.Value}",
                "required" when value.ValueKind == JsonValueKind.Object => keyword.Value.EnumerateArray().Select(name => name.GetString()!)
                    .FirstOrDefault(name => !value.TryGetProperty(name, out _)) is { } missing ? $"{place}.{missing} is missing" : null,
                "properties" when value.ValueKind == JsonValueKind.Object => value.EnumerateObject()
                    .Select(member => keyword.Value.TryGetProperty(member.Name, out var inner) ? FindProblem(inner, member.Value, $"{place}.{member.Name}") : null).FirstOrDefault(found => found is not null),
                "additionalProperties" when value.ValueKind == JsonValueKind.Object && keyword.Value.ValueKind == JsonValueKind.False => value.EnumerateObject()
                    .FirstOrDefault(member => !schema.GetProperty("properties").TryGetProperty(member.Name, out _)) is { Value.ValueKind: not JsonValueKind.Undefined } extra ? $"{place}.{extra.Name} is not documented" : null,
                "items" when value.ValueKind == JsonValueKind.Array => value.EnumerateArray()
                    .Select((item, index) => FindProblem(keyword.Value, item, $"{place}[{index}]")).FirstOrDefault(found => found is not null),
                "pattern" when value.ValueKind == JsonValueKind.String => System.Text.RegularExpressions.Regex.IsMatch(value.GetString()!, keyword.Value.GetString()!) ? null : $"{place} doesn't match {keyword.Value}",
                "enum" => keyword.Value.EnumerateArray().Any(one => one.GetRawText() == value.GetRawText()) ? null : $"{place} is none of {keyword.Value}",
                "minimum" when value.ValueKind == JsonValueKind.Number => value.GetDecimal() >= keyword.Value.GetDecimal() ? null : $"{place} is below {keyword.Value}",
                "maximum" when value.ValueKind == JsonValueKind.Number => value.GetDecimal() <= keyword.Value.GetDecimal() ? null : $"{place} is above {keyword.Value}",
                "format" when value.ValueKind == JsonValueKind.String => keyword.Value.GetString() switch
                {
                    "uuid" => value.TryGetGuid(out _),
                    "date-time" => value.TryGetDateTimeOffset(out _),
                    _ => true,
                } ? null : $"{place} is no {keyword.Value}",
                _ => null,
            };
            if (problem is not null)
            {
                return problem;
            }
        }
        return null;
    }

    private JsonElement Resolve(string reference) =>
        reference.Split('/').Skip(1).Aggregate(document, (at, name) => at.GetProperty(name));

    private static bool IsOf(string type, JsonElement value) => type switch
    {
        "string" => value.ValueKind == JsonValueKind.String,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "array" => value.ValueKind == JsonValueKind.Array,
        "object" => value.ValueKind == JsonValueKind.Object,
        _ => false,
    };
}
