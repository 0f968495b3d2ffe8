using Microsoft.Playwright;

namespace AuditConsole.Tests.Browser;

/// <summary>The machine's own Chromium, driven by Playwright; one process for all browser tests.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome"];

    // A container has no sandbox and no display, and a test speaks to nobody but the server under test.
    private static readonly string[] Arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public IBrowser Browser => _browser ?? throw new InvalidOperationException("The browser is not started.");

    public async Task InitializeAsync()
    {
        // A machine that also builds is slow; what never comes fails all the same.
        Assertions.SetDefaultExpectTimeout(20_000);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = FindOnPath(), Args = Arguments });
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }

    private static string FindOnPath()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        var candidates = from name in Names from folder in folders select Path.Combine(folder, name);
        return candidates.FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException($"None of {string.Join(", ", Names)} is on PATH; ./test installs it.");
    }
}
