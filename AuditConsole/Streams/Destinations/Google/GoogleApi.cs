using System.Net.Http.Headers;
using System.Text.Json;
using AuditConsole.Streams.Destinations.Sending;

namespace AuditConsole.Streams.Destinations.Google;

/// <summary>Asks Google's interfaces as a service account: signs a JWT, exchanges it for a token, and keeps that while it holds.</summary>
internal sealed class GoogleApi(ServiceAccount account, DestinationContext context, string name)
{
    private const string Scope = "https://www.googleapis.com/auth/devstorage.read_write https://www.googleapis.com/auth/bigquery";

    // Not the token_uri of the file: it is Google's wherever the file comes from.
    private static readonly Uri TokenAddress = new("https://oauth2.googleapis.com/token");
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private readonly Exchange _exchange = new(context, name, account.PrivateKey);
    private string? _token;
    private DateTimeOffset _ends;

    /// <summary>Sends a request with the account's token. Google ends a token now and then before its time: then once more with a new one.</summary>
    /// <param name="make">Makes the request; called again for the second time.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<Reply> SendAsync(Func<HttpRequestMessage> make, CancellationToken cancellationToken)
    {
        var fresh = _token is null || context.Clock.GetUtcNow() >= _ends;
        if (fresh && await SignInAsync(cancellationToken) is { } refused)
        {
            return refused;
        }
        var reply = await SendOnceAsync(make(), cancellationToken);
        if (reply.Status == 401 && !fresh)
        {
            _token = null;
            return await SendAsync(make, cancellationToken);
        }
        return reply;
    }

    /// <summary>The reason of an error: <c>notFound</c>, <c>quotaExceeded</c>.</summary>
    public static string? ReasonOf(Reply reply) => reply.Read(root =>
        root.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object && error.TryGetProperty("errors", out var errors)
        && errors.ValueKind == JsonValueKind.Array && errors.GetArrayLength() > 0 && errors[0].TryGetProperty("reason", out var reason) ? reason.GetString() : null);

    private async Task<Reply> SendOnceAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token);
        return await _exchange.SendAsync(request, null, cancellationToken);
    }

    private async Task<Reply?> SignInAsync(CancellationToken cancellationToken)
    {
        var now = context.Clock.GetUtcNow();
        var assertion = SignedToken.Rs256(account.PrivateKey, account.KeyId, new Dictionary<string, object>
        {
            ["iss"] = account.Email,
            ["scope"] = Scope,
            ["aud"] = TokenAddress.ToString(),
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = (now + Lifetime).ToUnixTimeSeconds(),
        });
        var request = new HttpRequestMessage(HttpMethod.Post, TokenAddress)
        {
            Content = new FormUrlEncodedContent([new("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), new("assertion", assertion)]),
        };
        var reply = await _exchange.SendAsync(request, null, cancellationToken);
        if (reply.IsSuccess && reply.Read(root => root.GetProperty("access_token").GetString()) is { Length: > 0 } token)
        {
            _token = token;
            // Some minutes early, so that none ends on the way.
            _ends = now + Lifetime - TimeSpan.FromMinutes(5);
            return null;
        }
        return reply with { Failure = reply.Failure ?? Refusal(reply) };
    }

    private static DeliveryOutcome Refusal(Reply reply)
    {
        if (reply.IsSuccess)
        {
            // By its status it would count as delivered.
            return reply.As(DeliveryVerdict.Retry, "What answered for Google's sign-in gave no token: something between this server and oauth2.googleapis.com answers in its place.");
        }
        var said = reply.Read(root => root.TryGetProperty("error_description", out var text) ? text.GetString() : null) ?? "";
        return said.Contains("iat", StringComparison.Ordinal) && said.Contains("exp", StringComparison.Ordinal)
            ? reply.As(DeliveryVerdict.Retry, "The clock of this server is wrong: Google takes no token of another hour. Set it (NTP); no setting of the stream is at fault.")
            : reply.Status switch
            {
                400 or 401 or 403 => reply.As(
                    DeliveryVerdict.Stop, "Google doesn't know this service account key: it was deleted, or the account disabled. Make a new key.", ServiceAccount.Field),
                _ => reply.ByStatus(ServiceAccount.Field, ServiceAccount.Field),
            };
    }
}
