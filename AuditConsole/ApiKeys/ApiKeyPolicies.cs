namespace AuditConsole.ApiKeys;

/// <summary>The authentication scheme of API keys and the authorization policies of its routes.</summary>
public static class ApiKeyPolicies
{
    /// <summary>The authentication scheme: <c>Authorization: Bearer</c> or <c>X-API-Key</c>.</summary>
    public const string Scheme = "ApiKey";

    /// <summary>The policy of routes that append: a key with <see cref="EventsWriteScope"/>.</summary>
    public const string WriteEvents = "api-key:events:write";

    /// <summary>The policy of routes that read by key: refused with <c>session_required</c> while programmatic reading is off.</summary>
    public const string ReadByKey = "api-key:read";

    /// <summary>The scope of producers.</summary>
    public const string EventsWriteScope = "events:write";

    /// <summary>The claim with the key's id, <c>key_…</c>.</summary>
    public const string KeyIdClaim = "key_id";

    /// <summary>The claim with the tenant's number in the store.</summary>
    public const string TenantClaim = "tenant";

    /// <summary>The claim with the tenant's UUID.</summary>
    public const string TenantIdClaim = "tenant_id";

    /// <summary>One claim a scope.</summary>
    public const string ScopeClaim = "scope";
}
