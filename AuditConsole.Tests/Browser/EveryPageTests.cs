using AuditConsole.Checkpoints;
using AuditConsole.Core;
using AuditConsole.EventTypes;
using AuditConsole.Holds;
using AuditConsole.Identity;
using AuditConsole.Portal;
using AuditConsole.ScheduledExports;
using AuditConsole.Signatures;
using AuditConsole.Storage;
using AuditConsole.Streams;
using AuditConsole.Streams.Buckets;
using AuditConsole.Tenants;
using AuditConsole.Tests.Storage;
using AuditConsole.Tests.Streams;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AuditConsole.Tests.Browser;

[Collection(BrowserTests.Name)]
public sealed class EveryPageTests(BrowserFixture fixture)
{
    // Each page is opened once and then shown in either scheme and both widths: opening it is what takes long.
    private static readonly int[] Widths = [1360, 360];

    [Fact]
    public async Task Every_page_meets_WCAG_and_fits_the_screen_in_light_and_dark_wide_and_narrow()
    {
        var console = fixture.Console;
        var tenant = await console.AddTenantAsync("pages");
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
                // Actors of many widths: whether two links are too close to be hit depends on where their middles are.
                Entries = [.. Enumerable.Range(1, 12).Select(width => PreparedEntry.From(TestEntries.Entry(slug: "no-async-void", actor: new string('m', width))))],
            },
            default);
        await console.Services.GetRequiredService<CheckpointService>().SignNowAsync(tenant.Number, default);
        await RegisterSchemasAsync(tenant, admin);
        var stranger = await fixture.NewPageAsync();
        await LookAsync(stranger, "/sign-in", "Sign in", "form");
        await LookAsync(stranger, "/docs/api", "API reference");
        await console.SetProgrammaticReadingAsync(tenant, on: true);
        var settings = await console.Services.GetRequiredService<TenantSettingsService>().OfAsync(tenant.Number, default);
        var link = await console.Services.GetRequiredService<PortalService>().CreateAsync(settings, Acting.Console, PortalIntent.AuditLogs, "https://app.customer.example/settings", null, default);
        await LookAsync(stranger, "/portal/open", "This link opens nothing any more", "h1");
        await LookAsync(stranger, $"/portal/open?token={link}", "Audit log of pages", "form");
        await stranger.GetByRole(AriaRole.Button, new() { Name = "Open the audit log" }).ClickAsync();
        await LookAsync(stranger, "/audit-log?portal", "Audit log");
        var page = await fixture.NewPageAsync(admin);
        await LookAsync(page, "/audit-log", "Audit log");
        await LookAsync(page, "/entities/Rule/no-async-void", "no-async-void");
        await LookAsync(page, "/integrity", "Integrity");
        await LookAsync(page, "/api-keys", "API keys");
        await LookAsync(page, "/redaction", "Redaction");
        await LookAsync(page, "/event-types", "Event types");
        await LookAsync(page, "/event-type?action=RulePublished", "RulePublished", ".diff");
        await LookAsync(page, "/signing-keys", "Signing keys");
        await LookAsync(page, "/members", "Members");
        await LookAsync(page, "/settings", "Settings", "section.setting");
        await using var receivers = await ReceiverHost.StartAsync();
        var stream = await StreamPagesTests.SeedAsync(console, receivers, tenant);
        await LookAsync(page, "/streams", "Streams");
        await LookAsync(page, $"/streams/{stream}", "Provisioning hook", "[aria-label='Dead letters']");
        await LookAsync(page, "/scheduled-exports", "Scheduled exports", ".state");
        var export = await ScheduledExports.ScheduledExportPagesTests.SeedAsync(console, tenant);
        await LookAsync(page, "/scheduled-exports", "Scheduled exports", "td");
        await LookAsync(page, $"/scheduled-exports/{export}", "For the auditors", "[aria-label='Runs']");
        var run = (await console.Services.GetRequiredService<ScheduledExportService>().RunsAsync(StreamOwner.Console(tenant), export, null, 1, default))[0];
        await LookAsync(page, $"/scheduled-exports/{export}/runs/{run.Id}", "Run of For the auditors", "td");
        await LookAsync(page, "/scheduled-exports/new", "Add a scheduled export", ".kind");
        await LookAsync(page, "/scheduled-exports/new?destination=s3", "Amazon S3", "form");
        await LookAsync(page, "/streams/new", "Add a stream", ".kind");
        await LookAsync(page, "/streams/new?kind=http", "HTTP endpoint", "form");
        await LookAsync(page, "/streams/new?kind=gcs&contents=checkpoints", "Google Cloud Storage", "form");
        var checkpoints = (await console.Services.GetRequiredService<CheckpointSource>().ListAsync(tenant.Number, default))[0];
        await LookAsync(page, $"/streams/{checkpoints.Id}", "Checkpoints, our own bucket", ".numbers");
        await LookAsync(page, "/integrity", "Integrity", "[data-bucket]");
        await LookAsync(page, "/holds", "Legal holds");
        await LookAsync(page, "/retention", "Retention");
        await LookAsync(page, "/exports", "Exports", ".state h2");
        await LookAsync(page, $"/exports/{Guid.Empty}", "Export", ".state h2");
        await page.Context.CloseAsync();
        await stranger.Context.CloseAsync();
    }

    private async Task RegisterSchemasAsync(Tenant tenant, TestUser admin)
    {
        var service = fixture.Console.Services.GetRequiredService<EventTypeService>();
        foreach (var schema in new[]
        {
            """{"targets":[{"type":"Rule"}],"metadata":{"type":"object","properties":{"severity":{"type":"string"}}}}""",
            """{"targets":[{"type":"Rule"}],"metadata":{"type":"object","properties":{"severity":{"enum":["error","warning"]}},"required":["severity"]}}""",
        })
        {
            await service.RegisterAsync(admin.Id, tenant.Slug, "RulePublished", schema, Client.Unknown, default);
        }
    }

    private const string PublicPem =
        """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEpi7Kw7e0pjVGHx612vM9EYoaKG9Y
        teF0JjIbGHH26cinYf9EUFFkJg0X/gizB/mUqUiJgWX0DynNCM/lFgeLrQ==
        -----END PUBLIC KEY-----
        """;

    private static async Task LookAsync(IPage page, string address, string heading, string ready = "table")
    {
        await page.SetViewportSizeAsync(Widths[0], 800);
        await page.GotoAsync(address);
        await Expect(page.Locator("h1")).ToContainTextAsync(heading);
        await Expect(page.Locator(ready).First).ToBeVisibleAsync();
        foreach (var width in Widths)
        {
            await page.SetViewportSizeAsync(width, 800);
            await Axe.CheckBothSchemesAsync(page);
            var scrollable = await page.EvaluateAsync<int>("document.documentElement.scrollWidth");
            Assert.True(scrollable <= width, $"{address} is {scrollable} px wide on a screen of {width}.");
            await TakeAsync(page, address, width);
        }
    }

    private static async Task TakeAsync(IPage page, string address, int width)
    {
        if (Environment.GetEnvironmentVariable("SCREENSHOT_DIR") is not { Length: > 0 } folder)
        {
            return;
        }
        foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await Axe.EmulateAsync(page, scheme);
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"every{address.Replace('/', '-').Replace('?', '-')}-{scheme.ToString().ToLowerInvariant()}-{width}.png") });
        }
    }
}
