using AuditConsole.Identity;
using AuditConsole.Portal;
using AuditConsole.Storage;
using AuditConsole.Tenants;
using AuditConsole.Tests.Browser;
using AuditConsole.Tests.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AuditConsole.Tests.Portal;

[Collection(BrowserTests.Name)]
public sealed class PortalBrowserTests(BrowserFixture fixture)
{
    [Fact]
    public async Task A_customer_opens_the_link_filters_exports_finds_nothing_else_and_returns()
    {
        var seed = await LogSeed.MakeAsync(fixture, entries: Enumerable.Range(1, 7).Select(number => TestEntries.Entry(action: number > 4 ? "team.joined" : "team.left", slug: $"slug-{number}")));
        var services = fixture.Console.Services;
        var settings = await services.GetRequiredService<TenantSettingsService>().OfAsync(seed.Tenant.Number, default);
        var secret = await services.GetRequiredService<PortalService>().CreateAsync(settings, Acting.Console, "https://app.customer.example/settings", null, default);
        var page = await fixture.NewPageAsync();
        await page.Context.RouteAsync("https://app.customer.example/**", route => route.FulfillAsync(new() { ContentType = "text/html", Body = "<h1>Back home</h1>" }));

        await page.GotoAsync($"{PortalFeature.OpenPath}?token={secret}");
        await page.GetByRole(AriaRole.Button, new() { Name = "Open the audit log" }).PressAsync("Enter");
        await Expect(page.GetByText("Entries 1–9 of 9")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Navigation)).ToHaveCountAsync(0);
        await page.GetByLabel("Action", new() { Exact = true }).SelectOptionAsync("team.joined");
        await page.GetByRole(AriaRole.Button, new() { Name = "Apply" }).ClickAsync();
        await Expect(page.GetByText("Entries 1–3 of 3")).ToBeVisibleAsync();
        await page.Locator("[data-toggle]").First.ClickAsync();
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Entity history" })).ToHaveAttributeAsync("href", new System.Text.RegularExpressions.Regex("^/audit-log"));
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Button, new() { Name = "Export CSV" }).ClickAsync());
        var lines = await File.ReadAllLinesAsync(await download.PathAsync());
        Assert.Equal(4, lines.Length);

        // Inside the open page no request is made that could be refused.
        await page.EvaluateAsync("Blazor.navigateTo('/members')");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "This is not part of your link" })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Go to the audit log" }).ClickAsync();
        await Expect(page.GetByText("Entries 1–9 of 9")).ToBeVisibleAsync();

        await page.GetByRole(AriaRole.Link, new() { Name = "Back to app.customer.example" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Back home" })).ToBeVisibleAsync();

        await using var context = await services.GetRequiredService<IDbContextFactory<ConsoleDbContext>>().CreateDbContextAsync();
        var export = await context.Set<AuditConsole.Exports.ExportRecord>().SingleAsync(record => record.TenantNumber == seed.Tenant.Number);
        Assert.StartsWith("Portal link prt_", export.UserName, StringComparison.Ordinal);
        await page.GotoAsync("/audit-log");
        await page.GetByRole(AriaRole.Button, new() { Name = "Leave" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "You left the audit log" })).ToBeVisibleAsync();
        await page.Context.CloseAsync();
    }
}
