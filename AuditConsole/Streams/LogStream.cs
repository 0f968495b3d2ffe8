using AuditConsole.Storage;
using AuditConsole.Streams.Destinations;
using AuditConsole.Tenants;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuditConsole.Streams;

/// <summary>What a stream is to who made it.</summary>
public enum StreamPurpose
{
    /// <summary>The log goes to a place, in batches.</summary>
    Stream,

    /// <summary>A program is told of each entry: <c>audit.event.created</c>.</summary>
    Webhook,

    /// <summary>Signed checkpoints go to a bucket; no entries.</summary>
    Checkpoints,
}

/// <summary>Whether a stream delivers.</summary>
public enum StreamState
{
    /// <summary>It does, or tries again.</summary>
    Active,

    /// <summary>Somebody paused it.</summary>
    Paused,

    /// <summary>The other side refused for good: settings, access or place are wrong.</summary>
    Error,

    /// <summary>It failed for too long, or the other side wants no more.</summary>
    Disabled,
}

/// <summary>A stream as it is set up. How far it is stands in its <see cref="StreamLane"/>s.</summary>
public sealed class LogStream
{
    /// <summary><c>str_…</c>.</summary>
    public required string Id { get; set; }

    /// <summary>Whose entries.</summary>
    public int TenantNumber { get; set; }

    /// <summary>Whose entries.</summary>
    public Tenant? Tenant { get; set; }

    /// <summary>For people.</summary>
    public required string Name { get; set; }

    /// <summary><see cref="IDestinationKind.Name"/>.</summary>
    public required string Kind { get; set; }

    /// <summary>What it is for.</summary>
    public StreamPurpose Purpose { get; set; }

    /// <summary>How entries are written.</summary>
    public StreamFormat Format { get; set; }

    /// <summary>Exact entity type; null for any.</summary>
    public string? EntityType { get; set; }

    /// <summary>Any of these actions, as <see cref="EntryFilter.Actions"/>; empty for all.</summary>
    public IReadOnlyList<string> Actions { get; set; } = [];

    /// <summary>Exact slug, or the id of an entity without one; null for any.</summary>
    public string? Slug { get; set; }

    /// <summary>Exact id of the actor; null for any.</summary>
    public string? Actor { get; set; }

    /// <summary>A client address or a network; null for any.</summary>
    public string? Ip { get; set; }

    /// <summary>Id or slug of the main entity or a further target; null for any.</summary>
    public string? Target { get; set; }

    /// <summary>The places that are left out.</summary>
    public IReadOnlyList<string> Redactions { get; set; } = [];

    /// <summary>The settings that are no secrets, by name.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; set; } = new Dictionary<string, string>();

    /// <summary>The secrets by name, as JSON, encrypted under a purpose of this tenant and stream.</summary>
    public required string Secrets { get; set; }

    /// <summary>Whether it delivers.</summary>
    public StreamState State { get; set; }

    /// <summary>Why it stopped, a sentence for an admin; null while it is active.</summary>
    public string? StateReason { get; set; }

    /// <summary>Since when it is in this state.</summary>
    public DateTimeOffset StateSince { get; set; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>
    /// Null until a backup was put back and accepted; then when that was, as <c>20261123074501123</c>, UTC. It is part of the
    /// ids of batches: the same sequences are other entries than before.
    /// </summary>
    public string? Branch { get; set; }

    /// <summary>Who made it: a user's id, a key, a portal link, or <c>console</c>.</summary>
    public required string CreatedBy { get; set; }

    /// <summary>When its settings were last changed.</summary>
    public DateTimeOffset ChangedAt { get; set; }

    private sealed class Configuration : IEntityTypeConfiguration<LogStream>
    {
        public void Configure(EntityTypeBuilder<LogStream> builder)
        {
            builder.ToTable("stream");
            builder.HasKey(stream => stream.Id);
            builder.HasOne(stream => stream.Tenant).WithMany().HasForeignKey(stream => stream.TenantNumber);
            builder.Property(stream => stream.Purpose).HasConversion<string>();
            builder.Property(stream => stream.Format).HasConversion<string>();
            builder.Property(stream => stream.State).HasConversion<string>();
            builder.Property(stream => stream.Actions).HasConversion<JsonColumn<IReadOnlyList<string>>, JsonColumn<IReadOnlyList<string>>.Comparer>();
            builder.Property(stream => stream.Redactions).HasConversion<JsonColumn<IReadOnlyList<string>>, JsonColumn<IReadOnlyList<string>>.Comparer>();
            builder.Property(stream => stream.Settings)
                .HasConversion<JsonColumn<IReadOnlyDictionary<string, string>>, JsonColumn<IReadOnlyDictionary<string, string>>.Comparer>();
        }
    }
}
