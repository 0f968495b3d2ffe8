using AuditConsole.Portal;

namespace AuditConsole.Identity;

/// <summary>What an act needs.</summary>
public enum Permission
{
    /// <summary>Read the log and its entities in the console.</summary>
    ReadLog,

    /// <summary>Download entries.</summary>
    Export,

    /// <summary>Have the whole log verified now, and download checkpoints and their key from the console.</summary>
    VerifyLog,

    /// <summary>Make, rename and revoke keys.</summary>
    ManageKeys,

    /// <summary>Add and remove people and set their roles.</summary>
    ManageMembers,

    /// <summary>Let keys read, set rate limits, have reads recorded.</summary>
    ManageSettings,

    /// <summary>Append entries, which programs do by their key.</summary>
    Append,

    /// <summary>Say what must not enter the log.</summary>
    ManageRedaction,

    /// <summary>Read and destroy what rules sealed.</summary>
    OpenSealed,

    /// <summary>Register and revoke the keys that producers sign with.</summary>
    ManageSigningKeys,

    /// <summary>Destroy the details of entries.</summary>
    Withhold,

    /// <summary>See which entries are under a legal hold, and why.</summary>
    ViewHolds,

    /// <summary>Place and lift legal holds.</summary>
    ManageHolds,

    /// <summary>See what the next purge would delete.</summary>
    ManageRetention,

    /// <summary>Make links by which somebody without an account reads the log, which programs do by their key.</summary>
    OpenPortal,

    /// <summary>Register the schemas of events, and say where they are required.</summary>
    ManageSchemas,

    /// <summary>Say where the log is delivered to.</summary>
    ManageStreams,

    /// <summary>See what is exported by itself and every run of it, and download what is kept ready.</summary>
    ViewScheduledExports,

    /// <summary>Say what is exported by itself, and where to.</summary>
    ManageScheduledExports,
}

/// <summary>The one table that decides for pages, circuits and routes.</summary>
public static partial class Access
{
    /// <summary>The least role that may.</summary>
    public static Role Least(Permission permission) => permission switch
    {
        Permission.ReadLog => Role.Viewer,
        Permission.Export or Permission.VerifyLog or Permission.ViewHolds or Permission.ViewScheduledExports => Role.Auditor,
        Permission.ManageKeys or Permission.ManageMembers or Permission.ManageSettings => Role.Admin,
        Permission.ManageRedaction or Permission.OpenSealed or Permission.ManageSigningKeys => Role.Admin,
        Permission.Withhold or Permission.ManageHolds or Permission.ManageRetention or Permission.ManageSchemas => Role.Admin,
        Permission.OpenPortal or Permission.ManageStreams or Permission.ManageScheduledExports => Role.Admin,
        _ => throw new ArgumentOutOfRangeException(nameof(permission)),
    };

    /// <summary>Whether the role may.</summary>
    public static bool Allows(this Role role, Permission permission) => role >= Least(permission);
}

/// <summary>A signed-in person in one tenant, as it was true when it was asked.</summary>
/// <param name="UserId"><c>usr_…</c>.</param>
/// <param name="Email">For people to read.</param>
/// <param name="Tenant">The tenant's number in the store.</param>
/// <param name="TenantId">The tenant's UUID.</param>
/// <param name="TenantSlug">The tenant's name in URLs.</param>
/// <param name="TenantName">For people to read.</param>
/// <param name="Role">The role in this tenant.</param>
public sealed record Member(string UserId, string Email, int Tenant, Guid TenantId, string TenantSlug, string TenantName, Role Role)
{
    /// <summary>Set for somebody who came by a portal link: then what it opens is all there is.</summary>
    public PortalSession? Portal { get; init; }

    /// <summary>Whether the role allows it.</summary>
    public bool May(Permission permission) => Portal?.Allows(permission) ?? Role.Allows(permission);
}

/// <summary>
/// Asks the store, at every call, who somebody is now: a page that stays open, a circuit or a form can't use a role
/// that was taken away. Answers come from a cache that every change empties, since one process alone writes.
/// </summary>
public interface IMemberDirectory
{
    /// <summary>The person's tenants, by name.</summary>
    Task<IReadOnlyList<Member>> ListAsync(string userId, CancellationToken cancellationToken);

    /// <summary>The person in a tenant, if a member with that permission.</summary>
    /// <param name="userId">The signed-in person.</param>
    /// <param name="tenantSlug">The tenant that is meant; null for the first by name.</param>
    /// <param name="permission">What is to be done.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="AccessDeniedException">Not a member, or not in that role. Another's tenant answers as one that doesn't exist.</exception>
    Task<Member> RequireAsync(string userId, string? tenantSlug, Permission permission, CancellationToken cancellationToken);
}

/// <summary>The person is no member of the tenant, or the role doesn't allow it.</summary>
/// <param name="permission">What was to be done.</param>
/// <param name="role">The person's role in the tenant; null for none.</param>
public sealed class AccessDeniedException(Permission permission, Role? role) : Exception(
    role is null ? "There is no such account, or you are not a member of it." : $"That needs the role {Access.Least(permission)}; yours is {role}.")
{
    /// <summary>What was to be done.</summary>
    public Permission Permission { get; } = permission;

    /// <summary>The person's role in the tenant; null for none.</summary>
    public Role? Role { get; } = role;
}
