using System.Net;
using AuditConsole.Core;
using AuditConsole.Holds;
using AuditConsole.Identity;
using AuditConsole.Tests.ApiKeys;
using AuditConsole.Tests.Browser;
using AuditConsole.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AuditConsole.Tests.Withholding;

[Collection(BrowserTests.Name)]
public sealed class WithholdDialogTests(BrowserFixture fixture)
{
    // The first entry of the log is that of its reader's membership.
    private const string Secret = "ghx_0123456789-the-leaked-token";

    [Fact]
    public async Task An_admin_withholds_an_entry_with_the_keyboard_and_the_row_says_who_and_why()
    {
        var seed = await LogSeed.MakeAsync(fixture, Role.Admin, [TestEntries.Entry(slug: "quiet"), Leaky()]);
        var page = await seed.OpenAsync();
        await page.Locator("[data-entry='3']").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        var details = page.Locator("#details-3");
        await Expect(details).ToContainTextAsync(Secret);

        await details.GetByRole(AriaRole.Button, new() { Name = "Withhold details…" }).FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        var dialog = page.GetByRole(AriaRole.Dialog);
        await Expect(dialog).ToContainTextAsync("Withhold the details of entry #3?");
        await Expect(dialog.GetByRole(AriaRole.Region, new() { Name = "Destroyed for good" }).GetByRole(AriaRole.Listitem))
            .ToHaveTextAsync(["the payload", "the client IP", "the user agent", "the reasoning", "the actor’s name", "1 further entity"]);
        await Expect(dialog.GetByRole(AriaRole.Region, new() { Name = "Stays, and stays proved" })).ToContainTextAsync("action RulePublished");
        await Axe.CheckAsync(page);
        await ApiKeysPageTests.ScreenshotAsync(page, "withhold-dialog");
        // Without a reason nothing happens.
        await Expect(dialog.GetByLabel("Reason")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("Enter");
        await Expect(dialog.GetByLabel("Reason")).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync("Token leaked, ticket 17");
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("Enter");

        await Expect(dialog).ToHaveCountAsync(0);
        await Expect(details.GetByText("The details of this entry are withheld")).ToBeVisibleAsync();
        await Expect(details).ToContainTextAsync(seed.Reader.Email);
        await Expect(details).ToContainTextAsync("Token leaked, ticket 17");
        await Expect(details).Not.ToContainTextAsync(Secret);
        await Expect(details.GetByRole(AriaRole.Button, new() { Name = "Withhold details…" })).ToHaveCountAsync(0);
        await Expect(page.Locator("[data-entry='3']")).ToContainTextAsync("Withheld");
        await Axe.CheckAsync(page);
        await ApiKeysPageTests.ScreenshotAsync(page, "withhold-done");
        // Its record is there, and can't be withheld itself.
        await details.GetByRole(AriaRole.Link, new() { Name = "Entry #4 records it" }).ClickAsync();
        await Expect(page.Locator("#details-4")).ToContainTextAsync("Token leaked, ticket 17");
        await Expect(page.Locator("#details-4").GetByRole(AriaRole.Button, new() { Name = "Withhold details…" })).ToHaveCountAsync(0);
        // The entity's page and its files say it as plainly.
        await page.GotoAsync($"/entities/Rule/leaky?tenant={seed.Tenant.Slug}");
        await Expect(page.Locator("table.history")).ToContainTextAsync("Withheld");
        await Expect(page.Locator("body")).Not.ToContainTextAsync(Secret);
        Assert.EndsWith("""RulePublished,,,"{""$withheld"":true}""" + "\"\r\n", await ExportAsync(seed, "csv"), StringComparison.Ordinal);
        var json = await ExportAsync(seed, "json");
        Assert.Contains("\"withheld\":{\"details_hash\":\"", json, StringComparison.Ordinal);
        Assert.Contains("\"reason\":\"Token leaked, ticket 17\",\"record\":4}", json, StringComparison.Ordinal);
        Assert.DoesNotContain("\"metadata\"", json, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Under_a_hold_the_dialog_says_so_and_an_auditor_has_no_button()
    {
        var seed = await LogSeed.MakeAsync(fixture, Role.Admin, [Leaky()]);
        await fixture.Console.Services.GetRequiredService<HoldService>().PlaceAsync(
            seed.Reader.Id, seed.Tenant.Slug, "Case 4711", "Dispute", new HoldFilter { Slug = "leaky" }, Client.Unknown, default);
        var page = await seed.OpenAsync("entry=2");
        await page.Locator("#details-2").GetByRole(AriaRole.Button, new() { Name = "Withhold details…" }).ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await Expect(dialog).ToContainTextAsync("under a legal hold “Case 4711”");
        await Expect(dialog.GetByRole(AriaRole.Button, new() { Name = "Destroy the details" })).ToHaveCountAsync(0);
        await Axe.CheckAsync(page);
        await page.Keyboard.PressAsync("Escape");
        await Expect(dialog).ToHaveCountAsync(0);
        await Expect(page.Locator("#details-2")).ToContainTextAsync(Secret);

        var auditor = await fixture.NewPageAsync(await fixture.Console.AddUserAsync(seed.Tenant, Role.Auditor));
        await auditor.GotoAsync($"/audit-log?tenant={seed.Tenant.Slug}&entry=2");
        await Expect(auditor.Locator("#details-2")).ToContainTextAsync(Secret);
        await Expect(auditor.GetByRole(AriaRole.Button, new() { Name = "Withhold details…" })).ToHaveCountAsync(0);
    }

    private async Task<string> ExportAsync(LogSeed seed, string format)
    {
        using var answer = await fixture.Console.PostFormAsync(
            seed.Reader, "/audit-log/export", ("tenant", seed.Tenant.Slug), ("from", "2020-01-01"), ("to", "2999-12-31"), ("slug", "leaky"), ("snapshot", "1000"), ("format", format));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync();
    }

    private static NewEntry Leaky() => TestEntries.Entry(slug: "leaky", ip: "203.0.113.42", metadata: new { token = Secret }) with
    {
        Actor = new Actor("user", "usr_9", "Ada"),
        Reasoning = "because",
        UserAgent = "curl/8",
        Targets = [new Resource("Rule", "rul_7")],
    };
}
