using System.Reflection;
using AuditConsole.Core;
using AuditConsole.Exports;
using AuditConsole.Identity;
using AuditConsole.Storage;
using AuditConsole.Storage.Sqlite;
using AuditConsole.Tenants;
using AuditConsole.Tests.Browser;
using AuditConsole.Tests.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AuditConsole.Tests.Evidence;

/// <summary>
/// What the pages that prove, hold, redact and sign show while the storage hasn't answered yet, when it can't be read,
/// and when it can again. Pictures of each, where SCREENSHOT_DIR names a folder for them.
/// </summary>
public sealed class PageStateTests : IAsyncLifetime
{
    private static readonly (ColorScheme Scheme, int Width)[] Looks = [(ColorScheme.Light, 1360), (ColorScheme.Dark, 1360), (ColorScheme.Light, 360), (ColorScheme.Dark, 360)];

    private readonly ConsoleFactory _console = new();
    private readonly Chromium _chromium = new();
    private readonly Turnstile _turnstile = new();
    private Tenant _tenant = default!;
    private Guid _export;

    private static string? Folder => Environment.GetEnvironmentVariable("SCREENSHOT_DIR");

    public async Task InitializeAsync()
    {
        _console.ConfigureServices = services =>
        {
            services.AddSingleton<IDbContextFactory<ConsoleDbContext>>(provider => new WaitingContexts(provider.GetRequiredService<SqliteContextFactory>(), _turnstile));
            services.AddSingleton(provider =>
            {
                var store = DispatchProxy.Create<IEntryStore, WaitingStore>();
                ((WaitingStore)(object)store).Real = provider.GetRequiredService<SqliteEntryStore>();
                ((WaitingStore)(object)store).Turnstile = _turnstile;
                return store;
            });
        };
        _console.StartServer();
        await _chromium.InitializeAsync();
        _tenant = await _console.AddTenantAsync("acme", "Acme");
    }

    public async Task DisposeAsync()
    {
        _turnstile.Open();
        await _chromium.DisposeAsync();
        await _console.DisposeAsync();
    }

    [Fact]
    public async Task Each_page_says_that_it_waits_that_it_failed_and_goes_on_when_asked()
    {
        var page = await OpenAsync(await SeedAsync());
        foreach (var (address, table, heading, ready) in new[]
        {
            ("/exports", "export_record", "This page could not be read", "td"),
            ($"/exports/{_export}", "export_record", "This page could not be read", "#verify-command"),
            ("/holds", "hold", "This page could not be read", "#hold-name"),
            ("/retention", "tenant", "This page could not be read", "#next-title"),
            ("/redaction", "redaction_rule", "This page could not be read", "#rule-name"),
            ("/signing-keys", "signing_key", "This page could not be read", "#key-name"),
            ("/integrity", "checkpoint", "The state of the log could not be read", "#verified-title"),
        })
        {
            var name = address.Split('/')[1] + (address.Length > 30 ? "-one" : "");
            _turnstile.Close();
            await page.GotoAsync(address);
            await Expect(page.Locator("main").GetByRole(AriaRole.Status)).ToHaveTextAsync("Loading …");
            await PictureAsync(page, $"{name}-loading");
            Execute($"ALTER TABLE {table} RENAME TO away");
            _turnstile.Open();
            var alert = page.Locator("main").GetByRole(AriaRole.Alert);
            await Expect(alert.GetByRole(AriaRole.Heading)).ToHaveTextAsync(heading);
            await Expect(alert).ToContainTextAsync("tell whoever runs this console");
            await Expect(page.Locator("#blazor-error-ui")).ToBeHiddenAsync();
            await Axe.CheckBothSchemesAsync(page);
            await PictureAsync(page, $"{name}-failed");
            Execute($"ALTER TABLE away RENAME TO {table}");
            await alert.GetByRole(AriaRole.Button, new() { Name = "Try again" }).ClickAsync();
            await Expect(page.Locator(ready).First).ToBeVisibleAsync();
            await PictureAsync(page, $"{name}-again");
        }
    }

