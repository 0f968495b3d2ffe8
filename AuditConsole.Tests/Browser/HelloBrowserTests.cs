using static Microsoft.Playwright.Assertions;

namespace AuditConsole.Tests.Browser;

[Collection(BrowserTests.Name)]
public sealed class HelloBrowserTests(BrowserFixture fixture)
{
    [Fact]
    public async Task A_click_reaches_the_server_and_comes_back()
    {
        var page = await fixture.NewPageAsync();
        var failed = new List<string>();
        page.Response += (_, response) =>
        {
            if (!response.Ok && response.Status != 101)
            {
                failed.Add($"{response.Status} {response.Url}");
            }
        };

        await page.GotoAsync("/hello");
        await page.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "Click" }).ClickAsync();

        await Expect(page.GetByRole(Microsoft.Playwright.AriaRole.Status)).ToHaveTextAsync("Clicked 1 times");
        Assert.DoesNotContain(failed, line => !line.EndsWith("/favicon.ico", StringComparison.Ordinal));
    }
}
