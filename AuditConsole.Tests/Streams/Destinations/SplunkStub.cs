using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace AuditConsole.Tests.Streams.Destinations;

/// <summary>Splunk's HTTP Event Collector: tokens with their indexes, and indexers that acknowledge when they are told to.</summary>
public sealed class SplunkStub : StubServer
{
    public const string Token = "11111111-2222-3333-4444-555555555555";
    public const string AcknowledgedToken = "aaaaaaaa-2222-3333-4444-555555555555";
    public const string DisabledToken = "bbbbbbbb-2222-3333-4444-555555555555";

    private readonly ConcurrentDictionary<string, int> _channels = new();
    private int _asked;

    /// <summary>The events that it took.</summary>
    public ConcurrentQueue<JsonObject> Events { get; } = [];

    /// <summary>How often the indexers are asked before they say yes.</summary>
    public int AcknowledgeAfter { get; set; } = 2;

    protected override Task<StubAnswer> AnswerAsync(HttpContext context, byte[] body) => Task.FromResult(Answer(context, body));

    private StubAnswer Answer(HttpContext context, byte[] body)
    {
        var request = context.Request;
        if (request.Method != "POST")
        {
            return new StubAnswer(404, "The requested URL was not found on this server.");
        }
        var authorization = request.Headers.Authorization.ToString();
        if (authorization.Length == 0)
        {
            return Code(401, 2, "Token is required");
        }
        if (!authorization.StartsWith("Splunk ", StringComparison.Ordinal))
        {
            return Code(401, 3, "Invalid authorization");
        }
        var token = authorization["Splunk ".Length..];
        if (token == DisabledToken)
        {
            return Code(403, 1, "Token disabled");
        }
        if (token is not (Token or AcknowledgedToken))
        {
            return Code(403, 4, "Invalid token");
        }
        var channel = request.Headers["X-Splunk-Request-Channel"].FirstOrDefault() ?? request.Query["channel"].FirstOrDefault();
        if (token == AcknowledgedToken && channel is null)
        {
            return Code(400, 10, "Data channel is missing");
        }
        if (channel is not null && !Guid.TryParse(channel, out _))
        {
            return Code(400, 11, "Invalid data channel");
        }
        return request.Path.Value switch
        {
            "/services/collector/event" or "/services/collector/event/1.0" or "/services/collector" => Take(context, body, token, channel),
            "/services/collector/ack" when token == AcknowledgedToken => Acknowledge(body, channel!),
            "/services/collector/ack" => Code(400, 14, "ACK is disabled"),
            _ => new StubAnswer(404, "The requested URL was not found on this server."),
        };
    }

    private StubAnswer Take(HttpContext context, byte[] body, string token, string? channel)
    {
        if (Decoded(context, body) is not { Length: > 0 } plain)
        {
            return Code(400, 5, "No data");
        }
        if (plain.Length > 1_000_000)
        {
            return new StubAnswer(413, """{"text":"Content-Length too large","code":27}""".Replace(",\"code\":27", ""));
        }
        var taken = new List<JsonObject>();
        // Objects one behind the other, without anything between.
        var reader = new Utf8JsonReader(plain, new JsonReaderOptions { AllowMultipleValues = true });
        try
        {
            while (reader.Read())
            {
                var number = taken.Count;
                var item = JsonNode.Parse(ref reader)!.AsObject();
                if (!item.ContainsKey("event"))
                {
                    return Code(400, 12, "Event field is required", number);
                }
                if (item["event"] is null || (item["event"] is JsonValue text && text.GetValueKind() == JsonValueKind.String && text.GetValue<string>().Length == 0))
                {
                    return Code(400, 13, "Event field cannot be blank", number);
                }
                if (item["index"] is { } index && index.GetValue<string>() is not ("audit" or "main"))
                {
                    return Code(400, 7, "Incorrect index", number);
                }
                if (item["fields"] is { } fields && fields.AsObject().Any(field => field.Value is JsonObject))
                {
                    return Code(400, 15, "Error in handling indexed fields", number);
                }
                if (item["time"] is { } time && time.GetValueKind() is not (JsonValueKind.Number or JsonValueKind.String))
                {
                    return Code(400, 6, "Invalid data format", number);
                }
                taken.Add(item);
            }
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return Code(400, 6, "Invalid data format", taken.Count);
        }
        foreach (var item in taken)
        {
            Events.Enqueue(item);
        }
        return token == AcknowledgedToken
            ? new StubAnswer(200, $$"""{"text":"Success","code":0,"ackId":{{_channels.AddOrUpdate(channel!, 0, (_, last) => last + 1)}}}""")
            : Code(200, 0, "Success");
    }

    private StubAnswer Acknowledge(byte[] body, string channel)
    {
        var asked = JsonNode.Parse(body)!["acks"]!.AsArray().Select(number => number!.GetValue<int>());
        var known = _channels.TryGetValue(channel, out var last) ? last : -1;
        var yes = Interlocked.Increment(ref _asked) >= AcknowledgeAfter;
        if (yes)
        {
            _asked = 0;
        }
        return new StubAnswer(200, new JsonObject
        {
            ["acks"] = new JsonObject(asked.Select(number => KeyValuePair.Create<string, JsonNode?>($"{number}", yes && number <= known))),
        }.ToJsonString());
    }

    private static StubAnswer Code(int status, int code, string text, int? number = null) =>
        new(status, number is null ? $$"""{"text":"{{text}}","code":{{code}}}""" : $$"""{"text":"{{text}}","code":{{code}},"invalid-event-number":{{number}}}""");
}