    [Fact]
    public async Task The_dialog_that_withholds_says_so_too()
    {
        var page = await OpenAsync(await SeedAsync());
        await page.GotoAsync("/audit-log?entry=2");
        _turnstile.Close();
        await page.Locator("#details-2").GetByRole(AriaRole.Button, new() { Name = "Withhold details…" }).ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await Expect(dialog.GetByRole(AriaRole.Status)).ToHaveTextAsync("Looking for legal holds…");
        await Expect(dialog.GetByRole(AriaRole.Button, new() { Name = "Destroy the details" })).ToBeDisabledAsync();
        await PictureAsync(page, "withhold-loading");
        Execute("ALTER TABLE hold RENAME TO away");
        _turnstile.Open();
        await Expect(dialog.GetByRole(AriaRole.Alert)).ToContainTextAsync("Tell whoever runs this server");
        // Where on the machine the database lies is nobody's business here.
        await Expect(dialog).Not.ToContainTextAsync(_console.DataDirectory);
        await Expect(page.Locator("#blazor-error-ui")).ToBeHiddenAsync();
        await Axe.CheckBothSchemesAsync(page);
        await PictureAsync(page, "withhold-failed");
        Execute("ALTER TABLE away RENAME TO hold");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Try again" }).ClickAsync();
        await dialog.GetByLabel("Reason").FillAsync("Erasure request 17");
        await PictureAsync(page, "withhold-ready");
        Execute("ALTER TABLE hold RENAME TO away");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Destroy the details" }).ClickAsync();
        await Expect(dialog.GetByRole(AriaRole.Alert)).ToContainTextAsync("Tell whoever runs this server");
        await PictureAsync(page, "withhold-refused");
        Execute("ALTER TABLE away RENAME TO hold");
        // What was written stays, and can be tried again.
        await Expect(dialog.GetByLabel("Reason")).ToHaveValueAsync("Erasure request 17");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Destroy the details" }).ClickAsync();
        await Expect(page.Locator("#details-2")).ToContainTextAsync("The details of this entry are withheld");
    }

    [Fact]
    public async Task Where_it_can_not_be_told_whose_page_it_is_the_page_goes_and_says_why()
    {
        var admin = await SeedAsync();
        var page = await OpenAsync(admin);
        await page.GotoAsync("/holds");
        await Expect(page.Locator("#hold-name")).ToBeVisibleAsync();
        Execute("ALTER TABLE membership RENAME TO away");
        // Somebody's rights changed: what is known of everybody is read anew.
        _console.Services.GetRequiredService<MemberDirectory>().Clear();
        await page.GetByRole(AriaRole.Link, new() { Name = "Retention" }).ClickAsync();
        await Expect(page.Locator("h1")).ToHaveTextAsync("Your access could not be checked");
        await Expect(page.Locator("#hold-name")).ToHaveCountAsync(0);
        await Expect(page.Locator("#blazor-error-ui")).ToBeHiddenAsync();
        await Axe.CheckBothSchemesAsync(page);
        await PictureAsync(page, "access-failed");

        var other = await OpenAsync(admin);
        var answer = await other.GotoAsync("/exports");
        Assert.Equal(500, answer!.Status);
        await Expect(other.Locator("h1")).ToHaveTextAsync("The console could not answer");
        await Axe.CheckBothSchemesAsync(other);
        await PictureAsync(other, "server-failed");

        Execute("ALTER TABLE away RENAME TO membership");
        await page.GetByRole(AriaRole.Button, new() { Name = "Try again" }).ClickAsync();
        await Expect(page.Locator("#next-title")).ToBeVisibleAsync();
        await other.GetByRole(AriaRole.Link, new() { Name = "Try again" }).ClickAsync();
        await Expect(other.Locator("h1")).ToHaveTextAsync("Exports");
    }

