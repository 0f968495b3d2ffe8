using System.Text;
using System.Text.Json;
using AuditConsole.ApiKeys;
using AuditConsole.Identity;
using AuditConsole.Portal;
using AuditConsole.Storage;
using AuditConsole.Tests.Security;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Portal;

public sealed class PortalLinkTests(PortalHost host) : IClassFixture<PortalHost>
{
    [Fact]
    public async Task A_link_is_used_once_by_its_button_and_never_by_looking_at_it()
    {
        var link = await host.NewLinkAsync();
        for (var look = 0; look < 3; look++)
        {
            Assert.Equal(200, await host.GetAsync(link, null));
        }
        var opened = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => host.OpenAsync(link)));
        var cookie = Assert.Single(opened, found => found is not null);
        Assert.Equal(200, await host.GetAsync("/audit-log", cookie));
        Assert.Null(await host.OpenAsync(link));
    }

    [Fact]
    public async Task A_link_lives_five_minutes_and_opens_the_log_for_an_hour()
    {
        var (old, other) = (await host.NewLinkAsync(), await host.NewLinkAsync());
        host.Clock.Advance(PortalService.LinkLifetime - TimeSpan.FromSeconds(1));
        var cookie = await host.OpenAsync(other);
        Assert.NotNull(cookie);
        host.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await host.OpenAsync(old));

        host.Clock.Advance(PortalService.SessionLifetime - TimeSpan.FromSeconds(2));
        Assert.Equal(200, await host.GetAsync("/audit-log", cookie));
        host.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(302, await host.GetAsync("/audit-log", cookie));
    }

    [Fact]
    public async Task Making_and_opening_a_link_is_recorded_and_its_secret_is_not_stored()
    {
        var link = await host.NewLinkAsync();
        var secret = link[(link.IndexOf('=', StringComparison.Ordinal) + 1)..];
        Assert.NotNull(await host.OpenAsync(link));
        var entry = (await host.Console.EntriesAsync(host.Tenant)).First(entry => entry.Content.Action == "PortalLinkCreated");
        Assert.Equal(("api_key", host.Key.Id, "PortalLink"), (entry.Content.Actor.Type, entry.Content.Actor.Id, entry.Content.Target.Type));
        Assert.Contains("https://app.customer.example\"", entry.Content.Metadata.ToString(), StringComparison.Ordinal);
        await using var context = await host.Console.Services.GetRequiredService<IDbContextFactory<ConsoleDbContext>>().CreateDbContextAsync();
        var found = await context.PortalLinks.SingleAsync(row => row.Id == entry.Content.Target.Id);
        Assert.NotNull(found.UsedAt);
        foreach (var file in Directory.EnumerateFiles(host.Console.DataDirectory, "audit-console.db*"))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var bytes = new MemoryStream();
            await stream.CopyToAsync(bytes);
            Assert.True(bytes.ToArray().AsSpan().IndexOf(Encoding.ASCII.GetBytes(secret)) < 0, $"{Path.GetFileName(file)} holds the secret");
        }
    }

    [Theory]
    [InlineData("""{"organization":"org_other"}""", 404, "organization_not_found")]
    [InlineData("""{"intent":"audit_logs"}""", 422, "validation_failed")]
    [InlineData("""{"organization":"org_portal","intent":"sso"}""", 422, "sso is not served here")]
    [InlineData("""{"organization":"org_portal","intent":"other"}""", 422, "intent must be")]
    [InlineData("""{"organization":"org_portal","return_url":"https://evil.example/"}""", 422, "https://evil.example, which is not one of the origins")]
    [InlineData("""{"organization":"org_portal","return_url":"https://app.customer.example.evil.example/"}""", 422, "not one of the origins")]
    [InlineData("""{"organization":"org_portal","return_url":"https://app.customer.example@evil.example/"}""", 422, "must be an address")]
    [InlineData("""{"organization":"org_portal","return_url":"http://app.customer.example/"}""", 422, "not one of the origins")]
    [InlineData("""{"organization":"org_portal","return_url":"javascript:alert(1)"}""", 422, "must be an address")]
    [InlineData("""{"organization":"org_portal","success_url":"//evil.example"}""", 422, "must be an address")]
    [InlineData("""{"organization":"org_portal","return_url":"https://app.customer.example\\@evil.example"}""", 422, "must be an address")]
    [InlineData("""{"organization":"org_portal","return_url":7}""", 422, "must be a string")]
    [InlineData("""{"organization":"org_portal","it_contact_emails":["a@b.c"]}""", 422, "sends no mail")]
    public async Task What_can_not_be_served_is_refused_in_words(string body, int status, string words)
    {
        var (answered, json) = await host.AskAsync(JsonDocument.Parse(body).RootElement);
        Assert.Equal(status, answered);
        Assert.Contains(words, json.GetRawText(), StringComparison.Ordinal);
        Assert.NotEmpty(json.GetProperty("message").GetString()!);
    }

    [Fact]
    public async Task Keys_need_the_scope_and_the_tenant_must_let_keys_read()
    {
        var (refused, lacking) = await host.AskAsync(new { organization = PortalHost.Organization }, await host.Console.AddKeyAsync(host.Tenant));
        Assert.Equal((403, "forbidden"), (refused, lacking.GetProperty("code").GetString()));
        var closed = await host.Console.AddTenantAsync($"closed-{Guid.NewGuid():N}"[..20]);
        var key = await host.Console.Services.GetRequiredService<ApiKeyService>().CreateFromConsoleAsync(closed, "portal", [ApiKeyPolicies.PortalWriteScope], KeyExpiry.None, default);
        var (status, json) = await host.AskAsync(new { organization = closed.Id }, key);
        Assert.Equal((403, "session_required"), (status, json.GetProperty("code").GetString()));
        var all = await host.Console.Services.GetRequiredService<ApiKeyService>().CreateForAllTenantsAsync("all", [ApiKeyPolicies.PortalWriteScope], KeyExpiry.None, default);
        Assert.Equal(403, (await host.AskAsync(new { organization = closed.Id }, all)).Status);
        Assert.Equal(201, (await host.AskAsync(new { organization = PortalHost.Organization, return_url = "http://localhost:3000/back" }, all)).Status);
    }

    [Fact]
    public async Task A_link_opens_nothing_once_its_key_is_revoked_or_programs_may_not_read_any_more()
    {
        var portal = host.Console.Services.GetRequiredService<PortalService>();
        var key = await host.Console.Services.GetRequiredService<ApiKeyService>().CreateFromConsoleAsync(host.Tenant, "short", [ApiKeyPolicies.PortalWriteScope], KeyExpiry.None, default);
        var (_, json) = await host.AskAsync(new { organization = PortalHost.Organization }, key);
        var secret = json.GetProperty("link").GetString()!.Split("token=")[1];
        Assert.NotNull(await portal.FindAsync(secret, default));
        await host.Console.SetProgrammaticReadingAsync(host.Tenant, on: false);
        Assert.Null(await portal.FindAsync(secret, default));
        await host.Console.SetProgrammaticReadingAsync(host.Tenant, on: true);
        await host.Console.Services.GetRequiredService<ApiKeyService>().RevokeFromConsoleAsync(key.Id, default);
        Assert.Null(await portal.UseAsync(secret, Client.Unknown, default));
    }

    [Theory]
    [InlineData(PortalIntent.AuditLogs)]
    [InlineData(PortalIntent.LogStreams)]
    public async Task With_the_session_of_a_link_no_route_but_those_of_its_intent_is_reachable(PortalIntent intent)
    {
        var other = await host.Console.AddTenantAsync(RouteTable.TenantSlug + Guid.NewGuid().ToString("N")[..8]);
        var wrong = new List<string>();
        foreach (var row in RouteTable.Rows)
        {
            var session = await SessionAsync(intent);
            var (answer, body) = await TryAsync(row with { Path = row.Path.Replace(RouteTable.TenantSlug, host.Tenant.Slug, StringComparison.Ordinal) }, session);
            if (answer != Expected(row, intent))
            {
                wrong.Add($"{row.Route}: {answer} instead of {Expected(row, intent)}: {body[..Math.Min(body.Length, 200)]}");
            }
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        // Another account is none, inside the portal's own page and form, too.
        var directory = host.Console.Services.GetRequiredService<IMemberDirectory>();
        var id = (await SessionAsync(intent)).UserId()!;
        foreach (var permission in new[] { Permission.ReadLog, Permission.ManageStreams })
        {
            await Assert.ThrowsAsync<AccessDeniedException>(() => directory.RequireAsync(id, other.Slug, permission, default));
        }
    }

    [Theory]
    [InlineData(PortalIntent.AuditLogs, Permission.ReadLog, Permission.Export)]
    [InlineData(PortalIntent.LogStreams, Permission.ManageStreams)]
    public async Task With_the_session_of_a_link_no_service_lets_more_be_done_than_its_intent_says(PortalIntent intent, params Permission[] allowed)
    {
        var directory = host.Console.Services.GetRequiredService<IMemberDirectory>();
        var id = (await SessionAsync(intent)).UserId()!;
        foreach (var permission in Enum.GetValues<Permission>().Where(permission => permission is not Permission.Append))
        {
            var may = await directory.RequireAsync(id, host.Tenant.Slug, permission, default).ContinueWith(task => task.IsCompletedSuccessfully, TaskScheduler.Default);
            Assert.True(may == allowed.Contains(permission), permission.ToString());
        }
    }

    private static string Expected(RouteRow row, PortalIntent intent) => row.Route switch
    {
        "GET /" when intent == PortalIntent.LogStreams => "302 /streams",
        "GET /audit-log" or "POST /audit-log" or "POST /audit-log/export" when intent == PortalIntent.LogStreams => "403 forbidden",
        "GET /streams" or "GET /streams/new" or "GET /streams/{Id}" when intent == PortalIntent.LogStreams => "200",
        "POST /streams" or "POST /streams/new" or "POST /streams/{Id}" when intent == PortalIntent.LogStreams => "400",
        "GET /" => "302 /audit-log",
        "GET /audit-log" => "200",
        "POST /audit-log" => "400",
        "POST /audit-log/export" => "200",
        "POST /sign-out" => "302 /portal/open",
        "GET /not-found" => "200",
        "POST /not-found" => "400",
        "GET /sign-in" => "302 /audit-log",
        // The circuit itself, as for any session.
        _ when row.Route.Contains("/_blazor", StringComparison.Ordinal) || row.Route.Contains("/_framework", StringComparison.Ordinal) => row.Answers[(int)Visitor.Auditor],
        _ when row.Answers.Distinct().Count() == 1 => row.Answers[0],
        _ when row.Answers[(int)Visitor.Auditor].StartsWith("401", StringComparison.Ordinal) => row.Answers[(int)Visitor.Auditor],
        _ when row.Method == "HEAD" => "403",
        _ => "403 forbidden",
    };

    private async Task<System.Security.Claims.ClaimsPrincipal> SessionAsync(PortalIntent intent)
    {
        var portal = host.Console.Services.GetRequiredService<PortalService>();
        var settings = await host.Console.Services.GetRequiredService<Tenants.TenantSettingsService>().OfAsync(host.Tenant.Number, default);
        var link = await portal.UseAsync(await portal.CreateAsync(settings, Acting.Console, intent, null, null, default), Client.Unknown, default);
        return Sessions.OpenPortal(link!);
    }

    private async Task<(string Answer, string Body)> TryAsync(RouteRow row, System.Security.Claims.ClaimsPrincipal session)
    {
        using var client = host.Console.NewClient();
        using var request = new HttpRequestMessage(new HttpMethod(row.Method), row.Path);
        var cookies = $"{IdentityFeature.SessionCookie}={host.Console.CookieOf(session)}";
        if (row.Fields is not null)
        {
            var (cookie, field) = host.Console.FormTokenOf(session);
            cookies += "; " + cookie;
            request.Content = new FormUrlEncodedContent(
                [.. row.Fields.Select(pair => KeyValuePair.Create(pair.Item1, pair.Item2 == RouteTable.TenantSlug ? host.Tenant.Slug : pair.Item2)), field]);
        }
        else if (row.Json is not null)
        {
            request.Content = new StringContent(row.Json, Encoding.UTF8, "application/json");
        }
        request.Headers.Add("Cookie", cookies);
        using var answer = await client.SendAsync(request);
        var body = await answer.Content.ReadAsStringAsync();
        var status = (int)answer.StatusCode;
        return (answer.Headers.Location is { } location ? $"{status} {new Uri(host.Console.Address, location).AbsolutePath}"
            : status >= 400 && answer.Content.Headers.ContentType?.MediaType == "application/json" && body.Length > 0
                ? $"{status} {JsonDocument.Parse(body).RootElement.GetProperty("code").GetString()}"
                : $"{status}", body);
    }
}
