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
        Assert.Equal("1 entry skipped\n", await DoneAsync(null, "streams", "skip", "--stream", id, "--tenant", slug));
        Volatile.Write(ref isFixed, true);
        await DoneAsync(null, "streams", "resume", "--stream", id, "--tenant", slug);
        Assert.StartsWith("1\tdelivered\t", await DoneAsync(null, "streams", "resend", "--stream", id, "--tenant", slug), StringComparison.Ordinal);
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
    public async Task A_program_and_a_script_see_what_failed_and_send_it_again()
    {
        var isFixed = false;
        var (tenant, receiver) = (await fixture.NewTenantAsync(), fixture.Receivers.Add(request =>
            !Volatile.Read(ref isFixed) && request.Text.Contains("Poisoned", StringComparison.Ordinal) ? new Answer(400, "no such action") : Answer.Ok));
        var slug = tenant.Tenant.Slug;
        using var client = fixture.Console.NewClient(await fixture.Console.AddReadKeyAsync(tenant.Tenant, null, "streams:write"));
        var id = await tenant.AddAsync(receiver, "webhook");
        var poisoned = await tenant.AppendAsync(2, "Poisoned");
        var size = (await tenant.AppendAsync(1))[0];
        await tenant.UntilAsync(id, view => view.Status is { LagEntries: 0, DeadLetters: 2 });

        var failed = await ListAsync("attempts?failed=true");
        Assert.Equal(poisoned.Reverse(), failed.Select(attempt => attempt["first"]!.GetValue<long>()));
        Assert.All(failed, attempt => Assert.Equal((400, "baddata", "no such action"), (attempt["status"]!.GetValue<int>(), attempt["verdict"]!.GetValue<string>(), attempt["answer"]!.GetValue<string>())));
        Assert.Equal(size, (await ListAsync("attempts?limit=1"))[0]["last"]!.GetValue<long>());
        var older = await ListAsync($"attempts?failed=true&before={failed[0]["id"]}");
        Assert.Equal(failed[1]["id"]!.GetValue<long>(), Assert.Single(older)["id"]!.GetValue<long>());
        var letters = await ListAsync("dead-letters");
        Assert.Equal(poisoned.Reverse(), letters.Select(letter => letter["sequence"]!.GetValue<long>()));
        Assert.Equal(letters[1]["id"]!.GetValue<long>(), Assert.Single(await ListAsync("dead-letters?offset=1&limit=1"))["id"]!.GetValue<long>());
        foreach (var wrong in new[] { "attempts?failed=yes", "attempts?before=x", "attempts?limit=0", "dead-letters?limit=501", "dead-letters?colour=red" })
        {
            using var refused = await client.GetAsync(new Uri($"/api/streams/{id}/{wrong}", UriKind.Relative));
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        }
        Assert.Equal("baddata", (await ActAsync(client, id, $"resend?letter={letters[1]["id"]}"))["data"]![0]!["outcome"]!["verdict"]!.GetValue<string>());
        var listed = (await DoneAsync(null, "streams", "dead-letters", "--stream", id, "--tenant", slug)).TrimEnd().Split('\n').Select(line => line.Split('\t')).ToList();
        Assert.Equal(letters.Select(letter => letter["id"]!.ToString()), listed.Select(line => line[0]));
        Assert.All(listed, line => Assert.Equal(("waits", "no such action"), (line[3], line[5])));
        var still = await RunAsync(null, "streams", "resend", "--stream", id, "--tenant", slug);
        Assert.Equal(1, still.Exit);
        Assert.StartsWith($"{poisoned[0]}\tbaddata\t", still.Out, StringComparison.Ordinal);

        Volatile.Write(ref isFixed, true);
        var before = receiver.Taken.Count;
        Assert.Equal("delivered", Assert.Single((await ActAsync(client, id, $"resend?letter={letters[1]["id"]}"))["data"]!.AsArray())!["outcome"]!["verdict"]!.GetValue<string>());
        Assert.NotNull((await ListAsync("dead-letters"))[1]["resent_at"]);
        Assert.StartsWith($"{poisoned[1]}\tdelivered\t", await DoneAsync(null, "streams", "resend", "--stream", id, "--letter", letters[0]["id"]!.ToString(), "--tenant", slug), StringComparison.Ordinal);
        await ActAsync(client, id, $"redeliver?first={poisoned[1]}&last={size}");
        await DoneAsync(null, "streams", "redeliver", "--stream", id, "--first", $"{size}", "--tenant", slug);
        Assert.Equal([poisoned[0], poisoned[1], poisoned[1], size, size], receiver.TakenSequences.Skip(before));
        Assert.Contains($"\t{poisoned[0]}\t{poisoned[0]}\t400\t", await DoneAsync(null, "streams", "attempts", "--failed", "--stream", id, "--tenant", slug), StringComparison.Ordinal);
        using var unnamed = await client.PostAsync(new Uri($"/api/streams/{id}/redeliver", UriKind.Relative), null);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, unnamed.StatusCode);

        async Task<List<JsonNode>> ListAsync(string of) =>
            [.. JsonNode.Parse(await client.GetStringAsync(new Uri($"/api/streams/{id}/{of}", UriKind.Relative)))!["data"]!.AsArray().Select(one => one!)];
    }

    [Fact]
    public async Task A_replay_that_is_under_way_can_be_ended()
    {
        var isDown = false;
        var (tenant, receiver) = (await fixture.NewTenantAsync(), fixture.Receivers.Add(_ => Volatile.Read(ref isDown) ? new Answer(503, RetryAfter: "86400") : Answer.Ok));
        var id = await tenant.AddAsync(receiver);
        await tenant.UntilAsync(id, view => view.Status.LagEntries == 0);
        Volatile.Write(ref isDown, true);
        using var client = fixture.Console.NewClient(await fixture.Console.AddReadKeyAsync(tenant.Tenant, null, "streams:write"));
        Assert.Null((await ActAsync(client, id, "replay"))["replay"]!["finished_at"]);
        Assert.Null((await ActAsync(client, id, "cancel-replay"))["replay"]);
        using var none = await client.PostAsync(new Uri($"/api/streams/{id}/cancel-replay", UriKind.Relative), null);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, none.StatusCode);
    }

    [Fact]
    public async Task Settings_are_tried_before_anything_is_kept()
    {
        var (tenant, receiver) = (await fixture.NewTenantAsync(), fixture.Receivers.Add());
        using var client = fixture.Console.NewClient(await fixture.Console.AddReadKeyAsync(tenant.Tenant, null, "streams:write"));
        var size = await tenant.SizeAsync();
        using var works = await client.PostAsJsonAsync("/api/streams/check", new { name = "SIEM", kind = "http", settings = new { url = receiver.Address } });
        Assert.Equal("delivered", (await works.Content.ReadFromJsonAsync<JsonNode>())!["verdict"]!.GetValue<string>());
        Assert.Equal("[]", Assert.Single(receiver.All).Text);
        using var closed = await client.PostAsJsonAsync("/api/streams/check", new { name = "SIEM", kind = "http", settings = new { url = ConsoleProcess.FreeAddress() } });
        Assert.Equal("url", (await closed.Content.ReadFromJsonAsync<JsonNode>())!["field"]!.GetValue<string>());
        using var wrong = await client.PostAsJsonAsync("/api/streams/check", new { name = "SIEM", kind = "http", settings = new { url = "ftp://x" } });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, wrong.StatusCode);
        var slug = tenant.Tenant.Slug;
        Assert.Contains("answered 200", await DoneAsync($$$"""{"name":"SIEM","kind":"http","settings":{"url":"{{{receiver.Address}}}"}}""", "streams", "check", "-", "--tenant", slug), StringComparison.Ordinal);
        Assert.Equal(1, (await RunAsync(null, "streams", "check", "--tenant", slug)).Exit);
        Assert.Empty(await tenant.Service.ListAsync(tenant.Owner, default));
        Assert.Equal(size, await tenant.SizeAsync());
    }

    [Fact]
    public async Task Configuration_that_is_applied_again_changes_nothing_and_is_no_entry()
    {
        var (tenant, receiver) = (await fixture.NewTenantAsync(), fixture.Receivers.Add());
        var draft = $$$$"""{"name":"SIEM","kind":"http","filter":{"actions":["RuleEdited"]},"redactions":["/ip"],"settings":{"url":"{{{{receiver.Address}}}}","bearer_token":"tok-0123456789"}}""";
        for (var i = 0; i < 3; i++)
        {
            await DoneAsync(draft, "streams", "apply", "-", "--tenant", tenant.Tenant.Slug);
        }
        Assert.Equal(1, await tenant.SizeAsync());
        // Whatever is another is a change.
        foreach (var (one, other) in new[] { ("/ip", "/reasoning"), ("RuleEdited", "RuleArchived"), ("tok-0123456789", "tok-9876543210"), (",\"bearer_token\"", ",\"headers\":\"X-A: bcdefgh\",\"bearer_token\"") })
        {
            var before = await tenant.SizeAsync();
            draft = draft.Replace(one, other, StringComparison.Ordinal);
            await DoneAsync(draft, "streams", "apply", "-", "--tenant", tenant.Tenant.Slug);
            Assert.Equal(before + 1, await tenant.SizeAsync());
        }
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
