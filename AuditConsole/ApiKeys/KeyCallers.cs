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

    /// <summary>The caller behind a key that was found, or why there is none.</summary>
    public async Task<(KeyCaller? Caller, Refusal? Refusal)> OfAsync(KnownKey key, IPAddress? address, CancellationToken cancellationToken)
    {
        if (key.RevokedAt is { } revoked)
        {
            return (null, new("revoked", $"The API key was revoked on {revoked:yyyy-MM-dd}.", "Ask an Admin for a new one."));
        }
        if (key.ExpiresAt is { } end && end <= clock.GetUtcNow())
        {
            return (null, new("expired", $"The API key expired on {end:yyyy-MM-dd}.", "Ask an Admin for a new one."));
        }
        var byConsole = key.CreatedBy == Acting.Console.Subject;
        Role? role = null;
        if (!byConsole && key.Scopes.Any(Reads))
        {
            var memberships = await members.ListAsync(key.CreatedBy, cancellationToken);
            role = memberships.FirstOrDefault(member => member.Tenant == key.Tenant)?.Role;
            if (role is null && key.Scopes.All(Reads))
            {
                return (null, new("maker_gone", "The member who made the API key has left the account, and reading keys end with that.", "Ask an Admin for a new one."));
            }
        }
        var tenant = await settings.OfAsync(key.Tenant, cancellationToken);
        return (new KeyCaller(key.Id, key.Name, key.Scopes, tenant, byConsole, role, IsAtHome(key, address)), null);
    }

    /// <summary>Whether a caller may still do what it was let in for: asked again after a wait.</summary>
    public async Task<AccessDecision> DecideAgainAsync(KeyCaller caller, Permission permission, IPAddress? address, CancellationToken cancellationToken)
    {
        if (await keys.FindByIdAsync(caller.Id, cancellationToken) is { } key)
        {
            var (now, refusal) = await OfAsync(key, address, cancellationToken);
            return now is not null
                ? Access.Decide(now, permission, null)
                : new AccessDecision("unauthenticated", refusal!.Message, [refusal.Notice]);
        }
        return new AccessDecision("unauthenticated", "The API key is unknown.", []);
    }

    private static bool Reads(string scope) => Access.PermissionOf(scope) is { } permission && Access.Reads(permission);

    private static bool IsAtHome(KnownKey key, IPAddress? address) =>
        key.AllowedAddresses.Count == 0 || (address is not null && key.AllowedAddresses.Any(range => range.Contains(address)));
}
