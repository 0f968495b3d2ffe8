using System.Text.RegularExpressions;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Query;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AuditConsole.Tests.Browser;

[Collection(BrowserTests.Name)]
public sealed class AuditLogPageTests(BrowserFixture fixture)
{
    private static readonly DateTimeOffset At = new(TimeProvider.System.GetUtcNow().UtcDateTime.Date.AddDays(-1).Add(new TimeSpan(0, 16, 42, 7, 318)), TimeSpan.Zero);

    private static readonly string Day = $"{At:yyyy-MM-dd}";

    // The entries of a few minutes, without the service's own.
    private static readonly string Range = $"from={Day}&to={Day}";

    [Fact]
    public async Task An_entry_is_shown_as_a_person_reads_it()
    {
        var seed = await LogSeed.MakeAsync(fixture, entries: [Published()]);
        var page = await seed.OpenAsync(Range + "&entityType=Profile");

        await Expect(page.Locator("thead th")).ToHaveTextAsync(["Occurred at", "Actor", "Action", "Entity", "Engine version", "Details"]);
        await Expect(page.Locator("[data-entry] td")).ToHaveTextAsync(
            [$"{Day} 16:42", "API key: acme-web-ci", "ProfilePublished", "Profile backend-standards 1.5.0", "3.2.0", "Show"]);
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "backend-standards" })).ToHaveAttributeAsync(
            "href", ConsoleUrls.Entity(seed.Tenant.Slug, "Profile", "backend-standards"));
    }

    [Fact]
    public async Task Hover_and_keyboard_focus_show_the_seconds()
    {
        var seed = await LogSeed.MakeAsync(fixture, entries: [Published()]);
        var page = await seed.OpenAsync(Range + "&entityType=Profile");
        var time = page.Locator("[data-entry] time");

        await Expect(time).ToHaveAttributeAsync("datetime", $"{Day}T16:42:07.318Z");
        await Expect(time).ToHaveAttributeAsync("title", $"{Day} 16:42:07 +00:00");
        await page.Locator("[data-entry]").FocusAsync();
        await page.Keyboard.PressAsync("Tab");
        await Expect(time).ToBeFocusedAsync();
        Assert.Equal($"\"{Day} 16:42:07 +00:00\"", await time.EvaluateAsync<string>("element => getComputedStyle(element, '::after').content"));
        await page.Keyboard.PressAsync("Tab");
        Assert.Equal("none", await time.EvaluateAsync<string>("element => getComputedStyle(element, '::after').content"));
    }

    [Fact]
    public async Task Show_opens_everything_that_the_entry_holds_and_hide_closes_it()
    {
        var seed = await LogSeed.MakeAsync(fixture, entries: [Published(), Published() with { Ip = null, UserAgent = null, Reasoning = null, Targets = [] }]);
        var page = await seed.OpenAsync(Range + "&entityType=Profile");
        var full = page.Locator("[data-entry='2']");

        await full.GetByRole(AriaRole.Button, new() { Name = "Show" }).ClickAsync();
        var details = page.Locator("#details-2");
        await Expect(details.Locator("pre")).ToContainTextAsync("\"rules\": [\n    { \"slug\": \"no-async-void\", \"version\": \"2.1.0\" }\n  ]");
        foreach (var text in new[] { "#2", "203.0.113.42", "acme-cli/3.2.0", "Berlin", "stricter builds", "key:key_test", "no-async-void", "corr-1" })
        {
            await Expect(details).ToContainTextAsync(text);
        }
        await Expect(details.Locator(".hash").First).ToHaveTextAsync(new Regex("^[0-9a-f]{64}$"));
        await page.Locator("[data-entry='3']").GetByRole(AriaRole.Button, new() { Name = "Show" }).ClickAsync();
        await Expect(page.Locator("[data-entry-details]")).ToHaveCountAsync(2);
        await Expect(page.Locator("#details-3")).Not.ToContainTextAsync("User agent");
        Assert.EndsWith("entry=2,3", page.Url);

        var toggle = full.GetByRole(AriaRole.Button, new() { Name = "Hide", Expanded = true });
        await Expect(toggle).ToHaveAttributeAsync("aria-controls", "details-2");
        await toggle.ClickAsync();
        await Expect(page.Locator("[data-entry-details]")).ToHaveCountAsync(1);
        await Expect(full.GetByRole(AriaRole.Button, new() { Name = "Show", Expanded = false })).ToBeFocusedAsync();
        await Expect(full).Not.ToHaveClassAsync("open");
        Assert.EndsWith("entry=3", page.Url);
    }

    [Fact]
    public async Task The_keyboard_alone_is_enough()
    {
        var seed = await LogSeed.MakeAsync(fixture, entries: Enumerable.Range(0, 5).Select(number => Published() with { OccurredAt = At.AddMinutes(number) }));
        var page = await seed.OpenAsync(Range + "&entityType=Profile");

        // Where the page's navigation puts it, which may be after the entries came.
        await Expect(page.Locator("h1")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("j");
        await Expect(page.Locator("[data-entry]").First).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("ArrowDown");
        await page.Keyboard.PressAsync("j");
        await page.Keyboard.PressAsync("k");
        await Expect(page.Locator("[data-entry]").Nth(1)).ToBeFocusedAsync();
        Assert.Equal("2px", await page.Locator("[data-entry]").Nth(1).EvaluateAsync<string>("row => getComputedStyle(row).outlineWidth"));
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("[data-entry-details]")).ToHaveCountAsync(1);
        await Expect(page.Locator("[data-entry]").Nth(1)).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.Locator("[data-entry-details]")).ToHaveCountAsync(0);

        await page.Keyboard.PressAsync("/");
        await Expect(page.GetByLabel("From")).ToBeFocusedAsync();
        await page.GetByLabel("Slug").FocusAsync();
        await page.Keyboard.TypeAsync("/jk?");
        await Expect(page.GetByLabel("Slug")).ToHaveValueAsync("/jk?");
        await page.Keyboard.PressAsync("Escape");

        await page.Keyboard.PressAsync("?");
        await Expect(page.GetByRole(AriaRole.Dialog, new() { Name = "Keyboard" })).ToBeVisibleAsync();
        await page.GetByLabel("Single-key shortcuts").UncheckAsync();
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
        await page.ReloadAsync();
        await page.Locator("[data-entry]").First.WaitForAsync();
        await page.Keyboard.PressAsync("j");
        await page.Keyboard.PressAsync("/");
        Assert.Equal(0, await page.Locator("[data-entry]:focus, input:focus").CountAsync());
        await page.Keyboard.PressAsync("ArrowDown");
        await Expect(page.Locator("[data-entry]").First).ToBeFocusedAsync();
    }

    [Fact]
    public async Task Every_page_and_state_is_accessible_and_quiet()
    {
        var seed = await LogSeed.MakeAsync(fixture, Role.Admin, [Published(), .. HostileEntries.All(At)]);
        var watched = await WatchedPage.OfAsync(await seed.NewPageAsync());
        var page = watched.Page;

        var found = new List<string>();
        await LookAsync($"/audit-log?{Range}&entry=2,3", "#details-3");
        await page.Keyboard.PressAsync("?");
        found.AddRange((await Axe.FindAsync(page)).Select(violation => $"help: {violation}"));
        await LookAsync("/audit-log?slug=nothing&actor=nobody&ip=::1", ".state");
        await LookAsync("/audit-log?from=x&ip=y&to=2026-11-01", ".state");
        await LookAsync("/audit-log?cursor=abc", ".state");
        await LookAsync("/nothing-here", ".state");
        await page.SetViewportSizeAsync(360, 780);
        await LookAsync($"/audit-log?{Range}&entry=2,3", "#details-3");
        await page.GetByRole(AriaRole.Button, new() { Name = "Menu" }).ClickAsync();
        found.AddRange((await Axe.FindAsync(page)).Select(violation => $"menu: {violation}"));

        Assert.True(found.Count == 0, string.Join('\n', found));
        Assert.Empty(watched.Complaints);

        async Task LookAsync(string address, string sign)
        {
            await page.GotoAsync(address);
            await page.Locator(sign).First.WaitForAsync();
            found.AddRange((await Axe.FindAsync(page)).Select(violation => $"{address}: {violation}"));
        }
    }

    [Theory]
    [InlineData(1360)]
    [InlineData(360)]
    public async Task Hostile_texts_do_nothing_and_break_nothing(int width)
    {
        var seed = await LogSeed.MakeAsync(fixture, entries: HostileEntries.All(At));
        var watched = await WatchedPage.OfAsync(await seed.NewPageAsync(new() { ViewportSize = new() { Width = width, Height = 900 } }));
        var page = watched.Page;

        await page.GotoAsync($"/audit-log?{Range}&entry=2,3,4");

        await Expect(page.Locator("[data-entry-details]")).ToHaveCountAsync(3);
        Assert.Equal(0, await page.EvaluateAsync<int>("window.hacked ?? 0"));
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= window.innerWidth"));
        await Expect(page.Locator("[data-entry='2'] .target .u-mark").First).ToHaveTextAsync("\\u202E");
        var text = await page.Locator("main").TextContentAsync();
        Assert.DoesNotContain("\u202E", text, StringComparison.Ordinal);
        Assert.Contains("<script>window.hacked = 1</script>", text, StringComparison.Ordinal);
        await page.Locator("[data-entry='2'] .target a").ClickAsync();
        await Expect(page.Locator("[data-entry='2']")).ToHaveCountAsync(0);
        Assert.Empty(watched.Complaints);
    }

    [Fact]
    public async Task The_narrow_page_offers_everything()
    {
        var seed = await LogSeed.MakeAsync(fixture, Role.Admin, [Published()]);
        var page = await seed.OpenAsync(Range, new() { ViewportSize = new() { Width = 360, Height = 780 } });

        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= 360"));
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Members" })).Not.ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Menu" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Members" })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Audit log" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Members" })).Not.ToBeVisibleAsync();
    }

    private static NewEntry Published() => new()
    {
        OccurredAt = At,
        Actor = new Actor("api_key", "key_7", "acme-web-ci"),
        Action = "ProfilePublished",
        Target = new Resource("Profile", "prf_12", "backend-standards", "1.5.0"),
        Targets = [new Resource("Rule", "rul_1", "no-async-void", "2.1.0")],
        EngineVersion = "3.2.0",
        Ip = System.Net.IPAddress.Parse("203.0.113.42"),
        Location = "Berlin",
        UserAgent = "acme-cli/3.2.0",
        Reasoning = "stricter builds",
        CorrelationId = "corr-1",
        Metadata = CanonicalObject.From(new { rules = new[] { new { slug = "no-async-void", version = "2.1.0" } } }),
    };
}
