using AuditConsole.Tenants;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuditConsole.Checkpoints;

/// <summary>How far a tenant's checkpoints were published to one place.</summary>
public sealed class CheckpointPublication
{
    /// <summary>The tenant.</summary>
    public int TenantNumber { get; set; }

    /// <summary>Where to: <c>directory</c> or <c>url</c>.</summary>
    public required string Target { get; set; }

    /// <summary>The size of the newest checkpoint that is there.</summary>
    public long Size { get; set; }

    /// <summary>Since when.</summary>
    public DateTimeOffset PublishedAt { get; set; }

    /// <summary>The tenant.</summary>
    public Tenant? Tenant { get; set; }

    private sealed class Configuration : IEntityTypeConfiguration<CheckpointPublication>
    {
        public void Configure(EntityTypeBuilder<CheckpointPublication> builder)
        {
            builder.ToTable("checkpoint_publication");
            builder.HasKey(publication => new { publication.TenantNumber, publication.Target });
            builder.HasOne(publication => publication.Tenant).WithMany().HasForeignKey(publication => publication.TenantNumber);
        }
    }
}
