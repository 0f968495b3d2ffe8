using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace AuditConsole.Tests.Streams.Destinations;

/// <summary>Datadog's logs intake, version 2.</summary>
public sealed class DatadogStub : StubServer
{
    public const string Key = "0123456789abcdef0123456789abcdef";

    /// <summary>The logs that it took.</summary>
    public ConcurrentQueue<JsonObject> Logs { get; } = [];

    /// <summary>How many it would have cut.</summary>
    public int Cut { get; private set; }

    protected override Task<StubAnswer> AnswerAsync(HttpContext context, byte[] body) => Task.FromResult(Answer(context, body));

    private StubAnswer Answer(HttpContext context, byte[] body)
    {
        var request = context.Request;
        if (request.Method != "POST" || request.Path != "/api/v2/logs")
        {
            return Error(404, "Not Found");
        }
        if (request.Headers["DD-API-KEY"] != Key)
        {
            return Error(403, "Forbidden");
        }
        if (request.ContentType?.Split(';')[0] != "application/json" || Decoded(context, body) is not { } plain)
        {
            return Error(400, "Bad Request");
        }
        if (plain.Length > 5_000_000)
        {
            return Error(413, "Request Entity Too Large");
        }
        try
        {
            var logs = JsonNode.Parse(plain) switch { JsonArray array => array.Select(log => log!.AsObject()).ToList(), JsonObject one => [one], _ => throw new JsonException() };
            if (logs.Count > 1000 || logs.Any(log => log["message"] is not JsonValue message || message.GetValueKind() != JsonValueKind.String))
            {
                return Error(400, "Bad Request");
            }
            foreach (var log in logs)
            {
                Cut += log.ToJsonString().Length > 1_000_000 ? 1 : 0;
                Logs.Enqueue(log);
            }
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return Error(400, "Bad Request");
        }
        return new StubAnswer(202, "{}");
    }

    private static StubAnswer Error(int status, string title) =>
        new(status, $$"""{"errors":[{"detail":"{{title}}","status":"{{status}}","title":"{{title}}"}]}""");
}
