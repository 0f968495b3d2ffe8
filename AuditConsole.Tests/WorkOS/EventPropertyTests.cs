using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using AuditConsole.ApiKeys;
using AuditConsole.Core;
using AuditConsole.Shell;
using AuditConsole.Storage;
using AuditConsole.Tenants;
using AuditConsole.Tests.ApiReference;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.WorkOS;

/// <summary>Random, mutated and repeated events: whatever comes, the answer is a documented one, and an event is stored whole and once or not at all.</summary>
[Collection(WorkOSTests.Name)]
public sealed class EventPropertyTests(WorkOSFixture fixture)
{
    private static readonly int Events = int.Parse(Environment.GetEnvironmentVariable("WORKOS_EVENTS") ?? "800", CultureInfo.InvariantCulture);

    private static readonly string[] Hostile =
    [
        "null", "true", "0", "-1", "1e309", "9007199254740993", "1.5", "\"\"", "\" \"", "[]", "{}", "[[[[[[]]]]]]", "\"\\u0000\"", "\"\\ud800\"", "\"\\ud83d\\ude00\"", "\"..\"", "\"$ref\"",
        "{\"\":1}", "{\"a\":1,\"a\":2}", "{\"\\ud800\":1}", "{\"a\":{\"b\":{}}}", "{\"$redacted\":true}", "\"2026-02-30T00:00:00Z\"", "\"9999-12-31T23:59:59.999Z\"", "\"0001-01-01T00:00:00Z\"",
        "\"2026-01-01T00:00:00+99:99\"", "\"system\"", "\"audit-console\"", "\"::1\"", "\"1.2.3.4.5\"", "\"<script>\"", "\"' OR 1=1 --\"", "nul", "{", "]", "\"", "",
    ];

    [Fact]
    public async Task Whatever_event_comes_the_answer_is_documented_and_the_log_holds_what_was_taken()
    {
        var organization = await fixture.NewAsync();
        using var client = fixture.Console.NewClient();
        var contract = new ApiContract(System.Text.Json.JsonDocument.Parse(await client.GetStringAsync("/openapi/v1.json")).RootElement);
        var operation = contract.Operations.Single(operation => operation.Path == "/audit_logs/events").Operation;
        var random = new Random(20261123);
        var (taken, statuses) = (0, new Dictionary<int, int>());
        var before = await SizeAsync(organization);
        for (var i = 0; i < Events; i++)
        {
            var body = Mutated(organization.Id, random);
            var answer = await EventRuleTests.PostAsync(organization, body);
            var problem = answer.Status >= 500 ? "the server failed" : contract.FindProblem(operation, answer.Status, answer.MediaType, answer.Body);
            Assert.True(problem is null, $"{problem}\n{body}\n{answer.Status} {answer.Body}");
            statuses[answer.Status] = statuses.GetValueOrDefault(answer.Status) + 1;
            taken += answer.Status == 200 ? 1 : 0;
        }
        Assert.Equal(before + taken, await SizeAsync(organization));
        // The run met each kind of answer.
        Assert.Superset(new HashSet<int> { 200, 400, 404, 422 }, statuses.Keys.ToHashSet());
    }

    [Fact]
    public async Task Fifty_repeats_at_once_store_an_event_once_and_get_one_answer()
    {
        var organization = await fixture.NewAsync();
        var body = EventRuleTests.Body(organization.Id);
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => EventRuleTests.PostAsync(organization, body, "repeated")));
        Assert.All(answers, answer => Assert.Equal((200, answers[0].Body), (answer.Status, answer.Body)));
        Assert.Single(answers, answer => !answer.Headers.ContainsKey("Idempotency-Replayed"));
        Assert.Single(await organization.EntriesAsync());
    }

    [Fact]
    public async Task After_a_restart_a_repeat_still_gets_the_first_answer()
    {
        var directory = Directory.CreateTempSubdirectory("audit-console-").FullName;
        try
        {
            var (body, first, key) = ("", "", "");
            for (var run = 0; run < 2; run++)
            {
                await using var storage = new RestartedConsole(directory);
                storage.StartServer();
                if (run == 0)
                {
                    var tenant = await storage.Services.GetRequiredService<TenantService>().AddAsync("again", "Again", "org_again", CancellationToken.None);
                    key = (await storage.Services.GetRequiredService<ApiKeyService>().CreateFromConsoleAsync(
                        tenant, "sdk", [ApiKeyPolicies.EventsWriteScope], KeyExpiry.None, CancellationToken.None)).Text;
                    body = EventRuleTests.Body("org_again");
                }
                using var client = new HttpClient { BaseAddress = storage.ClientOptions.BaseAddress };
                using var request = new HttpRequestMessage(HttpMethod.Post, "/audit_logs/events") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
                request.Headers.Add("Authorization", $"Bearer {key}");
                request.Headers.Add("Idempotency-Key", "again");
                using var response = await client.SendAsync(request);
                var answer = await HttpAnswer.OfAsync(response);
                Assert.Equal(200, answer.Status);
                first = run == 0 ? answer.Body : first;
                Assert.Equal((first, run == 1), (answer.Body, answer.Headers.ContainsKey("Idempotency-Replayed")));
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task<long> SizeAsync(Organization organization) =>
        (await organization.Fixture.Console.Services.GetRequiredService<IEntryStore>().ReadHeadAsync(organization.Tenant.Number, CancellationToken.None)).Size;

    private static string Mutated(string organization, Random random)
    {
        var sent = EventRuleTests.Example(organization);
        var text = "";
        for (var change = random.Next(4); change > 0; change--)
        {
            var places = Places(sent).ToList();
            if (places.Count == 0)
            {
                // Everything was taken away.
                break;
            }
            var (owner, name) = places[random.Next(places.Count)];
            switch (random.Next(4))
            {
                case 0:
                    Set(owner, name, null, remove: true);
                    break;
                case 1:
                    Set(owner, name, JsonValue.Create(new string('x', random.Next(600))));
                    break;
                case 2:
                    Set(owner, name, JsonValue.Create(Marker));
                    text = Hostile[random.Next(Hostile.Length)];
                    break;
                default:
                    (owner as JsonObject)?.TryAdd($"k{random.Next(60)}", JsonValue.Create(random.NextDouble()));
                    break;
            }
        }
        var body = sent.ToJsonString().Replace($"\"{Marker}\"", text, StringComparison.Ordinal);
        return random.Next(12) == 0 ? body[..random.Next(body.Length)] : body;
    }

    private const string Marker = "the hostile value";

    private static void Set(JsonNode owner, object name, JsonNode? value, bool remove = false)
    {
        if (owner is JsonObject members)
        {
            if (remove)
            {
                members.Remove((string)name);
            }
            else
            {
                members[(string)name] = value;
            }
        }
        else if (remove)
        {
            owner.AsArray().RemoveAt((int)name);
        }
        else
        {
            owner[(int)name] = value;
        }
    }

    private static IEnumerable<(JsonNode Owner, object Name)> Places(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(member => Places(member.Value).Prepend((members, member.Key))),
        JsonArray list => list.SelectMany((item, index) => Places(item).Prepend((list, index))),
        _ => [],
    };

    /// <summary>A console over a directory that outlives it.</summary>
    private sealed class RestartedConsole : WebApplicationFactory<App>
    {
        private readonly string _directory;

        public RestartedConsole(string directory)
        {
            _directory = directory;
            UseKestrel(0);
        }

        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            builder.UseSolutionRelativeContentRoot(".", "AuditConsole.sln");
            builder.UseSetting("Storage:DataDirectory", _directory);
        }
    }
}
