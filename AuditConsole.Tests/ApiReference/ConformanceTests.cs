using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AuditConsole.Core;
using AuditConsole.Tests.Reading;
using AuditConsole.Tests.Storage;

namespace AuditConsole.Tests.ApiReference;

/// <summary>The OpenAPI document against the live server, from outside: requests drawn from it, and what comes back.</summary>
[Collection(ReaderTests.Name)]
public sealed class ConformanceTests(ReaderFixture fixture)
{
    private static readonly string[] Hostile =
    [
        "", " ", "null", "NaN", "-1", "0", "999999999999999999999", "1e3", "true", "[]", "{}", "' OR 1=1 --", "\";DROP TABLE entry;", "../../etc/passwd", "%00", "\0", "\u2028",
        "\ud83d\ude00", "\ufffd", "a\r\nX-Evil: 1", "<script>", "𝟙", "2026-02-30", "2026-11-21T25:00:00Z", "0000-00-00", "9999-12-31T23:59:59.999Z", "10.0.0.0/99", "::/0", "1.2.3.4.5",
        new('a', 300), new('9', 400), "*", ".*", "a.*.*", "x\u0000y", "Ω", "é", "asc", "desc", "json",
    ];

    [Fact]
    public async Task The_document_is_OpenAPI_3_1_with_an_example_of_every_answer()
    {
        var contract = await ReadAsync();
        Assert.StartsWith("3.1.", contract.Document.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        Assert.Subset(
            contract.Operations.Select(operation => $"{operation.Method} {operation.Path}").ToHashSet(),
            new HashSet<string> { "get /api/audit-log", "post /api/audit-log", "get /api/audit-log/{id}", "get /v1/audit-log" });
        foreach (var (path, method, operation) in contract.Operations)
        {
            Assert.True(operation.TryGetProperty("operationId", out _), $"{method} {path} is not described");
            var bodies = operation.GetProperty("responses").EnumerateObject().Select(answer => answer.Value)
                .Append(operation.TryGetProperty("requestBody", out var request) ? request : default)
                .Where(body => body.ValueKind == JsonValueKind.Object && body.TryGetProperty("content", out _))
                .SelectMany(body => body.GetProperty("content").EnumerateObject());
            foreach (var content in bodies)
            {
                var examples = content.Value.TryGetProperty("examples", out var several)
                    ? several.EnumerateObject().Select(example => example.Value.GetProperty("value")).ToList()
                    : [content.Value.GetProperty("example")];
                Assert.All(examples, example => Assert.Null(contract.FindProblem(content.Value.GetProperty("schema"), example, "$")));
            }
        }
    }

    [Fact]
    public async Task Whatever_is_asked_the_answer_is_one_that_the_document_announces()
    {
        var contract = await ReadAsync();
        using var reader = await fixture.NewAsync(Entries(40));
        using var log = new LogOfReader(
            fixture.Console, reader.Tenant, await fixture.Console.AddReadKeyAsync(reader.Tenant, null, "events:write", "schemas:write", "events:read", "exports:read"));
        var random = new Random(20261122);
        var ids = (await log.GetAsync("/api/audit-log?limit=5")).Data.Select(entry => entry.GetProperty("id").GetString()!).ToArray();
        var seen = new HashSet<string>();
        for (var round = 0; round < 1200; round++)
        {
            var (path, method, operation) = contract.Operations.ElementAt(random.Next(contract.Operations.Count()));
            using var request = Draw(contract, path, method, operation, random, ids);
            await AssertAnnouncedAsync(contract, operation, log.Client, request, seen);
        }
        // The run met every form of success, and refusals.
        Assert.Superset(
            new HashSet<string> { "200 application/json", "200 application/x-ndjson", "200 text/csv", "201 application/json", "400 application/json", "422 application/json", "404 application/json" }, seen);
    }

    [Fact]
    public async Task Two_thousand_hostile_requests_are_refused_and_break_nothing()
    {
        using var log = await fixture.NewAsync(Entries(3));
        var random = new Random(42);
        var paths = new[] { "/api/audit-log", "/v1/audit-log", "/api/audit-log/{id}", "/api", "/v1", "/api/audit-log/x/y", "/v1/audit-log/x" };
        var statuses = new Dictionary<int, int>();
        for (var i = 0; i < 2000; i++)
        {
            var path = paths[random.Next(paths.Length)].Replace("{id}", Uri.EscapeDataString(Pick(random)), StringComparison.Ordinal);
            var names = new[] { "limit", "cursor", "wait", "order", "since", "ip", "nothing", "%00", "limit" };
            var query = $"?{names[random.Next(names.Length)]}={Uri.EscapeDataString(Pick(random))}&bad{i}={Uri.EscapeDataString(Pick(random))}";
            using var request = new HttpRequestMessage(new HttpMethod(random.Next(8) switch { 0 => "POST", 1 => "PUT", 2 => "DELETE", 3 => "PATCH", 4 => "OPTIONS", _ => "GET" }), path + query);
            request.Headers.TryAddWithoutValidation("Accept", random.Next(3) == 0 ? "text/csv" : Printable(Pick(random)));
            request.Headers.TryAddWithoutValidation("X-Tenant-ID", random.Next(2) == 0 ? log.Tenant.Slug : Printable(Pick(random)));
            request.Headers.TryAddWithoutValidation(random.Next(2) == 0 ? "X-API-Key" : "Authorization", random.Next(3) == 0 ? $"Bearer {log.Key.Text}" : Printable(Pick(random)));
            if (request.Method != HttpMethod.Get)
            {
                request.Content = new StringContent(Pick(random), Encoding.UTF8);
                request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
            }
            using var client = fixture.Console.NewClient();
            using var answer = await client.SendAsync(request);
            var status = (int)answer.StatusCode;
            statuses[status] = statuses.GetValueOrDefault(status) + 1;
            Assert.True(status is >= 400 and < 500, $"{request.Method} {path}{query} was answered {status}");
            var body = await answer.Content.ReadAsStringAsync();
            // The server itself refuses such a path, before the application sees it.
            Assert.True((status == 400 && path.Contains("%00", StringComparison.Ordinal)) || JsonDocument.Parse(body).RootElement.TryGetProperty("code", out _), body);
        }
        Assert.Equal(2 + 3, (await log.GetAsync("/api/audit-log")).Data.Count);
    }

    private static async Task AssertAnnouncedAsync(ApiContract contract, JsonElement operation, HttpClient client, HttpRequestMessage request, HashSet<string> seen)
    {
        using var answer = await client.SendAsync(request);
        var (body, type) = (await answer.Content.ReadAsStringAsync(), answer.Content.Headers.ContentType?.MediaType);
        var problem = (int)answer.StatusCode >= 500 ? "the server failed" : contract.FindProblem(operation, (int)answer.StatusCode, type, body);
        Assert.True(problem is null, $"{request.Method} {request.RequestUri}: {problem}\n{(int)answer.StatusCode} {body[..Math.Min(body.Length, 600)]}");
        seen.Add($"{(int)answer.StatusCode} {type}");
    }

    private static HttpRequestMessage Draw(ApiContract contract, string path, string method, JsonElement operation, Random random, string[] ids)
    {
        var query = new List<string>();
        var accept = (string?)null;
        foreach (var parameter in operation.TryGetProperty("parameters", out var all) ? all.EnumerateArray().ToArray() : [])
        {
            var (name, place) = (parameter.GetProperty("name").GetString()!, parameter.GetProperty("in").GetString());
            if (place == "path")
            {
                path = path.Replace($"{{{name}}}", Uri.EscapeDataString(random.Next(2) == 0 ? ids[random.Next(ids.Length)] : PathPart(random)), StringComparison.Ordinal);
            }
            else if (place == "query" && random.Next(4) == 0)
            {
                query.Add($"{name}={Uri.EscapeDataString(Value(parameter, name, random))}");
            }
        }
        if (random.Next(3) == 0)
        {
            accept = operation.GetProperty("responses").EnumerateObject().First(response => response.Name[0] == '2').Value.GetProperty("content").EnumerateObject().Select(content => content.Name).OrderBy(_ => random.Next()).First();
        }
        var request = new HttpRequestMessage(new HttpMethod(method.ToUpperInvariant()), path + (query.Count > 0 ? "?" + string.Join('&', query) : ""));
        if (accept is not null)
        {
            request.Headers.Add("Accept", accept);
        }
        if (operation.TryGetProperty("requestBody", out var body))
        {
            var example = JsonNode.Parse(body.GetProperty("content").GetProperty("application/json").GetProperty("example").GetRawText())!;
            request.Content = new StringContent(Mutate(example, random), Encoding.UTF8, "application/json");
        }
        return request;
    }

    private static string Value(JsonElement parameter, string name, Random random) => random.Next(3) switch
    {
        0 => Pick(random),
        1 when name is "limit" => random.Next(1, 1001).ToString(CultureInfo.InvariantCulture),
        1 when name is "wait" => "0",
        1 when name is "order" => random.Next(2) == 0 ? "asc" : "desc",
        1 when name is "actor" or "actor_id" => "usr_1",
        1 when name is "action" => "RuleEdited",
        // A wait that is right would make the run wait.
        _ when name == "wait" => "0",
        _ => parameter.GetProperty("example") is { ValueKind: JsonValueKind.Array } list ? list[0].GetString()! : parameter.GetProperty("example").ToString(),
    };

    private static string Mutate(JsonNode example, Random random)
    {
        if (random.Next(3) > 0)
        {
            var holders = ObjectsIn(example).ToList();
            var holder = random.Next(2) == 0 ? holders[0] : holders[random.Next(holders.Count)];
            var name = holder.Select(member => member.Key).ElementAt(random.Next(holder.Count));
            switch (random.Next(4))
            {
                case 0:
                    holder.Remove(name);
                    break;
                case 1:
                    holder[name] = Pick(random);
                    break;
                case 2:
                    holder["unknown" + random.Next(9)] = 1;
                    break;
                default:
                    return "[" + example.ToJsonString() + "," + Pick(random);
            }
        }
        return random.Next(4) == 0 ? $"[{example.ToJsonString()}]" : example.ToJsonString();
    }

    private static IEnumerable<JsonObject> ObjectsIn(JsonNode? node) => node switch
    {
        JsonObject value => value.SelectMany(member => ObjectsIn(member.Value)).Prepend(value),
        JsonArray list => list.SelectMany(ObjectsIn),
        _ => [],
    };

    private static string Pick(Random random) => Hostile[random.Next(Hostile.Length)];

    // The server refuses NUL in a path by itself, without a body; a dot or nothing would be another path.
    private static string PathPart(Random random) => Pick(random).Replace("\0", "", StringComparison.Ordinal).Replace("%00", "", StringComparison.Ordinal).Trim('.') is { Length: > 0 } text ? text : "x";

    // The client itself refuses to send anything else in a header.
    private static string Printable(string text) => string.Concat(text.Where(character => character is >= ' ' and <= '~'));

    private async Task<ApiContract> ReadAsync()
    {
        using var client = fixture.Console.NewClient();
        using var answer = await client.GetAsync("/openapi/v1.json");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return new ApiContract(JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement);
    }

    private static IEnumerable<NewEntry> Entries(int count) => Enumerable.Range(0, count).Select(i => TestEntries.Entry("RuleEdited", slug: $"rule-{i}", ip: "203.0.113.7", metadata: new { i }) with
    {
        Reasoning = i % 2 == 0 ? "Because." : null,
        Targets = i % 3 == 0 ? [new Resource("Rule", "rul_1", "other")] : [],
    });
}
