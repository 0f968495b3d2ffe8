using AuditConsole.Tenants;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuditConsole.ApiKeys;

/// <summary>A program's key. Only its SHA-256 is stored.</summary>
public sealed class ApiKey
{
    /// <summary><c>key_…</c>.</summary>
    public required string Id { get; set; }

    /// <summary>The tenant that it belongs to; null for a key that serves all tenants, which the command line alone makes.</summary>
    public int? TenantNumber { get; set; }

    /// <summary>The tenant that it belongs to.</summary>
    public Tenant? Tenant { get; set; }

    /// <summary>For people; may change.</summary>
    public required string Name { get; set; }

    /// <summary>The name at creation: how the log knows the key, whatever it is called later.</summary>
    public required string Slug { get; set; }

    /// <summary>SHA-256 of the key's text.</summary>
    public required byte[] Hash { get; set; }

    /// <summary>The last four characters of the secret part, to tell keys apart.</summary>
    public required string Hint { get; set; }

    /// <summary>Separated by spaces, as <c>events:write</c>.</summary>
    public required string Scopes { get; set; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>Who made it: a user's id, or <c>console</c>.</summary>
    public required string CreatedBy { get; set; }

    /// <summary>When it ends by itself.</summary>
    public DateTimeOffset? ExpiresAt { get; set; }

    /// <summary>When it was last used, to the minute.</summary>
    public DateTimeOffset? LastUsedAt { get; set; }

    /// <summary>When it was revoked.</summary>
    public DateTimeOffset? RevokedAt { get; set; }

    /// <summary>Who revoked it.</summary>
    public string? RevokedBy { get; set; }

    /// <summary>From where it may be used: addresses and networks, separated by spaces; null for anywhere.</summary>
    public string? AllowedAddresses { get; set; }

    /// <summary>The key that takes its place; it then expires soon.</summary>
    public string? ReplacedBy { get; set; }

    private sealed class Configuration : IEntityTypeConfiguration<ApiKey>
    {
        public void Configure(EntityTypeBuilder<ApiKey> builder)
        {
            builder.ToTable("api_key");
            builder.HasOne(key => key.Tenant).WithMany().HasForeignKey(key => key.TenantNumber);
            builder.HasIndex(key => key.Hash).IsUnique();
        }
    }
}
