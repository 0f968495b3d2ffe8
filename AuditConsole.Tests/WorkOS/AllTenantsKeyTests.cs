using AuditConsole.ApiKeys;
using AuditConsole.CommandLine;
using AuditConsole.Core;
using AuditConsole.Identity;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.WorkOS;

/// <summary>One key for all tenants, as a WorkOS key is one for all organizations.</summary>
[Collection(WorkOSTests.Name)]
public sealed class AllTenantsKeyTests(WorkOSFixture fixture)
{
    [Fact]
    public async Task It_appends_to_the_organization_that_each_sentnames_later_ones_included()
    {
        var first = await fixture.NewAsync();
        var key = await fixture.NewKeyOfAllAsync();
        var later = await fixture.NewAsync();
        foreach (var organization in new[] { first, later })
        {
            (await fixture.Sdk.CallAsync(fixture.Console.Address, key.Text, "auditLogs.createEvent", [organization.Id, SdkEventTests.Event()])).Done();
            Assert.Equal($"key:{key.Id}", Assert.Single(await organization.EntriesAsync()).RecordedBy);
        }
        Assert.Equal("NotFoundException", (await fixture.Sdk.CallAsync(fixture.Console.Address, key.Text, "auditLogs.createEvent", ["org_none", SdkEventTests.Event()])).ErrorClass);
        // A slug is no organization.
        (await first.SendAsync(HttpMethod.Post, "/audit_logs/events", EventRuleTests.Body(first.Tenant.Slug), key: key.Text)).AssertError(404, "organization_not_found");
    }

    [Fact]
    public async Task Each_account_decides_for_itself_whether_it_may_read()
    {
        var (open, closed) = (await fixture.NewAsync(), await fixture.NewAsync());
        await fixture.Console.SetProgrammaticReadingAsync(open.Tenant, on: true);
        var key = await fixture.NewKeyOfAllAsync(ApiKeyPolicies.ExportsReadScope, ApiKeyPolicies.RetentionWriteScope);

        Assert.Equal(200, (await open.SendAsync(HttpMethod.Get, $"/organizations/{open.Id}/audit_logs_retention", key: key.Text)).Status);
        (await closed.SendAsync(HttpMethod.Get, $"/organizations/{closed.Id}/audit_logs_retention", key: key.Text)).AssertError(403, "session_required");
        var range = $$"""{"organization_id":"{{open.Id}}","range_start":"2026-01-01T00:00:00Z","range_end":"2026-02-01T00:00:00Z"}""";
        var export = await open.SendAsync(HttpMethod.Post, "/audit_logs/exports", range, key: key.Text);
        Assert.Equal(201, export.Status);
        var path = $"/audit_logs/exports/{export.Json.GetProperty("id").GetString()}";
        Assert.Equal(200, (await open.SendAsync(HttpMethod.Get, path, key: key.Text)).Status);
        await fixture.Console.SetProgrammaticReadingAsync(open.Tenant, on: false);
        (await open.SendAsync(HttpMethod.Get, path, key: key.Text)).AssertError(403, "session_required");
        (await open.SendAsync(HttpMethod.Post, "/audit_logs/events", EventRuleTests.Body(open.Id), key: key.Text)).AssertError(403, "forbidden");
    }

