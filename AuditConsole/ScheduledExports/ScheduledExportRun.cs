using AuditConsole.Exports;
using AuditConsole.Streams;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuditConsole.ScheduledExports;

/// <summary>How a run goes.</summary>
public enum RunState
{
    /// <summary>It is under way, or goes on after the next start.</summary>
    Running,

    /// <summary>It waits until the log is signed as far as it reaches.</summary>
    Waiting,

    /// <summary>Its last attempt failed; it is tried again, unless the export stopped.</summary>
    Failed,

    /// <summary>It is complete: its manifest is written.</summary>
    Done,
}

/// <summary>A run of an export: the entries recorded since the one before it and up to its due instant, once and for all.</summary>
public sealed class ScheduledExportRun
{
    /// <summary>UUIDv7.</summary>
    public Guid Id { get; set; }

    /// <summary>The export.</summary>
    public required string ExportId { get; set; }

    /// <summary>When it was due, whole seconds; once for each export.</summary>
    public DateTimeOffset Due { get; set; }

    /// <summary>For how many due instants it stands: more than one where the service was down for too many.</summary>
    public int Stands { get; set; } = 1;

    /// <summary>Whether somebody asked for it.</summary>
    public bool IsManual { get; set; }

    /// <summary>How it goes.</summary>
    public RunState State { get; set; }

    /// <summary>How often it was begun.</summary>
    public int Attempts { get; set; }

    /// <summary>How many attempts failed in a row.</summary>
    public int Failures { get; set; }

    /// <summary>Since when attempts fail; null while they don't.</summary>
    public DateTimeOffset? FirstFailure { get; set; }

    /// <summary>When it is tried again; null for at once.</summary>
    public DateTimeOffset? NextAttempt { get; set; }

    /// <summary>What went wrong, or what it waits for: a sentence with what to do.</summary>
    public string? Error { get; set; }

    /// <summary>When it was first begun.</summary>
    public DateTimeOffset StartedAt { get; set; }

    /// <summary>When it was complete.</summary>
    public DateTimeOffset? FinishedAt { get; set; }

    /// <summary>Entries behind this sequence.</summary>
    public long After { get; set; }

    /// <summary>Entries up to this sequence.</summary>
    public long Until { get; set; }

    /// <summary>How entries were written.</summary>
    public ExportFormat Format { get; set; }

    /// <summary>The parts that are written.</summary>
    public IReadOnlyList<ExportPart> Parts { get; set; } = [];

    /// <summary>The manifest, JSON, as it stands beside the parts; null while the run isn't through.</summary>
    public string? Manifest { get; set; }

    /// <summary>Rows of all parts so far.</summary>
    public long Rows => Parts.Sum(part => part.Rows);

    /// <summary>Bytes of all parts so far, as stored.</summary>
    public long Bytes => Parts.Sum(part => part.Bytes);

    private sealed class Configuration : IEntityTypeConfiguration<ScheduledExportRun>
    {
        public void Configure(EntityTypeBuilder<ScheduledExportRun> builder)
        {
            builder.ToTable("scheduled_export_run");
            builder.HasKey(run => run.Id);
            builder.HasOne<ScheduledExport>().WithMany().HasForeignKey(run => run.ExportId);
            builder.HasIndex(run => new { run.ExportId, run.Due }).IsUnique();
            builder.Property(run => run.State).HasConversion<string>();
            builder.Property(run => run.Format).HasConversion<string>();
            builder.Property(run => run.Parts).HasConversion<JsonColumn<IReadOnlyList<ExportPart>>, JsonColumn<IReadOnlyList<ExportPart>>.Comparer>();
        }
    }
}

/// <summary>A file of a run.</summary>
/// <param name="Number">From 1.</param>
/// <param name="After">It holds entries behind this sequence.</param>
/// <param name="Until">It holds entries up to this sequence.</param>
/// <param name="Rows">How many.</param>
/// <param name="FirstRecordedAt">When the first of them was recorded.</param>
/// <param name="LastRecordedAt">When the last of them was recorded.</param>
/// <param name="Key">The object's name, without the destination's prefix.</param>
/// <param name="Bytes">Its size as stored, compressed.</param>
/// <param name="Sha256">SHA-256 of it as stored.</param>
/// <param name="ContentBytes">Its size uncompressed.</param>
/// <param name="ContentSha256">SHA-256 of it uncompressed, which the receipt names.</param>
/// <param name="Receipt">Its receipt; null of an export for downloads, where receipts are rendered when they are asked for.</param>
public sealed record ExportPart(
    int Number, long After, long Until, long Rows, DateTimeOffset? FirstRecordedAt, DateTimeOffset? LastRecordedAt,
    string Key, long Bytes, string Sha256, long ContentBytes, string ContentSha256, StoredReceipt? Receipt);

/// <summary>The receipt of a part, as stored.</summary>
/// <param name="Key">The object's name, without the destination's prefix.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">SHA-256 of it.</param>
public sealed record StoredReceipt(string Key, long Bytes, string Sha256);
