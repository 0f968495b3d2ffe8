using System.Security.Claims;
using AuditConsole.Identity;
using AuditConsole.Query;
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

    /// <summary>What it opens.</summary>
    public PortalIntent Intent { get; set; }

    /// <summary>Where the portal leads back to.</summary>
    public string? ReturnUrl { get; set; }

    /// <summary>Where it leads once a stream is set up.</summary>
    public string? SuccessUrl { get; set; }

    private sealed class Configuration : IEntityTypeConfiguration<PortalLink>
    {
        public void Configure(EntityTypeBuilder<PortalLink> builder)
        {
            builder.ToTable("portal_link");
            builder.HasKey(link => link.Id);
            builder.HasOne(link => link.Tenant).WithMany().HasForeignKey(link => link.TenantNumber);
            builder.HasIndex(link => link.Hash).IsUnique();
            builder.Property(link => link.Intent).HasConversion<string>().HasDefaultValue(PortalIntent.AuditLogs);
        }
    }
}

/// <summary>What a portal link opens.</summary>
public enum PortalIntent
{
    /// <summary>The log, to be read and exported.</summary>
    AuditLogs,

    /// <summary>One stream of the tenant's own, to be set up and watched; not the log.</summary>
    LogStreams,
}

/// <summary>The session of somebody who came by a portal link.</summary>
/// <param name="Intent">What it opens.</param>
/// <param name="ReturnUrl">Where it leads back to; null for nowhere.</param>
/// <param name="SuccessUrl">Where it leads once a stream is set up; null for nowhere.</param>
/// <param name="Until">When it ends.</param>
public sealed record PortalSession(PortalIntent Intent, string? ReturnUrl, string? SuccessUrl, DateTimeOffset Until)
{
    /// <summary>The claim of a session that says what it opens.</summary>
    public const string IntentClaim = "portal_intent";

    /// <summary>What the ids of portal links begin with.</summary>
    public const string IdPrefix = "prt_";

    /// <summary>What such a person is called.</summary>
    public const string Name = "Portal link";

    /// <summary>Whether an id is a portal link's, not a person's.</summary>
    public static bool IsOne(string? userId) => userId?.StartsWith(IdPrefix, StringComparison.Ordinal) == true;

    /// <summary>What such a session may, whatever its role would allow.</summary>
    public bool Allows(Permission permission) => Intent switch
    {
        PortalIntent.AuditLogs => permission is Permission.ReadLog or Permission.Export,
        PortalIntent.LogStreams => permission is Permission.ManageStreams,
        _ => false,
    };

    /// <summary>What a session opens; null where it is none of a portal link.</summary>
    public static PortalIntent? IntentOf(ClaimsPrincipal session) =>
        Enum.TryParse<PortalIntent>(session.FindFirst(IntentClaim)?.Value, out var intent) ? intent : null;

    /// <summary>Where a session begins.</summary>
    public static string StartOf(PortalIntent intent) => intent == PortalIntent.LogStreams ? ConsoleUrls.StreamsPath : ConsoleUrls.AuditLogPath;

    /// <summary>Whether a page or route belongs to what the link opens. Everything else is refused.</summary>
    public static bool Opens(PortalIntent? intent, PathString path) =>
        path == "/" || path == "/sign-out" || path == "/not-found"
        || path.StartsWithSegments("/_blazor") || path.StartsWithSegments("/_framework") || path.StartsWithSegments("/portal")
        || intent switch
        {
            PortalIntent.AuditLogs => path == "/audit-log" || path == "/audit-log/export",
            PortalIntent.LogStreams => path.StartsWithSegments("/streams"),
            _ => false,
        };
}
