using AuditConsole.Identity;
using AuditConsole.Tests.Browser;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AuditConsole.Tests.Reading;

[Collection(BrowserTests.Name)]
public sealed class SettingsPageTests(BrowserFixture fixture)
{
    [Fact]
    public async Task An_admin_lets_keys_read_makes_one_and_rotates_it()
    {
        var console = fixture.Console;
        var tenant = await console.AddTenantAsync("settings-page");
        var page = await fixture.NewPageAsync(await console.AddUserAsync(tenant, Role.Admin));
        await page.GotoAsync("/settings");
        await page.GetByLabel("Reading", new() { Exact = true }).FillAsync("1200");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save limits" }).ClickAsync();
        await Expect(page.GetByText("Own tier")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Turn programmatic reading on" }).ClickAsync();
        await page.GetByRole(AriaRole.Alertdialog).GetByRole(AriaRole.Button, new() { Name = "Turn on" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Make a reading key" }).ClickAsync();

        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("siem");
        await page.GetByLabel("May", new() { Exact = true }).SelectOptionAsync("Read pages of JSON");
        await page.GetByLabel("Only from addresses").FillAsync("127.0.0.1, ::1");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make key" }).ClickAsync();
        var text = await page.Locator("#new-key").TextContentAsync();
        using var client = console.NewClient(new AuditConsole.ApiKeys.CreatedKey("", text!));
        using var answer = await client.GetAsync("/api/audit-log");
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Contains("q=1200", string.Concat(answer.Headers.GetValues("RateLimit-Policy")), StringComparison.Ordinal);
        await page.GetByRole(AriaRole.Button, new() { Name = "I have stored it" }).ClickAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Rotate siem" }).ClickAsync();
        await Axe.CheckAsync(page);
        await page.GetByRole(AriaRole.Button, new() { Name = "Make the new key" }).ClickAsync();
        await Expect(page.Locator("#new-key")).Not.ToHaveTextAsync(text!);
        await Expect(page.GetByText("Replaced")).ToBeVisibleAsync();
        Assert.Equal(200, (int)(await client.GetAsync("/api/audit-log")).StatusCode);
    }
}
