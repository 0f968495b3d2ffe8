using Microsoft.Playwright;

namespace AuditConsole.Tests.Browser;

/// <summary>Notes what a page must never do: errors in its console, violations of its content security policy, failed requests.</summary>
public sealed class WatchedPage
{
    private readonly List<string> _complaints = [];

    private WatchedPage(IPage page) => Page = page;

    public IPage Page { get; }

    public IReadOnlyList<string> Complaints => _complaints;

    public static async Task<WatchedPage> OfAsync(IPage page)
    {
        var watched = new WatchedPage(page);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning" && !IsOfWrongAddress(message))
            {
                watched._complaints.Add(message.Text);
            }
        };
        page.PageError += (_, error) => watched._complaints.Add(error);
        await page.ExposeFunctionAsync("complain", (string complaint) => watched._complaints.Add(complaint));
        await page.AddInitScriptAsync(
            "document.addEventListener('securitypolicyviolation', event => window.complain(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`))");
        return watched;
    }

    // A page that is not there, or not as its address asks for it, is what some tests ask for.
    private static bool IsOfWrongAddress(IConsoleMessage message) =>
        (message.Text.Contains("status of 404", StringComparison.Ordinal) || message.Text.Contains("status of 400", StringComparison.Ordinal))
        && !message.Location.Contains("/_", StringComparison.Ordinal);
}
