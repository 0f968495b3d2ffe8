using System.Net.Http.Headers;

namespace AuditConsole.Streams.Destinations;

/// <summary>Any HTTP endpoint: entries as a JSON array, or a line each.</summary>
internal sealed class HttpKind : IDestinationKind
{
    private const string Url = "url";
    private const string Token = "bearer_token";
    private const string Headers = "headers";

    // What the client, the body or the delivery itself sets.
    private static readonly HashSet<string> OwnHeaders = new(StringComparer.OrdinalIgnoreCase)
    {
        "Host", "Content-Length", "Content-Type", "Content-Encoding", "Transfer-Encoding", "Connection", "Expect", "TE", "Trailer", "Upgrade",
        "webhook-id", "webhook-timestamp", "webhook-signature",
    };

    public string Name => "http";

    public string DisplayName => "HTTP endpoint";

    public string Summary => "Posts entries in batches to an address of yours.";

    public IReadOnlyList<DestinationField> Fields { get; } =
    [
        new(Url, "Address", "Where batches are posted to. It answers 2xx once it has all of them.") { IsAddress = true, Placeholder = "https://siem.example.com/audit" },
        new(Token, "Bearer token", "Sent as Authorization: Bearer.") { IsSecret = true, IsOptional = true },
        new(Headers, "Headers", "A header a line, as X-Api-Key: …. Kept secret.") { IsSecret = true, IsOptional = true, IsLong = true },
    ];

    public IReadOnlyList<StreamFormat> Formats { get; } = [StreamFormat.Json, StreamFormat.Ocsf, StreamFormat.Cef, StreamFormat.Syslog];

    public IReadOnlyList<FieldProblem> Check(DestinationSettings settings)
    {
        var problems = new List<FieldProblem>();
        if (HttpUrl.Problem(settings[Url]) is { } problem)
        {
            problems.Add(new(Url, problem));
        }
        if (settings[Token] is { } token && token.Any(character => character is <= ' ' or > '~'))
        {
            problems.Add(new(Token, "A token has no spaces, line breaks or letters beyond ASCII. Copy it again."));
        }
        Read(settings, problems);
        return problems;
    }

    public IDestination Open(DestinationSettings settings, DestinationContext context) =>
        new HttpDestination(new Uri(settings.Required(Url)), settings[Token], Read(settings, []), context);

    private static List<KeyValuePair<string, string>> Read(DestinationSettings settings, List<FieldProblem> problems)
    {
        var headers = new List<KeyValuePair<string, string>>();
        foreach (var line in (settings[Headers] ?? "").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            var (name, value) = colon < 0 ? (line, "") : (line[..colon].TrimEnd(), line[(colon + 1)..].TrimStart());
            using var probe = new HttpRequestMessage();
            if (colon <= 0 || value.Any(char.IsControl) || value.Any(character => character > '~') || !probe.Headers.TryAddWithoutValidation(name, value))
            {
                // The line itself may be the secret.
                problems.Add(new(Headers, $"Line {headers.Count + 1} is no header. Write a name, a colon and a value, as X-Api-Key: abc."));
                return headers;
            }
            if (OwnHeaders.Contains(name) || (name.Equals("Authorization", StringComparison.OrdinalIgnoreCase) && settings[Token] is not null))
            {
                problems.Add(new(Headers, $"{name} is set by the delivery itself. Leave it out."));
            }
            headers.Add(new(name, value));
        }
        return headers;
    }
}

/// <summary>Posts batches: <c>webhook-id</c> names one, the same at every attempt.</summary>
internal sealed class HttpDestination(
    Uri url, string? token, IReadOnlyList<KeyValuePair<string, string>> headers, DestinationContext context) : IDestination
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    public BatchLimits Limits { get; } = new(500, 1024 * 1024, 1024 * 1024);

    private bool IsJson => context.Format is StreamFormat.Json or StreamFormat.Ocsf;

    public Task<DeliveryOutcome> SendAsync(DeliveryBatch batch, CancellationToken cancellationToken)
    {
        var size = batch.Entries.Sum(entry => entry.Body.Length + 1) + 2;
        var body = new byte[size];
        var at = 0;
        foreach (var entry in batch.Entries)
        {
            if (IsJson)
            {
                body[at++] = at == 1 ? (byte)'[' : (byte)',';
            }
            entry.Body.Span.CopyTo(body.AsSpan(at));
            at += entry.Body.Length;
            if (!IsJson)
            {
                body[at++] = (byte)'\n';
            }
        }
        if (IsJson)
        {
            body[at++] = (byte)']';
        }
        return PostAsync(batch.Id, new ByteArrayContent(body, 0, at), cancellationToken);
    }

    // No entries: an endpoint that takes batches takes that.
    public Task<DeliveryOutcome> CheckAsync(CancellationToken cancellationToken) =>
        PostAsync($"{context.StreamId}_check", new ByteArrayContent(IsJson ? "[]"u8.ToArray() : []), cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<DeliveryOutcome> PostAsync(string id, ByteArrayContent content, CancellationToken cancellationToken)
    {
        content.Headers.ContentType = new MediaTypeHeaderValue(IsJson ? "application/json" : "text/plain", IsJson ? null : "utf-8");
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = content };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }
        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
        request.Headers.Add("webhook-id", id);
        return await HttpPost.SendAsync(context, request, Patience, cancellationToken);
    }
}
