using AuditConsole.Identity;
using AuditConsole.Tests.ApiKeys;
using AuditConsole.Tests.Browser;
using AuditConsole.Tests.Ingest;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AuditConsole.Tests.Sealing;

[Collection(BrowserTests.Name)]
public sealed class SealedValuePageTests(BrowserFixture fixture)
{
    [Fact]
    public async Task An_admin_adds_a_rule_that_seals_and_reads_and_destroys_what_it_caught()
    {
        using var producer = await Producer.CreateAsync(fixture.Console);
        var page = await fixture.NewPageAsync(await fixture.Console.AddUserAsync(producer.Tenant, Role.Admin));
        await page.GotoAsync("/redaction");
        await page.GetByLabel("Name").FillAsync("ssn");
        await page.GetByLabel("Finds").SelectOptionAsync("A value by its path");
        await page.GetByLabel("And", new() { Exact = true }).SelectOptionAsync("Seals it");
        await page.GetByLabel("Path").FillAsync("/actor/id");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add rule" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("identify the entry");
        await page.GetByLabel("Path").FillAsync("/metadata/user/ssn");
        await page.GetByLabel("Sample").FillAsync("""{"user":{"name":"Ada","ssn":"123-45-6789"},"db":"redis://:hunter2@cache/"}""");
        await page.GetByRole(AriaRole.Button, new() { Name = "Try on the sample" }).ClickAsync();
        await Expect(page.Locator(".tried")).ToContainTextAsync("ssn at /metadata/user/ssn (sealed)");
        await Expect(page.Locator(".tried pre")).Not.ToContainTextAsync("hunter2");
        await Axe.CheckAsync(page);
        await ApiKeysPageTests.ScreenshotAsync(page, "redaction-tried");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add rule" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status).First).ToContainTextAsync("The rule ssn is on");

        var answer = await producer.SendAsync(Bodies.Entry(extra: ""","metadata":{"user":{"name":"Ada","ssn":"123-45-6789"}}"""));
        Assert.Equal(201, answer.Status);
        await page.ReloadAsync();
        await Expect(page.GetByRole(AriaRole.Row).Filter(new() { HasText = "/metadata/user/ssn" })).ToContainTextAsync("1");
        await page.GetByLabel("What slack_token does").SelectOptionAsync("Off");
        await page.GetByRole(AriaRole.Alertdialog).GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await Expect(page.GetByLabel("What slack_token does")).ToHaveValueAsync("Redact");

        await page.GotoAsync($"/audit-log?entry={answer.Places[0].Sequence}");
        var seals = page.GetByRole(AriaRole.Region, new() { Name = "Sealed values" }).First;
        await Expect(seals).ToContainTextAsync("/metadata/user/ssn");
        await Expect(page.Locator("body")).Not.ToContainTextAsync("123-45-6789");
        await seals.GetByRole(AriaRole.Button, new() { Name = "Read the value" }).ClickAsync();
        await page.GetByLabel("Reason").FillAsync("Subject access request 17");
        await Axe.CheckAsync(page);
        await ApiKeysPageTests.ScreenshotAsync(page, "sealed-reason");
        await page.GetByRole(AriaRole.Button, new() { Name = "Read the value", Exact = true }).ClickAsync();
        await Expect(page.Locator("#sealed-value")).ToHaveTextAsync("\"123-45-6789\"");
        await Axe.CheckAsync(page);
        await ApiKeysPageTests.ScreenshotAsync(page, "sealed-value");
        await page.GetByRole(AriaRole.Button, new() { Name = "Done" }).ClickAsync();
        await Expect(page.Locator("body")).Not.ToContainTextAsync("123-45-6789");

        await seals.GetByRole(AriaRole.Button, new() { Name = "Destroy the value" }).ClickAsync();
        await page.GetByLabel("Reason").FillAsync("Erasure request 18");
        await page.GetByRole(AriaRole.Button, new() { Name = "Destroy the value", Exact = true }).ClickAsync();
        await Expect(seals).ToContainTextAsync("Destroyed");
        await ApiKeysPageTests.ScreenshotAsync(page, "sealed-destroyed");
        await page.GotoAsync("/audit-log");
        await Expect(page.Locator("[data-entry]").Filter(new() { HasText = "SealedValueRead" })).ToHaveCountAsync(1);
        await Expect(page.Locator("[data-entry]").Filter(new() { HasText = "SealedValueDestroyed" })).ToHaveCountAsync(1);
    }
}
