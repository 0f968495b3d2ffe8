using AuditConsole.Identity;
using AuditConsole.Storage;
using AuditConsole.Streams;
using AuditConsole.Tests.Browser;
using AuditConsole.Tests.ScheduledExports;
using AuditConsole.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace AuditConsole.Tests.Streams;

/// <summary>Pictures of streams, webhooks and scheduled exports in their states and with mistakes, to look at. Runs where SCREENSHOT_DIR names a folder for them.</summary>
[Collection(BrowserTests.Name)]
public sealed class StreamScreenshots(BrowserFixture fixture) : IAsyncLifetime
{
    private static readonly (ColorScheme Scheme, int Width)[] Looks = [(ColorScheme.Light, 1360), (ColorScheme.Dark, 1360), (ColorScheme.Light, 360), (ColorScheme.Dark, 360)];

    private ReceiverHost _receivers = null!;

    private static string? Folder => Environment.GetEnvironmentVariable("SCREENSHOT_DIR");

    public async Task InitializeAsync() => _receivers = await ReceiverHost.StartAsync();

    public async Task DisposeAsync() => await _receivers.DisposeAsync();

    [Fact]
    public async Task Of_mistakes_and_states()
    {
        if (Folder is null)
        {
            return;
        }
        var tenant = await fixture.Console.AddTenantAsync($"s-{Guid.NewGuid():N}"[..12]);
        var admin = await fixture.Console.AddUserAsync(tenant, Role.Admin);
        var page = await fixture.NewPageAsync(admin);
        await page.GotoAsync("/streams");
        await page.GetByRole(AriaRole.Heading, new() { Name = "No streams yet" }).WaitForAsync();
        await PictureAsync(page, "streams-empty");
        foreach (var (kind, values) in new (string, (string, string)[])[]
        {
            ("http", [("Address", "https://10.0.0.1/audit")]),
            ("splunk-hec", [("HEC address", "https://192.168.1.5:8088/services/collector"), ("Token", "not-a-token"), ("Index", "Audit Log")]),
            ("datadog", [("API key", "0123456789abcdef0123456789abcdef01234567")]),
            ("s3", [("Bucket", "s3://Acme"), ("Region", "Frankfurt"), ("Access key ID", "ASIAEXAMPLE000000000")]),
            ("gcs", [("Bucket", "gs://acme"), ("Service account key", "{\"type\":\"authorized_user\"}")]),
            ("snowflake", [("Account", "https://acme.snowflakecomputing.com"), ("User", "1st"), ("Private key", "-----BEGIN PUBLIC KEY-----"), ("Database", "my db")]),
            ("webhook", [("Address", "app.example.com/hook")]),
        })
        {
            await page.GotoAsync($"/streams/new?kind={kind}");
            await page.GetByLabel("Name", new() { Exact = true }).FillAsync("Ours");
            foreach (var (label, value) in values)
            {
                await page.Locator(".stream-form").GetByLabel(label).First.FillAsync(value);
            }
            await page.GetByRole(AriaRole.Button, new() { Name = "Add stream" }).ClickAsync();
            await page.Locator(".form-problems").WaitForAsync();
            await PictureAsync(page, $"mistakes-{kind}");
        }
        foreach (var kind in new[] { "s3", "gcs", "bigquery", "snowflake" })
        {
            await page.GotoAsync($"/streams/new?kind={kind}");
            await page.GetByText("What to set up at the other side first").ClickAsync();
            await PictureAsync(page, $"setup-{kind}");
        }
        var services = fixture.Console.Services;
        var (streams, owner) = (services.GetRequiredService<StreamService>(), StreamOwner.Console(tenant));
        var (good, down) = (_receivers.Add(), _receivers.Add(_ => new Answer(503, "maintenance until noon")));
        var bad = _receivers.Add(request => request.Text.Contains("Poisoned", StringComparison.Ordinal) ? new Answer(400, "{\"error\":\"no such action\"}") : Answer.Ok);
        async Task<string> AddAsync(string name, string kind, Uri address) =>
            (await streams.AddAsync(owner, new StreamDraft { Name = name, Kind = kind, Settings = new Dictionary<string, string> { ["url"] = address.ToString() } }, default)).Id;
        await AddAsync("To our SIEM", "http", good.Address);
        var failing = await AddAsync("Behind the firewall", "http", down.Address);
        var stopped = await AddAsync("Old collector", "http", _receivers.Add(_ => new Answer(403, "token revoked")).Address);
        var letters = await AddAsync("Provisioning", "webhook", bad.Address);
        var store = services.GetRequiredService<IEntryStore>();
        await store.AppendAsync(TestEntries.Request(tenant.Number, [TestEntries.Entry(), TestEntries.Entry("Poisoned"), TestEntries.Entry()]) with { TenantId = tenant.Id }, default);
        await good.UntilAsync(got => got.TakenSequences.Count >= 3);
        await bad.UntilAsync(got => got.TakenSequences.Count >= 3);
        await page.GotoAsync("/streams");
        await page.GetByText("Old collector").WaitForAsync();
        await PictureAsync(page, "streams-all");
        var fresh = (await streams.AddAsync(owner, new StreamDraft
        {
            Name = "Only the archive’s entries",
            Kind = "http",
            Filter = new StreamFilter { Actions = ["RuleArchived"] },
            Settings = new Dictionary<string, string> { ["url"] = good.Address.ToString() },
        }, default)).Id;
        // A replay that is under way beside new entries.
        await streams.ReplayAsync(owner, failing, null, default);
        foreach (var (id, name) in new[] { (fresh, "new"), (failing, "failing"), (stopped, "stopped"), (letters, "webhook") })
        {
            await page.GotoAsync($"/streams/{id}");
            await page.Locator("section[aria-labelledby=attempts-title]").WaitForAsync();
            await PictureAsync(page, $"stream-{name}");
        }
        var export = await ScheduledExportPagesTests.SeedAsync(fixture.Console, tenant);
        await page.GotoAsync($"/scheduled-exports/{export}");
        await page.GetByRole(AriaRole.Link, new() { Name = "Manifest" }).WaitForAsync();
        await PictureAsync(page, "export");
        await page.GetByRole(AriaRole.Link, new() { NameRegex = new System.Text.RegularExpressions.Regex("file.* of the run due ") }).First.ClickAsync();
        await page.Locator("h1").GetByText("Run of").WaitForAsync();
        await PictureAsync(page, "export-run");
        // What is shown until the database has answered, and when it doesn't.
        await page.RouteAsync("**/_blazor/**", route => Task.CompletedTask);
        await page.GotoAsync("/streams", new() { WaitUntil = WaitUntilState.Commit });
        await page.WaitForTimeoutAsync(500);
        await PictureAsync(page, "streams-loading");
        await page.GotoAsync($"/streams/{failing}", new() { WaitUntil = WaitUntilState.Commit });
        await page.WaitForTimeoutAsync(500);
        await PictureAsync(page, "stream-loading");
        await page.GotoAsync("/streams/new?kind=s3", new() { WaitUntil = WaitUntilState.Commit });
        await page.WaitForTimeoutAsync(500);
        await PictureAsync(page, "stream-form-loading");
        await page.Context.CloseAsync();
    }

    private static async Task PictureAsync(IPage page, string state)
    {
        foreach (var (scheme, width) in Looks)
        {
            await page.EmulateMediaAsync(new() { ColorScheme = scheme });
            await page.SetViewportSizeAsync(width, 900);
            await page.WaitForTimeoutAsync(200);
            await page.ScreenshotAsync(new() { Path = Path.Combine(Folder!, $"{state}-{scheme}-{width}.png"), FullPage = true });
        }
        await page.SetViewportSizeAsync(1360, 900);
    }
}
