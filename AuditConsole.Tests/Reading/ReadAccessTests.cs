using System.Net.Http.Headers;
using System.Text;
using AuditConsole.ApiKeys;
using AuditConsole.CommandLine;
using AuditConsole.Identity;
using AuditConsole.Tenants;
using AuditConsole.Tests.Ingest;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Reading;

/// <summary>Who may read by key, in which order it is asked, and what is said about it.</summary>
[Collection(ReaderTests.Name)]
public sealed class ReadAccessTests(ReaderFixture fixture)
{
    private ConsoleFactory Console => fixture.Console;

    private ApiKeyService Keys => Console.Services.GetRequiredService<ApiKeyService>();

    [Fact]
    public async Task The_checks_come_in_their_order()
    {
        var tenant = await Console.AddTenantAsync("order-of-checks");
        var stranger = await Console.AddTenantAsync("order-stranger");
        var key = await Keys.CreateFromConsoleAsync(tenant, "producer", ["events:write"], KeyExpiry.None, default);
        // Everything is wrong: each answer names the first that still is.
        var (path, other) = ("/v1/audit-log?limit=0", stranger.Id.ToString());
        (await GetAsync(path, "aud_live_nonsense", other)).AssertError(401, "unauthenticated");
        (await GetAsync(path, key.Text, other)).AssertError(403, "tenant_mismatch");
        var off = await GetAsync(path, key.Text, tenant.Id.ToString());
        off.AssertError(403, "session_required");
        Assert.Contains(off.Notices, notice => notice.Contains("off for this account", StringComparison.Ordinal));
        Assert.Contains(off.Notices, notice => notice.Contains("An Admin", StringComparison.Ordinal));
        await Console.SetProgrammaticReadingAsync(tenant, on: true);
        var scope = await GetAsync(path, key.Text, tenant.Id.ToString());
        scope.AssertError(403, "forbidden");
        Assert.Contains("events:read", scope.Body, StringComparison.Ordinal);
        var reader = await Console.AddReadKeyAsync(tenant);
        (await GetAsync(path, reader.Text, tenant.Id.ToString())).AssertError(400, "invalid_parameter");
        (await GetAsync("/v1/audit-log", reader.Text, null)).AssertError(400, "invalid_header");
        foreach (var name in new[] { tenant.Id.ToString(), tenant.Id.ToString().ToUpperInvariant(), tenant.Slug })
        {
            Assert.Equal(200, (await GetAsync("/v1/audit-log", reader.Text, name)).Status);
        }
        (await GetAsync("/api/audit-log", reader.Text, other)).AssertError(403, "tenant_mismatch");
        Assert.Equal(200, (await GetAsync("/api/audit-log", reader.Text, null)).Status);
    }

    [Fact]
    public async Task The_command_line_switches_reading_on_and_off_at_once_and_both_are_entries()
    {
        var tenant = await Console.AddTenantAsync("by-command");
        var key = await Keys.CreateFromConsoleAsync(tenant, "reader", ["events:read"], KeyExpiry.None, default);
        (await GetAsync("/api/audit-log", key.Text)).AssertError(403, "session_required");
        await SetAsync("on");
        Assert.Equal(200, (await GetAsync("/api/audit-log", key.Text)).Status);
        await SetAsync("off");
        (await GetAsync("/api/audit-log", key.Text)).AssertError(403, "session_required");
        Assert.Equal(
            ["ProgrammaticReadingDisabled console", "ProgrammaticReadingEnabled console"],
            (await Console.EntriesAsync(tenant)).Where(entry => entry.Content.Action.StartsWith("Programmatic", StringComparison.Ordinal))
                .OrderByDescending(entry => entry.Sequence).Select(entry => $"{entry.Content.Action} {entry.RecordedBy}"));
        foreach (var wrong in new[] { ["--programmatic-reading", "maybe"], ["--retention-days", "many"], ["--retention-days", "9", "--retention-default"], Array.Empty<string>() })
        {
            Assert.NotEmpty(new CommandTable().Parse(["tenants", "set", "--tenant", tenant.Slug, .. wrong]).Errors);
        }

        async Task SetAsync(string state)
        {
            using var output = new StringWriter();
            var arguments = new CommandTable().Parse(["tenants", "set", "--tenant", tenant.Slug, "--programmatic-reading", state]);
            Assert.Empty(arguments.Errors);
            var context = new CommandContext { Services = Console.Services, Input = Stream.Null, Out = output, Error = output };
            Assert.Equal(0, await CommandTable.RunAsync(arguments, context));
            Assert.Equal($"programmatic reading {state}", output.ToString().Trim());
        }
    }

