using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AuditConsole.Tests.Browser;

/// <summary>A page as somebody uses it who has no pointer.</summary>
internal static class KeyboardWalk
{
    public static async Task PressAsync(IPage page, string text, bool isWhole = true)
    {
        await TabToAsync(page, text, isWhole);
        await page.Keyboard.PressAsync("Enter");
    }

    public static async Task ConfirmAsync(IPage page, string text)
    {
        await Expect(page.GetByRole(AriaRole.Alertdialog)).ToBeVisibleAsync();
        await PressAsync(page, text);
        await Expect(page.GetByRole(AriaRole.Alertdialog)).ToHaveCountAsync(0);
    }

    public static async Task TypeAsync(IPage page, string label, string text)
    {
        await TabToAsync(page, label);
        await page.Keyboard.InsertTextAsync(text);
    }

    /// <summary>Presses Tab until what has the focus is named like that.</summary>
    public static async Task TabToAsync(IPage page, string text, bool isWhole = true)
    {
        var seen = new List<string>();
        for (var i = 0; i < 60; i++)
        {
            await page.Keyboard.PressAsync("Tab");
            var at = await page.EvaluateAsync<string>(
                "(document.activeElement.ariaLabel ?? (document.activeElement.labels?.[0] ?? document.activeElement).innerText).replace(/\\s+/g, ' ').trim()");
            seen.Add(at.Length > 60 ? at[..60] : at);
            if (isWhole ? at == text : at.StartsWith(text, StringComparison.Ordinal))
            {
                return;
            }
        }
        Assert.Fail($"\"{text}\" is not reached, but: {string.Join(" | ", seen)}");
    }
}
