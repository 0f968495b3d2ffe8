using AuditConsole.Identity;
using AuditConsole.Portal;
using AuditConsole.Storage;
using AuditConsole.Streams;
using AuditConsole.Tenants;
using AuditConsole.Tests.Browser;
using AuditConsole.Tests.Storage;
using AuditConsole.Tests.Streams;
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
        await fixture.Console.SetProgrammaticReadingAsync(seed.Tenant, on: true);
        var settings = await services.GetRequiredService<TenantSettingsService>().OfAsync(seed.Tenant.Number, default);
        var secret = await services.GetRequiredService<PortalService>().CreateAsync(settings, Acting.Console, PortalIntent.AuditLogs, "https://app.customer.example/settings", null, default);
        var page = await fixture.NewPageAsync();
        await page.Context.RouteAsync("https://app.customer.example/**", route => route.FulfillAsync(new() { ContentType = "text/html", Body = "<h1>Back home</h1>" }));

        await page.GotoAsync($"{PortalFeature.OpenPath}?token={secret}");
        await page.GetByRole(AriaRole.Button, new() { Name = "Open the audit log" }).PressAsync("Enter");
        await Expect(page.GetByText("Entries 1–10 of 10")).ToBeVisibleAsync();
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
        await Expect(page.GetByText("Entries 1–10 of 10")).ToBeVisibleAsync();

        await page.GetByRole(AriaRole.Link, new() { Name = "Back to app.customer.example" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Back home" })).ToBeVisibleAsync();

        await using var context = await services.GetRequiredService<IDbContextFactory<ConsoleDbContext>>().CreateDbContextAsync();
        var export = await context.Set<AuditConsole.Exports.ExportRecord>().SingleAsync(record => record.TenantNumber == seed.Tenant.Number);
        Assert.StartsWith("Portal link prt_", export.UserName, StringComparison.Ordinal);
        await page.GotoAsync("/audit-log");
        await page.GetByRole(AriaRole.Button, new() { Name = "Leave" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "You left" })).ToBeVisibleAsync();
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task A_customers_IT_sets_up_exactly_one_stream_sees_nothing_else_and_finishes()
    {
        await using var receivers = await ReceiverHost.StartAsync();
        var receiver = receivers.Add();
        var seed = await LogSeed.MakeAsync(fixture, entries: []);
        var services = fixture.Console.Services;
        var service = services.GetRequiredService<StreamService>();
        var foreign = await service.AddAsync(StreamOwner.Console(seed.Tenant), new StreamDraft { Name = "Of the Admins", Kind = "http", Settings = new Dictionary<string, string> { ["url"] = receiver.Address.ToString() } }, default);
        var page = await OpenAsync(seed.Tenant);

        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "No streams yet" })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Add a stream" }).First.ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "HTTP endpoint" }).ClickAsync();
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("Ours");
        await page.GetByLabel("Address").FillAsync(receiver.Address.ToString());
        await page.GetByRole(AriaRole.Button, new() { Name = "Add stream" }).ClickAsync();
        await Expect(page.Locator("h1")).ToHaveTextAsync("Ours");
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Finish" })).ToHaveAttributeAsync("href", "https://app.customer.example/done");

        // Neither the log nor the Admins' stream nor a second one, by whatever way.
        foreach (var path in new[] { "/audit-log", "/members", "/exports" })
        {
            await page.EvaluateAsync($"Blazor.navigateTo('{path}')");
            await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "This is not part of your link" })).ToBeVisibleAsync();
            Assert.Equal(403, (await page.APIRequest.GetAsync(path, new() { MaxRedirects = 0 })).Status);
        }
        await page.GotoAsync($"/streams/{foreign.Id}");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "There is no such stream" })).ToBeVisibleAsync();
        await page.GotoAsync("/streams");
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Ours" })).ToBeVisibleAsync();
        await Expect(page.Locator("tbody tr")).ToHaveCountAsync(1);
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Add a stream" })).ToHaveCountAsync(0);
        await page.GotoAsync("/streams/new?kind=http");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("A second");
        await page.GetByLabel("Address").FillAsync(receiver.Address.ToString());
        await page.GetByRole(AriaRole.Button, new() { Name = "Add stream" }).ClickAsync();
        await Expect(page.GetByText("The stream is set up already.")).ToBeVisibleAsync();
        await page.Context.CloseAsync();

        // The next link leads to the same stream, and the Admins see both.
        var again = await OpenAsync(seed.Tenant);
        await Expect(again.GetByRole(AriaRole.Link, new() { Name = "Ours" })).ToBeVisibleAsync();
        await again.Context.CloseAsync();
        Assert.Equal(["Of the Admins", "Ours"], (await service.ListAsync(StreamOwner.Console(seed.Tenant), default)).Select(stream => stream.Name));
        var created = Assert.Single(await fixture.Console.EntriesAsync(seed.Tenant), entry => entry.Content.Action == "StreamCreated" && entry.Content.Target.Name == "Ours");
        Assert.Equal("portal_link", created.Content.Actor.Type);
    }

    private async Task<IPage> OpenAsync(Tenant tenant)
    {
        var services = fixture.Console.Services;
        await fixture.Console.SetProgrammaticReadingAsync(tenant, on: true);
        var settings = await services.GetRequiredService<TenantSettingsService>().OfAsync(tenant.Number, default);
        var secret = await services.GetRequiredService<PortalService>().CreateAsync(
            settings, Acting.Console, PortalIntent.LogStreams, "https://app.customer.example/settings", "https://app.customer.example/done", default);
        var page = await fixture.NewPageAsync();
        await page.GotoAsync($"{PortalFeature.OpenPath}?token={secret}");
        await page.GetByRole(AriaRole.Button, new() { Name = "Set up the stream" }).ClickAsync();
        await Expect(page.Locator("h1")).ToHaveTextAsync("Streams");
        return page;
    }
}
