using AuditConsole.ApiKeys;
using AuditConsole.Core;
using AuditConsole.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.WorkOS;

/// <summary>The routes under <c>/organizations</c>.</summary>
[Collection(WorkOSTests.Name)]
public sealed class RetentionRouteTests(WorkOSFixture fixture)
{
    [Fact]
    public async Task A_longer_retention_holds_at_once_and_a_shorter_one_is_told_and_waits()
    {
        var organization = await NewAsync();
        var path = $"/organizations/{organization.Id}/audit_logs_retention";
        Assert.InRange((await organization.SendAsync(HttpMethod.Get, path)).Json.GetProperty("retention_period_in_days").GetInt32(), 728, 732);

        var longer = await organization.SendAsync(HttpMethod.Put, path, """{"retention_period_in_days":3650}""");
        Assert.Equal((200, """{"retention_period_in_days":3650}"""), (longer.Status, longer.Body));
        Assert.Equal(("3650 days", null), await StoredAsync(organization));
        Assert.Equal(200, (await organization.SendAsync(HttpMethod.Put, path, """{"retention_period_in_days":30}""")).Status);
        Assert.Equal(("3650 days", "30 days"), await StoredAsync(organization));
        Assert.Equal(30, (await organization.SendAsync(HttpMethod.Get, path)).Json.GetProperty("retention_period_in_days").GetInt32());
        Assert.Equal(
            $$"""{"organization_id":"{{organization.Id}}","retention_period_in_days":30,"state":"active"}""",
            (await organization.SendAsync(HttpMethod.Get, $"/organizations/{organization.Tenant.Id}/audit_log_configuration")).Body);

        // Recorded, in the name of the key.
        var changes = (await fixture.Console.EntriesAsync(organization.Tenant)).Where(entry => entry.Content.Action == "RetentionChanged").ToList();
        Assert.Equal(2, changes.Count);
        Assert.All(changes, change => Assert.Equal((Actor.ApiKeyType, $"key:{change.Content.Actor.Id}"), (change.Content.Actor.Type, change.RecordedBy)));
    }

    [Fact]
    public async Task The_SDK_reads_the_retention_and_sets_it_in_its_own_words()
    {
        var organization = await NewAsync();
        (await organization.CallAsync("auditLogs.updateOrganizationAuditLogsRetention", [new { id = organization.Id, retentionPeriod = "3_YEARS" }])).Done();
        var read = (await organization.CallAsync("auditLogs.getOrganizationAuditLogsRetention", [new { id = organization.Id }])).Done();
        Assert.Equal(1095, read.Value!["retentionPeriodInDays"]!.GetValue<int>());
        Assert.Equal("NotFoundException", (await organization.CallAsync("auditLogs.getOrganizationAuditLogsRetention", [new { id = "org_none" }])).ErrorClass);
        Assert.Equal("UnprocessableEntityException",
            (await organization.CallAsync("auditLogs.updateOrganizationAuditLogsRetention", [new { id = organization.Id, retentionPeriod = "11_YEARS" }])).ErrorClass);
    }

    [Theory]
    [InlineData("""{"retention_period_in_days":29}""")]
    [InlineData("""{"retention_period_in_days":3651}""")]
    [InlineData("""{"retention_period_in_days":30.5}""")]
    [InlineData("""{"retention_period_in_days":"30"}""")]
    [InlineData("""{"retention_period_in_days":null}""")]
    [InlineData("""{"retention_period_in_days":1e400}""")]
    [InlineData("""{"retention_period":"1_WEEK"}""")]
    [InlineData("{}")]
    public async Task A_retention_that_is_none_is_422_and_changes_nothing(string body)
    {
        var organization = await NewAsync();
        var before = await StoredAsync(organization);
        var answer = await organization.SendAsync(HttpMethod.Put, $"/organizations/{organization.Id}/audit_logs_retention", body);
        answer.AssertError(422, "validation_failed");
        Assert.Equal(before, await StoredAsync(organization));
    }

    [Fact]
    public async Task An_unknown_organization_is_404_and_a_key_without_the_scope_or_the_switch_403()
    {
        var organization = await NewAsync();
        foreach (var path in new[] { "audit_logs_retention", "audit_log_configuration" })
        {
            (await organization.SendAsync(HttpMethod.Get, $"/organizations/org_none/{path}")).AssertError(404, "organization_not_found");
        }
        (await organization.SendAsync(HttpMethod.Put, "/organizations/org_none/audit_logs_retention", """{"retention_period_in_days":30}""")).AssertError(404, "organization_not_found");
        var writer = await fixture.NewAsync();
        await fixture.Console.SetProgrammaticReadingAsync(writer.Tenant, on: true);
        (await writer.SendAsync(HttpMethod.Get, $"/organizations/{writer.Id}/audit_logs_retention")).AssertError(403, "forbidden");
        await fixture.Console.SetProgrammaticReadingAsync(organization.Tenant, on: false);
        (await organization.SendAsync(HttpMethod.Get, $"/organizations/{organization.Id}/audit_logs_retention")).AssertError(403, "session_required");
    }

    private async Task<Organization> NewAsync()
    {
        var organization = await fixture.NewAsync(ApiKeyPolicies.RetentionWriteScope);
        await fixture.Console.SetProgrammaticReadingAsync(organization.Tenant, on: true);
        return organization;
    }

    private async Task<(string Applied, string? Pending)> StoredAsync(Organization organization)
    {
        await using var context = await fixture.Console.Services.GetRequiredService<IDbContextFactory<ConsoleDbContext>>().CreateDbContextAsync();
        var tenant = await context.Tenants.AsNoTracking().SingleAsync(row => row.Number == organization.Tenant.Number);
        return (tenant.AppliedRetention, tenant.PendingRetention);
    }
}
