using System.Collections.Concurrent;
using System.IO.Compression;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AuditConsole.Tests.Streams.Destinations;

/// <summary>
/// A server that speaks as a vendor's does, in this process. What it is to answer next can be laid down; else it checks
/// the request as strictly as the vendor's documents say.
/// </summary>
public abstract class StubServer : IAsyncLifetime
{
    private WebApplication _app = null!;

    /// <summary>Where it listens, without a slash at the end.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>What it answers next, whatever is asked; each once.</summary>
    public ConcurrentQueue<StubAnswer> Next { get; } = [];

    /// <summary>The lines of all requests, as <c>POST /api/v2/logs</c>.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    /// <summary>A client all of whose requests arrive here, whatever host they name.</summary>
    public HttpClient Client() => new(new Rerouted(Address) { InnerHandler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false } });

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(options => options.Limits.MaxRequestBodySize = null);
        _app = builder.Build();
        _app.Run(HandleAsync);
        await _app.StartAsync();
        Address = new Uri(_app.Urls.Single());
    }

    /// <inheritdoc/>
    public async Task DisposeAsync() => await _app.DisposeAsync();

    /// <summary>Answers a request as the vendor would.</summary>
    /// <param name="context">The request.</param>
    /// <param name="body">Its body, as it came.</param>
    protected abstract Task<StubAnswer> AnswerAsync(HttpContext context, byte[] body);

    /// <summary>What a compressed body holds; null for a coding that isn't known.</summary>
    protected static byte[]? Decoded(HttpContext context, byte[] body)
    {
        switch (context.Request.Headers.ContentEncoding.ToString())
        {
            case "" or "identity":
                return body;
            case "gzip":
                using (var plain = new MemoryStream())
                using (var gzip = new GZipStream(new MemoryStream(body), CompressionMode.Decompress))
                {
                    gzip.CopyTo(plain);
                    return plain.ToArray();
                }
            case "deflate":
                using (var plain = new MemoryStream())
                using (var zlib = new ZLibStream(new MemoryStream(body), CompressionMode.Decompress))
                {
                    zlib.CopyTo(plain);
                    return plain.ToArray();
                }
            default:
                return null;
        }
    }

    private async Task HandleAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        Requests.Enqueue($"{context.Request.Method} {context.Request.GetEncodedPathAndQuery()}");
        if (!Next.TryDequeue(out var answer))
        {
            answer = await AnswerAsync(context, body.ToArray());
        }
        if (answer.Status == 0)
        {
            context.Abort();
            return;
        }
        context.Response.StatusCode = answer.Status;
        foreach (var (name, value) in answer.Headers)
        {
            context.Response.Headers[name] = value;
        }
        context.Response.ContentType ??= "application/json";
        await context.Response.WriteAsync(answer.Body);
    }

    // The name that the destination wanted stays in the header Host.
    private sealed class Rerouted(Uri to) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Host ??= request.RequestUri!.Authority;
            request.RequestUri = new UriBuilder(request.RequestUri!) { Scheme = to.Scheme, Host = to.Host, Port = to.Port }.Uri;
            return base.SendAsync(request, cancellationToken);
        }
    }
}

/// <summary>An answer of a stub.</summary>
/// <param name="Status">The status; 0 cuts the connection.</param>
/// <param name="Body">The body.</param>
/// <param name="Headers">Further headers.</param>
public sealed record StubAnswer(int Status, string Body = "", params (string Name, string Value)[] Headers)
{
    /// <summary>No answer: the connection is cut.</summary>
    public static readonly StubAnswer Cut = new(0);
}
