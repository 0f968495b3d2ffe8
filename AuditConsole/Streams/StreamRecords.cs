using AuditConsole.Streams.Destinations;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuditConsole.Streams;

/// <summary>One attempt at a batch. The last 500 that worked and the last 500 that didn't are kept of each stream.</summary>
public sealed class StreamAttempt
{
    /// <summary>How many of either outcome are kept.</summary>
    public const int Kept = 500;

    /// <summary>In the order of attempts.</summary>
    public long Id { get; set; }

    /// <summary>The stream.</summary>
    public required string StreamId { get; set; }

    /// <summary>On which way.</summary>
    public LaneKind Lane { get; set; }

    /// <summary>When it began.</summary>
    public DateTimeOffset At { get; set; }

    /// <summary>How long it took, in milliseconds.</summary>
    public int Milliseconds { get; set; }

    /// <summary>The sequence of the first entry.</summary>
    public long First { get; set; }

    /// <summary>The sequence of the last entry.</summary>
    public long Last { get; set; }

    /// <summary>How many entries.</summary>
    public int Count { get; set; }

    /// <summary>1 for the first attempt at this batch.</summary>
    public int Number { get; set; }

    /// <summary>Whether the other side took it.</summary>
    public bool Worked { get; set; }

    /// <summary>What the other side decided.</summary>
    public DeliveryVerdict Verdict { get; set; }

    /// <summary>The HTTP status, if there was one.</summary>
    public int? Status { get; set; }

    /// <summary>A sentence for an admin.</summary>
    public required string Message { get; set; }

    /// <summary>At most 1 KiB of the answer.</summary>
    public string? Answer { get; set; }

    private sealed class Configuration : IEntityTypeConfiguration<StreamAttempt>
    {
        public void Configure(EntityTypeBuilder<StreamAttempt> builder)
        {
            builder.ToTable("stream_attempt");
            builder.HasOne<LogStream>().WithMany().HasForeignKey(attempt => attempt.StreamId);
            builder.HasIndex(attempt => new { attempt.StreamId, attempt.Worked, attempt.Id });
            builder.Property(attempt => attempt.Verdict).HasConversion<string>();
        }
    }
}

/// <summary>An entry that the other side won't ever take, or that somebody skipped. It can be sent again.</summary>
public sealed class DeadLetter
{
    /// <summary>In the order in which they were found.</summary>
    public long Id { get; set; }

    /// <summary>The stream.</summary>
    public required string StreamId { get; set; }

    /// <summary>The entry's position in the chain.</summary>
    public long Sequence { get; set; }

    /// <summary>The entry.</summary>
    public Guid EntryId { get; set; }

    /// <summary>Why, a sentence for an admin.</summary>
    public required string Reason { get; set; }

    /// <summary>At most 1 KiB of the answer.</summary>
    public string? Answer { get; set; }

    /// <summary>When it was found, the last time.</summary>
    public DateTimeOffset At { get; set; }

    /// <summary>When it was delivered after all.</summary>
    public DateTimeOffset? ResentAt { get; set; }

    private sealed class Configuration : IEntityTypeConfiguration<DeadLetter>
    {
        public void Configure(EntityTypeBuilder<DeadLetter> builder)
        {
            builder.ToTable("stream_dead_letter");
            builder.HasOne<LogStream>().WithMany().HasForeignKey(letter => letter.StreamId);
            builder.HasIndex(letter => new { letter.StreamId, letter.Sequence }).IsUnique();
        }
    }
}
