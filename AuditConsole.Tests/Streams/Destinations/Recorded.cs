using System.Collections.Concurrent;

namespace AuditConsole.Tests.Streams.Destinations;

/// <summary>A client whose requests all go to one server, whatever host they name, and are written down on the way.</summary>
internal sealed class Recorded : IDisposable
{
    public Recorded(Uri to) => Client = new HttpClient(new Handler(this, to) { InnerHandler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false } });

    public HttpClient Client { get; }

    public ConcurrentQueue<RecordedRequest> Requests { get; } = [];

    public void Dispose() => Client.Dispose();

    private sealed class Handler(Recorded recorded, Uri to) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken);
            var headers = request.Headers.Concat(request.Content?.Headers.AsEnumerable() ?? []).Select(header => $"{header.Key}: {string.Join(',', header.Value)}");
            recorded.Requests.Enqueue(new RecordedRequest(request.RequestUri!, [.. headers], body));
            request.Headers.Host ??= request.RequestUri!.Authority;
            request.RequestUri = new UriBuilder(request.RequestUri!) { Scheme = to.Scheme, Host = to.Host, Port = to.Port }.Uri;
            return await base.SendAsync(request, cancellationToken);
        }
    }
}

/// <summary>A request as it was meant.</summary>
internal sealed record RecordedRequest(Uri Address, IReadOnlyList<string> Headers, byte[] Body)
{
    public string? Header(string name) =>
        Headers.FirstOrDefault(header => header.StartsWith(name + ": ", StringComparison.OrdinalIgnoreCase))?[(name.Length + 2)..];
}
