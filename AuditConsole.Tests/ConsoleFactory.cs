using AuditConsole.Shell;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;

namespace AuditConsole.Tests;

/// <summary>The whole application in this process, on a real loopback port.</summary>
public sealed class ConsoleFactory : WebApplicationFactory<App>
{
    public ConsoleFactory() => UseKestrel(0);

    /// <summary>Where it listens, once started.</summary>
    public Uri Address => ClientOptions.BaseAddress;

    protected override void ConfigureWebHost(IWebHostBuilder builder) =>
        builder.UseSolutionRelativeContentRoot(".", "AuditConsole.sln");
}
