using System.Globalization;
using AuditConsole.Core;
using AuditConsole.Query;
using AuditConsole.Tests.Browser;
using AuditConsole.Tests.Forensics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AuditConsole.Tests.Entities;

[Collection(BrowserTests.Name)]
public sealed class EntityPageTests(BrowserFixture fixture)
{
    private DateTimeOffset Today => new(fixture.Console.Services.GetRequiredService<TimeProvider>().GetUtcNow().UtcDateTime.Date, TimeSpan.Zero);

    [Fact]
    public async Task It_is_accessible_and_fits_a_narrow_screen()
    {
        var seed = await LogSeed.MakeAsync(fixture, entries: ForensicLog.Entries(Today));
        var page = await seed.NewPageAsync();
        foreach (var path in new[] { "Profile/backend-standards", "Rule/no-async-void", "Rule/unknown" })
        {
            await page.GotoAsync($"/entities/{path}");
            await Expect(page.Locator("h1")).Not.ToBeEmptyAsync();
            foreach (var width in new[] { 1360, 360 })
            {
                await page.SetViewportSizeAsync(width, 900);
                await Axe.CheckBothSchemesAsync(page);
                Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), $"{path} is wider than {width} px");
            }
        }
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task It_says_what_the_log_knows_and_leads_back_to_each_entry()
    {
        var seed = await LogSeed.MakeAsync(fixture, entries: ForensicLog.Entries(Today));
        var page = await seed.NewPageAsync();
        await page.GotoAsync("/entities/Profile/backend-standards");

        await Expect(page.Locator(".page-header")).ToContainTextAsync("Published");
        await Expect(page.Locator(".known")).ToContainTextAsync("4 entries");
        await Expect(page.Locator(".history tbody tr")).ToHaveCountAsync(4);
        await Expect(page.Locator("summary .name")).ToHaveTextAsync(["1.5.0", "1.4.0"]);
        await page.Locator("summary").Nth(1).ClickAsync();
        await Expect(page.Locator("details").Nth(1)).ToContainTextAsync("The first published version");

        await page.Locator(".history tbody tr").First.GetByRole(AriaRole.Link).ClickAsync();

        await Expect(page.Locator("h1")).ToHaveTextAsync("Audit log");
        await Expect(page.Locator("[data-entry].open")).ToContainTextAsync("ProfilePublished");
        await page.GoBackAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Its entries in the audit log" }).ClickAsync();
        await Expect(page.Locator("section.entries [data-entry]")).ToHaveCountAsync(4);
    }

    [Fact]
    public async Task It_says_that_the_version_before_is_not_in_the_log_any_more()
    {
        var seed = await LogSeed.MakeAsync(fixture, entries: ForensicLog.Entries(Today).Where(entry => entry.Action != "ProfileCreated"));
        var page = await seed.NewPageAsync();
        await page.GotoAsync("/entities/Profile/frontend-standards");

        await Expect(page.Locator("details[open]")).ToContainTextAsync("The version before this one is not in the log (any more)");
    }

    [Fact]
    public async Task A_resource_that_the_log_does_not_know_is_said_to_be_unknown()
    {
        var seed = await LogSeed.MakeAsync(fixture, entries: ForensicLog.Entries(Today));
        var page = await seed.NewPageAsync();
        await page.GotoAsync("/entities/Rule/never-made");

        await Expect(page.Locator("h1")).ToHaveTextAsync("The log knows nothing of this");
    }

    [Theory]
    [InlineData("a/b")]
    [InlineData("a%2Fb")]
    [InlineData("100% sure?#&+")]
    [InlineData("‮gpj.exe")]
    [InlineData("ü 😀 \\ \"")]
    public async Task Any_slug_has_its_page_and_its_link(string slug)
    {
        var seed = await LogSeed.MakeAsync(fixture, entries: [new NewEntry
        {
            OccurredAt = Today.AddDays(-1),
            Actor = new Actor("user", "usr_1"),
            Action = "RuleCreated",
            Target = new Resource("Rule", "rul_1", slug),
        }]);
        var page = await seed.NewPageAsync();
        await page.GotoAsync(ConsoleUrls.Entity(seed.Tenant.Slug, "Rule", slug));

        await Expect(page.Locator(".known")).ToContainTextAsync("1 entry");
    }

    [Fact]
    public async Task A_long_history_is_paged_by_key()
    {
        var seed = await LogSeed.MakeAsync(fixture, entries: Enumerable.Range(0, 230).Select(index => new NewEntry
        {
            OccurredAt = Today.AddDays(-2).AddMilliseconds(index / 3),
            Actor = new Actor("user", "usr_1"),
            Action = "RuleEdited",
            Target = new Resource("Rule", "rul_1", "busy"),
        }));
        var page = await seed.NewPageAsync();
        await page.GotoAsync("/entities/Rule/busy");
        var seen = new List<string>();
        foreach (var range in new[] { "Entries 1–100 of 230", "Entries 101–200 of 230", "Entries 201–230 of 230" })
        {
            await Expect(page.Locator(".pager")).ToContainTextAsync(range);
            seen.AddRange(await page.Locator(".history .entry").AllInnerTextsAsync());
            if (seen.Count < 230)
            {
                await page.GetByRole(AriaRole.Link, new() { Name = "Next" }).ClickAsync();
            }
        }
        Assert.Equal(Enumerable.Range(0, 230).Select(index => $"#{230 - index}"), seen.Select(text => text.Trim()).Select(text => "#" + (int.Parse(text[1..], CultureInfo.InvariantCulture) - 1)));
        await page.GetByRole(AriaRole.Link, new() { Name = "Prev" }).ClickAsync();
        await Expect(page.Locator(".pager")).ToContainTextAsync("Entries 101–200 of 230");
    }
}
