using Microsoft.Playwright;

namespace AuditConsole.Tests.Browser;

/// <summary>The served application and a browser to visit it with.</summary>
public sealed class BrowserFixture : IAsyncLifetime
{
    private readonly ConsoleFactory _console = new();
    private readonly Chromium _chromium = new();

    public async Task InitializeAsync()
    {
        _console.StartServer();
        await _chromium.InitializeAsync();
    }

    public async Task DisposeAsync()
    {
        await _chromium.DisposeAsync();
        await _console.DisposeAsync();
    }

    /// <summary>A page with cookies and storage of its own, at the application's address.</summary>
    public async Task<IPage> NewPageAsync()
    {
        var context = await _chromium.Browser.NewContextAsync(new() { BaseURL = _console.Address.ToString() });
        return await context.NewPageAsync();
    }
}
