using AuditConsole.Identity;
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
        await TabToAsync("Turn programmatic reading on");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(Microsoft.Playwright.AriaRole.Alertdialog)).ToBeVisibleAsync();
        await TabToAsync("Turn on");
        await page.Keyboard.PressAsync("Enter");
        await Expect(reading).ToContainTextAsync("Turn programmatic reading off");
        await TabToAsync("Reading");
        await page.Keyboard.TypeAsync("1200");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("section.setting").Filter(new() { HasText = "Rate limits" })).ToContainTextAsync("Own tier");

        await page.GotoAsync("/docs/api");
        await Expect(page.GetByRole(Microsoft.Playwright.AriaRole.Link, new() { Name = "Read one entry" }).First).ToBeVisibleAsync();
        await TabToAsync("GET Read one entry");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(Microsoft.Playwright.AriaRole.Heading, new() { Name = "Read one entry" })).ToBeInViewportAsync();
        await page.Context.CloseAsync();

        async Task TabToAsync(string text)
        {
            var seen = new List<string>();
            for (var i = 0; i < 60; i++)
            {
                await page.Keyboard.PressAsync("Tab");
                var at = await page.EvaluateAsync<string>("(document.activeElement.labels?.[0] ?? document.activeElement).innerText.replace(/\\s+/g, ' ').trim()");
                seen.Add(at.Length > 60 ? at[..60] : at);
                if (at == text)
                {
                    return;
                }
            }
            Assert.Fail($"\"{text}\" is not reached, but: {string.Join(" | ", seen)}");
        }
    }
}
