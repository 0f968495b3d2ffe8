using AuditConsole.Tenants;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuditConsole.Integrity;

/// <summary>How far a tenant's log was verified, so that verification goes on where it was.</summary>
public sealed class VerificationState
{
    /// <summary>The tenant.</summary>
    public int TenantNumber { get; set; }

    /// <summary>The newest entry up to which everything held.</summary>
    public long Size { get; set; }

    /// <summary>The chain hash there.</summary>
    public byte[] Hash { get; set; } = new byte[32];

    /// <summary>The Merkle frontier there (Core.MerkleFrontier).</summary>
    public byte[] Frontier { get; set; } = [];

    /// <summary>When a walk last reached it; null if none did yet.</summary>
    public DateTimeOffset? VerifiedAt { get; set; }

    /// <summary>Where the walk over what was verified before stands.</summary>
    public long WalkSize { get; set; }

    /// <summary>The chain hash there.</summary>
    public byte[] WalkHash { get; set; } = new byte[32];

    /// <summary>The Merkle frontier there.</summary>
    public byte[] WalkFrontier { get; set; } = [];

    /// <summary>When that walk began; null between two.</summary>
    public DateTimeOffset? WalkStartedAt { get; set; }

    /// <summary>How long it has worked so far, in milliseconds.</summary>
    public long WalkMilliseconds { get; set; }

    /// <summary>When a walk from the beginning last reached the end.</summary>
    public DateTimeOffset? FullAt { get; set; }

    /// <summary>The newest entry of that walk.</summary>
    public long FullSize { get; set; }

    /// <summary>How long it worked, in milliseconds.</summary>
    public long FullMilliseconds { get; set; }

    /// <summary>Who asked for it; null for the service itself.</summary>
    public string? FullBy { get; set; }

    /// <summary>The first place that didn't hold; null if everything does.</summary>
    public long? FaultSequence { get; set; }

    /// <summary>What is wrong there.</summary>
    public string? FaultReason { get; set; }

    /// <summary>When that was found.</summary>
    public DateTimeOffset? FaultFoundAt { get; set; }

    /// <summary>The tenant.</summary>
    public Tenant? Tenant { get; set; }

    private sealed class Configuration : IEntityTypeConfiguration<VerificationState>
    {
        public void Configure(EntityTypeBuilder<VerificationState> builder)
        {
            builder.ToTable("verification");
            builder.HasKey(state => state.TenantNumber);
            builder.Property(state => state.TenantNumber).ValueGeneratedNever();
            builder.HasOne(state => state.Tenant).WithOne().HasForeignKey<VerificationState>(state => state.TenantNumber);
        }
    }
}
