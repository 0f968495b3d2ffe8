using AuditConsole.ApiKeys;
using AuditConsole.Identity;
using AuditConsole.Tenants;

namespace AuditConsole.WorkOS;

/// <summary>Tells which tenant a request means by an organization, and whether its key may there.</summary>
internal sealed class Organizations(TenantSettingsService tenants, KeyCallers callers, SecurityLog log)
{
    /// <summary>The key within that organization, or the answer that refuses it: 404 where it isn't one of the key's tenants, 403 where the key may not.</summary>
    /// <param name="context">The request; its key was let in by its scope.</param>
    /// <param name="organization">The tenant's external id (<c>org_…</c>) or UUID.</param>
    /// <param name="permission">What is to be done.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<(KeyCaller? Caller, IResult? Refusal)> EnterAsync(
        HttpContext context, string organization, Permission permission, CancellationToken cancellationToken)
    {
        // The key's own tenant, or the one that X-Tenant-ID names: the route's policy has decided there.
        var tenant = context.Features.Get<KeyCaller>()?.Tenant ?? await tenants.FindAsync(organization, cancellationToken);
        return tenant?.IsOrganization(organization) == true
            ? await EnterAsync(context, tenant.Tenant, permission, cancellationToken)
            : (null, WorkOSError.OrganizationNotFound(organization));
    }

    /// <summary>The key within a tenant, or the answer that refuses it; neither where the tenant isn't one of the key's.</summary>
    /// <param name="context">The request; its key was let in by its scope.</param>
    /// <param name="number">The tenant's number in the store.</param>
    /// <param name="permission">What is to be done.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<(KeyCaller? Caller, IResult? Refusal)> EnterAsync(
        HttpContext context, int number, Permission permission, CancellationToken cancellationToken)
    {
        if (context.Features.Get<KeyCaller>() is { } home)
        {
            return home.Tenant.Tenant == number ? (home, null) : (null, null);
        }
        var key = context.Features.Get<KnownKey>() ?? throw new InvalidOperationException("This route is for keys alone.");
        return await EnterAsync(context, key, number, permission, cancellationToken);
    }

    /// <summary>A key within a tenant that it serves, or the answer that refuses it, as it is true now.</summary>
    /// <param name="context">The request, from whose address the key is used.</param>
    /// <param name="key">The key.</param>
    /// <param name="number">The tenant's number in the store.</param>
    /// <param name="permission">What is to be done.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<(KeyCaller? Caller, IResult? Refusal)> EnterAsync(
        HttpContext context, KnownKey key, int number, Permission permission, CancellationToken cancellationToken)
    {
        var (caller, refusal) = await callers.OfAsync(key, number, context.Connection.RemoteIpAddress, cancellationToken);
        if (caller is null)
        {
            return (null, WorkOSError.Result(401, "unauthenticated", $"{refusal!.Message} {refusal.Notice}"));
        }
        var decision = Access.Decide(caller, permission, null);
        if (decision.IsAllowed)
        {
            return (caller, null);
        }
        log.Write(SecurityEventKinds.KeyDenied, key.Id, number, Client.Of(context), $"{decision.Code} {context.Request.Path}");
        return (null, Api.ApiError.Result(decision.Status, decision.Code!, decision.Message, notices: decision.Notices));
    }
}
