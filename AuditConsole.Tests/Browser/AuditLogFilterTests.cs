using AuditConsole.Core;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AuditConsole.Tests.Browser;

[Collection(BrowserTests.Name)]
public sealed class AuditLogFilterTests(BrowserFixture fixture)
{
    private static readonly DateTimeOffset Now = WireTime.Truncate(TimeProvider.System.GetUtcNow());

    [Theory]
    [InlineData("entityType=ApiKey", "ApiKeyRevoked")]
    [InlineData("action=ProfilePublished", "ProfilePublished")]
    [InlineData("slug=no-async-void", "RulePublished")]
    [InlineData("actor=key_7", "ProfilePublished")]
    [InlineData("ip=203.0.113.42", "RulePublished")]
    public async Task The_url_filters_by_each_field(string parameters, string action)
    {
        var seed = await LogSeed.MakeAsync(fixture, entries: Entries());

        var page = await seed.OpenAsync(parameters);

        await Expect(page.Locator("[data-entry]")).ToHaveCountAsync(1);
        await Expect(page.Locator("[data-entry] .action-label")).ToHaveTextAsync(action);
    }

    [Fact]
    public async Task Apply_filters_and_back_and_reload_and_a_copied_link_keep_the_view()
    {
        var seed = await LogSeed.MakeAsync(fixture, entries: Entries());
        var page = await seed.OpenAsync(options: new() { Permissions = ["clipboard-read", "clipboard-write"] });
        var rows = page.Locator("[data-entry]");
        var before = await rows.CountAsync();

        await page.GetByLabel("Entity type").SelectOptionAsync("Profile");
        await page.GetByLabel("Action").SelectOptionAsync("ProfilePublished");
        await page.GetByLabel("Slug").FillAsync("backend-standards");
        await page.GetByRole(AriaRole.Button, new() { Name = "Apply" }).ClickAsync();

        await Expect(rows).ToHaveCountAsync(1);
        Assert.Contains("entityType=Profile&action=ProfilePublished&slug=backend-standards", page.Url);
        Assert.Contains("from=", page.Url);
        Assert.Contains("to=", page.Url);
        await rows.GetByRole(AriaRole.Button, new() { Name = "Show" }).ClickAsync();
        await Expect(page.Locator("[data-entry-details]")).ToHaveCountAsync(1);

        await page.ReloadAsync();
        await Expect(rows).ToHaveCountAsync(1);
        await Expect(page.Locator("[data-entry-details]")).ToHaveCountAsync(1);
        await Expect(page.GetByLabel("Slug")).ToHaveValueAsync("backend-standards");
        await Expect(page.GetByLabel("Action")).ToHaveValueAsync("ProfilePublished");

        await page.GetByRole(AriaRole.Button, new() { Name = "Copy link" }).ClickAsync();
        await Expect(page.Locator("#toast")).ToHaveTextAsync("Link copied.");
        var link = await page.EvaluateAsync<string>("navigator.clipboard.readText()");
        await seed.AppendAsync(Entry("ProfilePublished", "Profile", "backend-standards", "usr_9"));
        var other = await seed.NewPageAsync();
        await other.GotoAsync(link);
        await Expect(other.Locator("[data-entry]")).ToHaveCountAsync(1);
        await Expect(other.Locator("[data-entry-details]")).ToHaveCountAsync(1);
        await Expect(other.Locator("[data-entry] .actor")).ToHaveTextAsync("API key: nightly");

        await page.GoBackAsync();
        await Expect(rows).ToHaveCountAsync(before + 1);
        await Expect(page.GetByLabel("Slug")).ToHaveValueAsync("");
    }

    [Fact]
    public async Task Both_days_of_a_range_are_included()
    {
        var day = new DateTimeOffset(Now.UtcDateTime.Date.AddDays(-20), TimeSpan.Zero);
        var seed = await LogSeed.MakeAsync(fixture, entries:
        [
            Entry("First", at: day),
            Entry("Last", at: day.AddDays(2).AddMilliseconds(-1)),
            Entry("TooEarly", at: day.AddMilliseconds(-1)),
            Entry("TooLate", at: day.AddDays(2)),
        ]);
        var page = await seed.OpenAsync();

        await page.GetByLabel("From").FillAsync($"{day:yyyy-MM-dd}");
        await page.GetByLabel("To").FillAsync($"{day.AddDays(1):yyyy-MM-dd}");
        await page.GetByRole(AriaRole.Button, new() { Name = "Apply" }).ClickAsync();

        await Expect(page.Locator("[data-entry] .action-label")).ToHaveTextAsync(["Last", "First"]);
    }

