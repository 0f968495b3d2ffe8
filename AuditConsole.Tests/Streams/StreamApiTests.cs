using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace AuditConsole.Tests.Streams;

/// <summary><c>/api/streams</c>, as a program that keeps streams as configuration uses it.</summary>
public sealed class StreamApiTests(StreamFixture fixture) : IClassFixture<StreamFixture>
{
    [Fact]
    public async Task A_program_adds_watches_changes_and_deletes_a_stream()
    {
        var (tenant, receiver) = (await fixture.NewTenantAsync(), fixture.Receivers.Add());
        using var client = fixture.Console.NewClient(await fixture.Console.AddReadKeyAsync(tenant.Tenant, null, "streams:write"));
        var draft = new { name = "SIEM", kind = "http", filter = new { actions = new[] { "RuleEdited" } }, settings = new { url = receiver.Address, bearer_token = "tok-SECRET-0123456789-abcd" } };
        using var added = await client.PostAsJsonAsync("/api/streams", draft);
        Assert.Equal(HttpStatusCode.Created, added.StatusCode);
        var id = (await added.Content.ReadFromJsonAsync<JsonNode>())!["id"]!.GetValue<string>();
        await tenant.AppendAsync(2, "RuleEdited");
        await receiver.UntilAsync(got => got.TakenSequences.Count == 2);
        await tenant.UntilAsync(id, view => view.Status.LagEntries == 0);
        var list = await client.GetStringAsync("/api/streams");
        Assert.DoesNotContain("SECRET", list, StringComparison.Ordinal);
        var stream = Assert.Single(JsonNode.Parse(list)!["data"]!.AsArray())!;
        Assert.Equal((id, "active", 2), (stream["id"]!.GetValue<string>(), stream["state"]!.GetValue<string>(), stream["delivered"]!.GetValue<int>()));
        Assert.Equal("delivered", (await ActAsync(client, id, "check"))["verdict"]!.GetValue<string>());
        Assert.Equal("paused", (await ActAsync(client, id, "pause"))["state"]!.GetValue<string>());
        Assert.Equal("active", (await ActAsync(client, id, "resume"))["state"]!.GetValue<string>());
        Assert.NotNull((await ActAsync(client, id, "replay?from=2026-01-01"))["replay"]);
        using var changed = await client.PutAsJsonAsync($"/api/streams/{id}", new { name = "Other", kind = "http", settings = new { url = receiver.Address } });
        Assert.Equal("Other", (await changed.Content.ReadFromJsonAsync<JsonNode>())!["name"]!.GetValue<string>());
        using var deleted = await client.DeleteAsync(new Uri($"/api/streams/{id}", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
        using var gone = await client.GetAsync(new Uri($"/api/streams/{id}", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        Assert.Equal("StreamDeleted", (await fixture.Console.EntriesAsync(tenant.Tenant))[0].Content.Action);
        Assert.StartsWith("key:", (await fixture.Console.EntriesAsync(tenant.Tenant))[0].RecordedBy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_wrong_is_named_field_by_field_and_another_tenants_stream_does_not_exist()
    {
        var (tenant, other, receiver) = (await fixture.NewTenantAsync(), await fixture.NewTenantAsync(), fixture.Receivers.Add());
        var id = await other.AddAsync(receiver);
        using var client = fixture.Console.NewClient(await fixture.Console.AddReadKeyAsync(tenant.Tenant, null, "streams:write"));
        using var answer = await client.PostAsJsonAsync("/api/streams", new { name = "", kind = "http", settings = new { url = "ftp://x" }, colour = "red" });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Equal(["colour"], (await answer.Content.ReadFromJsonAsync<JsonNode>())!["details"]!.AsArray().Select(detail => detail!["field"]!.GetValue<string>()));
        using var second = await client.PostAsJsonAsync("/api/streams", new { name = "", kind = "http", settings = new { url = "ftp://x" } });
        Assert.Equal(["name", "url"], (await second.Content.ReadFromJsonAsync<JsonNode>())!["details"]!.AsArray().Select(detail => detail!["field"]!.GetValue<string>()));
        foreach (var act in new[] { "check", "pause", "resume", "skip", "resend", "rotate", "replay" })
        {
            using var refused = await client.PostAsync(new Uri($"/api/streams/{id}/{act}", UriKind.Relative), null);
            Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
        }
        using var reader = fixture.Console.NewClient(await fixture.Console.AddReadKeyAsync(tenant.Tenant));
        using var forbidden = await reader.GetAsync(new Uri("/api/streams", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Forbidden, forbidden.StatusCode);
    }

    private static async Task<JsonNode> ActAsync(HttpClient client, string id, string act)
    {
        using var answer = await client.PostAsync(new Uri($"/api/streams/{id}/{act}", UriKind.Relative), null);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<JsonNode>())!;
    }
}
