using System.Globalization;
using System.Text.Json;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Schemas;
using AuditConsole.Tenants;
using AuditConsole.Tests.WorkOS;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Schemas;

/// <summary>Registering schemas over WorkOS's API, and what becomes of events where they are required.</summary>
[Collection(WorkOSTests.Name)]
public sealed class SchemaRouteTests(WorkOSFixture fixture)
{
    private const string Invoices =
        """{"actor":{"metadata":{"type":"object","properties":{"role":{"type":"string"}}}},"targets":[{"type":"invoice","metadata":{"type":"object","properties":{"cost":{"type":"number","minimum":0}},"required":["cost"]}}],"metadata":{"type":"object","properties":{"method":{"enum":["card","cash"]}},"additionalProperties":false}}""";

    [Fact]
    public async Task The_SDK_registers_versions_and_each_is_an_entry_of_the_log()
    {
        var organization = await fixture.NewAsync("events:write", "schemas:write");
        object Schema(string type) => new
        {
            action = "user.viewed_invoice",
            targets = new object[] { new { type = "invoice", metadata = new { cost = type } }, new { type = "user" } },
            metadata = new { transactionId = "string" },
        };

        var first = (await organization.CallAsync("auditLogs.createSchema", [Schema("number")])).Done();
        var second = (await organization.CallAsync("auditLogs.createSchema", [Schema("string")])).Done();
        var again = (await organization.CallAsync("auditLogs.createSchema", [Schema("string")])).Done();

        Assert.Equal(201, Assert.Single(first.Raw).Status);
        Assert.Equal([1, 2, 2], new[] { first, second, again }.Select(answer => answer.Value!["version"]!.GetValue<int>()));
        Assert.Equal("number", first.Value!["targets"]![0]!["metadata"]!["cost"]!.GetValue<string>());
        var recorded = (await organization.EntriesAsync()).Where(entry => entry.Content.Action == "EventSchemaRegistered").ToList();
        Assert.Equal(["2", "1"], recorded.Select(entry => entry.Content.Target.Version));
        Assert.All(recorded, entry => Assert.Equal(("EventType", "user.viewed_invoice", "api_key"), (entry.Content.Target.Type, entry.Content.Target.Id, entry.Content.Actor.Type)));
    }

