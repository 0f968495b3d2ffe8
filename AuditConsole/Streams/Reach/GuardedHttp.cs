using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using AuditConsole.Streams.Destinations;
using Microsoft.Extensions.Options;

namespace AuditConsole.Streams.Reach;

/// <summary>Looks up a host's addresses.</summary>
internal delegate Task<IPAddress[]> LookUp(string host, CancellationToken cancellationToken);

/// <summary>
/// The one client that destinations are reached by. It looks every name up itself, refuses it if any of its addresses may
/// not be reached, and connects to the address it looked at, so that the name can't mean another one a moment later. It
/// follows no redirect, keeps no cookie and asks no proxy.
/// </summary>
internal sealed class GuardedHttp : IDisposable
{
    /// <summary>No answer takes longer; what a kind allows is mostly less.</summary>
    private static readonly TimeSpan LongestAnswer = TimeSpan.FromSeconds(100);

    // A part of an export, over a slow line.
    private static readonly TimeSpan LongestUpload = TimeSpan.FromMinutes(30);

    private static readonly TimeSpan LongestConnect = TimeSpan.FromSeconds(10);

    private readonly AddressGuard _guard;
    private readonly LookUp _lookUp;
    private readonly X509Certificate2Collection _authorities = [];

    public GuardedHttp(IOptions<StreamOptions> options, IHostEnvironment environment, LookUp? lookUp = null)
    {
        _guard = new AddressGuard(options.Value.Networks());
        _lookUp = lookUp ?? Dns.GetHostAddressesAsync;
        Handler = new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            UseCookies = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            ConnectTimeout = LongestConnect,
            ConnectCallback = ConnectAsync,
            // Long answers are nobody's: 1 KiB of one is kept.
            MaxResponseHeadersLength = 32,
            MaxResponseDrainSize = 64 * 1024,
        };
        if (options.Value.CaFile is { } file)
        {
            _authorities.ImportFromPemFile(Path.GetFullPath(file, environment.ContentRootPath));
            Handler.SslOptions.RemoteCertificateValidationCallback = IsTrusted;
        }
        Client = new HttpClient(Handler, disposeHandler: false) { Timeout = LongestAnswer };
        Client.DefaultRequestHeaders.UserAgent.ParseAdd("AuditConsole");
        Uploads = new HttpClient(Handler, disposeHandler: false) { Timeout = LongestUpload };
        Uploads.DefaultRequestHeaders.UserAgent.ParseAdd("AuditConsole");
    }

    /// <summary>For libraries that make their own client. Not to be disposed by them.</summary>
    public SocketsHttpHandler Handler { get; }

    /// <summary>The client of all destinations.</summary>
    public HttpClient Client { get; init; }

    /// <summary>The same for what is large: it waits longer.</summary>
    public HttpClient Uploads { get; init; }

    public void Dispose()
    {
        Client.Dispose();
        Uploads.Dispose();
        Handler.Dispose();
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        // A name that is a number in any notation is what the system makes of it: it is looked up like all others.
        var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await _lookUp(host, cancellationToken);
        if (addresses.Length == 0)
        {
            throw new SocketException((int)SocketError.HostNotFound);
        }
        _guard.Require(host, addresses, context.InitialRequestMessage.RequestUri?.Scheme is "https" or "wss");
        for (var i = 0; ; i++)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(addresses[i], port), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException) when (i + 1 < addresses.Length)
            {
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }

    private bool IsTrusted(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None)
        {
            return true;
        }
        // A wrong name stays wrong, whoever signed.
        if (errors != SslPolicyErrors.RemoteCertificateChainErrors || certificate is not X509Certificate2 leaf || chain is null)
        {
            return false;
        }
        using var own = new X509Chain();
        own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        own.ChainPolicy.CustomTrustStore.AddRange(_authorities);
        own.ChainPolicy.ExtraStore.AddRange(chain.ChainPolicy.ExtraStore);
        own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return own.Build(leaf);
    }
}
