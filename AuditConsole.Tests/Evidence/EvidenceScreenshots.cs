using AuditConsole.Checkpoints;
using AuditConsole.Exports;
using AuditConsole.Holds;
using AuditConsole.Identity;
using AuditConsole.Redaction;
using AuditConsole.Signatures;
using AuditConsole.Storage;
using AuditConsole.Tests.Browser;
using AuditConsole.Tests.Signatures;
using AuditConsole.Tests.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace AuditConsole.Tests.Evidence;

/// <summary>Pictures of the pages that prove, hold, redact and sign, to look at. Runs where SCREENSHOT_DIR names a folder for them.</summary>
[Collection(BrowserTests.Name)]
public sealed class EvidenceScreenshots(BrowserFixture fixture)
{
    private static string? Folder => Environment.GetEnvironmentVariable("SCREENSHOT_DIR");

    [Fact]
    public async Task Of_every_page_with_and_without_anything_on_it()
    {
        if (Folder is null)
        {
            return;
        }
        var services = fixture.Console.Services;
        var full = await LogSeed.MakeAsync(fixture, Role.Admin, Enumerable.Range(0, 40).Select(i => TestEntries.Entry(slug: $"rule-{i % 7}")), "ada.lindqvist@acme.example");
        var holds = services.GetRequiredService<HoldService>();
        await holds.PlaceAsync(full.Reader.Id, full.Tenant.Slug, "Case 4711", "Dispute with a supplier about the November release", new HoldFilter { Slug = "rule-1" }, Client.Unknown, default);
        var lifted = await holds.PlaceAsync(full.Reader.Id, full.Tenant.Slug, "Audit 2025", "External audit", new HoldFilter(), Client.Unknown, default);
        await holds.LiftAsync(full.Reader.Id, full.Tenant.Slug, lifted, "The audit is over", Client.Unknown, default);
        var keys = services.GetRequiredService<SigningKeyService>();
        using var first = Signer.New();
        using var second = Signer.New();
        await keys.AddFromConsoleAsync(full.Tenant, "acme-web", first.PublicPem, default);
        await keys.RevokeFromConsoleAsync(full.Tenant, await keys.AddFromConsoleAsync(full.Tenant, "acme-batch", second.PublicPem, default), default);
        await services.GetRequiredService<RedactionService>().AddAsync(full.Reader.Id, full.Tenant.Slug, new RuleDraft("national-id", RuleKind.Path, "/metadata/user/ssn", RuleAct.Seal), Client.Unknown, default);
        foreach (var format in new[] { "csv", "json" })
        {
            using var answer = await fixture.Console.PostFormAsync(
                full.Reader, ExportEndpoint.Path, ("tenant", full.Tenant.Slug), ("from", "2020-01-01"), ("to", "2030-01-01"), ("slug", "rule-2"), ("snapshot", "9999"), ("format", format));
            answer.EnsureSuccessStatusCode();
        }
        await services.GetRequiredService<CheckpointService>().SignNowAsync(full.Tenant.Number, default);
        Guid export;
        await using (var context = await services.GetRequiredService<IDbContextFactory<ConsoleDbContext>>().CreateDbContextAsync())
        {
            export = await context.Set<ExportRecord>().Where(record => record.TenantNumber == full.Tenant.Number).Select(record => record.Id).FirstAsync();
        }
        var empty = await LogSeed.MakeAsync(fixture, Role.Admin, []);
        foreach (var (scheme, width) in new[] { (ColorScheme.Light, 1360), (ColorScheme.Dark, 1360), (ColorScheme.Light, 360), (ColorScheme.Dark, 360) })
        {
            foreach (var (seed, state) in new[] { (full, "full"), (empty, "empty") })
            {
                var page = await seed.NewPageAsync(new() { ColorScheme = scheme, ViewportSize = new() { Width = width, Height = 900 } });
                foreach (var address in new[] { "/exports", $"/exports/{export}", "/integrity", "/holds", "/retention", "/redaction", "/signing-keys" })
                {
                    await page.GotoAsync($"{address}?tenant={seed.Tenant.Slug}");
                    await page.Locator("h1").WaitForAsync();
                    await page.WaitForTimeoutAsync(700);
                    await page.ScreenshotAsync(new() { Path = Path.Combine(Folder, $"{state}{address[..Math.Min(address.Length, 14)].Replace('/', '-')}-{scheme}-{width}.png"), FullPage = true });
                }
                await page.Context.CloseAsync();
            }
        }
    }
}
