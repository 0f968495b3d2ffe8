using AuditConsole.Tenants;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuditConsole.Holds;

/// <summary>
/// A legal hold: the entries that match its filter, those to come included, don't expire and aren't withheld until it
/// is lifted. The storage of entries reads this table by its columns' names.
/// </summary>
public sealed class Hold
{
    /// <summary><c>hold_…</c>.</summary>
    public required string Id { get; set; }

    /// <summary>The tenant whose entries it holds.</summary>
    public int TenantNumber { get; set; }

    /// <summary>The tenant whose entries it holds.</summary>
    public Tenant? Tenant { get; set; }

    /// <summary>For people: a case's number, for instance.</summary>
    public required string Name { get; set; }

    /// <summary>Why it was placed.</summary>
    public required string Reason { get; set; }

    /// <summary>The first instant of occurrence, whole milliseconds; null for the beginning.</summary>
    public DateTimeOffset? From { get; set; }

    /// <summary>The first instant that isn't meant any more, whole milliseconds; null for no end.</summary>
    public DateTimeOffset? To { get; set; }

    /// <summary>Exact entity type.</summary>
    public string? EntityType { get; set; }

    /// <summary>Exact action.</summary>
    public string? Action { get; set; }

    /// <summary>Exact slug or id of the entity, or of a further target of the entry.</summary>
    public string? Slug { get; set; }

    /// <summary>Exact id of the actor.</summary>
    public string? Actor { get; set; }

    /// <summary>Normalised client address.</summary>
    public string? Ip { get; set; }

    /// <summary>When it was placed.</summary>
    public DateTimeOffset PlacedAt { get; set; }

    /// <summary>Who placed it: a user's id, or <c>console</c>.</summary>
    public required string PlacedBy { get; set; }

    /// <summary>When it was lifted; null while it holds.</summary>
    public DateTimeOffset? LiftedAt { get; set; }

    /// <summary>Who lifted it.</summary>
    public string? LiftedBy { get; set; }

    /// <summary>Why it was lifted.</summary>
    public string? LiftReason { get; set; }

    private sealed class Configuration : IEntityTypeConfiguration<Hold>
    {
        public void Configure(EntityTypeBuilder<Hold> builder)
        {
            builder.ToTable("hold");
            builder.HasOne(hold => hold.Tenant).WithMany().HasForeignKey(hold => hold.TenantNumber);
            builder.Property(hold => hold.From).HasColumnName("Since");
            builder.Property(hold => hold.To).HasColumnName("Until");
        }
    }
}
