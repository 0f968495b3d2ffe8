using AuditConsole.Tenants;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuditConsole.Checkpoints;

/// <summary>A signed checkpoint of a tenant. What counts is the note; the columns beside it are there to find it.</summary>
public sealed class StoredCheckpoint
{
    /// <summary>The tenant.</summary>
    public int TenantNumber { get; set; }

    /// <summary>How many entries it covers: the sequence of the newest.</summary>
    public long Size { get; set; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset Time { get; set; }

    /// <summary>The id of the key that signed it, eight hexadecimal digits.</summary>
    public required string KeyId { get; set; }

    /// <summary>The signed note.</summary>
    public required string Note { get; set; }

    /// <summary>The tenant.</summary>
    public Tenant? Tenant { get; set; }

    private sealed class Configuration : IEntityTypeConfiguration<StoredCheckpoint>
    {
        public void Configure(EntityTypeBuilder<StoredCheckpoint> builder)
        {
            builder.ToTable("checkpoint");
            builder.HasKey(checkpoint => new { checkpoint.TenantNumber, checkpoint.Size });
            builder.HasOne(checkpoint => checkpoint.Tenant).WithMany().HasForeignKey(checkpoint => checkpoint.TenantNumber);
        }
    }
}
