using AuditConsole.Checkpoints;
using AuditConsole.Core;
using AuditConsole.Holds;
using AuditConsole.Identity;
using AuditConsole.Signatures;
using AuditConsole.Storage;
using AuditConsole.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AuditConsole.Tests.Browser;

[Collection(BrowserTests.Name)]
public sealed class EveryPageTests(BrowserFixture fixture)
{
    [Theory]
    [InlineData(ColorScheme.Light, 1360)]
    [InlineData(ColorScheme.Dark, 1360)]
    [InlineData(ColorScheme.Light, 360)]
    [InlineData(ColorScheme.Dark, 360)]
    public async Task Every_page_meets_WCAG_and_fits_the_screen(ColorScheme scheme, int width)
    {
        var console = fixture.Console;
        var tenant = await console.AddTenantAsync($"pages-{scheme}-{width}".ToLowerInvariant());
        var admin = await console.AddUserAsync(tenant, Role.Admin);
        await console.AddUserAsync(tenant, Role.Viewer);
        await console.AddKeyAsync(tenant);
        await console.Services.GetRequiredService<HoldService>().PlaceAsync(
            admin.Id, tenant.Slug, "Case 4711", "Dispute with a supplier", new HoldFilter { Slug = "no-async-void" }, Client.Unknown, default);
        await console.Services.GetRequiredService<SigningKeyService>().AddFromConsoleAsync(tenant, "acme-web", PublicPem, default);
        await console.Services.GetRequiredService<IEntryStore>().AppendAsync(
            new AppendRequest
            {
                Tenant = tenant.Number,
                TenantId = tenant.Id,
                RecordedBy = "console",
                Entries = [PreparedEntry.From(TestEntries.Entry(slug: "no-async-void"))],
            },
            default);
        await console.Services.GetRequiredService<CheckpointService>().SignNowAsync(tenant.Number, default);
        var options = new BrowserNewContextOptions { ColorScheme = scheme, ViewportSize = new() { Width = width, Height = 800 } };
        var stranger = await fixture.NewPageAsync(null, options);
        await LookAsync(stranger, "/sign-in", "Sign in", width, "form");
        await LookAsync(stranger, "/docs/api", "API reference", width);
        var page = await fixture.NewPageAsync(admin, options);
        await LookAsync(page, "/audit-log", "Audit log", width);
        await LookAsync(page, "/entities/Rule/no-async-void", "no-async-void", width);
        await LookAsync(page, "/integrity", "Integrity", width);
        await LookAsync(page, "/api-keys", "API keys", width);
        await LookAsync(page, "/redaction", "Redaction", width);
        await LookAsync(page, "/signing-keys", "Signing keys", width);
        await LookAsync(page, "/members", "Members", width);
        await LookAsync(page, "/settings", "Settings", width, "section.setting");
        await LookAsync(page, "/holds", "Legal holds", width);
        await LookAsync(page, "/retention", "Retention", width);
        await LookAsync(page, "/exports", "Exports", width, ".state h2");
        await LookAsync(page, $"/exports/{Guid.Empty}", "Export", width, ".state h2");
        await page.Context.CloseAsync();
        await stranger.Context.CloseAsync();
    }

    private const string PublicPem =
        """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEpi7Kw7e0pjVGHx612vM9EYoaKG9Y
        teF0JjIbGHH26cinYf9EUFFkJg0X/gizB/mUqUiJgWX0DynNCM/lFgeLrQ==
        -----END PUBLIC KEY-----
        """;

    private static async Task LookAsync(IPage page, string address, string heading, int width, string ready = "table")
    {
        await page.GotoAsync(address);
        await Expect(page.Locator("h1")).ToContainTextAsync(heading);
        await Expect(page.Locator(ready).First).ToBeVisibleAsync();
        await Axe.CheckAsync(page);
        var scrollable = await page.EvaluateAsync<int>("document.documentElement.scrollWidth");
        Assert.True(scrollable <= width, $"{address} is {scrollable} px wide on a screen of {width}.");
        if (Environment.GetEnvironmentVariable("SCREENSHOT_DIR") is { Length: > 0 } folder)
        {
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"every{address.Replace('/', '-')}-{await page.EvaluateAsync<string>("matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'")}-{width}.png") });
        }
    }
}
