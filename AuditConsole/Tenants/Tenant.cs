using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuditConsole.Tenants;

/// <summary>An account whose log this is. Never deleted: its number stands in every entry.</summary>
public sealed class Tenant
{
    /// <summary>The short key in the store.</summary>
    public int Number { get; set; }

    /// <summary>The UUID of the wire.</summary>
    public Guid Id { get; set; }

    /// <summary>The readable name in URLs, immutable: a–z, 0–9 and dashes.</summary>
    public required string Slug { get; set; }

    /// <summary>For people.</summary>
    public required string Name { get; set; }

    /// <summary>The name by which other systems know it, as <c>org_…</c>.</summary>
    public string? ExternalId { get; set; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>Its own retention in days; null for the service's.</summary>
    public int? RetentionDays { get; set; }

    /// <summary>The retention in force: <c>24 months</c> or <c>400 days</c> (Retention.RetentionPeriod).</summary>
    public required string AppliedRetention { get; set; }

    /// <summary>A shorter retention that was decided and takes effect at <see cref="PendingFrom"/>.</summary>
    public string? PendingRetention { get; set; }

    /// <summary>When <see cref="PendingRetention"/> takes effect.</summary>
    public DateTimeOffset? PendingFrom { get; set; }

    /// <summary>Whether keys may read the log; recorded in it when it changes.</summary>
    public bool ProgrammaticReading { get; set; }

    /// <summary>Its own limit of reading requests, a minute and key; null for the service's.</summary>
    public int? ReadsPerMinute { get; set; }

    /// <summary>Its own limit of appending requests, a minute and key; null for the service's.</summary>
    public int? WritesPerMinute { get; set; }

    /// <summary>Whether views and exports of the log are entries of it.</summary>
    public bool LogsReads { get; set; }

    private sealed class Configuration : IEntityTypeConfiguration<Tenant>
    {
        public void Configure(EntityTypeBuilder<Tenant> builder)
        {
            builder.ToTable("tenant");
            builder.HasKey(tenant => tenant.Number);
            builder.HasIndex(tenant => tenant.Id).IsUnique();
            builder.HasIndex(tenant => tenant.Slug).IsUnique();
            builder.HasIndex(tenant => tenant.ExternalId).IsUnique();
            builder.Property(tenant => tenant.Slug).HasMaxLength(64);
            builder.Property(tenant => tenant.Name).HasMaxLength(256);
        }
    }
}
