using System.Net;
using AuditConsole.Identity;
using AuditConsole.Tests.Browser;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AuditConsole.Tests.ApiKeys;

[Collection(BrowserTests.Name)]
public sealed class ApiKeysPageTests(BrowserFixture fixture)
{
    [Fact]
    public async Task An_admin_makes_a_key_renames_it_and_revokes_it()
    {
        var console = fixture.Console;
        var tenant = await console.AddTenantAsync("keys-page");
        var page = await fixture.NewPageAsync(await console.AddUserAsync(tenant, Role.Admin));
        await page.GotoAsync("/api-keys");
        await Expect(page.GetByText("No keys yet")).ToBeVisibleAsync();

        await page.GetByLabel("Name").FillAsync("acme-web-ci");
        await page.GetByLabel("Expires").SelectOptionAsync("In 90 days");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make key" }).ClickAsync();
        var text = await page.Locator("#new-key").TextContentAsync();
        Assert.StartsWith("aud_live_", text, StringComparison.Ordinal);
        await Axe.CheckAsync(page);
        await ScreenshotAsync(page, "api-keys-new");
        using var client = console.NewClient(new AuditConsole.ApiKeys.CreatedKey("", text!));
        Assert.Equal(HttpStatusCode.Forbidden, (await client.GetAsync("/api/audit-log")).StatusCode);
        await page.GetByRole(AriaRole.Button, new() { Name = "I have stored it" }).ClickAsync();
        await Expect(page.Locator("body")).Not.ToContainTextAsync(text!);

        await page.GetByRole(AriaRole.Button, new() { Name = "Rename acme-web-ci" }).ClickAsync();
        await page.GetByLabel("New name of acme-web-ci").FillAsync("acme-web");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Status).Filter(new() { HasText = "is now called" })).ToBeVisibleAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Revoke acme-web" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alertdialog)).ToBeVisibleAsync();
        await Axe.CheckAsync(page);
        await ScreenshotAsync(page, "api-keys-revoke");
        await page.GetByRole(AriaRole.Alertdialog).GetByRole(AriaRole.Button, new() { Name = "Revoke" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Cell).Filter(new() { HasText = "Revoked" })).ToBeVisibleAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/api/audit-log")).StatusCode);

        await page.GotoAsync("/audit-log");
        await Expect(page.Locator("[data-entry]").Filter(new() { HasText = "ApiKeyRevoked" })).ToContainTextAsync("acme-web-ci");
        await Expect(page.Locator("[data-entry]").Filter(new() { HasText = "ApiKey" })).ToHaveCountAsync(2);
    }

    [Fact]
    public async Task An_auditor_is_told_that_keys_need_an_admin()
    {
        var console = fixture.Console;
        var tenant = await console.AddTenantAsync("keys-auditor");
        var page = await fixture.NewPageAsync(await console.AddUserAsync(tenant, Role.Auditor));
        await page.GotoAsync("/api-keys");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "This page needs the role Admin" })).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "API keys" })).ToHaveCountAsync(0);
    }

    internal static async Task ScreenshotAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("AUDIT_CONSOLE_SCREENSHOTS") is { Length: > 0 } folder)
        {
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, name + ".png"), FullPage = true });
        }
    }
}
