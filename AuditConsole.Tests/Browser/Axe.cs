using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace AuditConsole.Tests.Browser;

/// <summary>Accessibility as WCAG 2.2 AA has it.</summary>
public static class Axe
{
    private static readonly AxeRunOptions Options = new()
    {
        RunOnly = new RunOnlyOptions { Type = "tag", Values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] },
    };

    /// <summary>Fails with what is wrong and where.</summary>
    public static async Task CheckAsync(IPage page)
    {
        var found = await page.RunAxe(Options);
        Assert.True(found.Violations.Length == 0, string.Join('\n', found.Violations.Select(
            violation => $"{violation.Id}: {violation.Help}: {string.Join(" ; ", violation.Nodes.Select(node => node.Html))}")));
    }
}
