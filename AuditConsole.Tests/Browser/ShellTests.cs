using AuditConsole.Identity;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AuditConsole.Tests.Browser;

[Collection(BrowserTests.Name)]
public sealed class ShellTests(BrowserFixture fixture)
{
    [Fact]
    public async Task The_root_leads_to_the_log_and_an_unknown_address_says_so()
    {
        var seed = await LogSeed.MakeAsync(fixture);
        var page = await seed.NewPageAsync();

        await page.GotoAsync("/");
        await Expect(page.Locator("h1")).ToHaveTextAsync("Audit log");
        await Expect(page).ToHaveTitleAsync("Audit log · Acme");

        var answer = await page.GotoAsync("/nothing/here");
        Assert.Equal(404, answer!.Status);
        await Expect(page.Locator("h1")).ToHaveTextAsync("There is no such page");
        await page.GetByRole(AriaRole.Link, new() { Name = "Go to the audit log" }).ClickAsync();
        await Expect(page.Locator("h1")).ToHaveTextAsync("Audit log");
    }

    [Fact]
    public async Task Only_what_the_role_may_open_is_offered()
    {
        foreach (var (role, links) in new[]
        {
            (Role.Viewer, new[] { "Audit log", "Integrity" }),
            (Role.Auditor, ["Audit log", "Exports", "Integrity", "Scheduled exports", "Legal holds"]),
            (Role.Admin,
                ["Audit log", "Exports", "Integrity", "Members", "API keys", "Streams", "Scheduled exports", "Event types", "Signing keys", "Redaction", "Legal holds", "Retention", "Settings"]),
        })
        {
            var seed = await LogSeed.MakeAsync(fixture, role);
            var page = await seed.OpenAsync();

            await Expect(page.GetByRole(AriaRole.Navigation, new() { Name = "Main" }).GetByRole(AriaRole.Link)).ToHaveTextAsync(links);
            await Expect(page.GetByText($"{seed.Reader.Email} · {role}")).ToBeVisibleAsync();
        }
    }

    [Fact]
    public async Task Whoever_has_several_accounts_switches_between_them()
    {
        var seed = await LogSeed.MakeAsync(fixture);
        var other = await fixture.Console.AddTenantAsync($"b-{Guid.NewGuid():N}"[..20], "Globex");
        await fixture.Console.AddUserAsync(other, Role.Viewer, seed.Reader.Email);
        var page = await seed.OpenAsync();

        await page.Locator(".accounts summary").ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Globex" }).ClickAsync();

        await Expect(page).ToHaveTitleAsync("Audit log · Globex");
        await Expect(page.Locator(".who b")).ToHaveTextAsync("Globex");
    }

    [Fact]
    public async Task Sign_out_ends_the_session()
    {
        var seed = await LogSeed.MakeAsync(fixture);
        var page = await seed.OpenAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();

        await page.WaitForURLAsync("**/sign-in");
        await page.GotoAsync("/audit-log");
        Assert.Contains("/sign-in", page.Url);
    }

    [Fact]
    public async Task A_lost_connection_says_so_and_an_ended_session_leads_to_signing_in()
    {
        var seed = await LogSeed.MakeAsync(fixture);
        var page = await seed.OpenAsync();
        var modal = page.Locator("#components-reconnect-modal");
        await Expect(modal).Not.ToBeVisibleAsync();

        await LoseAsync("failed");
        await Expect(modal).ToContainTextAsync("The server can't be reached.");
        await Expect(modal.GetByRole(AriaRole.Button, new() { Name = "Try again" })).ToBeFocusedAsync();

        await LoseAsync("rejected");
        await Expect(modal).ToContainTextAsync("This page is out of date");

        await page.Context.ClearCookiesAsync();
        await LoseAsync("failed");
        await Expect(modal).ToContainTextAsync("Your session has ended");
        await modal.GetByRole(AriaRole.Link, new() { Name = "Sign in again" }).ClickAsync();
        await Expect(page.Locator("h1")).ToHaveTextAsync("Sign in");
        Assert.Contains("returnUrl=", page.Url);

        // As blazor.web.js does it.
        async Task LoseAsync(string state) => await page.EvaluateAsync(
            """
            state => {
              const { classList } = document.getElementById("components-reconnect-modal");
              classList.remove("components-reconnect-failed", "components-reconnect-rejected");
              classList.add(`components-reconnect-${state}`);
            }
            """, state);
    }
}