    [Fact]
    public async Task A_schema_that_cannot_be_used_is_refused_with_the_reason_and_the_place_which_the_SDK_shows()
    {
        var organization = await fixture.NewAsync("schemas:write");
        (string Body, string Reason)[] unusable =
        [
            ("""{"targets":[{"type":"a","metadata":{"$ref":"#/x"}}]}""", "/targets/0/metadata/$ref is a reference"),
            ("""{"targets":[]}""", "/targets must be a list of 1"),
            ("""{}""", "/targets is missing"),
            ("""{"targets":[{"type":"a"},{"type":"a"}]}""", "/targets/1/type names a type that stands"),
            ("""{"targets":[{"type":"a"}],"metadata":{"oneOf":[]}}""", "/metadata/oneOf is not a keyword"),
            ("""{"targets":[{"type":"a"}],"actor":{}}""", "/actor must be"),
            ("""{"targets":[{"type":"a"}],"title":"x"}""", "/title is not known"),
        ];
        foreach (var (body, reason) in unusable)
        {
            var answer = await organization.SendAsync(HttpMethod.Post, "/audit_logs/actions/a.b/schemas", body);
            answer.AssertError(422, "invalid_schema");
            Assert.Contains(reason, answer.Json.GetProperty("message").GetString(), StringComparison.Ordinal);
        }
        (await organization.SendAsync(HttpMethod.Post, "/audit_logs/actions/a.b/schemas", "[]")).AssertError(400, "invalid_json");
        (await organization.SendAsync(HttpMethod.Post, "/audit_logs/actions/a.b/schemas", "{}", contentType: "text/plain")).AssertError(415, "unsupported_media_type");
        (await organization.SendAsync(HttpMethod.Get, "/audit_logs/actions/a.b/schemas")).AssertError(404, "action_not_found");
        var thrown = await organization.CallAsync("auditLogs.createSchema", [new { action = "a.b", targets = new[] { new { type = "a", metadata = new { cost = "money" } } } }]);
        Assert.Equal("UnprocessableEntityException", thrown.ErrorClass);
        Assert.Contains("/targets/0/metadata/properties/cost/type is not a type", thrown.Error!["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lists_are_paged_by_ids_in_both_directions_and_orders()
    {
        var organization = await fixture.NewAsync("schemas:write");
        for (var i = 1; i <= 5; i++)
        {
            Assert.Equal(201, (await organization.SendAsync(HttpMethod.Post, $"/audit_logs/actions/act.{i}/schemas", """{"targets":[{"type":"a"}]}""")).Status);
            Assert.Equal(201, (await organization.SendAsync(HttpMethod.Post, "/audit_logs/actions/act.1/schemas", $$"""{"targets":[{"type":"a{{i}}"}]}""")).Status);
        }
        async Task<(string[] Names, string? Before, string? After)> ListAsync(string query)
        {
            var answer = await organization.SendAsync(HttpMethod.Get, $"/audit_logs/actions?{query}");
            Assert.True(answer.Status == 200, answer.Body);
            var place = answer.Json.GetProperty("list_metadata");
            return ([.. answer.Json.GetProperty("data").EnumerateArray().Select(action => action.GetProperty("name").GetString()!)],
                place.GetProperty("before").GetString(), place.GetProperty("after").GetString());
        }
        var (newest, none, after) = await ListAsync("limit=2");
        Assert.Equal(["act.5", "act.4"], newest);
        Assert.Null(none);
        var (middle, before, further) = await ListAsync($"limit=2&after={after}");
        Assert.Equal(["act.3", "act.2"], middle);
        var (last, _, end) = await ListAsync($"limit=2&order=normal&after={further}");
        Assert.Equal(["act.1"], last);
        Assert.Null(end);
        Assert.Equal(newest, (await ListAsync($"limit=2&before={before}")).Names);
        Assert.Equal(["act.1", "act.2", "act.3"], (await ListAsync("limit=3&order=asc")).Names);

        var versions = (await organization.SendAsync(HttpMethod.Get, "/audit_logs/actions/act.1/schemas?limit=3")).Json;
        Assert.Equal("list", versions.GetProperty("object").GetString());
        Assert.Equal([6, 5, 4], versions.GetProperty("data").EnumerateArray().Select(schema => schema.GetProperty("version").GetInt32()));
        var first = (await organization.SendAsync(HttpMethod.Get, "/audit_logs/actions?order=asc&limit=1")).Json.GetProperty("data")[0];
        Assert.Equal(6, first.GetProperty("schema").GetProperty("version").GetInt32());
        foreach (var wrong in new[] { "limit=0", "limit=101", "order=up", "after=als_none", "before=a&after=b", "page=2" })
        {
            (await organization.SendAsync(HttpMethod.Get, $"/audit_logs/actions?{wrong}")).AssertError(422, "invalid_parameter");
        }
    }

    [Fact]
    public async Task Where_a_schema_is_required_events_that_do_not_match_are_refused_by_both_routes_and_nothing_is_stored()
    {
        var (organization, admin) = await RequiringAsync();

        var refused = await organization.SendAsync(HttpMethod.Post, "/audit_logs/events", Event(organization, """{"cost":-1}""", """{"method":"gold","note":"x"}"""));
        refused.AssertError(400, "invalid_audit_log_event");
        Assert.Equal(["/metadata", "/metadata/method", "/targets/0/metadata/cost"], refused.Paths.Order(StringComparer.Ordinal));
        var ours = await organization.SendAsync(HttpMethod.Post, "/api/audit-log",
            """{"action":"invoice.paid","actor":{"type":"user","id":"u","metadata":{"role":1}},"target":{"type":"invoice","id":"i","metadata":{"cost":1}},"targets":[{"type":"user","id":"v"}]}""");
        Assert.Equal(422, ours.Status);
        Assert.Equal("schema_mismatch", ours.Code);
        Assert.Equal(["actor.metadata.role must be a string", "targets[0].type must be one of invoice"],
            ours.Json.GetProperty("details").EnumerateArray().Select(detail => $"{detail.GetProperty("field")} {detail.GetProperty("message")}"));
        Assert.Equal(0, await CountAsync(organization));

        Assert.Equal(200, (await organization.SendAsync(HttpMethod.Post, "/audit_logs/events", Event(organization, """{"cost":12.5}""", """{"method":"card"}"""))).Status);
        Assert.Equal(201, (await organization.SendAsync(HttpMethod.Post, "/api/audit-log",
            """{"action":"invoice.paid","actor":{"type":"user","id":"u"},"target":{"type":"invoice","id":"i","metadata":{"cost":1}}}""")).Status);
        Assert.Equal(2, await CountAsync(organization));

        await Registry.RequireAsync(admin.Id, organization.Tenant.Slug, "invoice.paid", false, Client.Unknown, default);
        Assert.Equal(200, (await organization.SendAsync(HttpMethod.Post, "/audit_logs/events", Event(organization, "{}", "{}"))).Status);
        Assert.Equal(["false", "true"], (await organization.EntriesAsync()).Where(entry => entry.Content.Action == "SchemaRequirementChanged")
            .Select(entry => { using var facts = entry.Content.Metadata.Parse(); return facts.RootElement.GetProperty("required").GetRawText(); }));
    }

    [Fact]
    public async Task An_event_is_held_to_the_version_that_it_names_and_else_to_the_newest()
    {
        var (organization, _) = await RequiringAsync();
        Assert.Equal(201, (await organization.SendAsync(HttpMethod.Post, "/audit_logs/actions/invoice.paid/schemas", """{"targets":[{"type":"bill"}]}""")).Status);
        var old = Event(organization, """{"cost":1}""", "{}");

        Assert.Equal(["/targets/0/type"], (await organization.SendAsync(HttpMethod.Post, "/audit_logs/events", old)).Paths);
        Assert.Equal(200, (await organization.SendAsync(HttpMethod.Post, "/audit_logs/events", old.Replace("\"action\"", "\"version\":1,\"action\"", StringComparison.Ordinal))).Status);
        Assert.Equal(["/version"], (await organization.SendAsync(HttpMethod.Post, "/audit_logs/events", old.Replace("\"action\"", "\"version\":3,\"action\"", StringComparison.Ordinal))).Paths);
    }

    [Fact]
    public async Task A_key_for_all_tenants_registers_for_all_of_them_with_numbers_that_none_has_given()
    {
        // An action of its own: the schema is for the tenants of other tests, too.
        var action = $"all.{Guid.NewGuid():N}";
        var (organization, _) = await RequiringAsync(action);
        var other = await fixture.NewAsync("schemas:write");
        var key = (await fixture.NewKeyOfAllAsync("schemas:write")).Text;

        var forAll = await organization.SendAsync(HttpMethod.Post, $"/audit_logs/actions/{action}/schemas", """{"targets":[{"type":"anything"}]}""", key);
        Assert.Equal(201, forAll.Status);
        var number = forAll.Json.GetProperty("version").GetInt32();
        Assert.Equal(2, number);
        foreach (var (tenant, versions) in new[] { (organization, new[] { number, 1 }), (other, [number]) })
        {
            var list = await tenant.SendAsync(HttpMethod.Get, $"/audit_logs/actions/{action}/schemas");
            Assert.Equal(versions, list.Json.GetProperty("data").EnumerateArray().Select(schema => schema.GetProperty("version").GetInt32()));
            Assert.Contains(await tenant.EntriesAsync(), entry => entry.Content.Action == "EventSchemaRegistered"
                && entry.Content.Target.Version == number.ToString(CultureInfo.InvariantCulture) && entry.Content.Metadata.ToString().Contains("\"all_tenants\":true", StringComparison.Ordinal));
        }
        // What a tenant registers stays its own, for the key too.
        Assert.Equal([number], (await organization.SendAsync(HttpMethod.Get, $"/audit_logs/actions/{action}/schemas", key: key)).Json
            .GetProperty("data").EnumerateArray().Select(schema => schema.GetProperty("version").GetInt32()));
        Assert.Equal(["/targets/0/type"], (await organization.SendAsync(HttpMethod.Post, "/audit_logs/events", Event(organization, """{"cost":1}""", "{}", action))).Paths);
    }

    [Fact]
    public async Task Keys_without_the_scope_are_refused_and_a_schema_must_exist_before_it_is_required()
    {
        var organization = await fixture.NewAsync("events:write");
        (await organization.SendAsync(HttpMethod.Get, "/audit_logs/actions")).AssertError(403, "forbidden");
        (await organization.SendAsync(HttpMethod.Post, "/audit_logs/actions/a/schemas", Invoices)).AssertError(403, "forbidden");
        var admin = await fixture.Console.AddUserAsync(organization.Tenant, Role.Admin);
        var auditor = await fixture.Console.AddUserAsync(organization.Tenant, Role.Auditor);
        await Assert.ThrowsAsync<RefusedException>(() => Registry.RequireAsync(admin.Id, organization.Tenant.Slug, "a", true, Client.Unknown, default));
        await Assert.ThrowsAsync<AccessDeniedException>(() => Registry.RequireAsync(auditor.Id, organization.Tenant.Slug, "a", true, Client.Unknown, default));
    }

    private SchemaRegistry Registry => fixture.Console.Services.GetRequiredService<SchemaRegistry>();

    private async Task<(Organization Organization, TestUser Admin)> RequiringAsync(string action = "invoice.paid")
    {
        var organization = await fixture.NewAsync("events:write", "schemas:write");
        var admin = await fixture.Console.AddUserAsync(organization.Tenant, Role.Admin);
        Assert.Equal(201, (await organization.SendAsync(HttpMethod.Post, $"/audit_logs/actions/{action}/schemas", Invoices)).Status);
        await Registry.RequireAsync(admin.Id, organization.Tenant.Slug, action, true, Client.Unknown, default);
        return (organization, admin);
    }

    private static async Task<int> CountAsync(Organization organization) =>
        (await organization.EntriesAsync()).Count(entry => entry.Content.Action == "invoice.paid");

    private static string Event(Organization organization, string targetMetadata, string metadata, string action = "invoice.paid") => JsonSerializer.Serialize(new Dictionary<string, object?>
    {
        ["organization_id"] = organization.Id,
        ["event"] = new Dictionary<string, object?>
        {
            ["action"] = action,
            ["occurred_at"] = WireTime.Format(DateTimeOffset.UtcNow),
            ["actor"] = new { id = "user_1", type = "user" },
            ["targets"] = new object[] { new { id = "inv_1", type = "invoice", metadata = JsonDocument.Parse(targetMetadata).RootElement } },
            ["context"] = new { location = "203.0.113.7" },
            ["metadata"] = JsonDocument.Parse(metadata).RootElement,
        },
    });
}
