using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace AuditConsole.Identity;

/// <summary>Keeps passwords and sessions off plain http, except on this machine itself.</summary>
internal sealed class InsecureHttp(IHostEnvironment environment, IConfiguration configuration, IOptions<SecurityOptions> options, IServer server)
    : IHostedLifecycleService
{
    /// <summary>Whether a sign-in page may take a password over this request.</summary>
    public static bool IsAcceptable(HttpContext context, SecurityOptions options) =>
        context.Request.IsHttps
        || options.AllowInsecureHttp
        || (context.Connection.RemoteIpAddress is { } from && IPAddress.IsLoopback(from) && IsLoopbackHost(context.Request.Host.Host));

    /// <summary>An address that a browser on this machine can open.</summary>
    public static string Reachable(string address) =>
        address.Replace("://+", "://localhost", StringComparison.Ordinal)
            .Replace("://*", "://localhost", StringComparison.Ordinal)
            .Replace("://0.0.0.0", "://127.0.0.1", StringComparison.Ordinal)
            .Replace("://[::]", "://127.0.0.1", StringComparison.Ordinal)
            .TrimEnd('/');

    /// <summary>Refuses what the configuration says, before a port is open.</summary>
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        var endpoints = configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(endpoint => endpoint["Url"]);
        var configured = (configuration["urls"] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries).Concat(endpoints);
        Refuse(configured);
        return Task.CompletedTask;
    }

    /// <summary>Refuses what was opened in any other way.</summary>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        Refuse(server.Features.Get<IServerAddressesFeature>()?.Addresses ?? []);
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Refuse(IEnumerable<string?> addresses)
    {
        if (!environment.IsProduction() || options.Value.AllowInsecureHttp)
        {
            return;
        }
        foreach (var address in addresses)
        {
            if (address is not null && IsOpenHttp(address))
            {
                throw new RefusedException(
                    $"Not started: {address} is plain http beyond this machine, so passwords would travel readable. Listen on "
                    + "http://127.0.0.1 behind a TLS proxy (named in Security:TrustedProxies), or on https with a certificate, or accept it with Security:AllowInsecureHttp=true.");
            }
        }
    }

    private static bool IsOpenHttp(string address)
    {
        if (!address.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }
        var binding = Microsoft.AspNetCore.Http.BindingAddress.Parse(address);
        return !binding.IsUnixPipe && !binding.IsNamedPipe && !IsLoopbackHost(binding.Host);
    }

    private static bool IsLoopbackHost(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
