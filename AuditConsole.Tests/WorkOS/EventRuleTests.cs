using System.Text.Json.Nodes;
using AuditConsole.Core;

namespace AuditConsole.Tests.WorkOS;

/// <summary>What events are refused, by the rules of WorkOS's OpenAPI description, and what is taken.</summary>
[Collection(WorkOSTests.Name)]
public sealed class EventRuleTests(WorkOSFixture fixture)
{
    [Fact]
    public async Task The_example_of_the_description_is_stored_under_the_external_id_and_under_the_UUID()
    {
        var organization = await fixture.NewAsync();
        foreach (var name in new[] { organization.Id, organization.Tenant.Id.ToString(), organization.Tenant.Id.ToString().ToUpperInvariant() })
        {
            var answer = await PostAsync(organization, Body(name));
            Assert.Equal((200, true), (answer.Status, answer.Json.GetProperty("success").GetBoolean()));
            Assert.Contains((await organization.EntriesAsync()), entry => entry.Id == answer.Json.GetProperty("id").GetGuid());
        }
        (await PostAsync(organization, Body(organization.Tenant.Slug))).AssertError(404, "organization_not_found");
        (await PostAsync(organization, Body("org_none"))).AssertError(404, "organization_not_found");
    }

    [Theory]
    [InlineData("event.targets", "[]", "/targets")]
    [InlineData("event.targets", null, "/targets")]
    [InlineData("event.targets", "null", "/targets")]
    [InlineData("event.action", "\"\"", "/action")]
    [InlineData("event.actor.id", "\"\"", "/actor/id")]
    [InlineData("event.targets.0.type", "\"\"", "/targets/0/type")]
    [InlineData("event.targets.1.id", "\"\"", "/targets/1/id")]
    [InlineData("event.version", "0", "/version")]
    [InlineData("event.version", "3000000000", "/version")]
    [InlineData("event.occurred_at", "\"1990-01-01T00:00:00Z\"", "/occurred_at")]
    [InlineData("event.occurred_at", "\"2990-01-01T00:00:00Z\"", "/occurred_at")]
    [InlineData("event.metadata", "[]", "/metadata")]
    [InlineData("event.metadata", "{\"a b\":1}", "/metadata/a b")]
    [InlineData("event.metadata", "{\"a/b\":1}", "/metadata/a~1b")]
    [InlineData("event.metadata", "{\"a\\n\":1}", "/metadata/a\n")]
    [InlineData("event.metadata", "{\"01234567890123456789012345678901234567890\":1}", "/metadata/01234567890123456789012345678901234567890")]
    [InlineData("event.metadata", "{\"a\":null}", "/metadata/a")]
    [InlineData("event.metadata", "{\"a\":{}}", "/metadata/a")]
    [InlineData("event.actor.metadata", "{\"a\":[1]}", "/actor/metadata/a")]
    [InlineData("event.targets.0.metadata", "{\"a\":{\"b\":1}}", "/targets/0/metadata/a")]
    [InlineData("event.targets.1.metadata", "{\"$a\":1}", "/targets/1/metadata/$a")]
    [InlineData("event.metadata", "{\"a\":9007199254740993}", "/metadata/a")]
    [InlineData("event.targets.1.metadata", "{\"a\":9007199254740993}", "/targets/1/metadata/a")]
    [InlineData("event.actor.name", "\"\\u0000\"", "/actor/name")]
    public async Task A_broken_rule_is_400_at_its_place_and_nothing_is_stored(string place, string? value, string pointer)
    {
        var organization = await fixture.NewAsync();
        var answer = await PostAsync(organization, Changed(organization, place, value));
        answer.AssertError(400, "invalid_audit_log_event");
        Assert.Equal([pointer], answer.Paths);
        Assert.Empty(await organization.EntriesAsync());
    }