    [Fact]
    public async Task Actions_are_narrowed_by_the_entity_type()
    {
        var seed = await LogSeed.MakeAsync(fixture, entries: Entries());
        var page = await seed.OpenAsync();
        await Expect(page.Locator("#filter-entity-type option")).ToContainTextAsync(["Any", "Rule", "Profile", "API key", "Spec job", "Engine version", "Member", "workspace"]);

        await page.GetByLabel("Entity type").SelectOptionAsync(new SelectOptionValue { Label = "API key" });

        await Expect(page.Locator("#filter-action option")).ToHaveTextAsync(["Any", "ApiKeyRevoked"]);
    }

    [Fact]
    public async Task Actor_and_address_of_an_entry_lead_to_what_else_they_did()
    {
        var seed = await LogSeed.MakeAsync(fixture, entries: Entries());
        var page = await seed.OpenAsync();

        await page.GetByRole(AriaRole.Link, new() { Name = "API key: nightly" }).ClickAsync();
        await Expect(page.Locator("[data-entry]")).ToHaveCountAsync(1);
        await Expect(page.Locator(".chips")).ToContainTextAsync("API key: nightly");

        await page.GetByRole(AriaRole.Button, new() { Name = "Clear" }).ClickAsync();
        await page.Locator("[data-entry]", new() { HasText = "RulePublished" }).GetByRole(AriaRole.Button).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "203.0.113.42" }).ClickAsync();
        await Expect(page.Locator("[data-entry]")).ToHaveCountAsync(1);
        await Expect(page.Locator(".chips")).ToContainTextAsync("client IP 203.0.113.42");
    }

    [Fact]
    public async Task A_filter_that_makes_no_sense_says_which_field()
    {
        var seed = await LogSeed.MakeAsync(fixture, entries: Entries());
        var page = await seed.OpenAsync();

        await page.GetByLabel("From").FillAsync("2026-11-10");
        await page.GetByLabel("To").FillAsync("2026-11-01");
        await page.GetByRole(AriaRole.Button, new() { Name = "Apply" }).ClickAsync();

        await Expect(page.Locator(".state")).ToContainTextAsync("This filter can’t be applied");
        await Expect(page.GetByLabel("From")).ToHaveAttributeAsync("aria-invalid", "true");
        await Expect(page.Locator("#problem-from")).ToContainTextAsync("From (2026-11-10) is after To (2026-11-01)");
        await page.GetByLabel("To").FillAsync("2026-11-20");
        await page.GetByRole(AriaRole.Button, new() { Name = "Apply" }).ClickAsync();
        await Expect(page.Locator("#problem-from")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Nothing_found_says_what_was_asked_and_offers_to_widen()
    {
        var seed = await LogSeed.MakeAsync(fixture, entries: [Entry("RuleEdited", slug: "old-rule", at: Now.AddDays(-200))]);
        var page = await seed.OpenAsync("slug=old-rule");

        await Expect(page.Locator(".state")).ToContainTextAsync("slug old-rule");
        await page.GetByRole(AriaRole.Link, new() { Name = "Widen to 24 months" }).ClickAsync();

        await Expect(page.Locator("[data-entry]")).ToHaveCountAsync(1);
        await page.GoBackAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Clear filters" }).ClickAsync();
        await Expect(page.GetByLabel("Slug")).ToHaveValueAsync("");
    }

    [Fact]
    public async Task Instants_in_the_url_stay_instants()
    {
        var seed = await LogSeed.MakeAsync(fixture, entries: [Entry("In", at: Now.AddHours(-2)), Entry("Out", at: Now.AddHours(-5))]);
        var (from, to) = (WireTime.Format(Now.AddHours(-3)), WireTime.Format(Now.AddHours(-1)));

        var page = await seed.OpenAsync($"from={from}&to={to}");
        await Expect(page.Locator("[data-entry] .action-label")).ToHaveTextAsync(["In"]);
        await page.GetByRole(AriaRole.Button, new() { Name = "Apply" }).ClickAsync();

        await Expect(page.Locator("[data-entry] .action-label")).ToHaveTextAsync(["In"]);
        Assert.Contains($"from={from}&to={to}", page.Url);
    }

    private static NewEntry[] Entries() =>
    [
        Entry("RulePublished", slug: "no-async-void") with { Ip = System.Net.IPAddress.Parse("203.0.113.42") },
        Entry("RuleEdited", slug: "other-rule"),
        Entry("ApiKeyRevoked", "ApiKey", "staging-ci"),
        Entry("workspace.changed", "workspace", "acme"),
        Entry("ProfilePublished", "Profile", "backend-standards") with { Actor = new Actor("api_key", "key_7", "nightly") },
        Entry("ProfileDrafted", "Profile", "backend-standards"),
    ];

    private static NewEntry Entry(string action, string type = "Rule", string slug = "a-rule", string actor = "usr_7", DateTimeOffset? at = null) => new()
    {
        OccurredAt = at ?? Now.AddMinutes(-10),
        Actor = new Actor("user", actor),
        Action = action,
        Target = new Resource(type, "id_1", slug, "1.0.0"),
    };
}
