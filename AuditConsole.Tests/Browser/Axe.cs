using Deque.AxeCore.Commons;
using Microsoft.Playwright;

namespace AuditConsole.Tests.Browser;

/// <summary>Accessibility as WCAG 2.2 AA has it.</summary>
public static class Axe
{
    private static readonly string Script = new BundledAxeScriptProvider().GetScript();

    private static readonly string[] Wcag = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

    /// <summary>Fails with what is wrong and where.</summary>
    public static async Task CheckAsync(IPage page) => Fail(await FindAsync(page, "tag", Wcag));

    /// <summary>The same in light and dark: all rules in light, and in dark those that look at colours, as nothing else differs.</summary>
    public static async Task CheckBothSchemesAsync(IPage page) => Fail(await FindInBothSchemesAsync(page, Wcag));

    /// <summary>What is wrong with the page in light, by WCAG 2.2 AA and the best practices, and with the colours of dark; one line each.</summary>
    public static Task<IReadOnlyList<string>> FindAsync(IPage page) => FindInBothSchemesAsync(page, [.. Wcag, "best-practice"]);

    /// <summary>Shows the page in a scheme, at once: a colour that is still fading is none that anybody reads.</summary>
    public static Task EmulateAsync(IPage page, ColorScheme scheme) =>
        page.EmulateMediaAsync(new() { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });

    private static async Task<IReadOnlyList<string>> FindInBothSchemesAsync(IPage page, string[] tags)
    {
        await EmulateAsync(page, ColorScheme.Light);
        var light = await FindAsync(page, "tag", tags);
        await EmulateAsync(page, ColorScheme.Dark);
        var dark = await FindAsync(page, "rule", ["color-contrast", "link-in-text-block"]);
        return [.. light.Select(found => $"light: {found}"), .. dark.Select(found => $"dark: {found}")];
    }

    // In the page itself: the package's own way opens another page for each result, which takes longer than the rules.
    private static async Task<string[]> FindAsync(IPage page, string type, string[] values)
    {
        if (!await page.EvaluateAsync<bool>("() => 'axe' in window"))
        {
            await page.EvaluateAsync(Script);
        }
        return await page.EvaluateAsync<string[]>(
            """
            async options => {
                // A dialog that still fades in has colours that nobody is to read.
                const ending = document.getAnimations().filter(one => one.effect?.getComputedTiming().endTime !== Infinity);
                await Promise.allSettled(ending.map(one => one.finished));
                const { violations } = await axe.run(document, options);
                return violations.flatMap(violation => violation.nodes.map(node => `${violation.id}: ${violation.help}: ${node.html}`));
            }
            """,
            // What passed would be collected element by element.
            new { runOnly = new { type, values }, resultTypes = new[] { "violations" } });
    }

    private static void Fail(IReadOnlyList<string> found) => Assert.True(found.Count == 0, string.Join('\n', found));
}