    [Theory]
    [InlineData("organization_id", null, "organization_id required")]
    [InlineData("organization_id", "7", "organization_id invalid_type")]
    [InlineData("event", null, "event required")]
    [InlineData("event", "[]", "event invalid_type")]
    [InlineData("event.action", null, "event.action required")]
    [InlineData("event.action", "1", "event.action invalid_type")]
    [InlineData("event.occurred_at", null, "event.occurred_at required")]
    [InlineData("event.occurred_at", "\"yesterday\"", "event.occurred_at invalid_format")]
    [InlineData("event.actor", null, "event.actor required")]
    [InlineData("event.actor.type", null, "event.actor.type required")]
    [InlineData("event.targets", "{}", "event.targets invalid_type")]
    [InlineData("event.targets.0", "1", "event.targets[0] invalid_type")]
    [InlineData("event.targets.1.id", null, "event.targets[1].id required")]
    [InlineData("event.context", null, "event.context required")]
    [InlineData("event.context.location", null, "event.context.location required")]
    [InlineData("event.context.user_agent", "1", "event.context.user_agent invalid_type")]
    [InlineData("event.version", "1.5", "event.version invalid_type")]
    [InlineData("event.version", "\"1\"", "event.version invalid_type")]
    public async Task A_member_that_is_missing_or_of_another_type_is_422_by_its_field(string place, string? value, string field)
    {
        var organization = await fixture.NewAsync();
        var answer = await PostAsync(organization, Changed(organization, place, value));
        answer.AssertError(422, "validation_failed");
        Assert.Equal([field], answer.Fields);
        Assert.Empty(await organization.EntriesAsync());
    }

