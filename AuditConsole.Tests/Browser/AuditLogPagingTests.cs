using AuditConsole.Core;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AuditConsole.Tests.Browser;

[Collection(BrowserTests.Name)]
public sealed class AuditLogPagingTests(BrowserFixture fixture)
{
    [Fact]
    public async Task Paging_repeats_and_skips_nothing_while_entries_arrive()
    {
        // Fives of the same millisecond, so that every page ends within a tie.
        var start = WireTime.Truncate(TimeProvider.System.GetUtcNow()).AddDays(-1);
        var seed = await LogSeed.MakeAsync(fixture, entries: Enumerable.Range(0, 450).Select(number => Entry(start.AddMilliseconds(number / 7))));
        var page = await seed.OpenAsync("entityType=Rule");
        var seen = new List<string>();

        for (var number = 0; number < 5; number++)
        {
            await Expect(page.GetByText($"Entries {number * 100 + 1}–{Math.Min(450, number * 100 + 100)} of 450")).ToBeVisibleAsync();
            seen.AddRange(await SequencesAsync(page));
            // Newer ones, and one that belongs far down the list.
            await seed.AppendAsync(Entry(start.AddHours(2)), Entry(start.AddMilliseconds(30)), Entry(start.AddDays(-1)));
            if (number < 4)
            {
                await page.GetByRole(AriaRole.Button, new() { Name = "Next" }).ClickAsync();
            }
        }

        Assert.Equal(Enumerable.Range(2, 450).Reverse().Select(sequence => $"{sequence}"), seen);
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Next" })).ToBeDisabledAsync();
        var back = new List<string>();
        for (var number = 4; number >= 0; number--)
        {
            await Expect(page.GetByText($"Entries {number * 100 + 1}–{Math.Min(450, number * 100 + 100)} of 450")).ToBeVisibleAsync();
            back.InsertRange(0, await SequencesAsync(page));
            if (number > 0)
            {
                await page.GetByRole(AriaRole.Button, new() { Name = "Prev" }).ClickAsync();
            }
        }
        Assert.Equal(seen, back);
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Prev" })).ToBeDisabledAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Apply" }).ClickAsync();
        await Expect(page.GetByText("Entries 1–100 of 465")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_page_of_the_list_is_a_link()
    {
        var seed = await LogSeed.MakeAsync(fixture, entries: Many(250));
        var page = await seed.OpenAsync("entityType=Rule");
        await page.GetByRole(AriaRole.Button, new() { Name = "Next" }).ClickAsync();
        await Expect(page.GetByText("Entries 101–200 of 250")).ToBeVisibleAsync();
        var shown = await SequencesAsync(page);

        var other = await seed.NewPageAsync();
        await other.GotoAsync(page.Url);

        await Expect(other.GetByText("Entries 101–200 of 250")).ToBeVisibleAsync();
        Assert.Equal(shown, await SequencesAsync(other));
        await page.GoBackAsync();
        await Expect(page.GetByText("Entries 1–100 of 250")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_cursor_of_another_filter_is_an_error_and_not_another_page()
    {
        var seed = await LogSeed.MakeAsync(fixture, entries: Many(150));
        var page = await seed.OpenAsync("entityType=Rule");
        await page.GetByRole(AriaRole.Button, new() { Name = "Next" }).ClickAsync();
        await Expect(page.GetByText("Entries 101–150 of 150")).ToBeVisibleAsync();

        await page.GotoAsync(page.Url.Replace("entityType=Rule", "entityType=Profile", StringComparison.Ordinal));

        await Expect(page.Locator(".state")).ToContainTextAsync("belongs to another filter");
        await page.GetByRole(AriaRole.Link, new() { Name = "Start from the newest entries" }).ClickAsync();
        await Expect(page.Locator(".state")).ToContainTextAsync("No entries match");
    }

    [Fact]
    public async Task A_link_to_an_entry_shows_it_wherever_it_stands()
    {
        var seed = await LogSeed.MakeAsync(fixture, entries: Many(150));

        var page = await seed.OpenAsync("entityType=Rule&entry=5,99999");

        await Expect(page.Locator("#details-5")).ToContainTextAsync("#5");
        await Expect(page.GetByText("Entry #99,999 can’t be read")).ToBeVisibleAsync();
    }

    private static IEnumerable<NewEntry> Many(int count)
    {
        var start = WireTime.Truncate(TimeProvider.System.GetUtcNow()).AddDays(-1);
        return Enumerable.Range(0, count).Select(number => Entry(start.AddSeconds(number)));
    }

    private static async Task<IReadOnlyList<string>> SequencesAsync(IPage page) =>
        await page.EvalOnSelectorAllAsync<string[]>("[data-entry]", "rows => rows.map(row => row.dataset.entry)");

    private static NewEntry Entry(DateTimeOffset at) => new()
    {
        OccurredAt = at,
        Actor = new Actor("user", "usr_7"),
        Action = "RuleEdited",
        Target = new Resource("Rule", "id_1", "a-rule"),
    };
}
