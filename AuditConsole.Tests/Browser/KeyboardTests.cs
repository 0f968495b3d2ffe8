using System.Security.Cryptography;
using AuditConsole.Identity;
using AuditConsole.Tests.Storage;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AuditConsole.Tests.Browser;

/// <summary>Pages for programs' owners, by keyboard alone.</summary>
[Collection(BrowserTests.Name)]
public sealed class KeyboardTests(BrowserFixture fixture)
{
    [Fact]
    public async Task Settings_are_changed_and_the_reference_is_walked_by_keyboard_alone()
    {
        var tenant = await fixture.Console.AddTenantAsync("keyboard");
        var page = await fixture.NewPageAsync(await fixture.Console.AddUserAsync(tenant, Role.Admin));
        await page.GotoAsync("/settings");
        var reading = page.Locator("section.setting").Filter(new() { HasText = "Programmatic reading" });
        await Expect(reading).ToBeVisibleAsync();
        await TabToAsync(page, "Turn programmatic reading on");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Alertdialog)).ToBeVisibleAsync();
        await TabToAsync(page, "Turn on");
        await page.Keyboard.PressAsync("Enter");
        await Expect(reading).ToContainTextAsync("Turn programmatic reading off");
        await TabToAsync(page, "Reading");
        await page.Keyboard.TypeAsync("1200");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("section.setting").Filter(new() { HasText = "Rate limits" })).ToContainTextAsync("Own tier");

        await page.GotoAsync("/docs/api");
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Read one entry" }).First).ToBeVisibleAsync();
        await TabToAsync(page, "GET Read one entry");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Read one entry" })).ToBeInViewportAsync();
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task Evidence_is_kept_and_proved_by_keyboard_alone()
    {
        var seed = await LogSeed.MakeAsync(fixture, Role.Admin, [TestEntries.Entry()]);
        var page = await fixture.NewPageAsync(seed.Reader);
        await page.GotoAsync("/integrity");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Verify now" })).ToBeEnabledAsync();
        await PressAsync(page, "Verify now");
        await Expect(page.Locator("main")).ToContainTextAsync("Everything, asked for by");

        await page.GotoAsync("/redaction");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Add rule" })).ToBeVisibleAsync();
        await TypeAsync(page, "Name", "ssn");
        await TypeAsync(page, "Pattern", "\\d{3}-\\d{2}-\\d{4}");
        await TypeAsync(page, "Sample", "It is 123-45-6789.");
        await PressAsync(page, "Try on the sample");
        await Expect(page.Locator("main")).ToContainTextAsync("$redacted");
        await page.Keyboard.PressAsync("Shift+Tab");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Remove ssn" })).ToBeVisibleAsync();
        await PressAsync(page, "Remove ssn");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Remove ssn" })).ToHaveCountAsync(0);

        await page.GotoAsync("/signing-keys");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Register key" })).ToBeVisibleAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await TypeAsync(page, "Name", "acme-web");
        await TypeAsync(page, "Public key (PEM)", key.ExportSubjectPublicKeyInfoPem());
        await PressAsync(page, "Register key");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Revoke acme-web" })).ToBeVisibleAsync();

        await page.GotoAsync("/holds");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Place hold…" })).ToBeVisibleAsync();
        await TypeAsync(page, "Name", "Case 4711");
        await TypeAsync(page, "Reason", "The lawyers asked for it.");
        await PressAsync(page, "Place hold…");
        await PressAsync(page, "Place hold");
        await PressAsync(page, "Lift Case 4711");
        // The reason has the focus already.
        await page.Keyboard.InsertTextAsync("It is over.");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("main")).ToContainTextAsync("It is over.");

        await page.Context.CloseAsync();
    }

    private static async Task PressAsync(IPage page, string text)
    {
        await TabToAsync(page, text);
        await page.Keyboard.PressAsync("Enter");
    }

    private static async Task TypeAsync(IPage page, string label, string text)
    {
        await TabToAsync(page, label);
        await page.Keyboard.InsertTextAsync(text);
    }

    /// <summary>Presses Tab until what has the focus is named like that.</summary>
    private static async Task TabToAsync(IPage page, string text)
    {
        var seen = new List<string>();
        for (var i = 0; i < 60; i++)
        {
            await page.Keyboard.PressAsync("Tab");
            var at = await page.EvaluateAsync<string>(
                "(document.activeElement.ariaLabel ?? (document.activeElement.labels?.[0] ?? document.activeElement).innerText).replace(/\\s+/g, ' ').trim()");
            seen.Add(at.Length > 60 ? at[..60] : at);
            if (at == text)
            {
                return;
            }
        }
        Assert.Fail($"\"{text}\" is not reached, but: {string.Join(" | ", seen)}");
    }
}
