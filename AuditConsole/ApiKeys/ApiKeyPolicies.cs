using AuditConsole.Identity;
using Microsoft.AspNetCore.Authorization;

namespace AuditConsole.ApiKeys;

/// <summary>The authentication scheme of API keys and the authorization policies of its routes.</summary>
public static class ApiKeyPolicies
{
    /// <summary>The authentication scheme: <c>Authorization: Bearer</c> or <c>X-API-Key</c>.</summary>
    public const string Scheme = "ApiKey";

    /// <summary>The policy of routes that append: a key with <see cref="EventsWriteScope"/>.</summary>
    public const string WriteEvents = "api-key:events:write";

    /// <summary>The policy of routes that read by key: refused with <c>session_required</c> while programmatic reading is off.</summary>
    public const string ReadByKey = "api-key:events:read";

    /// <summary>The scope of producers.</summary>
    public const string EventsWriteScope = "events:write";

    /// <summary>The scope of producers that register the schemas of their events.</summary>
    public const string SchemasWriteScope = "schemas:write";

    /// <summary>The scope of readers of pages.</summary>
    public const string EventsReadScope = "events:read";

    /// <summary>The scope of readers of whole files.</summary>
    public const string ExportsReadScope = "exports:read";

    /// <summary>The scope of programs that set how long entries live.</summary>
    public const string RetentionWriteScope = "retention:write";

    /// <summary>The scope of programs that make portal links.</summary>
    public const string PortalWriteScope = "portal:write";

    /// <summary>The scope of programs that set up streams.</summary>
    public const string StreamsWriteScope = "streams:write";

    /// <summary>The claim with the key's id, <c>key_…</c>.</summary>
    public const string KeyIdClaim = "key_id";

    /// <summary>The claim with the tenant's number in the store.</summary>
    public const string TenantClaim = "tenant";

    /// <summary>The claim with the tenant's UUID.</summary>
    public const string TenantIdClaim = "tenant_id";

    /// <summary>The request header that names the account, as a check that the key is the one that is meant.</summary>
    public const string TenantHeader = "X-Tenant-ID";

    /// <summary>Routes for keys alone, of which each request asks for a permission.</summary>
    public static AuthorizationPolicyBuilder AddKeys(this AuthorizationPolicyBuilder policy, Func<HttpContext, Permission> permission) =>
        policy.AddAuthenticationSchemes(Scheme).RequireAuthenticatedUser().AddRequirements(new KeyRequirement(permission));

    /// <summary>Routes for keys alone that name the account in their path or body, so that a key for all of them works.</summary>
    public static AuthorizationPolicyBuilder AddKeysOfAnyTenant(this AuthorizationPolicyBuilder policy, Permission permission) =>
        policy.AddAuthenticationSchemes(Scheme).RequireAuthenticatedUser().AddRequirements(new KeyRequirement(_ => permission, namesTenantLater: true));
}

/// <summary>What a request by key asks for; <see cref="Access"/> decides.</summary>
/// <param name="permission">What it asks for.</param>
/// <param name="namesTenantLater">Whether the route itself finds out whom a key for all tenants means, and asks <see cref="Access"/> then.</param>
internal sealed class KeyRequirement(Func<HttpContext, Permission> permission, bool namesTenantLater = false) : IAuthorizationRequirement
{
    public bool NamesTenantLater => namesTenantLater;

    public Permission PermissionOf(HttpContext context) => permission(context);

    internal sealed class Handler : AuthorizationHandler<KeyRequirement>
    {
        protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, KeyRequirement requirement)
        {
            if (context.Resource is not HttpContext http)
            {
                return Task.CompletedTask;
            }
            if (http.Features.Get<KeyCaller>() is { } key)
            {
                Answer(Access.Decide(key, requirement.PermissionOf(http), TenantAsked(http.Request)));
            }
            else if (http.Features.Get<KnownKey>() is { } open)
            {
                Answer(TenantAsked(http.Request) is not null ? NoSuchTenant
                    : requirement.NamesTenantLater ? Access.DecideEarly(open.Scopes, requirement.PermissionOf(http), KeyCallers.IsAtHome(open, http.Connection.RemoteIpAddress))
                    : NoTenant);
            }
            return Task.CompletedTask;

            void Answer(AccessDecision decision)
            {
                http.Features.Set(decision);
                if (decision.IsAllowed)
                {
                    context.Succeed(requirement);
                }
            }
        }

        private static readonly AccessDecision NoSuchTenant = new("tenant_mismatch", "There is no tenant of the name in X-Tenant-ID.",
            ["This key serves all tenants; the header names one by its id, slug or external id."]);

        private static readonly AccessDecision NoTenant = new("invalid_header", $"The header {ApiKeyPolicies.TenantHeader} is missing.",
            ["This key serves all tenants, so each request says which one is meant: by its id, slug or external id."])
        { Status = StatusCodes.Status400BadRequest };
    }

    /// <summary>The account that the request names; null for none.</summary>
    internal static string? TenantAsked(HttpRequest request) =>
        request.Headers[ApiKeyPolicies.TenantHeader].ToString().Trim() is { Length: > 0 } named ? named : null;
}
