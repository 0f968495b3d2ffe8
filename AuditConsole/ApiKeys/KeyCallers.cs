using System.Net;
using AuditConsole.Identity;
using AuditConsole.Storage;
using AuditConsole.Tenants;

namespace AuditConsole.ApiKeys;

/// <summary>Says what a key is worth now: by itself, by its account and by the member who made it.</summary>
internal sealed class KeyCallers(ApiKeyDirectory keys, IMemberDirectory members, TenantSettingsService settings, TimeProvider clock)
{
    /// <summary>Why a key doesn't open anything.</summary>
    /// <param name="Reason">For the security log.</param>
    /// <param name="Message">What happened.</param>
    /// <param name="Notice">What to do.</param>
    public sealed record Refusal(string Reason, string Message, string Notice);

    /// <summary>Why a key doesn't work any more, whatever it is used for; null where it does.</summary>
    public Refusal? FindRefusal(KnownKey key)
    {
        if (key.RevokedAt is { } revoked)
        {
            return new("revoked", $"The API key was revoked on {revoked:yyyy-MM-dd}.", "Ask an Admin for a new one.");
        }
        return key.ExpiresAt is { } end && end <= clock.GetUtcNow()
            ? new("expired", $"The API key expired on {end:yyyy-MM-dd}.", "Ask an Admin for a new one.")
            : null;
    }

    /// <summary>The caller behind a key that was found, or why there is none.</summary>
    /// <param name="key">The key.</param>
    /// <param name="account">The tenant that it is used for.</param>
    /// <param name="address">From where.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<(KeyCaller? Caller, Refusal? Refusal)> OfAsync(KnownKey key, int account, IPAddress? address, CancellationToken cancellationToken)
    {
        if (FindRefusal(key) is { } refusal)
        {
            return (null, refusal);
        }
        var byConsole = key.CreatedBy == Acting.Console.Subject;
        Role? role = null;
        if (!byConsole && key.Scopes.Any(Reads))
        {
            var memberships = await members.ListAsync(key.CreatedBy, cancellationToken);
            role = memberships.FirstOrDefault(member => member.Tenant == account)?.Role;
            if (role is null && key.Scopes.All(Reads))
            {
                return (null, new("maker_gone", "The member who made the API key has left the account, and reading keys end with that.", "Ask an Admin for a new one."));
            }
        }
        var tenant = await settings.OfAsync(account, cancellationToken);
        return (new KeyCaller(key.Id, key.Name, key.Scopes, tenant, byConsole, role, IsAtHome(key, address)), null);
    }

    /// <summary>Whether a caller may still do what it was let in for: asked again after a wait.</summary>
    public async Task<AccessDecision> DecideAgainAsync(KeyCaller caller, Permission permission, IPAddress? address, CancellationToken cancellationToken)
    {
        if (await keys.FindByIdAsync(caller.Id, cancellationToken) is { } key)
        {
            var (now, refusal) = await OfAsync(key, caller.Tenant.Tenant, address, cancellationToken);
            return now is not null
                ? Access.Decide(now, permission, null)
                : new AccessDecision("unauthenticated", refusal!.Message, [refusal.Notice]);
        }
        return new AccessDecision("unauthenticated", "The API key is unknown.", []);
    }

    private static bool Reads(string scope) => Access.PermissionOf(scope) is { } permission && Access.Reads(permission);

    /// <summary>Whether the address is one of those from which the key may be used.</summary>
    public static bool IsAtHome(KnownKey key, IPAddress? address) =>
        key.AllowedAddresses.Count == 0 || (address is not null && key.AllowedAddresses.Any(range => range.Contains(address)));
}
