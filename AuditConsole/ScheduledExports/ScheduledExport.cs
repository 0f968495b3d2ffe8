using AuditConsole.Exports;
using AuditConsole.Storage;
using AuditConsole.Streams;
using AuditConsole.Tenants;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuditConsole.ScheduledExports;

/// <summary>An export that is made by itself, as it is set up, and how far its runs are.</summary>
public sealed class ScheduledExport
{
    /// <summary><see cref="Kind"/> of an export that goes nowhere: its parts are rendered when somebody downloads them.</summary>
    public const string Download = "download";

    /// <summary><c>sx_…</c>.</summary>
    public required string Id { get; set; }

    /// <summary>Whose entries.</summary>
    public int TenantNumber { get; set; }

    /// <summary>Whose entries.</summary>
    public Tenant? Tenant { get; set; }

    /// <summary>For people.</summary>
    public required string Name { get; set; }

    /// <summary>The destination: the name of a kind that keeps objects, or <see cref="Download"/>.</summary>
    public required string Kind { get; set; }

    /// <summary>How entries are written.</summary>
    public ExportFormat Format { get; set; }

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

    /// <summary>When it is due, as <see cref="ExportSchedule"/> writes it.</summary>
    public required string Schedule { get; set; }

    /// <summary>In which time zone, an IANA name.</summary>
    public required string TimeZone { get; set; }

    /// <summary>The most rows of a part.</summary>
    public int RowsPerPart { get; set; }

    /// <summary>The settings of the destination that are no secrets, by name.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; set; } = new Dictionary<string, string>();

    /// <summary>The secrets by name, as JSON, encrypted under a purpose of this tenant and export.</summary>
    public required string Secrets { get; set; }

    /// <summary>Whether it runs.</summary>
    public StreamState State { get; set; }

    /// <summary>Why it stopped, a sentence for an admin; null while it is active.</summary>
    public string? StateReason { get; set; }

    /// <summary>Since when it is in this state.</summary>
    public DateTimeOffset StateSince { get; set; }

    /// <summary>Entries up to this sequence belong to runs that there are.</summary>
    public long Reached { get; set; }

    /// <summary>The next due instant for which there is no run yet; null where none comes any more.</summary>
    public DateTimeOffset? NextDue { get; set; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>Who made it: a user's id, a key, or <c>console</c>.</summary>
    public required string CreatedBy { get; set; }

    /// <summary>When its settings were last changed.</summary>
    public DateTimeOffset ChangedAt { get; set; }

    /// <summary>Which entries.</summary>
    internal StreamFilter Filter
    {
        get => new() { EntityType = EntityType, Actions = Actions, Slug = Slug, Actor = Actor, Ip = Ip, Target = Target };
        set => (EntityType, Actions, Slug, Actor, Ip, Target) = (value.EntityType, value.Actions, value.Slug, value.Actor, value.Ip, value.Target);
    }

    private sealed class Configuration : IEntityTypeConfiguration<ScheduledExport>
    {
        public void Configure(EntityTypeBuilder<ScheduledExport> builder)
        {
            builder.ToTable("scheduled_export");
            builder.HasKey(export => export.Id);
            builder.Ignore(export => export.Filter);
            builder.HasOne(export => export.Tenant).WithMany().HasForeignKey(export => export.TenantNumber);
            builder.Property(export => export.Format).HasConversion<string>();
            builder.Property(export => export.State).HasConversion<string>();
            builder.Property(export => export.Actions).HasConversion<JsonColumn<IReadOnlyList<string>>, JsonColumn<IReadOnlyList<string>>.Comparer>();
            builder.Property(export => export.Settings)
                .HasConversion<JsonColumn<IReadOnlyDictionary<string, string>>, JsonColumn<IReadOnlyDictionary<string, string>>.Comparer>();
        }
    }
}
