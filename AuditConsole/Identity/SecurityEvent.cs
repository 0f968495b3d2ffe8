using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuditConsole.Identity;

/// <summary>A line of the service's own security log: kept 12 months, also written to standard output.</summary>
public sealed class SecurityEvent
{
    /// <summary>In order of writing.</summary>
    public long Id { get; set; }

    /// <summary>When.</summary>
    public DateTimeOffset At { get; set; }

    /// <summary>What: <c>sign_in</c>, <c>sign_in_failed</c>, <c>sign_out</c>, <c>download</c>, <c>denied</c> …</summary>
    public required string Kind { get; set; }

    /// <summary>The person or key, if known.</summary>
    public string? Subject { get; set; }

    /// <summary>The tenant, if one was meant.</summary>
    public int? TenantNumber { get; set; }

    /// <summary>The client's address.</summary>
    public string? Ip { get; set; }

    /// <summary>The client's own name for itself.</summary>
    public string? UserAgent { get; set; }

    /// <summary>What else is worth knowing; never a secret.</summary>
    public string? Detail { get; set; }

    private sealed class Configuration : IEntityTypeConfiguration<SecurityEvent>
    {
        public void Configure(EntityTypeBuilder<SecurityEvent> builder)
        {
            builder.ToTable("security_event");
            builder.HasIndex(line => line.At);
        }
    }
}
