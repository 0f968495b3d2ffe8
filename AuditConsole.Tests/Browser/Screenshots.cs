using AuditConsole.Core;
using AuditConsole.Demo;
using AuditConsole.Identity;
using Microsoft.Playwright;

namespace AuditConsole.Tests.Browser;

/// <summary>Pictures of every page and state, to look at. Runs where SCREENSHOT_DIR names a folder for them.</summary>
[Collection(BrowserTests.Name)]
public sealed class Screenshots(BrowserFixture fixture)
{
    private sealed class WhereWantedAttribute : FactAttribute
    {
        public WhereWantedAttribute() => Skip = Folder is null ? "SCREENSHOT_DIR is not set." : null;
    }

    private static string? Folder => Environment.GetEnvironmentVariable("SCREENSHOT_DIR");

    [WhereWanted]
    public async Task Of_every_page_and_state()
    {
        var now = TimeProvider.System.GetUtcNow();
        var world = DemoWorld.Make(DemoWorld.Acme(4000), seed: 7, now, now.AddMonths(-4));
        var seed = await LogSeed.MakeAsync(fixture, Role.Admin, world.Entries, "admin@acme.example");
        var empty = await LogSeed.MakeAsync(fixture, Role.Admin, []);
        var hostile = await LogSeed.MakeAsync(fixture, Role.Viewer, HostileEntries.All(now));
        foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            foreach (var width in new[] { 1360, 360 })
            {
                var options = new BrowserNewContextOptions
                {
                    ColorScheme = scheme,
                    ViewportSize = new() { Width = width, Height = width > 400 ? 900 : 780 },
                    ReducedMotion = ReducedMotion.Reduce,
                };
                string Name(string state) => Path.Combine(Folder!, $"{state}-{scheme.ToString().ToLowerInvariant()}-{width}.png");

                var page = await seed.OpenAsync("entityType=Profile", options: options);
                await page.Locator("[data-toggle]").First.ClickAsync();
                await page.Locator("[data-entry-details]").First.WaitForAsync();
                await page.Mouse.MoveAsync(5, 400);
                await page.GetByText("Entries 1–").WaitForAsync();
                // The service verifies within about a minute.
                await page.GetByText("Chain verified").WaitForAsync(new() { Timeout = 120_000 });
                await page.WaitForTimeoutAsync(300);
                await page.ScreenshotAsync(new() { Path = Name("details") });
                await page.GotoAsync("/audit-log");
                await page.Locator("[data-entry]").First.WaitForAsync();
                await page.GetByText("Entries 1–100").WaitForAsync();
                await page.WaitForTimeoutAsync(300);
                await page.ScreenshotAsync(new() { Path = Name("log") });
                await page.Locator("time").Nth(3).FocusAsync();
                await page.ScreenshotAsync(new() { Path = Name("focus-time") });
                await page.Keyboard.PressAsync("j");
                await page.Keyboard.PressAsync("j");
                await page.ScreenshotAsync(new() { Path = Name("focus-row") });
                await page.EvaluateAsync("window.scrollTo(0, document.body.scrollHeight)");
                await page.ScreenshotAsync(new() { Path = Name("foot") });
                await page.Keyboard.PressAsync("?");
                await page.ScreenshotAsync(new() { Path = Name("help") });
                await page.Keyboard.PressAsync("Escape");
                if (width < 400)
                {
                    await page.EvaluateAsync("window.scrollTo(0, 0)");
                    await page.GetByRole(AriaRole.Button, new() { Name = "Menu" }).ClickAsync();
                    await page.WaitForTimeoutAsync(200);
                    await page.ScreenshotAsync(new() { Path = Name("menu") });
                }
                await VisitAsync(page, "/audit-log?actor=usr_1&ip=203.0.113.9&slug=nothing-like-it", Name("no-match"));
                await VisitAsync(page, "/audit-log?from=2026-11-20&to=2026-11-01&ip=1.2", Name("bad-filter"));
                await VisitAsync(page, "/audit-log?cursor=abc", Name("bad-cursor"));
                await VisitAsync(page, "/nothing-here", Name("not-found"));
                await VisitAsync(page, "/api-keys", Name("api-keys"));
                await VisitAsync(page, "/members", Name("members"));
                await VisitAsync(page, "/event-types", Name("event-types"));
                await VisitAsync(page, "/event-type?action=ProfilePublished", Name("event-type"));
                await page.GetByRole(AriaRole.Button, new() { Name = "Propose from what was seen" }).ClickAsync();
                await page.GetByText("have in common").WaitForAsync();
                await page.GetByRole(AriaRole.Button, new() { Name = "Check recent events" }).ClickAsync();
                await page.GetByText("would have been refused").WaitForAsync();
                await page.ScreenshotAsync(new() { Path = Name("event-type-proposed"), FullPage = true });
                await VisitAsync(page, "/entities/Profile/backend-standards", Name("entity"));
                await VisitAsync(page, "/audit-log?entry=12,999999&entityType=Rule", Name("linked"));
                await page.EvaluateAsync("document.getElementById('components-reconnect-modal').classList.add('components-reconnect-failed')");
                await page.WaitForTimeoutAsync(300);
                await page.ScreenshotAsync(new() { Path = Name("connection") });
                await page.Context.CloseAsync();

                var other = await empty.NewPageAsync(options);
                await VisitAsync(other, "/audit-log", Name("empty"));
                await VisitAsync(other, "/event-types", Name("event-types-empty"));
                await VisitAsync(other, "/event-type?action=invoice.paid", Name("event-type-new"));
                await other.Context.CloseAsync();
                var third = await hostile.OpenAsync("entry=1,2,3", options);
                await third.ScreenshotAsync(new() { Path = Name("hostile"), FullPage = true });
                await third.Context.CloseAsync();
                var nobody = await fixture.NewPageAsync(null, options);
                await VisitAsync(nobody, "/sign-in", Name("sign-in"));
                await nobody.Context.CloseAsync();
            }
        }
    }

    private static async Task VisitAsync(IPage page, string address, string path)
    {
        await page.GotoAsync(address);
        await page.Locator("h1").WaitForAsync();
        await page.WaitForTimeoutAsync(400);
        await page.ScreenshotAsync(new() { Path = path });
    }
}
