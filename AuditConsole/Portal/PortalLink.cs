using AuditConsole.Tenants;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuditConsole.Portal;

/// <summary>A link that lets somebody without an account read a tenant's log for an hour.</summary>
public sealed class PortalLink
{
    /// <summary><c>prt_…</c>: the subject of the session that it opens.</summary>
    public required string Id { get; set; }

    /// <summary>The tenant whose log it opens.</summary>
    public int TenantNumber { get; set; }

    /// <summary>The tenant whose log it opens.</summary>
    public Tenant? Tenant { get; set; }

    /// <summary>SHA-256 of the secret in the link; it has 256 random bits, so nothing slower is needed.</summary>
    public required byte[] Hash { get; set; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>By which key: <c>key:…</c>.</summary>
    public required string CreatedBy { get; set; }

    /// <summary>Until when it can be used.</summary>
    public DateTimeOffset ExpiresAt { get; set; }

    /// <summary>When it was used.</summary>
    public DateTimeOffset? UsedAt { get; set; }

    /// <summary>When the session ends that it opened.</summary>
    public DateTimeOffset? SessionUntil { get; set; }

    /// <summary>Where the portal leads back to.</summary>
    public string? ReturnUrl { get; set; }

    private sealed class Configuration : IEntityTypeConfiguration<PortalLink>
    {
        public void Configure(EntityTypeBuilder<PortalLink> builder)
        {
            builder.ToTable("portal_link");
            builder.HasKey(link => link.Id);
            builder.HasOne(link => link.Tenant).WithMany().HasForeignKey(link => link.TenantNumber);
            builder.HasIndex(link => link.Hash).IsUnique();
        }
    }
}

/// <summary>The session of somebody who came by a portal link.</summary>
/// <param name="ReturnUrl">Where it leads back to; null for nowhere.</param>
/// <param name="Until">When it ends.</param>
public sealed record PortalSession(string? ReturnUrl, DateTimeOffset Until)
{
    /// <summary>What the ids of portal links begin with.</summary>
    public const string IdPrefix = "prt_";

    /// <summary>What such a person is called.</summary>
    public const string Name = "Portal link";

    /// <summary>Whether an id is a portal link's, not a person's.</summary>
    public static bool IsOne(string? userId) => userId?.StartsWith(IdPrefix, StringComparison.Ordinal) == true;

    /// <summary>Whether a page or route belongs to the portal. Everything else is refused, whatever a role would allow.</summary>
    public static bool Opens(PathString path) =>
        path == "/" || path == "/audit-log" || path == "/audit-log/export" || path == "/sign-out" || path == "/not-found"
        || path.StartsWithSegments("/_blazor") || path.StartsWithSegments("/_framework") || path.StartsWithSegments("/portal");
}