    [Fact]
    public async Task At_the_limits_an_event_is_taken_and_one_step_beyond_refused()
    {
        var organization = await fixture.NewAsync();
        await TakenAsync("event.metadata", Keys(50));
        await TakenAsync("event.metadata", $$"""{"{{new string('k', 40)}}":"{{new string('v', 500)}}","":true,"a-_9":1.5e-7}""");
        // A character beyond the first plane counts once.
        await TakenAsync("event.metadata", $$"""{"a":"{{string.Concat(Enumerable.Repeat("😀", 500))}}"}""");
        await TakenAsync("event.targets", Targets(51));
        await TakenAsync("event.action", $"\"{new string('a', 128)}\"");
        await TakenAsync("event.actor.name", "null");
        await TakenAsync("event.version", "1.0");
        await TakenAsync("event.actor.email", "\"left out\"");

        await RefusedAsync("event.metadata", Keys(51), "/metadata");
        await RefusedAsync("event.metadata", $$"""{"a":"{{new string('v', 501)}}"}""", "/metadata/a");
        await RefusedAsync("event.targets", Targets(52), "/targets");
        await RefusedAsync("event.action", $"\"{new string('a', 129)}\"", "/action");

        async Task TakenAsync(string place, string value)
        {
            var answer = await PostAsync(organization, Changed(organization, place, value));
            Assert.True(answer.Status == 200, answer.Body);
        }

        async Task RefusedAsync(string place, string value, string pointer)
        {
            var answer = await PostAsync(organization, Changed(organization, place, value));
            answer.AssertError(400, "invalid_audit_log_event");
            Assert.Equal([pointer], answer.Paths);
        }

        static string Keys(int count) => $"{{{string.Join(',', Enumerable.Range(0, count).Select(i => $"\"k{i}\":{i}"))}}}";

        static string Targets(int count) => $"[{string.Join(',', Enumerable.Range(0, count).Select(i => $$"""{"id":"t{{i}}","type":"team"}"""))}]";
    }

    [Theory]
    [InlineData("203.0.113.7", "203.0.113.7", null)]
    [InlineData("2001:DB8::1", "2001:db8::1", null)]
    [InlineData("::ffff:203.0.113.7", "203.0.113.7", null)]
    [InlineData("New York, NY", null, "New York, NY")]
    [InlineData("010.0.0.1", null, "010.0.0.1")]
    [InlineData("", null, "")]
    public async Task A_location_that_is_an_address_is_the_clients_and_any_other_stays_text(string location, string? ip, string? text)
    {
        var organization = await fixture.NewAsync();
        Assert.Equal(200, (await PostAsync(organization, Changed(organization, "event.context.location", $"\"{location}\""))).Status);
        var content = Assert.Single(await organization.EntriesAsync()).Content;
        Assert.Equal((ip, text), (content.Ip?.ToString(), content.Location));
    }

    [Theory]
    [InlineData("", 400, "invalid_json")]
    [InlineData("{", 400, "invalid_json")]
    [InlineData("[]", 400, "invalid_json")]
    [InlineData("""{"organization_id":"a","organization_id":"b"}""", 400, "invalid_json")]
    public async Task A_body_that_is_no_object_is_400(string body, int status, string code) =>
        (await PostAsync(await fixture.NewAsync(), body)).AssertError(status, code);

    [Fact]
    public async Task Another_media_type_is_415_a_key_that_is_none_401_and_one_without_the_scope_403()
    {
        var organization = await fixture.NewAsync();
        (await organization.SendAsync(HttpMethod.Post, "/audit_logs/events", Body(organization.Id), contentType: "text/plain")).AssertError(415, "unsupported_media_type");
        (await organization.SendAsync(HttpMethod.Post, "/audit_logs/events", Body(organization.Id), key: "sk_example")).AssertError(401, "unauthenticated");
        var reader = await fixture.NewAsync("events:read");
        (await reader.SendAsync(HttpMethod.Post, "/audit_logs/events", Body(reader.Id))).AssertError(403, "forbidden");
        (await organization.SendAsync(HttpMethod.Get, "/audit_logs/events")).AssertError(405, "method_not_allowed");
    }

    [Fact]
    public async Task The_service_itself_is_no_actor_of_an_event()
    {
        var organization = await fixture.NewAsync();
        var answer = await PostAsync(organization, Changed(organization, "event.actor", $$"""{"id":"{{Actor.ServiceId}}","type":"{{Actor.ServiceType}}"}"""));
        answer.AssertError(400, "invalid_audit_log_event");
        Assert.Equal(["/actor"], answer.Paths);
    }

    internal static Task<HttpAnswer> PostAsync(Organization organization, string body, string? idempotencyKey = null) =>
        organization.SendAsync(HttpMethod.Post, "/audit_logs/events", body, idempotencyKey: idempotencyKey);

    internal static JsonObject Example(string organization) => new()
    {
        ["organization_id"] = organization,
        ["event"] = new JsonObject
        {
            ["action"] = "user.signed_in",
            ["occurred_at"] = WireTime.Format(TimeProvider.System.GetUtcNow()),
            ["version"] = 1,
            ["actor"] = new JsonObject { ["id"] = "user_TF4C5938", ["type"] = "user", ["name"] = "Jon Smith", ["metadata"] = new JsonObject { ["role"] = "admin" } },
            ["targets"] = new JsonArray(
                new JsonObject { ["id"] = "user_98432YHF", ["type"] = "user", ["name"] = "Jon Smith" },
                new JsonObject { ["id"] = "team_J8YASKA2", ["type"] = "team", ["metadata"] = new JsonObject { ["owner"] = "user_01GBTCQ2" } }),
            ["context"] = new JsonObject { ["location"] = "123.123.123.123", ["user_agent"] = "Chrome/104.0.0.0" },
            ["metadata"] = new JsonObject { ["owner"] = "user_01GBTCQ2" },
        },
    };

    internal static string Body(string organization) => Example(organization).ToJsonString();

    /// <summary>The example with another value at a place, or without it.</summary>
    private static string Changed(Organization organization, string place, string? value)
    {
        const string marker = "\"the changed value\"";
        JsonNode at = Example(organization.Id);
        var root = at;
        var steps = place.Split('.');
        foreach (var step in steps[..^1])
        {
            at = at is JsonArray list ? list[int.Parse(step, System.Globalization.CultureInfo.InvariantCulture)]! : at[step]!;
        }
        if (value is null)
        {
            at.AsObject().Remove(steps[^1]);
        }
        else if (at is JsonArray array)
        {
            array[int.Parse(steps[^1], System.Globalization.CultureInfo.InvariantCulture)] = marker[1..^1];
        }
        else
        {
            at[steps[^1]] = marker[1..^1];
        }
        // As text, since not every value that is sent can be a node.
        return value is null ? root.ToJsonString() : root.ToJsonString().Replace(marker, value, StringComparison.Ordinal);
    }
}
