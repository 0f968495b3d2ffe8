using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using AuditConsole.Tests.Streams.Buckets;

namespace AuditConsole.Tests.ScheduledExports;

/// <summary><c>/api/scheduled-exports</c>, as a program that keeps exports as configuration uses it.</summary>
public sealed class ScheduledExportApiTests(BucketFixture fixture) : IClassFixture<BucketFixture>
{
    [Fact]
    public async Task A_program_adds_an_export_runs_it_and_downloads_what_the_manifest_names()
    {
        var tenant = await fixture.NewTenantAsync();
        await tenant.AppendAsync(12);
        using var client = fixture.Console.NewClient(await fixture.Console.AddReadKeyAsync(tenant.Tenant, null, "streams:write"));
        var draft = new { name = "Nightly", destination = "download", format = "csv", schedule = "daily 06:00", time_zone = "Europe/Berlin", since = "2020-01-01", rows_per_part = 10 };
        using var added = await client.PostAsJsonAsync("/api/scheduled-exports", draft);
        Assert.True(added.StatusCode == HttpStatusCode.Created, await added.Content.ReadAsStringAsync());
        var id = (await added.Content.ReadFromJsonAsync<JsonNode>())!["id"]!.GetValue<string>();
        await ActAsync(client, id, "run");
        var run = await DoneAsync(client, id);
        var path = $"/api/scheduled-exports/{id}/runs/{run["id"]}";
        var manifest = JsonNode.Parse(await client.GetStringAsync(new Uri($"{path}/manifest", UriKind.Relative)))!;
        Assert.True(manifest["count"]!.GetValue<int>() >= 12);
        foreach (var (part, number) in manifest["parts"]!.AsArray().Select((part, i) => (part!, i + 1)))
        {
            using var file = await client.GetAsync(new Uri($"{path}/parts/{number}", UriKind.Relative));
            Assert.Equal("false", file.Headers.GetValues("X-Differs-From-Manifest").Single());
            Assert.Equal(part["sha256"]!.GetValue<string>(), Convert.ToHexStringLower(SHA256.HashData(await file.Content.ReadAsByteArrayAsync())));
            using var receipt = await client.GetAsync(new Uri($"{path}/parts/{number}/receipt", UriKind.Relative));
            Assert.Equal(HttpStatusCode.OK, receipt.StatusCode);
        }
        foreach (var missing in new[] { $"{path}/parts/99", $"{path}/parts/x", $"/api/scheduled-exports/{id}/runs/{Guid.Empty}/manifest", "/api/scheduled-exports/sx_none" })
        {
            using var none = await client.GetAsync(new Uri(missing, UriKind.Relative));
            Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
        }
        Assert.Equal("paused", (await ActAsync(client, id, "pause"))["state"]!.GetValue<string>());
        Assert.Equal("active", (await ActAsync(client, id, "resume"))["state"]!.GetValue<string>());
        using var changed = await client.PutAsJsonAsync($"/api/scheduled-exports/{id}", new { name = "Weekly", destination = "download", format = "csv", schedule = "weekly monday 06:00" });
        Assert.Equal("weekly monday 06:00", (await changed.Content.ReadFromJsonAsync<JsonNode>())!["schedule"]!.GetValue<string>());
        using var deleted = await client.DeleteAsync(new Uri($"/api/scheduled-exports/{id}", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
        Assert.Empty(JsonNode.Parse(await client.GetStringAsync("/api/scheduled-exports"))!["data"]!.AsArray());
    }

    [Fact]
    public async Task What_is_wrong_is_named_field_by_field_and_a_key_without_the_scope_is_refused()
    {
        var (tenant, other) = (await fixture.NewTenantAsync(), await fixture.NewTenantAsync());
        using var client = fixture.Console.NewClient(await fixture.Console.AddReadKeyAsync(tenant.Tenant, null, "streams:write"));
        using var answer = await client.PostAsJsonAsync("/api/scheduled-exports", new { name = "", destination = "gcs", schedule = "at noon", time_zone = "Berlin", settings = new { bucket = "b", service_account = "{" } });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        var fields = (await answer.Content.ReadFromJsonAsync<JsonNode>())!["details"]!.AsArray().Select(detail => detail!["field"]!.GetValue<string>()).ToList();
        Assert.Subset(fields.ToHashSet(), new HashSet<string> { "name", "time_zone", "service_account" });
        using var owner = fixture.Console.NewClient(await fixture.Console.AddReadKeyAsync(other.Tenant, null, "streams:write"));
        using var added = await owner.PostAsJsonAsync("/api/scheduled-exports", new { name = "Theirs", destination = "download", format = "csv", schedule = "daily 06:00" });
        var id = (await added.Content.ReadFromJsonAsync<JsonNode>())!["id"]!.GetValue<string>();
        foreach (var act in new[] { "check", "pause", "resume", "run" })
        {
            using var refused = await client.PostAsync(new Uri($"/api/scheduled-exports/{id}/{act}", UriKind.Relative), null);
            Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
        }
        using var reader = fixture.Console.NewClient(await fixture.Console.AddReadKeyAsync(tenant.Tenant));
        using var forbidden = await reader.GetAsync(new Uri("/api/scheduled-exports", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Forbidden, forbidden.StatusCode);
    }

    [Fact]
    public async Task Configuration_that_is_put_again_changes_nothing_and_is_no_entry()
    {
        var tenant = await fixture.NewTenantAsync();
        using var client = fixture.Console.NewClient(await fixture.Console.AddReadKeyAsync(tenant.Tenant, null, "streams:write"));
        using var added = await client.PostAsJsonAsync("/api/scheduled-exports", Draft("daily 06:00"));
        var id = (await added.Content.ReadFromJsonAsync<JsonNode>())!["id"]!.GetValue<string>();
        var before = (await fixture.Console.EntriesAsync(tenant.Tenant)).Count;
        foreach (var (schedule, entries) in new[] { ("daily 06:00", 0), ("daily 07:00", 1), ("daily 07:00", 1) })
        {
            using var put = await client.PutAsJsonAsync($"/api/scheduled-exports/{id}", Draft(schedule));
            Assert.Equal(schedule, (await put.Content.ReadFromJsonAsync<JsonNode>())!["schedule"]!.GetValue<string>());
            Assert.Equal(before + entries, (await fixture.Console.EntriesAsync(tenant.Tenant)).Count);
        }

        object Draft(string schedule) => new
        {
            name = "Nightly",
            destination = "gcs",
            format = "csv",
            schedule,
            filter = new { actions = new[] { "RuleEdited" } },
            settings = new { bucket = "acme-audit", service_account = fixture.Google.KeyFile },
        };
    }

    [Fact]
    public async Task A_run_goes_to_Google_Cloud_Storage()
    {
        var tenant = await fixture.NewTenantAsync();
        await tenant.AppendAsync(5);
        using var client = fixture.Console.NewClient(await fixture.Console.AddReadKeyAsync(tenant.Tenant, null, "streams:write"));
        var draft = new
        {
            name = "To Google",
            destination = "gcs",
            format = "json",
            schedule = "monthly 31 06:00",
            since = "2020-01-01",
            settings = new { bucket = "acme-audit", prefix = "monthly", service_account = fixture.Google.KeyFile },
        };
        using var added = await client.PostAsJsonAsync("/api/scheduled-exports", draft);
        Assert.True(added.StatusCode == HttpStatusCode.Created, await added.Content.ReadAsStringAsync());
        var id = (await added.Content.ReadFromJsonAsync<JsonNode>())!["id"]!.GetValue<string>();
        Assert.Equal("delivered", (await ActAsync(client, id, "check"))["verdict"]!.GetValue<string>());
        await ActAsync(client, id, "run");
        var run = await DoneAsync(client, id);
        var objects = fixture.Google.Objects.Where(item => item.Key.Contains($"/exports/{id}/", StringComparison.Ordinal)).ToDictionary(item => item.Key[(item.Key.LastIndexOf('/') + 1)..], item => item.Value);
        Assert.Equal(["manifest.json", "part-00001.json.gz", "part-00001.receipt.ndjson.gz"], objects.Keys.Order(StringComparer.Ordinal));
        var part = JsonNode.Parse(objects["manifest.json"])!["parts"]![0]!;
        Assert.Equal(part["sha256"]!.GetValue<string>(), Convert.ToHexStringLower(SHA256.HashData(objects["part-00001.json.gz"])));
        Assert.Equal(run["rows"]!.GetValue<int>(), part["rows"]!.GetValue<int>());
    }

    private static async Task<JsonNode> DoneAsync(HttpClient client, string id)
    {
        while (true)
        {
            var run = JsonNode.Parse(await client.GetStringAsync(new Uri($"/api/scheduled-exports/{id}/runs", UriKind.Relative)))!["data"]!.AsArray().FirstOrDefault();
            if (run?["state"]!.GetValue<string>() == "done")
            {
                return run;
            }
            Assert.True(run?["state"]!.GetValue<string>() is not "failed", run?.ToJsonString());
            await Task.Delay(50);
        }
    }

    private static async Task<JsonNode> ActAsync(HttpClient client, string id, string act)
    {
        using var answer = await client.PostAsync(new Uri($"/api/scheduled-exports/{id}/{act}", UriKind.Relative), null);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<JsonNode>())!;
    }
}
