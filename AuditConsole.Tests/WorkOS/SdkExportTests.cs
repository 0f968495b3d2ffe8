using System.Text;
using AuditConsole.ApiKeys;
using AuditConsole.Core;
using AuditConsole.Tests.Storage;
using CsvHelper;

namespace AuditConsole.Tests.WorkOS;

/// <summary>Exports as the official SDK asks for them, and the files behind their addresses.</summary>
[Collection(WorkOSTests.Name)]
public sealed class SdkExportTests(WorkOSFixture fixture)
{
    private static readonly DateTimeOffset Now = WireTime.Truncate(TimeProvider.System.GetUtcNow());

    [Fact]
    public async Task An_export_becomes_ready_and_its_address_gives_every_event_that_was_sent()
    {
        var organization = await ReaderAsync();
        (await organization.CallAsync("auditLogs.createEvent", [organization.Id, SdkEventTests.Event()])).Done();
        (await organization.CallAsync("auditLogs.createEvent", [organization.Id, SdkEventTests.Event("Berlin, \"Mitte\"", "team.created", "user_9")])).Done();

        var created = (await organization.CallAsync("auditLogs.createExport", [Range(organization)])).Done().Value!;
        Assert.Equal("audit_log_export", created["object"]!.GetValue<string>());
        Assert.Equal("pending", created["state"]!.GetValue<string>());
        Assert.Null(created["url"]);
        var ready = await ReadyAsync(organization, created["id"]!.GetValue<string>());
        var rows = await DownloadAsync(ready);

        var entries = (await organization.EntriesAsync()).Where(entry => entry.Content.Action.Contains('.', StringComparison.Ordinal)).ToList();
        Assert.Equal(2, entries.Count);
        Assert.Equal(entries.Select(entry => entry.Id.ToString()), rows.Select(row => row["id"]));
        var row = rows[0];
        Assert.Equal(("team.created", "2", "user_9", "user", "Jon Smith"), (row["action"], row["version"], row["actor_id"], row["actor_type"], row["actor_name"]));
        Assert.Equal("""{"active":true,"role":"admin","seats":3}""", row["actor_metadata"]);
        Assert.Equal("""[{"id":"team_1","type":"team","name":"Blue","metadata":{"owner":"user_2"}},{"id":"user_2","type":"user"}]""", row["targets"]);
        Assert.Equal(("Berlin, \"Mitte\"", "Chrome/104.0.0.0"), (row["context_location"], row["context_user_agent"]));
        Assert.Equal("""{"method":"password"}""", row["metadata"]);
        Assert.Equal("203.0.113.7", rows[1]["context_location"]);
        Assert.Equal(WireTime.Format(entries[0].OccurredAt), row["occurred_at"]);
    }

    [Fact]
    public async Task Each_filter_selects_what_it_names_and_together_they_narrow()
    {
        var organization = await ReaderAsync();
        await AppendAsync(organization, Entry("a.b", "u1", "Ann", "team"), Entry("a.*", "u2", "Ben", "team"), Entry("a.c", "u3", "Ann", "doc"),
            Entry("a.b", "u2", null, "doc") with { Targets = [new Resource("team", "t9")] });

        Assert.Equal(["a.b u1", "a.b u2"], await NamesAsync(organization, "actions", "a.b"));
        // To the other APIs this is a pattern; here it is an action.
        Assert.Equal(["a.* u2"], await NamesAsync(organization, "actions", "a.*"));
        Assert.Equal(["a.* u2", "a.b u2", "a.c u3"], await NamesAsync(organization, "actorIds", "u2", "u3", "nobody"));
        Assert.Equal(["a.b u1", "a.c u3"], await NamesAsync(organization, "actorNames", "Ann"));
        Assert.Equal(["a.* u2", "a.b u1", "a.b u2"], await NamesAsync(organization, "targets", "team"));
        Assert.Empty(await NamesAsync(organization, "actorIds", "nobody"));
        var range = Range(organization);
        (range["actions"], range["actorIds"]) = (new[] { "a.b" }, new[] { "u2" });
        Assert.Equal(["a.b u2"], await NamesAsync(organization, range));
    }