    private async Task<TestUser> SeedAsync()
    {
        var admin = await _console.AddUserAsync(_tenant, Role.Admin, "ada.lindqvist@acme.example");
        await _console.Services.GetRequiredService<IEntryStore>().AppendAsync(
            new AppendRequest
            {
                Tenant = _tenant.Number,
                TenantId = _tenant.Id,
                RecordedBy = "key:key_test",
                Entries = [.. Enumerable.Range(0, 3).Select(_ => PreparedEntry.From(TestEntries.Entry(slug: "no-eval", ip: "203.0.113.42", metadata: new { token = "leaked" })))],
            },
            default);
        using var answer = await _console.PostFormAsync(
            admin, ExportEndpoint.Path, ("tenant", _tenant.Slug), ("from", "2020-01-01"), ("to", "2999-12-31"), ("slug", "no-eval"), ("snapshot", "1000"), ("format", "csv"));
        answer.EnsureSuccessStatusCode();
        await answer.Content.ReadAsByteArrayAsync();
        var records = _console.Services.GetRequiredService<ExportRecords>();
        while (await records.ListAsync(admin.Id, _tenant.Slug, default) is var rows)
        {
            // It is recorded once its last byte is sent.
            if (rows.Count > 0)
            {
                _export = rows[0].Id;
                break;
            }
            await Task.Delay(20);
        }
        return admin;
    }

    private async Task<IPage> OpenAsync(TestUser user)
    {
        var context = await _chromium.Browser.NewContextAsync(new() { BaseURL = _console.Address.ToString() });
        await context.AddCookiesAsync([new() { Name = IdentityFeature.SessionCookie, Value = await _console.SessionOfAsync(user), Url = _console.Address.ToString() }]);
        return await context.NewPageAsync();
    }

    private static async Task PictureAsync(IPage page, string state)
    {
        if (Folder is null)
        {
            return;
        }
        foreach (var (scheme, width) in Looks)
        {
            await Axe.EmulateAsync(page, scheme);
            await page.SetViewportSizeAsync(width, 900);
            await page.WaitForTimeoutAsync(200);
            await page.ScreenshotAsync(new() { Path = Path.Combine(Folder, $"state-{state}-{scheme}-{width}.png") });
        }
        await page.SetViewportSizeAsync(1360, 900);
    }

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(_console.DataDirectory, "audit-console.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>While it is closed, whoever reads waits, as for a disk that doesn't answer.</summary>
    public sealed class Turnstile
    {
        private volatile TaskCompletionSource _open = Opened();

        public Task Passed => _open.Task;

        public void Close() => _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Open() => _open.TrySetResult();

        private static TaskCompletionSource Opened()
        {
            var opened = new TaskCompletionSource();
            opened.SetResult();
            return opened;
        }
    }

    private sealed class WaitingContexts(SqliteContextFactory real, Turnstile turnstile) : IDbContextFactory<ConsoleDbContext>
    {
        public ConsoleDbContext CreateDbContext() => real.CreateDbContext();

        public async Task<ConsoleDbContext> CreateDbContextAsync(CancellationToken cancellationToken = default)
        {
            await turnstile.Passed.WaitAsync(cancellationToken);
            return real.CreateDbContext();
        }
    }

    /// <summary>The real store, whose look for holds waits.</summary>
    public class WaitingStore : DispatchProxy
    {
        public IEntryStore Real { get; set; } = null!;

        public Turnstile Turnstile { get; set; } = null!;

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            targetMethod!.Name == nameof(IEntryStore.FindHoldsOverAsync) ? FindAsync(targetMethod, args) : targetMethod.Invoke(Real, BindingFlags.DoNotWrapExceptions, null, args, null);

        private async Task<IReadOnlyList<HoldOver>> FindAsync(MethodInfo method, object?[]? args)
        {
            await Turnstile.Passed;
            return await (Task<IReadOnlyList<HoldOver>>)method.Invoke(Real, args)!;
        }
    }
}
