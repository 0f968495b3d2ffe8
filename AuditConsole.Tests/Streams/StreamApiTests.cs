using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using AuditConsole.Streams;
using AuditConsole.Tests.CommandLine;

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

    [Theory]
    [InlineData("http", "url", "https://10.0.0.1/audit", "10.0.0.1 is private")]
    [InlineData("webhook", "url", "https://[::ffff:169.254.169.254]/", "link-local")]
    [InlineData("splunk-hec", "url", "https://2852039166:8088", "169.254.169.254")]
    [InlineData("s3-compatible", "endpoint", "https://[fd00:ec2::254]", "private")]
    public async Task An_inner_address_is_refused_where_it_is_entered(string kind, string field, string address, string words)
    {
        var tenant = await fixture.NewTenantAsync();
        var settings = new Dictionary<string, string> { [field] = address };
        foreach (var (name, value) in kind switch
        {
            "splunk-hec" => new[] { ("token", Guid.Empty.ToString()) },
            "s3-compatible" => [("bucket", "acme"), ("access_key_id", "AKIAEXAMPLE000000000"), ("secret_access_key", "secret")],
            _ => [],
        })
        {
            settings[name] = value;
        }
        using var client = fixture.Console.NewClient(await fixture.Console.AddReadKeyAsync(tenant.Tenant, null, "streams:write"));
        using var answer = await client.PostAsJsonAsync("/api/streams", new { name = "Inner", kind, settings });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        var detail = Assert.Single((await answer.Content.ReadFromJsonAsync<JsonNode>())!["details"]!.AsArray())!;
        Assert.Equal(field, detail["field"]!.GetValue<string>());
        Assert.Contains(words, detail["message"]!.GetValue<string>(), StringComparison.Ordinal);
        var said = await RunAsync(new JsonObject { ["name"] = "Inner", ["kind"] = kind, ["settings"] = JsonSerializer.SerializeToNode(settings) }.ToJsonString(), "streams", "add", "-", "--tenant", tenant.Tenant.Slug);
        Assert.Equal((1, ""), (said.Exit, said.Out));
        Assert.StartsWith($"{field}: ", said.Error, StringComparison.Ordinal);
        Assert.Contains("Streams:AllowedNetworks", said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_script_keeps_a_stream_as_configuration()
    {
        var isFixed = false;
        var (tenant, receiver) = (await fixture.NewTenantAsync(), fixture.Receivers.Add(_ => Volatile.Read(ref isFixed) ? Answer.Ok : new Answer(403)));
        var slug = tenant.Tenant.Slug;
        var draft = $$$"""{"name":"SIEM","kind":"http","settings":{"url":"{{{receiver.Address}}}","bearer_token":"tok-SECRET-0123456789-abcd"}}""";
        var id = (await DoneAsync(draft, "streams", "apply", "-", "--tenant", slug)).Trim();
        Assert.StartsWith("str_", id, StringComparison.Ordinal);
        await tenant.UntilAsync(id, view => view.Status.State == StreamState.Error);
        var listed = (await DoneAsync(null, "streams", "list", "--tenant", slug)).Trim().Split('\t');
        Assert.Equal((id, "error", "http", "SIEM"), (listed[0], listed[1], listed[2], listed[5]));
        Assert.Contains("answered 403", listed[6], StringComparison.Ordinal);
        Assert.Equal(1, (await RunAsync(null, "streams", "check", "--stream", id, "--tenant", slug)).Exit);
        Assert.Equal("1 entries skipped\n", await DoneAsync(null, "streams", "skip", "--stream", id, "--tenant", slug));
        Volatile.Write(ref isFixed, true);
        await DoneAsync(null, "streams", "resume", "--stream", id, "--tenant", slug);
        Assert.StartsWith("1\tDelivered\t", await DoneAsync(null, "streams", "resend", "--stream", id, "--tenant", slug), StringComparison.Ordinal);
        await tenant.UntilAsync(id, view => view.Status.LagEntries == 0);

        // The same file again changes the stream, and a secret that it leaves out stays.
        Assert.Equal(id, (await DoneAsync(draft.Replace(",\"bearer_token\":\"tok-SECRET-0123456789-abcd\"", "", StringComparison.Ordinal), "streams", "apply", "-", "--tenant", slug)).Trim());
        await DoneAsync(null, "streams", "replay", "--stream", id, "--tenant", slug, "--from", "2020-01-01");
        await tenant.UntilAsync(id, view => view.Status is { LagEntries: 0, Replay.FinishedAt: not null });
        Assert.Equal("Bearer tok-SECRET-0123456789-abcd", receiver.Taken[^1].Headers["Authorization"]);
        await DoneAsync(null, "streams", "pause", "--stream", id, "--tenant", slug);
        var stream = Assert.Single(JsonNode.Parse(await DoneAsync(null, "streams", "list", "--tenant", slug, "--json"))!.AsArray())!;
        Assert.Equal(("paused", 0), (stream["state"]!.GetValue<string>(), stream["dead_letters"]!.GetValue<int>()));
        Assert.DoesNotContain("SECRET", stream.ToJsonString(), StringComparison.Ordinal);
        await DoneAsync(null, "streams", "delete", "--stream", id, "--tenant", slug);
        Assert.Equal("", await DoneAsync(null, "streams", "list", "--tenant", slug));
        var unknown = await RunAsync(null, "streams", "pause", "--stream", id, "--tenant", slug);
        Assert.Equal((1, ""), (unknown.Exit, unknown.Out));
        Assert.NotEqual("", unknown.Error);
    }

    [Fact]
    public async Task A_script_has_checkpoints_kept_in_a_bucket()
    {
        var slug = (await fixture.NewTenantAsync()).Tenant.Slug;
        const string Bucket = """
            "endpoint":"https://s3.example.com","bucket":"acme-proof","access_key_id":"AKIAEXAMPLE000000000","secret_access_key":"secret"
            """;
        var wrong = await RunAsync($$$"""{"name":"Proof","kind":"http","purpose":"checkpoints","settings":{ {{{Bucket}}} }}""", "streams", "add", "-", "--tenant", slug);
        Assert.Equal((1, ""), (wrong.Exit, wrong.Out));
        Assert.StartsWith("kind: Checkpoints go to a bucket", wrong.Error, StringComparison.Ordinal);
        var added = await DoneAsync($$$"""{"name":"Proof","kind":"s3-compatible","purpose":"checkpoints","settings":{ {{{Bucket}}}, "lock_days":"30" }}""", "streams", "add", "-", "--tenant", slug);
        Assert.StartsWith("str_", added, StringComparison.Ordinal);
        var stream = Assert.Single(JsonNode.Parse(await DoneAsync(null, "streams", "list", "--tenant", slug, "--json"))!.AsArray())!;
        Assert.Equal(
            ("checkpoints", "s3-compatible", "30"),
            (stream["purpose"]!.GetValue<string>(), stream["kind"]!.GetValue<string>(), stream["settings"]!["lock_days"]!.GetValue<string>()));
        Assert.DoesNotContain("\"secret\"", stream.ToJsonString(), StringComparison.Ordinal);
    }

    private Task<CommandResult> RunAsync(string? input, params string[] arguments) => ServedCommand.RunAsync(fixture.Console.DataDirectory, input, arguments);

    private Task<string> DoneAsync(string? input, params string[] arguments) => ServedCommand.DoneAsync(fixture.Console.DataDirectory, input, arguments);

    private static async Task<JsonNode> ActAsync(HttpClient client, string id, string act)
    {
        using var answer = await client.PostAsync(new Uri($"/api/streams/{id}/{act}", UriKind.Relative), null);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<JsonNode>())!;
    }
}