    [Fact]
    public async Task The_simple_form_streams_the_same_events_as_CSV_and_as_JSON()
    {
        var organization = await ReaderAsync();
        await AppendAsync(organization, Entry("a.b", "u1", "Ann", "team"), Entry("a.c", "u2", "Ben", "team"), Entry("a.d", "u3", "Ben", "team"));
        var path = $"/audit_logs/exports?organization_id={organization.Id}&range_start={Uri.EscapeDataString(WireTime.Format(Now.AddHours(-1)))}&range_end={Uri.EscapeDataString(WireTime.Format(Now.AddHours(1)))}";

        var json = await organization.SendAsync(HttpMethod.Get, $"{path}&actor_name[]=Ben&action[]=a.c&action[]=a.b", accept: "application/json");
        Assert.Equal((200, "application/json"), (json.Status, json.MediaType));
        Assert.Equal("u2", Assert.Single(json.Json.EnumerateArray()).GetProperty("actor").GetProperty("id").GetString());
        var csv = await organization.SendAsync(HttpMethod.Get, $"{path}&actor_name%5B%5D=Ben", accept: "text/csv");
        Assert.Equal((200, "text/csv"), (csv.Status, csv.MediaType));
        Assert.Equal(["u2", "u3"], Rows(csv.Body).Select(row => row["actor_id"]).Order());
        Assert.Empty((await organization.SendAsync(HttpMethod.Get, $"{path}&actor_name[]=Nobody", accept: "application/json")).Json.EnumerateArray());

        (await organization.SendAsync(HttpMethod.Get, path + "&actor=Ben")).AssertError(400, "invalid_parameter");
        (await organization.SendAsync(HttpMethod.Get, path.Replace(organization.Id, "org_none", StringComparison.Ordinal))).AssertError(404, "organization_not_found");
    }

    [Fact]
    public async Task A_range_that_is_none_and_members_that_are_missing_are_400_and_an_unknown_export_404()
    {
        var organization = await ReaderAsync();
        var backwards = Range(organization);
        (backwards["rangeStart"], backwards["rangeEnd"]) = (backwards["rangeEnd"], backwards["rangeStart"]);
        var refused = await organization.CallAsync("auditLogs.createExport", [backwards]);
        Assert.Equal(400, Assert.Single(refused.Raw).Status);
        Assert.Contains("invalid_audit_log_export_range_date", refused.Raw[0].Body, StringComparison.Ordinal);
        Assert.Equal("GenericServerException", refused.Error!["class"]!.GetValue<string>());

        Assert.Equal("NotFoundException", (await organization.CallAsync("auditLogs.getExport", ["audit_log_export_none"])).ErrorClass);
        (await PostAsync("{}")).AssertError(400, "invalid_parameter");
        (await PostAsync("[]")).AssertError(400, "invalid_json");
        (await PostAsync($$"""{"organization_id":"{{organization.Id}}","range_start":"yesterday","range_end":"today"}""")).AssertError(400, "invalid_audit_log_export_range_date");
        (await PostAsync($$"""{"organization_id":"{{organization.Id}}","range_start":"2026-01-01T00:00:00Z","range_end":"2026-02-01T00:00:00Z","actions":"a"}""")).AssertError(400, "invalid_parameter");
        (await PostAsync("""{"organization_id":"org_none","range_start":"2026-01-01T00:00:00Z","range_end":"2026-02-01T00:00:00Z"}""")).AssertError(400, "organization_not_found");

        Task<HttpAnswer> PostAsync(string body) => organization.SendAsync(HttpMethod.Post, "/audit_logs/exports", body);
    }

    [Fact]
    public async Task An_export_is_for_its_own_organization_and_its_address_for_it_alone()
    {
        var (mine, other) = (await ReaderAsync(), await ReaderAsync());
        var (first, second) = (await CreateAsync(mine), await CreateAsync(mine));
        Assert.Equal("NotFoundException", (await other.CallAsync("auditLogs.getExport", [first])).ErrorClass);

        var url = await ReadyAsync(mine, first);
        Assert.Contains(first, url, StringComparison.Ordinal);
        using var client = fixture.Console.NewClient();
        Assert.Equal(200, (int)(await client.GetAsync(url)).StatusCode);
        foreach (var wrong in new[] { url.Replace(first, second, StringComparison.Ordinal), url[..^1] + (url[^1] == 'A' ? 'B' : 'A'), url[..url.IndexOf('?', StringComparison.Ordinal)] })
        {
            (await HttpAnswer.OfAsync(await client.GetAsync(wrong))).AssertError(403, "link_expired");
        }
    }

