using AuditConsole.Checkpoints;
using AuditConsole.Identity;
using AuditConsole.Integrity;
using AuditConsole.Tests.Browser;
using AuditConsole.Tests.Evidence;
using AuditConsole.Tests.Storage;
using AuditConsole.Verify.Reports;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AuditConsole.Tests.Integrity;

[Collection(BrowserTests.Name)]
public sealed class IntegrityPageTests(BrowserFixture fixture)
{
    private IServiceProvider Services => fixture.Console.Services;

    [Fact]
    public async Task An_auditor_verifies_now_and_downloads_the_checkpoint_and_the_key()
    {
        var seed = await LogSeed.MakeAsync(fixture, Role.Auditor, Enumerable.Range(0, 5).Select(_ => TestEntries.Entry()));
        await Services.GetRequiredService<CheckpointService>().SignNowAsync(seed.Tenant.Number, default);
        var page = await OpenAsync(seed);
        await page.GetByRole(AriaRole.Button, new() { Name = "Verify now" }).ClickAsync();
        await Expect(page.Locator("[data-status]")).ToContainTextAsync("✓ Verified to #6 · just now");
        await Expect(page.Locator("dd", new() { HasText = $"asked for by {seed.Reader.Email}" })).ToBeVisibleAsync();

        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "Download the checkpoint up to #6" }).ClickAsync());
        Assert.Equal("checkpoint-6.txt", download.SuggestedFilename);
        Assert.StartsWith($"audit-console/{seed.Tenant.Id}\n6\n", await File.ReadAllTextAsync(await download.PathAsync()));
        var key = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "Download key" }).ClickAsync());
        Assert.StartsWith("-----BEGIN PUBLIC KEY-----", await File.ReadAllTextAsync(await key.PathAsync()));
        await ScreenshotAsync(page, "integrity-verified");
    }

    [Fact]
    public async Task A_viewer_sees_everything_and_can_ask_for_nothing()
    {
        var seed = await LogSeed.MakeAsync(fixture, Role.Viewer, [TestEntries.Entry()]);
        await Services.GetRequiredService<CheckpointService>().SignNowAsync(seed.Tenant.Number, default);
        var page = await OpenAsync(seed);
        // The service may have signed the entry of the membership by itself before.
        await Expect(page.GetByText("✓ Signed").First).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Verify now" })).ToHaveCountAsync(0);
        await Expect(page.Locator("a[download]")).ToHaveCountAsync(0);
        await Assert.ThrowsAsync<AccessDeniedException>(() =>
            Services.GetRequiredService<IntegrityReader>().VerifyNowAsync(seed.Reader.Id, seed.Tenant.Slug, default));
    }

    [Fact]
    public async Task The_badge_on_the_log_tells_and_leads_to_the_page()
    {
        var seed = await LogSeed.MakeAsync(fixture, Role.Viewer, [TestEntries.Entry()]);
        await Services.GetRequiredService<IntegrityMonitor>().Start(seed.Tenant.Number, "test", default).Done;
        var page = await seed.OpenAsync();
        await Expect(page.Locator("[data-integrity]")).ToContainTextAsync("✓ Chain verified to #2 · just now");
        await page.Locator("[data-integrity]").ClickAsync();
        await Expect(page.Locator("h1")).ToHaveTextAsync("Integrity");
    }

    [Fact]
    public async Task A_log_that_does_not_hold_is_told_on_the_badge_the_page_and_in_health()
    {
        var seed = await LogSeed.MakeAsync(fixture, Role.Viewer, Enumerable.Range(0, 5).Select(_ => TestEntries.Entry()));
        var page = await seed.OpenAsync();
        Execute($"DROP TRIGGER IF EXISTS entry_is_never_updated; UPDATE entry SET salt = zeroblob(16) WHERE tenant = {seed.Tenant.Number} AND sequence = 4;");
        await Services.GetRequiredService<IntegrityMonitor>().Start(seed.Tenant.Number, "test", default).Done;

        await Expect(page.Locator("[data-integrity]")).ToContainTextAsync("The log does not hold at #4");
        await page.Locator("[data-integrity]").ClickAsync();
        await Expect(page.Locator("[data-fault]")).ToContainTextAsync("The entry was changed: its content doesn't hash to its leaf.");
        await Axe.CheckAsync(page);
        await ScreenshotAsync(page, "integrity-fault");
        using var client = fixture.Console.NewClient();
        var health = await client.GetStringAsync("/healthz");
        Assert.Contains("\"status\":\"ok\",\"integrity\":{\"status\":\"failed\"", health);
        Assert.Contains($"{{\"tenant\":{seed.Tenant.Number},\"sequence\":4}}", health);
        using var ready = await client.GetAsync("/readyz");
        Assert.True(ready.IsSuccessStatusCode);
    }

    [Fact]
    public async Task Where_nothing_is_signed_any_more_the_page_says_why_and_how_to_go_on()
    {
        var seed = await LogSeed.MakeAsync(fixture, Role.Admin, Enumerable.Range(0, 3).Select(_ => TestEntries.Entry()));
        var signing = Services.GetRequiredService<CheckpointService>();
        Assert.True(await signing.SignNowAsync(seed.Tenant.Number, default));
        Execute($"DROP TRIGGER IF EXISTS entry_is_never_updated; UPDATE entry SET hash = zeroblob(32) WHERE tenant = {seed.Tenant.Number} AND sequence = 4;");
        await seed.AppendAsync(TestEntries.Entry());
        Assert.False(await signing.SignNowAsync(seed.Tenant.Number, default));
        var page = await OpenAsync(seed);
        await Expect(page.Locator("[data-refusal]")).ToContainTextAsync("The entries up to #4 are not those that were signed.");
        await Expect(page.Locator("[data-refusal] code")).ToHaveTextAsync($"AuditConsole tenants accept-restore --tenant {seed.Tenant.Slug} --reason \"…\"");
        await Axe.CheckAsync(page);
        await ScreenshotAsync(page, "integrity-refused");
    }

    [Fact]
    public async Task The_page_says_how_far_checkpoints_are_published_and_why_they_are_not()
    {
        var seed = await LogSeed.MakeAsync(fixture, Role.Viewer, [TestEntries.Entry()]);
        var publisher = Services.GetRequiredService<CheckpointPublisher>();
        await Services.GetRequiredService<CheckpointService>().SignNowAsync(seed.Tenant.Number, default);
        await UntilAsync(async () => (await publisher.PublishedAsync(seed.Tenant.Number, default)).GetValueOrDefault("directory") == 2);
        var page = await OpenAsync(seed);
        await Expect(page.GetByText("✓ Published to published up to #2")).ToBeVisibleAsync();
        Assert.StartsWith($"audit-console/{seed.Tenant.Id}\n2\n", await File.ReadAllTextAsync(Path.Combine(fixture.PublishedDirectory, seed.Tenant.Id.ToString(), "latest.txt")));

        // A file stands where the next account's folder should.
        var other = await LogSeed.MakeAsync(fixture, Role.Viewer, [TestEntries.Entry()]);
        var inTheWay = Path.Combine(fixture.PublishedDirectory, other.Tenant.Id.ToString());
        await UntilAsync(() => Task.FromResult(StandsInTheWay(inTheWay)));
        try
        {
            await other.AppendAsync(TestEntries.Entry());
            await Services.GetRequiredService<CheckpointService>().SignNowAsync(other.Tenant.Number, default);
            await UntilAsync(() => Task.FromResult(publisher.Status[0].Failure is not null));
            await page.ReloadAsync();
            await Expect(page.Locator("section[aria-labelledby=checkpoints-title]")).ToContainTextAsync("Not published to published since");
            await Expect(page.Locator("section[aria-labelledby=checkpoints-title]")).ToContainTextAsync("It is tried again by itself.");
            await ScreenshotAsync(page, "integrity-unpublished");
        }
        finally
        {
            File.Delete(inTheWay);
        }
    }

    [Fact]
    public async Task A_copied_proof_is_proved_without_this_service()
    {
        var seed = await LogSeed.MakeAsync(fixture, Role.Viewer, [TestEntries.Entry()]);
        var page = await seed.OpenAsync(options: new() { Permissions = ["clipboard-read", "clipboard-write"] });
        await page.Locator("[data-entry]").First.GetByRole(AriaRole.Button, new() { Name = "Show" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Copy proof" }).ClickAsync();
        await Expect(page.Locator("#toast")).ToHaveTextAsync("Proof copied.");
        using var folder = new EvidenceFolder();
        using var anybody = fixture.Console.NewClient();
        var key = folder.Write("key.pem", await anybody.GetByteArrayAsync("/api/checkpoints/key"));
        var report = EvidenceFolder.Verify(key, folder.Write("proof.json", await page.EvaluateAsync<string>("navigator.clipboard.readText()")));
        Assert.True(report.Verdict == Verdict.Proved, string.Join('\n', report.Findings));
    }

    [Fact]
    public async Task An_empty_log_says_so_and_explained_gaps_name_their_entries()
    {
        var empty = await OpenAsync(await LogSeed.MakeAsync(fixture, Role.Admin, []), expectRows: false);
        await Expect(empty.Locator("h1")).ToHaveTextAsync("Integrity");
        var seed = await LogSeed.MakeAsync(fixture, Role.Viewer, []);
        await Services.GetRequiredService<AuditConsole.Ingest.ServiceEntries>().AppendAsync(
            seed.Tenant.Number, seed.Tenant.Id, Acting.Console, "AuditLogPurged", new AuditConsole.Core.Resource("AuditLog", seed.Tenant.Id.ToString()),
            new Dictionary<string, object?> { ["count"] = 1204, ["ranges"] = new[] { new { first = 1, last = 1204 } } }, null, default);
        await seed.AppendAsync(TestEntries.Entry(action: "AuditLogPurged"));
        var page = await OpenAsync(seed);
        await Expect(page.GetByText("1,204 expired entries: #1 to #1,204")).ToBeVisibleAsync();
        await Expect(page.Locator("section[aria-labelledby=gaps-title] tbody tr")).ToHaveCountAsync(1);
    }

    // The service publishes by itself, and may have made the folder already.
    private static bool StandsInTheWay(string path)
    {
        try
        {
            if (Directory.Exists(path))
            {
                Directory.Delete(path, recursive: true);
            }
            File.WriteAllText(path, "");
            return true;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        for (var i = 0; !await isSo(); i++)
        {
            Assert.True(i < 3000, "It did not come to it within a minute.");
            await Task.Delay(20);
        }
    }

    private static async Task ScreenshotAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("SCREENSHOT_DIR") is { Length: > 0 } folder)
        {
            foreach (var (scheme, width) in new[] { (ColorScheme.Light, 1360), (ColorScheme.Dark, 1360), (ColorScheme.Light, 360), (ColorScheme.Dark, 360) })
            {
                await page.EmulateMediaAsync(new() { ColorScheme = scheme });
                await page.SetViewportSizeAsync(width, 900);
                await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}-{scheme}-{width}.png"), FullPage = true });
            }
        }
    }

    private static async Task<IPage> OpenAsync(LogSeed seed, bool expectRows = true)
    {
        var page = await seed.NewPageAsync();
        await page.GotoAsync($"/integrity?tenant={seed.Tenant.Slug}");
        await page.Locator(expectRows ? "dl.facts" : "h1").First.WaitForAsync();
        return page;
    }

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(fixture.Console.DataDirectory, "audit-console.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
