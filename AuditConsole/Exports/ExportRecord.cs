using AuditConsole.Tenants;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuditConsole.Exports;

/// <summary>
/// What is kept of a download for its receipt: facts and the sequences of its rows, nothing of what is in them. The
/// receipt itself is rendered from the log when it is asked for.
/// </summary>
public sealed class ExportRecord
{
    /// <summary>How long it is kept.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    /// <summary>UUIDv7.</summary>
    public Guid Id { get; set; }

    /// <summary>Whose log.</summary>
    public int TenantNumber { get; set; }

    /// <summary>Who downloaded.</summary>
    public required string UserId { get; set; }

    /// <summary>That person's e-mail address then.</summary>
    public required string UserName { get; set; }

    /// <summary>When the file was complete.</summary>
    public DateTimeOffset ExportedAt { get; set; }

    /// <summary><c>csv</c> or <c>json</c>.</summary>
    public required string Format { get; set; }

    /// <summary>The name that the file was given.</summary>
    public required string FileName { get; set; }

    /// <summary>SHA-256 of the file.</summary>
    public required byte[] FileHash { get; set; }

    /// <summary>The filter as it was asked for, without the tenant: a JSON object of texts.</summary>
    public required string Filter { get; set; }

    /// <summary>The first instant that was meant.</summary>
    public DateTimeOffset From { get; set; }

    /// <summary>The first instant that wasn't meant any more.</summary>
    public DateTimeOffset Until { get; set; }

    /// <summary>What occurred before this had expired.</summary>
    public DateTimeOffset ExpiredBefore { get; set; }

    /// <summary>Entries up to this sequence didn't count. Of a part of a scheduled export, which is never stored as a record: 0 for all others.</summary>
    public long After { get; init; }

    /// <summary>The newest sequence that counted.</summary>
    public long Snapshot { get; set; }

    /// <summary>How many entries matched.</summary>
    public long Matched { get; set; }

    /// <summary>How many of them the file holds.</summary>
    public long Count { get; set; }

    /// <summary>The sequences of its rows, as <see cref="SequenceList"/> packs them.</summary>
    public required byte[] Rows { get; set; }

    /// <summary>The tenant.</summary>
    public Tenant? Tenant { get; set; }

    private sealed class Configuration : IEntityTypeConfiguration<ExportRecord>
    {
        public void Configure(EntityTypeBuilder<ExportRecord> builder)
        {
            builder.ToTable("export_record");
            builder.HasKey(record => record.Id);
            builder.Ignore(record => record.After);
            builder.HasIndex(record => new { record.TenantNumber, record.ExportedAt });
            builder.HasOne(record => record.Tenant).WithMany().HasForeignKey(record => record.TenantNumber);
        }
    }
}
