using AuditConsole.Identity;
using AuditConsole.Tests.Browser;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AuditConsole.Tests.Exports;

[Collection(ExportTestsCollection.Name)]
public sealed class ExportBrowserTests(ExportFixture fixture) : IAsyncLifetime
{
    private readonly Chromium _chromium = new();

    public Task InitializeAsync() => _chromium.InitializeAsync();

    public Task DisposeAsync() => _chromium.DisposeAsync();

    [Fact]
    public async Task A_click_downloads_what_the_filter_shows_and_the_page_stays_usable()
    {
        var page = await OpenAsync(fixture.Auditor, "big", "&action=RulePublished&slug=rule-8");
        await Expect(page.Locator("form.export [role=status]")).ToContainTextAsync("entries");
        var shown = await page.Locator("form.export [role=status]").InnerTextAsync();

        var download = await page.RunAndWaitForDownloadAsync(() => Button(page, "Export CSV").ClickAsync());

        Assert.Equal("audit-log_big_2026-05-08_2026-05-08.csv", download.SuggestedFilename);
        Assert.Null(await download.FailureAsync());
        var rows = EntryFileTests.ReadCsv(await File.ReadAllBytesAsync(await download.PathAsync()));
        Assert.Equal(shown, $"{rows.Count - 1:N0} entries");
        Assert.All(rows.Skip(1), row => Assert.Equal(("RulePublished", "rule-8"), (row[5], row[3])));
        await page.Locator("[data-toggle]").First.ClickAsync();
        await Expect(page.Locator("[data-entry-details]")).ToBeVisibleAsync();
        var json = await page.RunAndWaitForDownloadAsync(() => Button(page, "Export JSON").ClickAsync());
        Assert.Equal("audit-log_big_2026-05-08_2026-05-08.json", json.SuggestedFilename);
    }

    [Fact]
    public async Task Above_the_limit_the_person_is_told_what_is_left_out_before_the_download()
    {
        var page = await OpenAsync(fixture.Auditor, "big");
        await Button(page, "Export CSV").ClickAsync();

        var dialog = page.GetByRole(AriaRole.Dialog);
        await Expect(dialog).ToContainTextAsync("Export the newest 100,000 entries?");
        await Expect(dialog).ToContainTextAsync("Left out: the oldest 50");
        await Expect(dialog).ToContainTextAsync("those before 2026-05-08 0", new() { Timeout = 60_000 });
        var download = await page.RunAndWaitForDownloadAsync(
            () => dialog.GetByRole(AriaRole.Button, new() { Name = "Download the newest 100,000" }).ClickAsync(), new() { Timeout = 60_000 });
        Assert.StartsWith("audit-log_big_2026-05-08_2026-05-08_newest-100000-of-1005", download.SuggestedFilename, StringComparison.Ordinal);
        await download.CancelAsync();
        await Expect(dialog).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_viewer_is_offered_no_download()
    {
        var page = await OpenAsync(fixture.Viewer, "big", "&slug=rule-8");

        await Expect(page.Locator("[data-entry]")).Not.ToHaveCountAsync(0);
        await Expect(page.Locator("form.export")).ToHaveCountAsync(0);
    }

    private async Task<IPage> OpenAsync(TestUser user, string tenant, string more = "")
    {
        var context = await _chromium.Browser.NewContextAsync(new() { BaseURL = fixture.Console.Address.ToString() });
        await context.AddCookiesAsync([new()
        {
            Name = IdentityFeature.SessionCookie,
            Value = await fixture.Console.SessionOfAsync(user),
            Url = fixture.Console.Address.ToString(),
        }]);
        var page = await context.NewPageAsync();
        await page.GotoAsync($"/audit-log?tenant={tenant}&from=2026-05-08&to=2026-05-08{more}");
        return page;
    }

    private static ILocator Button(IPage page, string name) => page.Locator("form.export").GetByRole(AriaRole.Button, new() { Name = name });
}
