using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using AuditConsole.Streams.Destinations.Sending;

namespace AuditConsole.Streams.Destinations.Snowflake;

/// <summary>
/// Asks Snowpipe Streaming: a key-pair JWT finds the host that takes rows, and is exchanged for a token that holds for that
/// host alone.
/// </summary>
internal sealed class SnowflakeApi
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(59);

    // How long the token of the host holds isn't documented; one that ended is answered with 401.
    private static readonly TimeSpan TokenLifetime = TimeSpan.FromMinutes(30);

    private readonly DestinationSettings _settings;
    private readonly DestinationContext _context;
    private readonly Exchange _exchange;
    private readonly string _controlHost;
    private string? _host;
    private string? _token;
    private DateTimeOffset _ends;

    public SnowflakeApi(DestinationSettings settings, DestinationContext context)
    {
        (_settings, _context) = (settings, context);
        _exchange = new Exchange(context, "Snowflake", settings[SnowflakeKind.PrivateKey], settings[SnowflakeKind.Passphrase]);
        // A name with an underscore is no host of TLS; Snowflake answers to the hyphen.
        _controlHost = $"{settings.Required(SnowflakeKind.Account).ToLowerInvariant().Replace('_', '-')}.snowflakecomputing.com";
    }

    /// <summary>The key-pair JWT: <c>iss</c> is <c>ACCOUNT.USER.SHA256:fingerprint of the public key</c>.</summary>
    public string SignedJwt()
    {
        var now = _context.Clock.GetUtcNow();
        var pem = _settings.Required(SnowflakeKind.PrivateKey);
        using var key = SnowflakeKind.KeyOf(pem, pem.Contains("ENCRYPTED", StringComparison.Ordinal) ? _settings[SnowflakeKind.Passphrase] : null);
        // Of an account locator the region isn't part of the name.
        var name = $"{_settings.Required(SnowflakeKind.Account).Split('.')[0]}.{_settings.Required(SnowflakeKind.User)}".ToUpperInvariant();
        return SignedToken.Rs256(key, null, new Dictionary<string, object>
        {
            ["iss"] = $"{name}.SHA256:{Convert.ToBase64String(SHA256.HashData(key.ExportSubjectPublicKeyInfo()))}",
            ["sub"] = name,
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = (now + Lifetime).ToUnixTimeSeconds(),
        });
    }

    /// <summary>Sends a request to the host that takes rows.</summary>
    /// <param name="method">The method.</param>
    /// <param name="path">The path and query, <c>/v2/streaming/…</c>.</param>
    /// <param name="body">The body.</param>
    /// <param name="mediaType">Its media type.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<Reply> SendAsync(HttpMethod method, string path, byte[] body, string mediaType, CancellationToken cancellationToken)
    {
        for (var second = false; ; second = true)
        {
            var fresh = _token is null || _context.Clock.GetUtcNow() >= _ends;
            if (fresh && await SignInAsync(cancellationToken) is { } refused)
            {
                return refused;
            }
            var request = new HttpRequestMessage(method, $"https://{_host}{path}")
            {
                Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue(mediaType) } },
            };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token);
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
            var reply = await _exchange.SendAsync(request, null, cancellationToken);
            if (reply.Status != 401 || fresh || second)
            {
                return reply;
            }
            _token = null;
        }
    }

    private async Task<Reply?> SignInAsync(CancellationToken cancellationToken)
    {
        var jwt = SignedJwt();
        var hostname = await ControlAsync(HttpMethod.Get, "/v2/streaming/hostname", null, jwt, cancellationToken);
        if (!hostname.IsSuccess)
        {
            return hostname with { Failure = hostname.Failure ?? Refusal(hostname) };
        }
        // The documents show both a JSON object and the bare text.
        _host = Member(hostname.Body, "hostname");
        if (!_host.EndsWith(".snowflakecomputing.com", StringComparison.OrdinalIgnoreCase) || !_host.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_'))
        {
            return hostname with { Failure = hostname.As(DeliveryVerdict.Stop, "What answers there is no Snowflake. Check the account identifier.", SnowflakeKind.Account) };
        }
        _host = _host.Replace('_', '-');
        var content = new FormUrlEncodedContent([new("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), new("scope", _host)]);
        var token = await ControlAsync(HttpMethod.Post, "/oauth/token", content, jwt, cancellationToken);
        if (!token.IsSuccess)
        {
            return token with { Failure = token.Failure ?? Refusal(token) };
        }
        _token = Member(token.Body, "token");
        _ends = _context.Clock.GetUtcNow() + TokenLifetime;
        return null;
    }

    private async Task<Reply> ControlAsync(HttpMethod method, string path, HttpContent? content, string jwt, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(method, $"https://{_controlHost}{path}") { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", jwt);
        request.Headers.Add("X-Snowflake-Authorization-Token-Type", "KEYPAIR_JWT");
        // Nothing of an answer that holds a token is kept.
        var reply = await _exchange.SendAsync(request, SnowflakeKind.Account, cancellationToken);
        return reply.IsSuccess ? reply with { Shown = null } : reply;
    }

    private DeliveryOutcome Refusal(Reply reply) => reply.Status switch
    {
        401 or 403 when IsSkewed(reply) => reply.As(
            DeliveryVerdict.Retry, "The clock of this server is wrong by more than a minute compared with Snowflake's. Set it (NTP); no setting of the stream is at fault."),
        401 or 403 => reply.As(
            DeliveryVerdict.Stop, "Snowflake doesn't take the key: set its public half for the user with the statement shown, and check user and account.", SnowflakeKind.PrivateKey),
        404 => reply.As(DeliveryVerdict.Stop, $"There is no account at {_controlHost}. Check the account identifier.", SnowflakeKind.Account),
        _ => reply.ByStatus(SnowflakeKind.PrivateKey, SnowflakeKind.Account),
    };

    private bool IsSkewed(Reply reply) => reply.Headers?.Date is { } date && (date - _context.Clock.GetUtcNow()).Duration() > TimeSpan.FromMinutes(1);

    private static string Member(string body, string name)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty(name, out var value))
            {
                return value.GetString() ?? "";
            }
            return document.RootElement.ValueKind == JsonValueKind.String ? document.RootElement.GetString()! : "";
        }
        catch (JsonException)
        {
            return body.Trim();
        }
    }
}
