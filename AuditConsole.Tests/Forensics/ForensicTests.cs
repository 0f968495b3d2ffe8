using System.Globalization;
using System.Text.RegularExpressions;
using AuditConsole.Tests.Browser;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AuditConsole.Tests.Forensics;

/// <summary>The four questions that the console was made for, asked as a person asks them.</summary>
[Collection(BrowserTests.Name)]
public sealed partial class ForensicTests(BrowserFixture fixture)
{
    [Fact]
    public async Task Why_is_my_build_stricter_since_yesterday()
    {
        var page = await OpenAsync();
        await FilterAsync(page, Day(-1), Day(-1), "Profile", "ProfilePublished");
        await Expect(Rows(page)).ToHaveCountAsync(2);

        await page.GetByRole(AriaRole.Link, new() { Name = "backend-standards" }).ClickAsync();

        await Expect(page.Locator("h1")).ToHaveTextAsync("backend-standards");
        await Expect(Change(page, "no-async-void", "Severity")).ToContainTextAsync("was warning → now error");
        await Expect(Change(page, "no-async-void", "Severity")).ToContainTextAsync("stricter");
        await Expect(Change(page, "no-async-void", "Pinned")).ToContainTextAsync("was 2.0.0 → now 2.1.0");
        await Expect(Change(page, "max-method-length", "Pinned")).ToContainTextAsync("was 1.0.2 → now 1.0.3");
        await Expect(Change(page, "no-sync-io", "Added")).ToContainTextAsync("now 1.0.0, severity warning");
        await Expect(Change(page, "no-regions", "Removed")).ToContainTextAsync("was 1.0.0");
        await Expect(Change(page, "use-nullable", "Disabled")).ToContainTextAsync("looser");
        await Expect(page.Locator("details[open] table.rules tbody tr")).ToHaveCountAsync(6);
        await Expect(page.Locator("details[open]")).ToContainTextAsync("by API key: acme-web-ci");
    }

    [Fact]
    public async Task Which_rule_became_an_error_since_yesterday_and_who_published_it()
    {
        var page = await OpenAsync();
        await FilterAsync(page, Day(-1), Day(-1), "Rule", "RulePublished");
        await Expect(Rows(page).Locator(".actor")).ToHaveTextAsync(["usr_5"]);

        await page.GetByRole(AriaRole.Link, new() { Name = "no-async-void" }).ClickAsync();

        await Expect(page.Locator("details[open] .change")).ToHaveCountAsync(1);
        await Expect(page.Locator("details[open] .change")).ToContainTextAsync(SeverityChange());
    }

    [Fact]
    public async Task Who_published_a_profile()
    {
        var page = await OpenAsync();
        await FilterAsync(page, Day(-30), Day(-1), "Profile", "ProfilePublished", "backend-standards");

        await Expect(Rows(page).Locator(".actor")).ToHaveTextAsync(["API key: acme-web-ci", "usr_41"]);
        await Expect(Rows(page).Locator(".target")).ToHaveTextAsync(["Profile backend-standards 1.5.0", "Profile backend-standards 1.4.0"]);
        await Expect(Rows(page).Locator("time")).ToHaveTextAsync([$"{Day(-1)} 16:42", $"{Day(-12)} 10:42"]);
    }

    [Fact]
    public async Task When_was_an_api_key_created_or_revoked_and_by_whom()
    {
        var page = await OpenAsync();
        await FilterAsync(page, null, null, "API key", null, "staging-ci");

        await Expect(Rows(page).Locator(".act")).ToHaveTextAsync(["ApiKeyRevoked", "ApiKeyCreated"]);
        await Expect(Rows(page).Locator(".actor")).ToHaveTextAsync(["usr_7", "usr_41"]);
        await Expect(Rows(page).Locator("time")).ToHaveTextAsync([$"{Day(-1)} 11:42", $"{Day(-20)} 11:42"]);

        await page.GetByRole(AriaRole.Link, new() { Name = "staging-ci" }).First.ClickAsync();
        await Expect(page.Locator(".page-header")).ToContainTextAsync("Revoked");
    }

    [Fact]
    public async Task Which_spec_jobs_ran_on_an_engine()
    {
        var page = await OpenAsync();
        await FilterAsync(page, null, null, "Spec job", null, "no-async-void");

        await Expect(page.Locator("section.entries thead th").Nth(4)).ToHaveTextAsync("Engine version");
        await Expect(Rows(page).Locator("td.engine")).ToHaveTextAsync(["3.2.0", "3.1.4", "3.2.0", "3.1.4", "3.1.4"]);
        await Expect(Rows(page).Locator("td.target")).ToHaveTextAsync(Enumerable.Repeat("Spec job no-async-void", 5));
    }

    private string Day(int offset) => Today.AddDays(offset).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private DateTimeOffset Today => new(fixture.Console.Services.GetRequiredService<TimeProvider>().GetUtcNow().UtcDateTime.Date, TimeSpan.Zero);

    private async Task<IPage> OpenAsync()
    {
        var seed = await LogSeed.MakeAsync(fixture, entries: ForensicLog.Entries(Today));
        var page = await seed.OpenAsync();
        await Expect(Rows(page)).Not.ToHaveCountAsync(0);
        return page;
    }

    private static async Task FilterAsync(IPage page, string? from, string? to, string type, string? action, string? slug = null)
    {
        await FillAsync("From", from);
        await FillAsync("To", to);
        await page.GetByLabel("Entity type").SelectOptionAsync(new SelectOptionValue { Label = type });
        if (action is not null)
        {
            await page.GetByLabel("Action", new() { Exact = true }).SelectOptionAsync(action);
        }
        await FillAsync("Slug", slug);
        await page.GetByRole(AriaRole.Button, new() { Name = "Apply" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(AppliedType());

        async Task FillAsync(string label, string? value)
        {
            if (value is not null)
            {
                await page.GetByLabel(label, new() { Exact = true }).FillAsync(value);
            }
        }
    }

    private static ILocator Rows(IPage page) => page.Locator("section.entries [data-entry]");

    private static ILocator Change(IPage page, string rule, string kind) => page.Locator("details[open] table.rules tbody tr")
        .Filter(new() { Has = page.GetByRole(AriaRole.Link, new() { Name = rule, Exact = true }) })
        .Filter(new() { Has = page.GetByText(kind, new() { Exact = true }) });

    [GeneratedRegex("[?&]entityType=")]
    private static partial Regex AppliedType();

    [GeneratedRegex("severity.*was \"warning\".*now \"error\"", RegexOptions.Singleline)]
    private static partial Regex SeverityChange();
}