    [Fact]
    public async Task While_programs_may_not_read_no_export_is_made_and_none_is_downloaded()
    {
        var organization = await ReaderAsync();
        var url = await ReadyAsync(organization, await CreateAsync(organization));
        await fixture.Console.SetProgrammaticReadingAsync(organization.Tenant, on: false);

        using var client = fixture.Console.NewClient();
        (await HttpAnswer.OfAsync(await client.GetAsync(url))).AssertError(403, "session_required");
        var refused = await organization.CallAsync("auditLogs.createExport", [Range(organization)]);
        Assert.Equal(403, refused.Error!["status"]!.GetValue<int>());
        Assert.Contains("session_required", refused.Raw[0].Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\u0000")]
    [InlineData("")]
    [InlineData("257")]
    public async Task A_value_that_no_entry_has_is_refused_and_neither_kept_nor_recorded(string value)
    {
        var organization = await ReaderAsync();
        if (value == "257")
        {
            value = new string('y', 257);
        }
        var range = $"range_start={WireTime.Format(Now.AddHours(-1))}&range_end={WireTime.Format(Now.AddHours(1))}";
        foreach (var (posted, queried) in new[] { ("actions", "action"), ("actor_names", "actor_name[]"), ("actor_ids", "actor_id"), ("targets", "target[]") })
        {
            var body = System.Text.Json.JsonSerializer.Serialize(new Dictionary<string, object>
            {
                ["organization_id"] = organization.Id,
                ["range_start"] = WireTime.Format(Now.AddHours(-1)),
                ["range_end"] = WireTime.Format(Now.AddHours(1)),
                [posted] = new[] { "a", value },
            });
            (await organization.SendAsync(HttpMethod.Post, "/audit_logs/exports", body)).AssertError(400, "invalid_parameter");
            (await organization.SendAsync(HttpMethod.Get, $"/audit_logs/exports?organization_id={organization.Id}&{range}&{queried}={Uri.EscapeDataString(value)}")).AssertError(400, "invalid_parameter");
        }
    }

    internal async Task<Organization> ReaderAsync()
    {
        var organization = await fixture.NewAsync(ApiKeyPolicies.EventsWriteScope, ApiKeyPolicies.ExportsReadScope, ApiKeyPolicies.RetentionWriteScope);
        await fixture.Console.SetProgrammaticReadingAsync(organization.Tenant, on: true);
        return organization;
    }

    internal static NewEntry Entry(string action, string actor, string? name, string target) =>
        TestEntries.Entry(action, target, actor: actor) with { Actor = new Actor("user", actor, name), OccurredAt = Now.AddMinutes(-1) };

    internal static Task AppendAsync(Organization organization, params NewEntry[] entries) => organization.AppendAsync(entries);

    private static Dictionary<string, object?> Range(Organization organization) => new()
    {
        ["organizationId"] = organization.Id,
        ["rangeStart"] = WorkOSSdk.Date(Now.AddHours(-1)),
        ["rangeEnd"] = WorkOSSdk.Date(Now.AddHours(1)),
        ["actions"] = null,
    };

    private static async Task<string> CreateAsync(Organization organization, Dictionary<string, object?>? range = null) =>
        (await organization.CallAsync("auditLogs.createExport", [range ?? Range(organization)])).Done().Value!["id"]!.GetValue<string>();

    /// <summary>Asks until it is ready, as a program does.</summary>
    internal static async Task<string> ReadyAsync(Organization organization, string id)
    {
        while (true)
        {
            var export = (await organization.CallAsync("auditLogs.getExport", [id])).Done().Value!;
            if (export["state"]!.GetValue<string>() == "ready")
            {
                return export["url"]!.GetValue<string>();
            }
            Assert.Equal("pending", export["state"]!.GetValue<string>());
            Assert.Null(export["url"]);
        }
    }

    private async Task<IReadOnlyList<Dictionary<string, string>>> DownloadAsync(string url)
    {
        using var client = fixture.Console.NewClient();
        using var answer = await client.GetAsync(url);
        Assert.Equal("text/csv", answer.Content.Headers.ContentType!.MediaType);
        Assert.StartsWith("attachment", answer.Content.Headers.ContentDisposition!.ToString(), StringComparison.Ordinal);
        // The service's own entries of the account are events, too.
        return [.. Rows(await answer.Content.ReadAsStringAsync()).Where(row => row["actor_id"] != Actor.ServiceId)];
    }

    private Task<List<string>> NamesAsync(Organization organization, string filter, params string[] values)
    {
        var range = Range(organization);
        range[filter] = values;
        return NamesAsync(organization, range);
    }

    private async Task<List<string>> NamesAsync(Organization organization, Dictionary<string, object?> range) =>
        [.. (await DownloadAsync(await ReadyAsync(organization, await CreateAsync(organization, range)))).Select(row => $"{row["action"]} {row["actor_id"]}").Order(StringComparer.Ordinal)];

    internal static List<Dictionary<string, string>> Rows(string csv)
    {
        using var reader = CsvReader.Create(Encoding.UTF8.GetBytes(csv), new CsvReaderOptions { HasHeader = false, Separator = ',' });
        var rows = new List<string[]>();
        while (reader.Read())
        {
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetString)]);
        }
        return [.. rows.Skip(1).Select(row => rows[0].Zip(row).ToDictionary(pair => pair.First, pair => pair.Second))];
    }
}
