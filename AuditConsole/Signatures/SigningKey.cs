using AuditConsole.Tenants;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuditConsole.Signatures;

/// <summary>A producer's public key. A revoked one stays: it verifies what was signed before.</summary>
public sealed class SigningKey
{
    /// <summary><c>sgk_…</c>, the <c>key_id</c> of signatures.</summary>
    public required string Id { get; set; }

    /// <summary>The tenant that it belongs to.</summary>
    public int TenantNumber { get; set; }

    /// <summary>The tenant that it belongs to.</summary>
    public Tenant? Tenant { get; set; }

    /// <summary>For people.</summary>
    public required string Name { get; set; }

    /// <summary>The SubjectPublicKeyInfo (RFC 5480) of a P-256 key, DER.</summary>
    public required byte[] PublicKey { get; set; }

    /// <summary>When it was registered.</summary>
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>Who did: a user's id, or <c>console</c>.</summary>
    public required string CreatedBy { get; set; }

    /// <summary>When it was revoked.</summary>
    public DateTimeOffset? RevokedAt { get; set; }

    /// <summary>Who revoked it.</summary>
    public string? RevokedBy { get; set; }

    private sealed class Configuration : IEntityTypeConfiguration<SigningKey>
    {
        public void Configure(EntityTypeBuilder<SigningKey> builder)
        {
            builder.ToTable("signing_key");
            builder.HasOne(key => key.Tenant).WithMany().HasForeignKey(key => key.TenantNumber);
            builder.HasIndex(key => new { key.TenantNumber, key.PublicKey }).IsUnique();
        }
    }
}

/// <summary>Whether a tenant takes signed entries alone. Without a row it takes both.</summary>
public sealed class SigningPolicy
{
    /// <summary>The tenant's number.</summary>
    public int TenantNumber { get; set; }

    /// <summary>Whether unsigned entries are refused.</summary>
    public bool RequiresSignatures { get; set; }

    private sealed class Configuration : IEntityTypeConfiguration<SigningPolicy>
    {
        public void Configure(EntityTypeBuilder<SigningPolicy> builder)
        {
            builder.ToTable("signing_policy");
            builder.HasKey(policy => policy.TenantNumber);
            builder.Property(policy => policy.TenantNumber).ValueGeneratedNever();
        }
    }
}