    [Fact]
    public async Task Pages_and_files_need_scopes_of_their_own()
    {
        var tenant = await Console.AddTenantAsync("scopes");
        var (pages, files) = (await Console.AddReadKeyAsync(tenant, null, "events:read"), await Console.AddReadKeyAsync(tenant, null, "exports:read"));
        Assert.Equal(200, (await GetAsync("/api/audit-log", pages.Text)).Status);
        (await GetAsync("/api/audit-log", pages.Text, accept: "text/csv")).AssertError(403, "forbidden");
        (await GetAsync("/api/audit-log", pages.Text, accept: "application/x-ndjson")).AssertError(403, "forbidden");
        Assert.Equal(200, (await GetAsync("/api/audit-log", files.Text, accept: "text/csv")).Status);
        (await GetAsync("/api/audit-log", files.Text)).AssertError(403, "forbidden");
        (await GetAsync("/v1/audit-log", files.Text, tenant.Slug)).AssertError(403, "forbidden");
        using var client = Console.NewClient(pages);
        (await ReadAnswer.OfAsync(await client.PostAsync("/api/audit-log", new StringContent(Bodies.Entry(), Encoding.UTF8, "application/json")))).AssertError(403, "forbidden");
    }

    [Fact]
    public async Task A_reading_key_carries_no_more_than_its_maker_and_ends_with_the_membership_and_a_producers_does_not()
    {
        var tenant = await Console.AddTenantAsync("makers");
        var (boss, maker) = (await Console.AddUserAsync(tenant, Role.Admin), await Console.AddUserAsync(tenant, Role.Admin));
        var members = Console.Services.GetRequiredService<MemberService>();
        var reader = await Console.AddReadKeyAsync(tenant, maker);
        var producer = await Keys.CreateAsync(maker.Id, tenant.Slug, "producer", ["events:write"], KeyExpiry.None, Client.Unknown, default);
        Assert.Equal(200, (await GetAsync("/api/audit-log", reader.Text, accept: "text/csv")).Status);

        await members.SetRoleAsync(boss.Id, tenant.Slug, maker.Id, Role.Viewer, Client.Unknown, default);
        Assert.Equal(200, (await GetAsync("/api/audit-log", reader.Text)).Status);
        var refused = await GetAsync("/api/audit-log", reader.Text, accept: "text/csv");
        refused.AssertError(403, "forbidden");
        Assert.Contains("Auditor", refused.Body, StringComparison.Ordinal);

        await members.RemoveAsync(boss.Id, tenant.Slug, maker.Id, Client.Unknown, default);
        (await GetAsync("/api/audit-log", reader.Text)).AssertError(401, "unauthenticated");
        Assert.Equal(201, await AppendAsync(producer));
        Assert.Equal(["MemberRemoved", "ApiKeyRevoked"], (await Console.EntriesAsync(tenant)).Skip(1).Take(2).Select(entry => entry.Content.Action).Reverse());
        // Coming back doesn't bring it back.
        await Console.AddUserAsync(tenant, Role.Admin, maker.Email);
        (await GetAsync("/api/audit-log", reader.Text)).AssertError(401, "unauthenticated");
        await Assert.ThrowsAsync<RefusedException>(() => Keys.CreateAsync(
            boss.Id, tenant.Slug, "both", ["events:write", "events:read"], KeyExpiry.None, Client.Unknown, default));
    }

