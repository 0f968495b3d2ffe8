using System.Globalization;
using System.Security.Claims;
using System.Text.Encodings.Web;
using AuditConsole.Api;
using AuditConsole.Identity;
using AuditConsole.Tenants;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace AuditConsole.ApiKeys;

/// <summary>Authenticates programs: <c>Authorization: Bearer KEY</c> or <c>X-API-Key: KEY</c>.</summary>
internal sealed class ApiKeyHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder,
    ApiKeyDirectory keys, KeyCallers callers, TenantSettingsService tenants, WrongKeys wrongKeys, SecurityLog log)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    private const string HeaderName = "X-API-Key";

    private sealed record Refusal(int Status, string Code, string Message, string Notice, string? Field = null);

    private static readonly Refusal NoKey = new(401, "unauthenticated", "This needs an API key.",
        "Send it as \"Authorization: Bearer KEY\" or \"X-API-Key: KEY\". An Admin makes keys in the console, under API keys.");

    private Refusal _refusal = NoKey;

    /// <summary>Whether a request brings a key of whatever worth.</summary>
    public static bool CarriesKey(HttpRequest request) =>
        request.Headers.ContainsKey(HeaderName)
        || request.Headers.Authorization.ToString().StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase);

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (!TryRead(out var text))
        {
            return AuthenticateResult.Fail(_refusal.Message);
        }
        if (text is null)
        {
            return AuthenticateResult.NoResult();
        }
        if (!ApiKeyText.IsWellFormed(text))
        {
            return Refuse(null, "malformed", "The API key is not one of this service, or was cut or mistyped: its checksum is wrong.",
                "Compare it with the one that you stored; it begins with aud_live_ and has 58 characters.");
        }
        if (await keys.FindAsync(text, Context.RequestAborted) is not { } key)
        {
            return Refuse(null, "unknown", "The API key is unknown.", "Make sure that it belongs to this server, or ask an Admin for a new one.");
        }
        if (callers.FindRefusal(key) is { } worthless)
        {
            return Refuse(key, worthless.Reason, worthless.Message, worthless.Notice);
        }
        Context.Features.Set(key);
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, key.Id), new Claim(ApiKeyPolicies.KeyIdClaim, key.Id)], ApiKeyPolicies.Scheme);
        if ((key.Tenant ?? await NamedAsync()) is { } tenant)
        {
            var (caller, refusal) = await callers.OfAsync(key, tenant, Context.Connection.RemoteIpAddress, Context.RequestAborted);
            if (caller is null)
            {
                return Refuse(key, refusal!.Reason, refusal.Message, refusal.Notice);
            }
            Context.Features.Set(caller);
            identity.AddClaim(new Claim(ApiKeyPolicies.TenantClaim, tenant.ToString(CultureInfo.InvariantCulture)));
            identity.AddClaim(new Claim(ApiKeyPolicies.TenantIdClaim, caller.Tenant.TenantId.ToString()));
        }
        keys.Use(key.Id);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name));
    }

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        // Fills the refusal in where another scheme authenticated before.
        await HandleAuthenticateOnceSafeAsync();
        if (_refusal.Status == 401)
        {
            Response.Headers.WWWAuthenticate = "Bearer";
        }
        ApiErrorDetail[] details = _refusal.Field is { } field ? [new ApiErrorDetail(field, _refusal.Message)] : [];
        await ApiError.Result(_refusal.Status, _refusal.Code, _refusal.Message, details, [_refusal.Notice]).ExecuteAsync(Context);
    }

    protected override async Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        await HandleAuthenticateOnceSafeAsync();
        var caller = Context.Features.Get<KeyCaller>();
        // A session's route asks for no decision: keys have nothing to do there.
        var decision = Context.Features.Get<AccessDecision>() ?? new AccessDecision(
            "session_required", "This is for people with a session; API keys don't open it.", ["Open the console in a browser and sign in."]);
        log.Write(SecurityEventKinds.KeyDenied, caller?.Id ?? Context.Features.Get<KnownKey>()?.Id, caller?.Tenant.Tenant, Client.Of(Context), $"{decision.Code} {Request.Path}");
        await ApiError.Result(decision.Status, decision.Code!, decision.Message, notices: decision.Notices).ExecuteAsync(Context);
    }

    /// <summary>The account that a request with a key for all of them names in its header.</summary>
    private async Task<int?> NamedAsync() => KeyRequirement.TenantAsked(Request) is { } name
        ? (await tenants.FindAsync(name, Context.RequestAborted))?.Tenant
        : null;

    private AuthenticateResult Refuse(KnownKey? key, string reason, string message, string notice)
    {
        if (wrongKeys.Count(Context) is { } wait)
        {
            _refusal = new Refusal(429, "rate_limited", "Too many requests with a wrong API key from this address.", "Wait for the seconds in Retry-After. A good key is let in meanwhile.");
            Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
            return AuthenticateResult.Fail(_refusal.Message);
        }
        _refusal = new Refusal(401, "unauthenticated", message, notice);
        log.Write(SecurityEventKinds.KeyDenied, key?.Id, key?.Tenant, Client.Of(Context), reason);
        return AuthenticateResult.Fail(message);
    }

    private bool TryRead(out string? key)
    {
        key = null;
        var header = Request.Headers[HeaderName];
        var authorization = Request.Headers.Authorization;
        var bearer = StringValues.IsNullOrEmpty(authorization) ? null
            : authorization.ToString().StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? authorization.ToString()[7..].Trim()
            : null;
        if (header.Count > 1 || authorization.Count > 1 || (header.Count == 1 && bearer is not null && header.ToString().Trim() != bearer))
        {
            _refusal = new Refusal(400, "invalid_header", "The request carries two different API keys.",
                "Send the key once: as \"Authorization: Bearer KEY\" or as \"X-API-Key: KEY\".", header.Count > 1 || authorization.Count <= 1 ? HeaderName : "Authorization");
            return false;
        }
        key = header.Count == 1 ? header.ToString().Trim() : bearer;
        return true;
    }
}
