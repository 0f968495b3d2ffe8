using System.Text.RegularExpressions;
using AuditConsole.Exports;
using AuditConsole.Identity;
using AuditConsole.ScheduledExports;
using AuditConsole.Streams;
using AuditConsole.Tenants;
using AuditConsole.Tests.Browser;
using AuditConsole.Tests.Storage;
using AuditConsole.Withholding;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AuditConsole.Tests.ScheduledExports;

/// <summary>What the pages show.</summary>
[Collection(BrowserTests.Name)]
public sealed class ScheduledExportPagesTests(BrowserFixture fixture)
{
    [Fact]
    public async Task An_Auditor_sees_the_runs_downloads_and_changes_nothing_and_a_Viewer_sees_nothing()
    {
        var seed = await LogSeed.MakeAsync(fixture, Role.Auditor, [TestEntries.Entry(), TestEntries.Entry()]);
        var id = await SeedAsync(fixture.Console, seed.Tenant);
        await fixture.Console.Services.GetRequiredService<WithholdingService>().WithholdFromConsoleAsync(seed.Tenant, [2], "Asked for", default);
        var page = await fixture.NewPageAsync(seed.Reader);
        await page.GotoAsync("/audit-log");
        await page.GetByRole(AriaRole.Link, new() { Name = "Scheduled exports", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "For the auditors" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Manifest" })).ToBeVisibleAsync();
        foreach (var name in new[] { "Run now", "Pause", "Resume", "Change settings", "Remove …", "Check endpoint" })
        {
            await Expect(page.GetByRole(AriaRole.Button, new() { Name = name })).ToHaveCountAsync(0);
        }
        await page.GetByRole(AriaRole.Link, new() { NameRegex = new Regex("^1 file of the run due ") }).ClickAsync();
        await Expect(page.Locator("h1")).ToHaveTextAsync("Run of For the auditors");
        await Expect(page.Locator("td.now")).ToContainTextAsync("The details of #2 were withheld since.");
        await Axe.CheckBothSchemesAsync(page);
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "Receipt of part 1" }).ClickAsync());
        Assert.EndsWith("Z-part-00001.receipt.ndjson.gz", download.SuggestedFilename, StringComparison.Ordinal);
        Assert.Null(await download.FailureAsync());

        await page.GotoAsync("/scheduled-exports");
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "To a bucket" })).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Add a scheduled export" })).ToHaveCountAsync(0);
        await page.GotoAsync("/scheduled-exports/new");
        await Expect(page.GetByText("This page needs the role Admin")).ToBeVisibleAsync();
        await page.Context.CloseAsync();

        var other = await fixture.NewPageAsync(await fixture.Console.AddUserAsync(seed.Tenant, Role.Viewer));
        await other.GotoAsync($"/scheduled-exports/{id}");
        await Expect(other.GetByText("This page needs the role Auditor")).ToBeVisibleAsync();
        await Expect(other.GetByRole(AriaRole.Link, new() { Name = "Scheduled exports", Exact = true })).ToHaveCountAsync(0);
        await other.Context.CloseAsync();
    }

    /// <summary>An export with a run that is through, and one that can't be.</summary>
    /// <returns>The id of the first.</returns>
    internal static async Task<string> SeedAsync(ConsoleFactory console, Tenant tenant)
    {
        var (service, runner, owner) = (console.Services.GetRequiredService<ScheduledExportService>(), console.Services.GetRequiredService<ScheduledExportRunner>(), StreamOwner.Console(tenant));
        var draft = new ScheduledExportDraft
        {
            Name = "For the auditors",
            Kind = ScheduledExport.Download,
            Format = ExportFormat.Csv,
            Schedule = "monthly 31 23:00",
            TimeZone = "Europe/Berlin",
            Since = DateTimeOffset.UnixEpoch,
        };
        var id = (await service.AddAsync(owner, draft, default)).Id;
        await service.RunNowAsync(owner, id, default);
        var broken = await service.AddAsync(owner, draft with
        {
            Name = "To a bucket",
            Kind = "s3-compatible",
            Format = ExportFormat.Ndjson,
            Schedule = "weekly monday 06:00",
            Settings = new Dictionary<string, string> { ["endpoint"] = "https://s3.invalid", ["bucket"] = "acme-audit-log", ["access_key_id"] = "AKIAAAAAAAAAAAAAAAAA", ["secret_access_key"] = "a secret of the bucket" },
        }, default);
        await service.RunNowAsync(owner, broken.Id, default);
        // Whoever is first, the worker or this: until both have come to something.
        foreach (var one in new[] { id, broken.Id })
        {
            while ((await service.RunsAsync(owner, one, null, 1, default))[0] is { State: RunState.Running or RunState.Waiting })
            {
                await runner.RunAsync(one, default);
                await Task.Delay(20);
            }
        }
        return id;
    }
}
