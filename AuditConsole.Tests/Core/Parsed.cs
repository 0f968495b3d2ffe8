using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AuditConsole.Core;

namespace AuditConsole.Tests.Core;

/// <summary>Producers' bodies and what the parser makes of them.</summary>
internal static class Parsed
{
    /// <summary>The least that a producer sends.</summary>
    public static JsonObject Least() => new()
    {
        ["action"] = "RuleCreated",
        ["actor"] = new JsonObject { ["type"] = "user", ["id"] = "usr_1" },
        ["target"] = new JsonObject { ["type"] = "Rule", ["id"] = "rul_1" },
    };

    /// <summary>The least, with one field set; <c>actor.name</c> reaches inside.</summary>
    public static JsonObject With(string field, JsonNode? value)
    {
        var body = Least();
        var parts = field.Split('.');
        var owner = body;
        foreach (var part in parts[..^1])
        {
            owner = (JsonObject)owner[part]!;
        }
        owner[parts[^1]] = value;
        return body;
    }

    /// <summary>The least, without one field.</summary>
    public static JsonObject Without(string field)
    {
        var body = Least();
        var parts = field.Split('.');
        (parts.Length == 1 ? body : (JsonObject)body[parts[0]]!).Remove(parts[^1]);
        return body;
    }

    public static NewEntry Accepted(JsonNode? body) => Accepted(body?.ToJsonString() ?? "null");

    public static NewEntry Accepted(string body)
    {
        var (entry, errors) = Read(body, "");
        Assert.Empty(errors);
        return entry!;
    }

    public static List<FieldError> Refused(JsonNode? body) => Refused(body?.ToJsonString() ?? "null");

    public static List<FieldError> Refused(string body, string path = "")
    {
        var (entry, errors) = Read(body, path);
        Assert.Null(entry);
        Assert.NotEmpty(errors);
        return errors;
    }

    public static void RefusedAt(string field, JsonNode? body, string message) => RefusedAt(field, body?.ToJsonString() ?? "null", message);

    public static void RefusedAt(string field, string body, string message)
    {
        var error = Assert.Single(Refused(body));
        Assert.Equal(field, error.Field);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.False(error.IsUnreadable);
    }

    private static (NewEntry? Entry, List<FieldError> Errors) Read(string body, string path)
    {
        var errors = new List<FieldError>();
        using var document = JsonDocument.Parse(Encoding.UTF8.GetBytes(body), EntryParser.DocumentOptions);
        return (EntryParser.Parse(document.RootElement, path, errors), errors);
    }
}