    [Fact]
    public async Task A_key_opens_nothing_from_another_address()
    {
        var tenant = await Console.AddTenantAsync("addresses");
        var away = await Keys.CreateFromConsoleAsync(tenant, "away", ["events:write"], KeyExpiry.None, default, "198.51.100.0/24, 2001:db8::/32");
        var home = await Keys.CreateFromConsoleAsync(tenant, "home", ["events:write"], KeyExpiry.None, default, "127.0.0.0/8 ::1");
        Assert.Equal(403, await AppendAsync(away));
        Assert.Equal(201, await AppendAsync(home));
        await Assert.ThrowsAsync<RefusedException>(() => Keys.CreateFromConsoleAsync(tenant, "x", ["events:write"], KeyExpiry.None, default, "localhost"));
    }

    [Fact]
    public async Task A_rotated_key_works_on_until_the_overlap_ends()
    {
        var tenant = await Console.AddTenantAsync("rotation");
        var admin = await Console.AddUserAsync(tenant, Role.Admin);
        var old = await Keys.CreateAsync(admin.Id, tenant.Slug, "web", ["events:write"], KeyExpiry.Days30, Client.Unknown, default);
        var next = await Keys.RotateAsync(admin.Id, tenant.Slug, old.Id, TimeSpan.FromHours(1), "127.0.0.1", Client.Unknown, default);
        Assert.Equal((201, 201), (await AppendAsync(old), await AppendAsync(next)));
        var rows = await Keys.ListAsync(admin.Id, tenant.Slug, default);
        var (oldRow, newRow) = (rows.Single(row => row.Id == old.Id), rows.Single(row => row.Id == next.Id));
        Assert.Equal((next.Id, "web", "events:write", "127.0.0.1"), (oldRow.ReplacedBy, newRow.Name, newRow.Scopes, newRow.AllowedAddresses));
        Assert.InRange((oldRow.ExpiresAt - newRow.CreatedAt)!.Value, TimeSpan.FromMinutes(59), TimeSpan.FromMinutes(61));
        Assert.InRange((newRow.ExpiresAt - newRow.CreatedAt)!.Value, TimeSpan.FromDays(29.9), TimeSpan.FromDays(30.1));
        await Assert.ThrowsAsync<RefusedException>(() => Keys.RotateAsync(admin.Id, tenant.Slug, old.Id, TimeSpan.FromHours(1), null, Client.Unknown, default));
        var entry = (await Console.EntriesAsync(tenant)).First(entry => entry.Content.Action == "ApiKeyCreated");
        Assert.Contains($"\"replaces\":\"{old.Id}\"", Encoding.UTF8.GetString(entry.Content.Metadata.Utf8.Span), StringComparison.Ordinal);
        await Keys.RevokeAsync(admin.Id, tenant.Slug, old.Id, Client.Unknown, default);
        Assert.Equal((401, 201), (await AppendAsync(old), await AppendAsync(next)));
    }

    [Fact]
    public async Task The_switch_is_an_entry_of_the_log_and_only_when_it_turns()
    {
        var tenant = await Console.AddTenantAsync("switch");
        var (admin, auditor) = (await Console.AddUserAsync(tenant, Role.Admin), await Console.AddUserAsync(tenant, Role.Auditor));
        var settings = Console.Services.GetRequiredService<TenantSettingsService>();
        foreach (var on in new[] { true, true, false, false })
        {
            await settings.SetProgrammaticReadingAsync(admin.Id, tenant.Slug, on, Client.Unknown, default);
        }
        await Assert.ThrowsAsync<AccessDeniedException>(() => settings.SetProgrammaticReadingAsync(auditor.Id, tenant.Slug, true, Client.Unknown, default));
        var entries = (await Console.EntriesAsync(tenant)).Take(3).ToList();
        Assert.Equal(["ProgrammaticReadingDisabled", "ProgrammaticReadingEnabled", "MemberAdded"], entries.Select(entry => entry.Content.Action));
        Assert.Equal(("user", admin.Id, "Tenant", tenant.Slug), (entries[0].Content.Actor.Type, entries[0].Content.Actor.Id, entries[0].Content.Target.Type, entries[0].Content.Target.Slug));
    }

