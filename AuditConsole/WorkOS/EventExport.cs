using AuditConsole.Tenants;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuditConsole.WorkOS;

/// <summary>How far an export is.</summary>
public enum ExportState
{
    /// <summary>It was asked for.</summary>
    Pending,

    /// <summary>It can be downloaded.</summary>
    Ready,

    /// <summary>The log could not be read.</summary>
    Error,
}

/// <summary>
/// An export that a program asked for: what it selects, and up to which entry. The file itself is never stored: each
/// download streams it from the log, so that what was withheld or has expired since is in none.
/// </summary>
public sealed class EventExport
{
    /// <summary>How long after it was asked for it can be downloaded.</summary>
    public static readonly TimeSpan Downloadable = TimeSpan.FromDays(7);

    /// <summary>How long it is kept, as expired in the end.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    /// <summary><c>audit_log_export_…</c>.</summary>
    public required string Id { get; set; }

    /// <summary>Whose log.</summary>
    public int TenantNumber { get; set; }

    /// <summary>The tenant.</summary>
    public Tenant? Tenant { get; set; }

    /// <summary>The API key that asked for it.</summary>
    public required string KeyId { get; set; }

    /// <summary>The first instant.</summary>
    public DateTimeOffset From { get; set; }

    /// <summary>The first instant that isn't meant any more.</summary>
    public DateTimeOffset Until { get; set; }

    /// <summary>What else it selects: an <see cref="EventSelection"/> as JSON.</summary>
    public required string Selection { get; set; }

    /// <summary>The newest sequence that counts.</summary>
    public long Snapshot { get; set; }

    /// <summary>How far it is.</summary>
    public ExportState State { get; set; }

    /// <summary>When it was asked for.</summary>
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>When its state last changed.</summary>
    public DateTimeOffset UpdatedAt { get; set; }

    private sealed class Configuration : IEntityTypeConfiguration<EventExport>
    {
        public void Configure(EntityTypeBuilder<EventExport> builder)
        {
            builder.ToTable("workos_export");
            builder.HasKey(export => export.Id);
            builder.HasIndex(export => export.CreatedAt);
            builder.HasOne(export => export.Tenant).WithMany().HasForeignKey(export => export.TenantNumber);
        }
    }
}
