using AuditConsole.Shell;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests;

/// <summary>The whole application in this process, on a real loopback port, with a data directory of its own.</summary>
public sealed class ConsoleFactory : WebApplicationFactory<App>
{
    public ConsoleFactory() => UseKestrel(0);

    /// <summary>Where it listens, once started.</summary>
    public Uri Address => ClientOptions.BaseAddress;

    /// <summary>Its data, deleted with it.</summary>
    public string DataDirectory { get; } = Directory.CreateTempSubdirectory("audit-console-").FullName;

    /// <summary>Configuration that differs from the defaults; to be set before the start.</summary>
    public Dictionary<string, string> Settings { get; } = new()
    {
        // Tests sign in from one address, and oftener than people do.
        ["Security:SignInsPerMinute"] = "10000",
    };

    /// <summary>Puts other services in the place of the application's own; to be set before the start.</summary>
    public Action<IServiceCollection>? ConfigureServices { get; set; }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseSolutionRelativeContentRoot(".", "AuditConsole.sln");
        builder.UseSetting("Storage:DataDirectory", DataDirectory);
        foreach (var (name, value) in Settings)
        {
            builder.UseSetting(name, value);
        }
        builder.ConfigureTestServices(services => ConfigureServices?.Invoke(services));
    }

    public override async ValueTask DisposeAsync()
    {
        try
        {
            await base.DisposeAsync();
        }
        catch (ObjectDisposedException)
        {
            // The program's own end and this one run beside each other: the other one has gone further.
        }
        Delete();
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            Delete();
        }
    }

    private void Delete()
    {
        for (var attempt = 1; Directory.Exists(DataDirectory); attempt++)
        {
            try
            {
                Directory.Delete(DataDirectory, recursive: true);
            }
            catch (IOException) when (attempt < 50)
            {
                // A circuit that lost its browser may still end, and write a file beside those that go.
                Thread.Sleep(100);
            }
        }
    }
}
