using System.Globalization;
using AuditConsole.Identity;
using AuditConsole.Tenants;
using Microsoft.Extensions.Options;

namespace AuditConsole.Api;

/// <summary>
/// The limits of a key: so many reading and so many appending requests a minute, the service's or its account's own.
/// Every authenticated request counts, refused ones too. The answer tells what is left (draft-ietf-httpapi-ratelimit-headers).
/// </summary>
internal sealed class KeyRateLimits(IOptions<RateLimitOptions> options, TimeProvider clock)
{
    private readonly FixedWindows _windows = new(clock);

    /// <summary>Counts a request and puts the headers on its answer.</summary>
    /// <param name="context">The request.</param>
    /// <param name="keyId">Whose.</param>
    /// <param name="tenant">The account that the key belongs to; null for one of all accounts, which has the service's limits.</param>
    /// <param name="permission">What it asks for.</param>
    /// <returns>False where it is one too many.</returns>
    public bool Take(HttpContext context, string keyId, TenantSettings? tenant, Permission permission)
    {
        var (policy, limit) = permission == Permission.Append
            ? ("appends", tenant?.WritesPerMinute ?? options.Value.WritesPerMinute)
            : ("reads", tenant?.ReadsPerMinute ?? options.Value.ReadsPerMinute);
        var window = _windows.Count($"{policy} {keyId}", limit);
        var seconds = (int)Math.Ceiling(window.Reset.TotalSeconds);
        var headers = context.Response.Headers;
        headers["RateLimit-Policy"] = string.Create(CultureInfo.InvariantCulture, $"\"{policy}\";q={limit};w={(int)FixedWindows.Length.TotalSeconds}");
        headers["RateLimit"] = string.Create(CultureInfo.InvariantCulture, $"\"{policy}\";r={Math.Max(0, window.Remaining)};t={seconds}");
        if (window.Remaining >= 0)
        {
            return true;
        }
        headers.RetryAfter = Math.Max(1, seconds).ToString(CultureInfo.InvariantCulture);
        return false;
    }
}

/// <summary>Slows down who guesses at keys: so many wrong ones a minute from one address. A good key always passes.</summary>
internal sealed class WrongKeys(IOptions<RateLimitOptions> options, TimeProvider clock)
{
    private readonly FixedWindows _windows = new(clock);

    /// <summary>Counts a wrong key.</summary>
    /// <returns>How long to wait, where it is one too many; else null.</returns>
    public TimeSpan? Count(HttpContext context)
    {
        var window = _windows.Count(SignInRateLimit.Address(context.Connection.RemoteIpAddress), options.Value.WrongKeysPerMinute);
        return window.Remaining < 0 ? window.Reset : null;
    }
}
