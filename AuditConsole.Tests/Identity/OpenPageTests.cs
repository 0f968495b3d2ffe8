using AuditConsole.Identity;
using AuditConsole.Tests.Browser;
using Microsoft.Extensions.DependencyInjection;
using static Microsoft.Playwright.Assertions;

namespace AuditConsole.Tests.Identity;

[Collection(BrowserTests.Name)]
public sealed class OpenPageTests(BrowserFixture fixture)
{
    private static readonly Microsoft.Playwright.LocatorAssertionsToHaveTextOptions WithinASecond = new() { Timeout = 1000 };

    [Fact]
    public async Task A_removed_member_loses_the_open_page_within_a_second()
    {
        var console = fixture.Console;
        var tenant = await console.AddTenantAsync("removed-member");
        var (admin, reader) = (await console.AddUserAsync(tenant, Role.Admin), await console.AddUserAsync(tenant, Role.Auditor));
        var page = await fixture.NewPageAsync(reader);
        await page.GotoAsync("/audit-log");
        await Expect(page.GetByRole(Microsoft.Playwright.AriaRole.Navigation, new() { Name = "Main" })).ToBeVisibleAsync();

        await console.Services.GetRequiredService<MemberService>().RemoveAsync(admin.Id, tenant.Slug, reader.Id, Client.Unknown, CancellationToken.None);

        await Expect(page.Locator("h1")).ToHaveTextAsync("Session ended", WithinASecond);
        await page.ReloadAsync();
        Assert.Contains("/sign-in?ended=1", page.Url, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Signing_out_elsewhere_is_told_once()
    {
        var tenant = await fixture.Console.AddTenantAsync("signed-out-elsewhere");
        var page = await fixture.NewPageAsync(await fixture.Console.AddUserAsync(tenant, Role.Viewer));
        await page.GotoAsync("/audit-log");
        await Expect(page.GetByRole(Microsoft.Playwright.AriaRole.Navigation, new() { Name = "Main" })).ToBeVisibleAsync();
        var other = await page.Context.NewPageAsync();
        await other.GotoAsync("/audit-log");

        await other.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();

        await Expect(page.Locator("h1")).ToHaveTextAsync("Session ended");
        await Expect(page.Locator("#components-reconnect-modal")).ToHaveClassAsync(new System.Text.RegularExpressions.Regex("components-reconnect-(show|retrying|failed|rejected)"));
        await Expect(page.GetByText("Your session has ended")).ToBeHiddenAsync();
        await Expect(page.GetByRole(Microsoft.Playwright.AriaRole.Link, new() { Name = "Sign in again" })).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task A_demoted_member_is_told_the_new_role_within_a_second()
    {
        var console = fixture.Console;
        var tenant = await console.AddTenantAsync("demoted-member");
        var (admin, other) = (await console.AddUserAsync(tenant, Role.Admin), await console.AddUserAsync(tenant, Role.Admin));
        var page = await fixture.NewPageAsync(other);
        await page.GotoAsync("/audit-log");
        await Expect(page.GetByRole(Microsoft.Playwright.AriaRole.Navigation, new() { Name = "Main" })).ToBeVisibleAsync();

        await console.Services.GetRequiredService<MemberService>()
            .SetRoleAsync(admin.Id, tenant.Slug, other.Id, Role.Viewer, Client.Unknown, CancellationToken.None);

        await Expect(page.Locator("h1")).ToHaveTextAsync("Your role changed", WithinASecond);
    }

    [Fact]
    public async Task Another_tenants_member_is_told_that_there_is_no_such_account()
    {
        var console = fixture.Console;
        var tenant = await console.AddTenantAsync("hidden-account");
        var stranger = await console.AddUserAsync(await console.AddTenantAsync("strangers-account"), Role.Admin);
        foreach (var slug in new[] { tenant.Slug, "never-existed" })
        {
            var page = await fixture.NewPageAsync(stranger);
            await page.GotoAsync($"/audit-log?tenant={slug}");
            await Expect(page.Locator("h1")).ToHaveTextAsync("There is no such account");
            await Axe.CheckAsync(page);
        }
    }
}
