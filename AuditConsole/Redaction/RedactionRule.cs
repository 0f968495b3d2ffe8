using AuditConsole.Tenants;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuditConsole.Redaction;

/// <summary>What becomes of what a rule finds.</summary>
public enum RuleAct
{
    /// <summary>Nothing: the rule is off.</summary>
    Off,

    /// <summary>It never enters the log.</summary>
    Redact,

    /// <summary>A commitment enters the log; the value is kept apart, encrypted, for Admins.</summary>
    Seal,
}

/// <summary>How a rule finds.</summary>
public enum RuleKind
{
    /// <summary>A known shape of secrets (<see cref="SecretShapes"/>), by its name.</summary>
    BuiltIn,

    /// <summary>A regular expression without backtracking.</summary>
    Pattern,

    /// <summary>A place in the entry (<see cref="RedactionPath"/>).</summary>
    Path,
}

/// <summary>A tenant's own rule, or its setting of a built-in one that is not as it is by default.</summary>
public sealed class RedactionRule
{
    /// <summary><c>rdr_…</c>.</summary>
    public required string Id { get; set; }

    /// <summary>The tenant whose entries it is for.</summary>
    public int TenantNumber { get; set; }

    /// <summary>The tenant whose entries it is for.</summary>
    public Tenant? Tenant { get; set; }

    /// <summary>What stands in entries: 1 to 64 of a–z, 0–9, <c>_</c> and <c>-</c>.</summary>
    public required string Name { get; set; }

    /// <summary>How it finds.</summary>
    public RuleKind Kind { get; set; }

    /// <summary>The regular expression or path; empty for a built-in rule.</summary>
    public required string Expression { get; set; }

    /// <summary>What it does.</summary>
    public RuleAct Act { get; set; }

    /// <summary>When it was made or last changed.</summary>
    public DateTimeOffset ChangedAt { get; set; }

    /// <summary>Who did: a user's id, or <c>console</c>.</summary>
    public required string ChangedBy { get; set; }

    private sealed class Configuration : IEntityTypeConfiguration<RedactionRule>
    {
        public void Configure(EntityTypeBuilder<RedactionRule> builder)
        {
            builder.ToTable("redaction_rule");
            builder.HasOne(rule => rule.Tenant).WithMany().HasForeignKey(rule => rule.TenantNumber);
            builder.HasIndex(rule => new { rule.TenantNumber, rule.Name }).IsUnique();
        }
    }
}

/// <summary>How often a rule found something on one day, UTC.</summary>
public sealed class RedactionCount
{
    /// <summary>The tenant's number.</summary>
    public int TenantNumber { get; set; }

    /// <summary>The rule's name.</summary>
    public required string Rule { get; set; }

    /// <summary>Days since 1970-01-01.</summary>
    public int Day { get; set; }

    /// <summary>How many values.</summary>
    public long Count { get; set; }

    private sealed class Configuration : IEntityTypeConfiguration<RedactionCount>
    {
        public void Configure(EntityTypeBuilder<RedactionCount> builder)
        {
            builder.ToTable("redaction_count");
            builder.HasKey(count => new { count.TenantNumber, count.Day, count.Rule });
        }
    }
}