    [Fact]
    public async Task On_the_other_routes_a_header_names_the_account()
    {
        var organization = await fixture.NewAsync();
        var key = await fixture.NewKeyOfAllAsync();
        using var client = fixture.Console.NewClient(key);
        Assert.Equal((400, "invalid_header"), await PostAsync(null));
        Assert.Equal((403, "tenant_mismatch"), await PostAsync("no-such-tenant"));
        foreach (var name in new[] { organization.Id, organization.Tenant.Slug, organization.Tenant.Id.ToString() })
        {
            Assert.Equal(201, (await PostAsync(name)).Status);
        }
        Assert.Equal(3, (await organization.EntriesAsync()).Count);

        async Task<(int Status, string? Code)> PostAsync(string? tenant)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/audit-log")
            {
                Content = new StringContent("""{"action":"a","actor":{"type":"user","id":"u"},"target":{"type":"t","id":"t"}}""", System.Text.Encoding.UTF8, "application/json"),
            };
            if (tenant is not null)
            {
                request.Headers.Add("X-Tenant-ID", tenant);
            }
            using var response = await client.SendAsync(request);
            var answer = await HttpAnswer.OfAsync(response);
            return (answer.Status, answer.Status < 400 ? null : answer.Code);
        }
    }

    [Fact]
    public async Task Every_accounts_Admins_see_it_and_none_of_them_can_change_it()
    {
        var organization = await fixture.NewAsync();
        var key = await fixture.NewKeyOfAllAsync();
        var admin = await fixture.Console.AddUserAsync(organization.Tenant, Role.Admin);
        var keys = fixture.Console.Services.GetRequiredService<ApiKeyService>();

        var row = Assert.Single(await keys.ListAsync(admin.Id, organization.Tenant.Slug, CancellationToken.None), row => row.Id == key.Id);
        Assert.True(row.IsForAllTenants);
        await Assert.ThrowsAsync<RefusedException>(() => keys.RevokeAsync(admin.Id, organization.Tenant.Slug, key.Id, Client.Unknown, CancellationToken.None));
        await Assert.ThrowsAsync<RefusedException>(() => keys.RenameAsync(admin.Id, organization.Tenant.Slug, key.Id, "mine", CancellationToken.None));

        await keys.RevokeFromConsoleAsync(key.Id, CancellationToken.None);
        (await organization.SendAsync(HttpMethod.Post, "/audit_logs/events", EventRuleTests.Body(organization.Id), key: key.Text)).AssertError(401, "unauthenticated");
        // Its making and its end stand in the account's own log.
        var records = (await fixture.Console.EntriesAsync(organization.Tenant)).Where(entry => entry.Content.Target.Id == key.Id).Select(entry => entry.Content).ToList();
        Assert.Equal(["ApiKeyRevoked", "ApiKeyCreated"], records.Select(record => record.Action));
        Assert.All(records, record => Assert.Contains("\"all_tenants\":true", record.Metadata.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_command_line_makes_lists_and_revokes_it()
    {
        var organization = await fixture.NewAsync();
        var made = await RunAsync("keys", "create", "--name", "one for all", "--scope", "events:write", "--all-tenants");
        Assert.Equal(0, made.Exit);
        Assert.Equal(200, (await organization.SendAsync(HttpMethod.Post, "/audit_logs/events", EventRuleTests.Body(organization.Id), key: made.Out.Trim())).Status);
        var row = (await RunAsync("keys", "list", "--tenant", organization.Tenant.Slug)).Out.Split('\n').First(line => line.EndsWith("one for all", StringComparison.Ordinal)).Split('\t');
        Assert.Equal(["*", "events:write", "active", "one for all"], row[1..]);

        Assert.Equal(0, (await RunAsync("keys", "revoke", "--key", row[0])).Exit);
        Assert.Equal(401, (await organization.SendAsync(HttpMethod.Post, "/audit_logs/events", EventRuleTests.Body(organization.Id), key: made.Out.Trim())).Status);
        Assert.Equal(1, (await RunAsync("keys", "revoke", "--key", row[0])).Exit);
        Assert.NotEmpty(new CommandTable().Parse(["keys", "create", "--name", "x", "--scope", "events:write", "--all-tenants", "--tenant", "acme"]).Errors);
        Assert.NotEmpty(new CommandTable().Parse(["keys", "create", "--name", "x", "--scope", "events:write"]).Errors);
    }

    private Task<(int Exit, string Out, string Error)> RunAsync(params string[] arguments) => fixture.RunAsync(Stream.Null, arguments);
}
