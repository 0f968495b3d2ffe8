using AuditConsole.ApiKeys;
using AuditConsole.Tests.WorkOS;

namespace AuditConsole.Tests.Portal;

/// <summary>Portal links as the official SDK asks for them.</summary>
[Collection(WorkOSTests.Name)]
public sealed class SdkPortalTests(WorkOSFixture fixture)
{
    [Fact]
    public async Task The_SDK_gets_a_link_and_its_own_error_classes()
    {
        var organization = await fixture.NewAsync(ApiKeyPolicies.PortalWriteScope);
        var closed = await organization.CallAsync("adminPortal.generateLink", [new { organization = organization.Id, intent = "audit_logs" }]);
        Assert.Equal(403, closed.Error!["status"]!.GetValue<int>());
        await fixture.Console.SetProgrammaticReadingAsync(organization.Tenant, on: true);

        var made = (await organization.CallAsync("adminPortal.generateLink", [new { organization = organization.Id, intent = "audit_logs" }])).Done();
        Assert.StartsWith($"{fixture.Console.Address}portal/open?token=", made.Value!["link"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(201, Assert.Single(made.Raw).Status);

        var streams = (await organization.CallAsync("adminPortal.generateLink", [new { organization = organization.Id, intent = "log_streams" }])).Done();
        Assert.StartsWith($"{fixture.Console.Address}portal/open?token=", streams.Value!["link"]!.GetValue<string>(), StringComparison.Ordinal);
        var others = await organization.CallAsync("adminPortal.generateLink", [new { organization = organization.Id, intent = "sso" }]);
        Assert.Equal("UnprocessableEntityException", others.ErrorClass);
        Assert.Contains("sso is not served", others.Error!["message"]!.GetValue<string>(), StringComparison.Ordinal);
        var foreign = await organization.CallAsync("adminPortal.generateLink", [new { organization = organization.Id, intent = "audit_logs", returnUrl = "https://evil.example" }]);
        Assert.Contains("not one of the origins", foreign.Error!["message"]!.GetValue<string>(), StringComparison.Ordinal);
        var unknown = await organization.CallAsync("adminPortal.generateLink", [new { organization = "org_unknown", intent = "audit_logs" }]);
        Assert.Equal("NotFoundException", unknown.ErrorClass);
    }
}
