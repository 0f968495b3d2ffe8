using System.Net;
using System.Net.Sockets;
using AuditConsole.Identity;
using AuditConsole.Streams.Reach;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace AuditConsole.Tests.Browser;

/// <summary>The served application and a browser to visit it with.</summary>
public sealed class BrowserFixture : IAsyncLifetime
{
    private readonly ConsoleFactory _console = new();
    private readonly Chromium _chromium = new();

    public async Task InitializeAsync()
    {
        _console.Settings["Integrity:PublishDirectory"] = PublishedDirectory;
        _console.Settings["Portal:ReturnOrigins:0"] = "https://app.customer.example";
        _console.Settings["Streams:AllowedNetworks:0"] = "127.0.0.0/8";
        // What is signed just behind the first checkpoint would wait for a minute.
        _console.Settings["Streams:CheckpointPace"] = "00:00:00.001";
        // What a test sets up for the outside world doesn't reach it.
        _console.ConfigureServices = services => services.AddSingleton<LookUp>((host, _) => host is "localhost" or "127.0.0.1"
            ? Task.FromResult<IPAddress[]>([IPAddress.Loopback])
            : throw new SocketException((int)SocketError.HostNotFound));
        _console.StartServer();
        await _chromium.InitializeAsync();
    }

    public async Task DisposeAsync()
    {
        await _chromium.DisposeAsync();
        await _console.DisposeAsync();
    }

    /// <summary>Where the application publishes its checkpoints to.</summary>
    public string PublishedDirectory => Path.Combine(_console.DataDirectory, "published");

    /// <summary>The application.</summary>
    public ConsoleFactory Console => _console;

    /// <summary>A page with cookies and storage of its own, at the application's address.</summary>
    /// <param name="user">Who is signed in; null for nobody.</param>
    /// <param name="options">The browser's looks: size, colour scheme.</param>
    public async Task<IPage> NewPageAsync(TestUser? user = null, BrowserNewContextOptions? options = null)
    {
        options ??= new();
        options.BaseURL = _console.Address.ToString();
        var context = await _chromium.Browser.NewContextAsync(options);
        if (user is not null)
        {
            await context.AddCookiesAsync([new()
            {
                Name = IdentityFeature.SessionCookie,
                Value = await _console.SessionOfAsync(user),
                Url = _console.Address.ToString(),
                HttpOnly = true,
            }]);
        }
        return await context.NewPageAsync();
    }
}
