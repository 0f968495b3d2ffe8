using AuditConsole.Shell;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;

namespace AuditConsole.Tests;

/// <summary>The whole application in this process, on a real loopback port, with a data directory of its own.</summary>
public sealed class ConsoleFactory : WebApplicationFactory<App>
{
    public ConsoleFactory() => UseKestrel(0);

    /// <summary>Where it listens, once started.</summary>
    public Uri Address => ClientOptions.BaseAddress;

    /// <summary>Its data, deleted with it.</summary>
    public string DataDirectory { get; } = Directory.CreateTempSubdirectory("audit-console-").FullName;

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseSolutionRelativeContentRoot(".", "AuditConsole.sln");
        builder.UseSetting("Storage:DataDirectory", DataDirectory);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
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
        if (Directory.Exists(DataDirectory))
        {
            Directory.Delete(DataDirectory, recursive: true);
        }
    }
}
