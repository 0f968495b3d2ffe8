using AuditConsole.Core;
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

    /// <summary>The place up to which everything held.</summary>
    /// <returns>Null where nothing was verified yet, or what is stored of it is no such place.</returns>
    internal VerifiedPoint? Verified
    {
        get => VerifiedAt is null && Size == 0 ? null : PointOf(Size, Hash, Frontier);
        set => (Size, Hash, Frontier) = value is null ? (0, new byte[32], []) : (value.Head.Size, value.Head.Hash.ToArray(), value.Frontier.ToArray());
    }

    /// <summary>The place where the walk over what was verified before stands; null between two.</summary>
    internal VerifiedPoint? Walk
    {
        get => WalkStartedAt is null ? null : PointOf(WalkSize, WalkHash, WalkFrontier);
        set => (WalkSize, WalkHash, WalkFrontier) = value is null ? (0, new byte[32], []) : (value.Head.Size, value.Head.Hash.ToArray(), value.Frontier.ToArray());
    }

    private static VerifiedPoint? PointOf(long size, byte[] hash, byte[] frontier)
    {
        try
        {
            return new VerifiedPoint(new ChainHead(size, new EntryHash(hash)), MerkleFrontier.Read(size, frontier));
        }
        catch (ArgumentException)
        {
            // Somebody changed it: everything is verified from the beginning.
            return null;
        }
    }

    private sealed class Configuration : IEntityTypeConfiguration<VerificationState>
    {
        public void Configure(EntityTypeBuilder<VerificationState> builder)
        {
            builder.ToTable("verification");
            builder.HasKey(state => state.TenantNumber);
            builder.Property(state => state.TenantNumber).ValueGeneratedNever();
            builder.Ignore(state => state.Verified);
            builder.Ignore(state => state.Walk);
            builder.HasOne(state => state.Tenant).WithOne().HasForeignKey<VerificationState>(state => state.TenantNumber);
        }
    }
}
