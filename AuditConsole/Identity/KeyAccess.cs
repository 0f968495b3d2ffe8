namespace AuditConsole.Identity;

/// <summary>A key that asks for something, as it is true at this request.</summary>
/// <param name="Id"><c>key_…</c>.</param>
/// <param name="Name">For people.</param>
/// <param name="Scopes">What it was made for, as <c>events:read</c>.</param>
/// <param name="Tenant">Its account, and how that lets keys in.</param>
/// <param name="MadeByConsole">Whether it was made on the command line: then it has no maker whose role limits it.</param>
/// <param name="MakerRole">The maker's role now; null where the membership has ended.</param>
/// <param name="IsAtHome">Whether it is used from an address that it allows.</param>
public sealed record KeyCaller(
    string Id, string Name, IReadOnlyList<string> Scopes, Tenants.TenantSettings Tenant, bool MadeByConsole, Role? MakerRole, bool IsAtHome);

/// <summary>Whether a key may, and if not, why.</summary>
/// <param name="Code">The error's code; null where it may.</param>
/// <param name="Message">What was refused.</param>
/// <param name="Notices">Which policies decided and who can change it, each a sentence.</param>
public sealed record AccessDecision(string? Code, string Message, IReadOnlyList<string> Notices)
{
    /// <summary>It may.</summary>
    public static AccessDecision Allowed { get; } = new(null, "", []);

    /// <summary>Whether it may.</summary>
    public bool IsAllowed => Code is null;

    /// <summary>The status of the refusal.</summary>
    public int Status { get; init; } = StatusCodes.Status403Forbidden;
}

// What the table says to keys.
public static partial class Access
{
    /// <summary>Scopes that keys can have, in the order in which they are offered.</summary>
    public static IReadOnlyList<string> Scopes { get; } =
        [.. from permission in new[] { Permission.Append, Permission.ManageSchemas, Permission.ReadLog, Permission.Export, Permission.ManageRetention, Permission.OpenPortal, Permission.ManageStreams } select ScopeOf(permission)!];

    /// <summary>The scope by which a key may; null for what only people do.</summary>
    public static string? ScopeOf(Permission permission) => permission switch
    {
        Permission.Append => "events:write",
        Permission.ManageSchemas => "schemas:write",
        Permission.OpenPortal => "portal:write",
        Permission.ManageStreams => "streams:write",
        Permission.ReadLog => "events:read",
        Permission.Export => "exports:read",
        Permission.ManageRetention => "retention:write",
        _ => null,
    };

    /// <summary>
    /// Whether it takes entries out, or lets somebody or decides for how long: keys may only while the account lets them, and
    /// carry no more than their maker.
    /// </summary>
    public static bool Reads(Permission permission) => permission is Permission.ReadLog or Permission.Export or Permission.ManageRetention or Permission.OpenPortal or Permission.ManageStreams;

    /// <summary>What a scope lets a key do.</summary>
    public static Permission? PermissionOf(string scope) =>
        Enum.GetValues<Permission>().Where(permission => ScopeOf(permission) == scope).Cast<Permission?>().SingleOrDefault();

    /// <summary>Decides for a key: whose account, whether keys may read at all, then what this one may.</summary>
    /// <param name="key">The key.</param>
    /// <param name="permission">What it asks for.</param>
    /// <param name="tenantAsked">The account that the request names, as id, slug or external id; null for none.</param>
    public static AccessDecision Decide(KeyCaller key, Permission permission, string? tenantAsked)
    {
        if (tenantAsked is not null && !key.Tenant.IsCalled(tenantAsked))
        {
            return new("tenant_mismatch", "The API key belongs to another tenant than X-Tenant-ID names.",
                ["A key opens the account it was made in, and no other.", $"Send that account's id in X-Tenant-ID, or use a key of the account that you mean."]);
        }
        if (Reads(permission) && !key.Tenant.ProgrammaticReading)
        {
            return new("session_required", "Reading needs a signed-in session; API keys can't read this account's log.",
                ["Programmatic reading is off for this account, as it is until an Admin turns it on.",
                 "An Admin can turn it on under Settings in the console; that is recorded in the log. Until then, open the console in a browser and sign in."]);
        }
        return Forbid(key, permission);
    }

    private static AccessDecision Forbid(KeyCaller key, Permission permission)
    {
        if (DecideEarly(key.Scopes, permission, key.IsAtHome) is { IsAllowed: false } refused)
        {
            return refused;
        }
        if (Reads(permission) && !key.MadeByConsole && key.MakerRole?.Allows(permission) != true)
        {
            return new("forbidden", $"That needs the role {Least(permission)}; the member who made the API key is {key.MakerRole?.ToString() ?? "none any more"}.",
                ["A reading key carries no more than the person who made it.",
                 $"An Admin can give that member the role {Least(permission)} under Members in the console, or make another key."]);
        }
        return AccessDecision.Allowed;
    }

    /// <summary>Decides what doesn't depend on the account: for a key that serves all of them, before it is known which is meant.</summary>
    /// <param name="scopes">What the key was made for.</param>
    /// <param name="permission">What it asks for.</param>
    /// <param name="isAtHome">Whether it is used from an address that it allows.</param>
    public static AccessDecision DecideEarly(IReadOnlyList<string> scopes, Permission permission, bool isAtHome)
    {
        var scope = ScopeOf(permission);
        if (!isAtHome)
        {
            return new("forbidden", "The API key may not be used from this address.",
                ["The key has a list of addresses from which it may be used.", "An Admin can change it by rotating the key under API keys in the console."]);
        }
        if (scope is null)
        {
            return new("forbidden", "API keys can't do that.", [$"It takes a signed-in person with the role {Least(permission)}."]);
        }
        return scopes.Contains(scope)
            ? AccessDecision.Allowed
            : new("forbidden", $"The API key lacks the scope {scope}.",
                [$"This key has: {string.Join(", ", scopes)}.", $"An Admin can make a key with {scope} in the console, under API keys."]);
    }
}
