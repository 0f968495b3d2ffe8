using System.Collections.Concurrent;
using System.Security.Claims;
using AuditConsole.Portal;
using Microsoft.AspNetCore.Identity;

namespace AuditConsole.Identity;

/// <summary>Opens sessions, tells whether one is still good, and ends them: at once, open pages included.</summary>
public sealed class Sessions(MemberDirectory directory, MemberChanges changes, CircuitConnections connections, TimeProvider clock)
{
    /// <summary>How long a session lives after its last use.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(8);

    private const string StampClaim = "stamp";
    private const string SessionClaim = "sid";

    // A cookie can't be taken back from somebody who copied it, so what was signed out is remembered for as long as
    // such a cookie would live. A restart forgets it; a changed security stamp outlives that.
    private readonly ConcurrentDictionary<string, DateTimeOffset> _signedOut = new(StringComparer.Ordinal);

    /// <summary>A new session of a person.</summary>
    public static ClaimsPrincipal Open(User user) => new(new ClaimsIdentity(
        [
            new Claim(ClaimTypes.NameIdentifier, user.Id),
            new Claim(ClaimTypes.Name, user.Email ?? user.Id),
            new Claim(StampClaim, user.SecurityStamp ?? ""),
            new Claim(SessionClaim, RandomText.NewSecret()),
        ],
        IdentityConstants.ApplicationScheme));

    /// <summary>A new session of whoever used a portal link.</summary>
    public static ClaimsPrincipal OpenPortal(PortalLink link) => new(new ClaimsIdentity(
        [
            new Claim(ClaimTypes.NameIdentifier, link.Id),
            new Claim(ClaimTypes.Name, PortalSession.Name),
            new Claim(PortalSession.IntentClaim, link.Intent.ToString()),
            new Claim(StampClaim, link.Id),
            new Claim(SessionClaim, RandomText.NewSecret()),
        ],
        IdentityConstants.ApplicationScheme));

    /// <summary>Whether the session is still good.</summary>
    public async Task<bool> IsGoodAsync(ClaimsPrincipal session, CancellationToken cancellationToken) =>
        session.UserId() is { } userId
        && session.FindFirst(StampClaim)?.Value is { Length: > 0 } stamp
        && session.FindFirst(SessionClaim)?.Value is { } id
        && !_signedOut.ContainsKey(id)
        && await directory.IsCurrentAsync(userId, stamp, cancellationToken);

    /// <summary>Ends one session.</summary>
    public void SignOut(ClaimsPrincipal session)
    {
        if (session.UserId() is not { } userId || session.FindFirst(SessionClaim)?.Value is not { } id)
        {
            return;
        }
        var now = clock.GetUtcNow();
        foreach (var (old, at) in _signedOut)
        {
            if (now - at > Lifetime)
            {
                _signedOut.TryRemove(old, out _);
            }
        }
        _signedOut[id] = now;
        var open = connections.Of(userId, connected => connected.FindFirst(SessionClaim)?.Value == id);
        changes.Raise(userId);
        connections.AbortSoon(open);
    }

    /// <summary>Ends all sessions of a person whose security stamp has changed.</summary>
    internal void End(string userId)
    {
        directory.Clear();
        var open = connections.Of(userId, _ => true);
        changes.Raise(userId);
        connections.AbortSoon(open);
    }

    /// <summary>Makes a change known that ends no session.</summary>
    internal void Refresh(string userId)
    {
        directory.Clear();
        changes.Raise(userId);
    }
}

/// <summary>Reads sessions.</summary>
public static class SessionClaims
{
    /// <summary>The signed-in person's id, or null.</summary>
    public static string? UserId(this ClaimsPrincipal session) =>
        session.Identity is { IsAuthenticated: true, AuthenticationType: "Identity.Application" }
            ? session.FindFirst(ClaimTypes.NameIdentifier)?.Value
            : null;

    /// <summary>The signed-in person's id.</summary>
    /// <exception cref="AccessDeniedException">Nobody is signed in.</exception>
    public static string RequireUserId(this ClaimsPrincipal session) =>
        session.UserId() ?? throw new AccessDeniedException(Permission.ReadLog, null);
}
