using AuditConsole.Tenants;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuditConsole.Schemas;

/// <summary>A version of an action's schema. Never changed, never deleted: events name it by its number.</summary>
public sealed class EventSchema
{
    /// <summary>The order of registration.</summary>
    public long Number { get; set; }

    /// <summary><c>als_…</c>.</summary>
    public required string Id { get; set; }

    /// <summary>The tenant whose events it is for; null for all of them, which a key for all tenants registers.</summary>
    public int? TenantNumber { get; set; }

    /// <summary>The tenant whose events it is for.</summary>
    public Tenant? Tenant { get; set; }

    /// <summary>The events' action.</summary>
    public required string Action { get; set; }

    /// <summary>From 1; within a tenant, schemas for all tenants included, no number is given twice.</summary>
    public int Version { get; set; }

    /// <summary>The canonical text of <see cref="EventSchemaDocument"/>.</summary>
    public required string Body { get; set; }

    /// <summary>When it was registered.</summary>
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>Who did: a user's id, <c>key:…</c> or <c>console</c>.</summary>
    public required string CreatedBy { get; set; }

    private sealed class Configuration : IEntityTypeConfiguration<EventSchema>
    {
        public void Configure(EntityTypeBuilder<EventSchema> builder)
        {
            builder.ToTable("event_schema");
            builder.HasKey(schema => schema.Number);
            builder.Property(schema => schema.Id).IsRequired();
            builder.HasIndex(schema => schema.Id).IsUnique();
            builder.HasOne(schema => schema.Tenant).WithMany().HasForeignKey(schema => schema.TenantNumber);
            builder.HasIndex(schema => new { schema.TenantNumber, schema.Action, schema.Version }).IsUnique();
            builder.Property(schema => schema.Action).HasMaxLength(128);
        }
    }
}

/// <summary>An action whose events a tenant takes only if they match their schema.</summary>
public sealed class SchemaRequirement
{
    /// <summary>The tenant.</summary>
    public int TenantNumber { get; set; }

    /// <summary>The tenant.</summary>
    public Tenant? Tenant { get; set; }

    /// <summary>The action.</summary>
    public required string Action { get; set; }

    /// <summary>Since when.</summary>
    public DateTimeOffset Since { get; set; }

    /// <summary>Who decided it: a user's id.</summary>
    public required string DecidedBy { get; set; }

    private sealed class Configuration : IEntityTypeConfiguration<SchemaRequirement>
    {
        public void Configure(EntityTypeBuilder<SchemaRequirement> builder)
        {
            builder.ToTable("schema_requirement");
            builder.HasKey(requirement => new { requirement.TenantNumber, requirement.Action });
            builder.HasOne(requirement => requirement.Tenant).WithMany().HasForeignKey(requirement => requirement.TenantNumber);
            builder.Property(requirement => requirement.Action).HasMaxLength(128);
        }
    }
}