    [Fact]
    public async Task The_answer_tells_what_is_left_and_an_account_can_have_limits_of_its_own()
    {
        var tenant = await Console.AddTenantAsync("limits");
        var (key, other) = (await Console.AddReadKeyAsync(tenant), await Console.AddReadKeyAsync(tenant));
        await Console.Services.GetRequiredService<TenantSettingsService>().SetLimitsAsync(tenant.Number, 3, null, default);
        var answers = new List<ReadAnswer>();
        for (var i = 0; i < 5; i++)
        {
            answers.Add(await GetAsync(i == 1 ? "/api/audit-log?limit=0" : "/api/audit-log", key.Text));
        }
        Assert.Equal([200, 400, 200, 429, 429], answers.Select(answer => answer.Status));
        answers[^1].AssertError(429, "rate_limited");
        Assert.All(answers, answer => Assert.Equal("\"reads\";q=3;w=60", answer.Headers["RateLimit-Policy"]));
        Assert.Equal(["2", "1", "0", "0", "0"], answers.Select(answer => answer.Headers["RateLimit"].Split(';')[1][2..]));
        Assert.InRange(int.Parse(answers[^1].Headers["Retry-After"], System.Globalization.CultureInfo.InvariantCulture), 1, 60);
        Assert.Equal(200, (await GetAsync("/api/audit-log", other.Text)).Status);
    }

    [Fact]
    public async Task Ten_thousand_guesses_are_limited_and_a_good_key_passes_all_the_same()
    {
        await using var console = new ConsoleFactory();
        console.StartServer();
        var tenant = await console.AddTenantAsync("guesses");
        var key = await console.AddReadKeyAsync(tenant);
        using var client = console.NewClient();
        var statuses = new Dictionary<int, int>();
        await Parallel.ForEachAsync(Enumerable.Range(0, 10_000), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (_, stop) =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/audit-log");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ApiKeyText.Create());
            using var answer = await client.SendAsync(request, stop);
            lock (statuses)
            {
                statuses[(int)answer.StatusCode] = statuses.GetValueOrDefault((int)answer.StatusCode) + 1;
            }
        });
        Assert.Equal([401, 429], statuses.Keys.Order());
        // A run of more than a minute meets a second window, or several.
        Assert.True(statuses[429] > statuses[401]);
        using var good = console.NewClient(key);
        Assert.Equal(200, (int)(await good.GetAsync("/api/audit-log")).StatusCode);
        Assert.Equal(429, (int)(await client.SendAsync(new(HttpMethod.Get, "/api/audit-log") { Headers = { { "X-API-Key", ApiKeyText.Create() } } })).StatusCode);
    }

    private async Task<ReadAnswer> GetAsync(string path, string key, string? tenant = null, string? accept = null)
    {
        using var client = Console.NewClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("X-API-Key", key);
        if (tenant is not null)
        {
            request.Headers.Add("X-Tenant-ID", tenant);
        }
        if (accept is not null)
        {
            request.Headers.Add("Accept", accept);
        }
        using var answer = await client.SendAsync(request);
        return await ReadAnswer.OfAsync(answer);
    }

    private async Task<int> AppendAsync(CreatedKey key)
    {
        using var client = Console.NewClient(key);
        using var answer = await client.PostAsync("/api/audit-log", new StringContent(Bodies.Entry(), Encoding.UTF8, "application/json"));
        return (int)answer.StatusCode;
    }
}
