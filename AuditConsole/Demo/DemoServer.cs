using System.Globalization;
using System.Net;
using System.Net.Sockets;

using AuditConsole.CommandLine;
using AuditConsole.Identity;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Console;

namespace AuditConsole.Demo;

/// <summary>The console over a made-up log in a throwaway directory.</summary>
internal static class DemoServer
{
    /// <summary>Serves until the process is told to stop, then deletes everything.</summary>
    /// <param name="entries">About how many entries the larger account has.</param>
    /// <param name="seed">The same seed makes the same activity.</param>
    /// <param name="configuration">Configuration arguments, as <c>--Urls=http://127.0.0.1:5080</c>.</param>
    public static async Task<int> RunAsync(int entries, int seed, string[] configuration)
    {
        using var directory = DemoDirectory.Create();
        // Making up the log and starting the application take about as long, so they go side by side.
        var worlds = new DemoWorlds(entries, seed, TimeProvider.System.GetUtcNow());
        var builder = ConsoleHost.CreateBuilder(configuration);
        var url = FindFree(builder.Configuration["urls"] ?? "http://127.0.0.1:5080");
        builder.Configuration["urls"] = url;
        builder.Configuration["Storage:DataDirectory"] = directory.Path;
        builder.AddAuditConsole();
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter((_, level) => level >= LogLevel.Warning)
            // It warns of keys in plain files; these live as long as the process.
            .AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        builder.Services.Configure<ConsoleLoggerOptions>(options => options.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Services.AddSingleton(worlds);
        builder.Services.AddSingleton<DemoClock>();
        builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(provider => provider.GetRequiredService<DemoClock>()));
        SeedBeforeAnyFollows(builder.Services);
        await using var app = builder.Build();
        app.UseAuditConsole();
        var signIn = DemoSignIn.Map(app);
        app.Lifetime.ApplicationStarted.Register(() => Console.Out.WriteLine($"""

            The demo is ready: two years of a made-up company's activity, signed in as admin@acme.example.

              {InsecureHttp.Reachable(url)}{signIn}

            The link works while the demo runs. Ctrl+C ends it and deletes everything.

            """));
        try
        {
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Making up {entries:N0} entries …"));
            await app.RunAsync();
        }
        catch (OperationCanceledException)
        {
            // Ctrl+C before it was ready.
        }
        return ExitCode.Done;
    }

    // Right after the storage is opened: what signs and verifies would otherwise follow each entry, and takes as long as making them up.
    private static void SeedBeforeAnyFollows(IServiceCollection services)
    {
        var storage = services.First(service => service.ServiceType == typeof(IHostedService));
        services.Insert(services.IndexOf(storage) + 1, ServiceDescriptor.Singleton<IHostedService, DemoSeeder>());
    }

    /// <summary>The address, or the next one with a free port.</summary>
    private static string FindFree(string urls)
    {
        var wanted = new UriBuilder(urls.Split(';')[0].Replace("*", "127.0.0.1", StringComparison.Ordinal).Replace("+", "127.0.0.1", StringComparison.Ordinal));
        if (wanted.Port == 0)
        {
            using var any = Listen(IPAddress.Loopback, 0);
            wanted.Port = ((IPEndPoint)any!.LocalEndpoint).Port;
            return wanted.Uri.GetLeftPart(UriPartial.Authority);
        }
        var address = IPAddress.TryParse(wanted.Host.Trim('[', ']'), out var parsed) ? parsed : IPAddress.Loopback;
        for (var port = wanted.Port; port < Math.Min(wanted.Port + 100, IPEndPoint.MaxPort); port++)
        {
            using var listener = Listen(address, port);
            if (listener is not null)
            {
                wanted.Port = port;
                break;
            }
        }
        return wanted.Uri.GetLeftPart(UriPartial.Authority);
    }

    private static TcpListener? Listen(IPAddress address, int port)
    {
        var listener = new TcpListener(address, port);
        try
        {
            listener.Start();
            return listener;
        }
        catch (SocketException)
        {
            listener.Dispose();
            return null;
        }
    }
}
