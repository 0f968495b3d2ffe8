using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Components;

namespace AuditConsole.ApiReference;

/// <summary>The API for people to read, made from the OpenAPI document's own JSON: what a program is told is what is shown.</summary>
public sealed partial class ReferencePage : ComponentBase
{
    private const string PagePath = ApiReferenceFeature.PagePath;

    private const string ErrorExample =
        """
        {
          "code": "session_required",
          "message": "Reading needs a signed-in session; API keys can't read this account's log.",
          "details": [],
          "notices": [
            "Programmatic reading is off for this account, as it is until an Admin turns it on.",
            "An Admin can turn it on under Settings in the console; that is recorded in the log."
          ]
        }
        """;

    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Inject]
    internal IServiceProvider Services { get; init; } = default!;

    private IReadOnlyList<Operation> Operations { get; set; } = [];

    private IReadOnlyList<Schema> Schemas { get; set; } = [];

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        var (_, json) = await Services.GetRequiredService<ApiDocument>().GetAsync();
        var document = JsonNode.Parse(json)!;
        Operations =
        [
            .. from path in document["paths"]!.AsObject()
               from operation in path.Value!.AsObject()
               orderby path.Key.Contains("audit-log", StringComparison.Ordinal) ? 0 : 1, operation.Key == "post" ? 0 : 1, path.Key.StartsWith("/api", StringComparison.Ordinal) ? 0 : 1, path.Key.Length
               select Read(path.Key, operation.Key, operation.Value!),
        ];
        Schemas = [.. document["components"]!["schemas"]!.AsObject().Select(schema => Read(schema.Key, schema.Value!))];
    }

    private static Operation Read(string path, string method, JsonNode operation)
    {
        var bodies = new List<Body>();
        if (operation["requestBody"]?["content"] is JsonObject request)
        {
            bodies.AddRange(request.Select(content => Read("Body", content.Key, content.Value!, isFirst: true)));
        }
        var errors = new List<Error>();
        foreach (var (status, answer) in operation["responses"]!.AsObject())
        {
            if (int.Parse(status, CultureInfo.InvariantCulture) >= 400)
            {
                errors.Add(new Error(status, Text(answer!["description"])));
            }
            else if (answer!["content"] is JsonObject contents)
            {
                bodies.AddRange(contents.Select((content, index) => Read($"Answer {status}", content.Key, content.Value!, index == 0)));
            }
        }
        return new Operation(
            Text(operation["operationId"]) is { Length: > 0 } id ? id : $"{method}{path.Replace('/', '-')}", method.ToUpperInvariant(), path,
            Text(operation["summary"]) is { Length: > 0 } summary ? summary : path, Text(operation["description"]), Text(operation["x-curl"]).Trim(),
            [.. (operation["parameters"]?.AsArray() ?? []).Select(parameter => new Parameter(
                Text(parameter!["name"]), Text(parameter["in"]), parameter["required"]?.GetValue<bool>() == true, Takes(parameter["schema"]),
                Text(parameter["description"]), parameter["example"] is JsonArray list ? Text(list[0]) : Text(parameter["example"])))],
            bodies, errors);
    }

    private static Body Read(string title, string mediaType, JsonNode content, bool isFirst) => new(
        $"{title}, {mediaType}", NameOf(content["schema"]),
        content["example"] is JsonValue text && text.GetValueKind() == JsonValueKind.String ? text.GetValue<string>() : content["example"]?.ToJsonString(Readable) ?? "", isFirst);

    private static Schema Read(string name, JsonNode schema)
    {
        var required = (schema["required"]?.AsArray() ?? []).Select(Text).ToHashSet();
        return new Schema(name, Text(schema["description"]),
            [.. (schema["properties"]?.AsObject() ?? []).Select(member => new Member(
                member.Key, required.Contains(member.Key), Takes(member.Value), Text(member.Value!["description"])))]);
    }

    private static string Takes(JsonNode? schema) => schema switch
    {
        null => "",
        _ when NameOf(schema) is { } name => name,
        _ when Text(schema["type"]) == "array" => $"list of {Takes(schema["items"])}",
        _ when schema["enum"] is JsonArray choices => string.Join(" or ", choices.Select(Text)) + Default(schema),
        _ when schema["minimum"] is not null && schema["maximum"] is not null => $"{schema["minimum"]} to {schema["maximum"]}{Default(schema)}",
        _ => Text(schema["format"]) is { Length: > 0 } format ? format : Text(schema["type"]) is { Length: > 0 } type ? type : "any",
    };

    private static string Default(JsonNode schema) => schema["default"] is { } value ? $", default {value}" : "";

    private static string? NameOf(JsonNode? schema) => schema?["$ref"] is { } reference ? Text(reference).Split('/')[^1] : null;

    private static string Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : node?.ToString() ?? "";

    private sealed record Operation(
        string Id, string Method, string Path, string Summary, string Description, string Curl, IReadOnlyList<Parameter> Parameters,
        IReadOnlyList<Body> Bodies, IReadOnlyList<Error> Errors);

    private sealed record Parameter(string Name, string In, bool IsRequired, string Takes, string Description, string Example);

    private sealed record Body(string Title, string? Schema, string Example, bool IsFirst);

    private sealed record Error(string Status, string Description);

    private sealed record Schema(string Name, string Description, IReadOnlyList<Member> Members);

    private sealed record Member(string Name, bool IsRequired, string Takes, string Description);
}
