using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuditConsole.Streams;

/// <summary>Which of a stream's two ways through the log.</summary>
public enum LaneKind
{
    /// <summary>New entries as they come.</summary>
    Live,

    /// <summary>A replay of older ones, beside the live lane.</summary>
    Replay,
}

/// <summary>How far a stream is on one of its ways. Written by the engine, apart from the settings, which only people change.</summary>
public sealed class StreamLane
{
    /// <summary>The stream.</summary>
    public required string StreamId { get; set; }

    /// <summary>Which way.</summary>
    public LaneKind Kind { get; set; }

    /// <summary>Every matching entry up to this sequence was delivered, became a dead letter or was skipped.</summary>
    public long Cursor { get; set; }

    /// <summary>A replay: the last sequence that it takes; null for a lane without an end.</summary>
    public long? Until { get; set; }

    /// <summary>A replay: takes what occurred from here on; null for everything.</summary>
    public DateTimeOffset? From { get; set; }

    /// <summary>The first sequence of the batch under way: kept before it is sent, so that a retry sends the same one.</summary>
    public long? FlightFirst { get; set; }

    /// <summary>The last sequence of the batch under way.</summary>
    public long? FlightLast { get; set; }

    /// <summary>How often in a row it failed.</summary>
    public int Failures { get; set; }

    /// <summary>When it is tried again; null for at once.</summary>
    public DateTimeOffset? NextAttempt { get; set; }

    /// <summary>Since when it fails; null while it doesn't.</summary>
    public DateTimeOffset? FirstFailure { get; set; }

    /// <summary>When something was last delivered.</summary>
    public DateTimeOffset? LastSuccess { get; set; }

    /// <summary>What last went wrong, a sentence for an admin.</summary>
    public string? LastError { get; set; }

    /// <summary>When that was.</summary>
    public DateTimeOffset? LastErrorAt { get; set; }

    /// <summary>Entries delivered since the beginning.</summary>
    public long Delivered { get; set; }

    /// <summary>Entries that the other side doesn't take for their age.</summary>
    public long TooOld { get; set; }

    /// <summary>When it began.</summary>
    public DateTimeOffset StartedAt { get; set; }

    /// <summary>A replay: when it was through; null while it isn't.</summary>
    public DateTimeOffset? FinishedAt { get; set; }

    /// <summary>A copy that shares nothing.</summary>
    public StreamLane Copy() => (StreamLane)MemberwiseClone();

    private sealed class Configuration : IEntityTypeConfiguration<StreamLane>
    {
        public void Configure(EntityTypeBuilder<StreamLane> builder)
        {
            builder.ToTable("stream_lane");
            builder.HasKey(lane => new { lane.StreamId, lane.Kind });
            builder.HasOne<LogStream>().WithMany().HasForeignKey(lane => lane.StreamId);
            builder.Property(lane => lane.From).HasColumnName("Since");
        }
    }
}
