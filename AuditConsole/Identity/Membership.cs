using AuditConsole.Tenants;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuditConsole.Identity;

/// <summary>What a member may do; each role includes those before it.</summary>
public enum Role
{
    /// <summary>Reads the log in the console.</summary>
    Viewer = 1,

    /// <summary>Also exports.</summary>
    Auditor = 2,

    /// <summary>Also manages keys, members and settings.</summary>
    Admin = 3,
}

/// <summary>A person's one role in one tenant.</summary>
public sealed class Membership
{
    /// <summary>The tenant.</summary>
    public int TenantNumber { get; set; }

    /// <summary>The person.</summary>
    public required string UserId { get; set; }

    /// <summary>The role.</summary>
    public Role Role { get; set; }

    /// <summary>Since when.</summary>
    public DateTimeOffset AddedAt { get; set; }

    /// <summary>The tenant.</summary>
    public Tenant? Tenant { get; set; }

    /// <summary>The person.</summary>
    public User? User { get; set; }

    private sealed class Configuration : IEntityTypeConfiguration<Membership>
    {
        public void Configure(EntityTypeBuilder<Membership> builder)
        {
            builder.ToTable("membership");
            builder.HasKey(membership => new { membership.TenantNumber, membership.UserId });
            builder.HasOne(membership => membership.Tenant).WithMany().HasForeignKey(membership => membership.TenantNumber);
            builder.HasOne(membership => membership.User).WithMany().HasForeignKey(membership => membership.UserId);
            builder.HasIndex(membership => membership.UserId);
        }
    }
}
