using AuditConsole.ApiKeys;
using AuditConsole.Holds;
using AuditConsole.Identity;
using AuditConsole.Portal;
using AuditConsole.Redaction;
using AuditConsole.ScheduledExports;
using AuditConsole.Schemas;
using AuditConsole.Signatures;
using AuditConsole.Streams;
using AuditConsole.Tenants;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace AuditConsole.Storage;

/// <summary>Everything but the entries: people, tenants, members, keys, settings, the security log. Each provider derives its own.</summary>
public abstract class ConsoleDbContext(DbContextOptions options) : IdentityUserContext<User>(options)
{
    /// <summary>The accounts.</summary>
    public DbSet<Tenant> Tenants => Set<Tenant>();

    /// <summary>Who belongs to which tenant.</summary>
    public DbSet<Membership> Memberships => Set<Membership>();

    /// <summary>The keys of programs.</summary>
    public DbSet<ApiKey> ApiKeys => Set<ApiKey>();

    /// <summary>The legal holds, lifted ones too.</summary>
    public DbSet<Hold> Holds => Set<Hold>();

    /// <summary>The service's own log of sign-ins, downloads and refusals.</summary>
    public DbSet<SecurityEvent> SecurityEvents => Set<SecurityEvent>();

    /// <summary>What must not enter the tenants' logs.</summary>
    public DbSet<RedactionRule> RedactionRules => Set<RedactionRule>();

    /// <summary>How often rules found something.</summary>
    public DbSet<RedactionCount> RedactionCounts => Set<RedactionCount>();

    /// <summary>The producers' public keys.</summary>
    public DbSet<SigningKey> SigningKeys => Set<SigningKey>();

    /// <summary>Which tenants take signed entries alone.</summary>
    public DbSet<SigningPolicy> SigningPolicies => Set<SigningPolicy>();

    /// <summary>The schemas of events, every version.</summary>
    public DbSet<EventSchema> EventSchemas => Set<EventSchema>();

    /// <summary>The links that open a log for an hour.</summary>
    public DbSet<PortalLink> PortalLinks => Set<PortalLink>();

    /// <summary>Which actions need a schema.</summary>
    public DbSet<SchemaRequirement> SchemaRequirements => Set<SchemaRequirement>();

    /// <summary>Where the logs are delivered to.</summary>
    public DbSet<LogStream> Streams => Set<LogStream>();

    /// <summary>How far deliveries are.</summary>
    public DbSet<StreamLane> StreamLanes => Set<StreamLane>();

    /// <summary>What deliveries came to, the last ones.</summary>
    public DbSet<StreamAttempt> StreamAttempts => Set<StreamAttempt>();

    /// <summary>Entries that could not be delivered.</summary>
    public DbSet<DeadLetter> DeadLetters => Set<DeadLetter>();

    /// <summary>The exports that are made by themselves.</summary>
    public DbSet<ScheduledExport> ScheduledExports => Set<ScheduledExport>();

    /// <summary>The runs of scheduled exports.</summary>
    public DbSet<ScheduledExportRun> ScheduledExportRuns => Set<ScheduledExportRun>();

    /// <inheritdoc/>
    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);
        builder.ApplyConfigurationsFromAssembly(typeof(ConsoleDbContext).Assembly);
    }

    /// <inheritdoc/>
    protected override void ConfigureConventions(ModelConfigurationBuilder configuration)
    {
        // Unix milliseconds: SQLite can't order its text form of a time with offset.
        configuration.Properties<DateTimeOffset>().HaveConversion<UnixMilliseconds>();
        configuration.Properties<DateTimeOffset?>().HaveConversion<UnixMilliseconds>();
    }

    private sealed class UnixMilliseconds() : ValueConverter<DateTimeOffset, long>(
        time => time.ToUnixTimeMilliseconds(), milliseconds => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds));
}
