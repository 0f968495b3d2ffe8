using AuditConsole.Identity;
using AuditConsole.Storage;
using AuditConsole.Tests.ApiKeys;
using AuditConsole.Tests.Browser;
using AuditConsole.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AuditConsole.Tests.Holds;

[Collection(BrowserTests.Name)]
public sealed class HoldsPageTests(BrowserFixture fixture)
{
    [Fact]
    public async Task An_admin_places_a_hold_sees_what_it_keeps_and_lifts_it()
    {
        var now = fixture.Console.Services.GetRequiredService<TimeProvider>().GetUtcNow();
        var old = now.AddMonths(-30);
        var seed = await LogSeed.MakeAsync(fixture, Role.Admin,
        [
            TestEntries.Entry(slug: "held", occurredAt: old), TestEntries.Entry(slug: "held"), TestEntries.Entry(slug: "other", occurredAt: old),
        ]);
        var page = await seed.NewPageAsync();
        await page.GotoAsync($"/holds?tenant={seed.Tenant.Slug}&slug=held");
        await Expect(page.GetByText("No holds")).ToBeVisibleAsync();
        await Expect(page.GetByLabel("Slug")).ToHaveValueAsync("held");
        await page.GetByLabel("Client IP").FillAsync("no address");
        await page.GetByLabel("Name").FillAsync("Case 4711");
        await page.GetByLabel("Reason", new() { Exact = true }).FillAsync("Dispute with a supplier");
        await page.GetByRole(AriaRole.Button, new() { Name = "Place hold…" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("not an IP address");
        await page.GetByLabel("Client IP").FillAsync("");
        await page.GetByRole(AriaRole.Button, new() { Name = "Place hold…" }).ClickAsync();
        var question = page.GetByRole(AriaRole.Alertdialog);
        // The expired one can't be read, and so isn't counted, before the hold is there.
        await Expect(question).ToContainTextAsync("1 entry matches now");
        await Axe.CheckAsync(page);
        await question.GetByRole(AriaRole.Button, new() { Name = "Place hold" }).ClickAsync();

        await Expect(page.Locator(".notice.good")).ToHaveTextAsync("“Case 4711” is in force.");
        var row = page.GetByRole(AriaRole.Row).Filter(new() { HasText = "Case 4711" });
        await Expect(row).ToContainTextAsync("1 past the retention");
        await ApiKeysPageTests.ScreenshotAsync(page, "holds");
        await row.GetByRole(AriaRole.Link, new() { Name = "2", Exact = true }).ClickAsync();
        await Expect(page.Locator("section.entries [data-entry]")).ToHaveCountAsync(2);

        await page.GotoAsync($"/retention?tenant={seed.Tenant.Slug}");
        await Expect(page.Locator("main")).ToContainTextAsync("24 months");
        await Expect(page.Locator("main")).ToContainTextAsync("1 entry can’t be read any more, and will be deleted: #4");
        await Expect(page.GetByRole(AriaRole.Row).Filter(new() { HasText = "Case 4711" })).ToContainTextAsync("1");
        await ApiKeysPageTests.ScreenshotAsync(page, "retention");

        await page.GotoAsync($"/holds?tenant={seed.Tenant.Slug}");
        await page.GetByRole(AriaRole.Button, new() { Name = "Lift Case 4711" }).ClickAsync();
        await page.GetByLabel("Reason for lifting Case 4711").FillAsync("Settled");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Alertdialog)).ToContainTextAsync("1 entry under it is past the retention");
        await page.GetByRole(AriaRole.Alertdialog).GetByRole(AriaRole.Button, new() { Name = "Lift" }).ClickAsync();
        await Expect(row).ToContainTextAsync("Lifted");
        await Expect(row).ToContainTextAsync("Settled");
        await page.GotoAsync($"/audit-log?tenant={seed.Tenant.Slug}");
        await Expect(page.Locator("[data-entry]").Filter(new() { HasText = "HoldLifted" })).ToContainTextAsync("Case 4711");
        await Expect(page.Locator("[data-entry]").Filter(new() { HasText = "HoldPlaced" })).ToHaveCountAsync(1);
        Assert.Equal(2, (await fixture.Console.Services.GetRequiredService<IEntryStore>().FindExpiredAsync(seed.Tenant.Number, now.AddMonths(-24), default)).Count);
    }

    [Fact]
    public async Task An_auditor_sees_holds_and_can_not_place_one_and_a_viewer_sees_none()
    {
        var seed = await LogSeed.MakeAsync(fixture, Role.Auditor);
        var page = await seed.NewPageAsync();
        await page.GotoAsync($"/holds?tenant={seed.Tenant.Slug}");
        await Expect(page.GetByText("An Admin can place a hold")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Place hold…" })).ToHaveCountAsync(0);
        var viewer = await fixture.NewPageAsync(await fixture.Console.AddUserAsync(seed.Tenant, Role.Viewer));
        await viewer.GotoAsync($"/holds?tenant={seed.Tenant.Slug}");
        await Expect(viewer.GetByRole(AriaRole.Heading, new() { Name = "This page needs the role Auditor" })).ToBeVisibleAsync();
        await Expect(viewer.GetByRole(AriaRole.Link, new() { Name = "Legal holds" })).ToHaveCountAsync(0);
    }
}
