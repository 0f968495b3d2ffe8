namespace AuditConsole.Streams.Delivery;

/// <summary>How a run ended.</summary>
internal enum LaneEnd
{
    /// <summary>There may be more to do at once.</summary>
    Progress,

    /// <summary>There is nothing more in the chain.</summary>
    Idle,

    /// <summary>Nothing is to be done for a while.</summary>
    Wait,

    /// <summary>The stream is to stop.</summary>
    Stop,

    /// <summary>A replay is through.</summary>
    Finished,
}

/// <summary>What a run did.</summary>
/// <param name="End">How it ended.</param>
/// <param name="Delivered">Entries that the other side took.</param>
internal readonly record struct LaneRun(LaneEnd End, int Delivered = 0)
{
    /// <summary>With <see cref="LaneEnd.Idle"/>: the length of the chain that was looked through.</summary>
    public long Size { get; init; }

    /// <summary>With <see cref="LaneEnd.Wait"/>: how long.</summary>
    public TimeSpan For { get; init; }

    /// <summary>With <see cref="LaneEnd.Stop"/>: what the stream's state becomes.</summary>
    public StreamState State { get; init; }

    /// <summary>With <see cref="LaneEnd.Stop"/>: why, a sentence for an admin.</summary>
    public string? Reason { get; init; }
}

/// <summary>How a lane is told to end.</summary>
/// <param name="Ending">Nothing more is begun.</param>
/// <param name="Ended">What is under way is given up too, a moment later.</param>
internal readonly record struct LaneTokens(CancellationToken Ending, CancellationToken Ended);

/// <summary>What all lanes share.</summary>
internal sealed record LaneTools(
    LaneReader Reader, StreamSetups Setups, StreamJournal Journal, DeliverySlots Slots, RetrySchedule Schedule, TimeSpan DisableAfter,
    Storage.IEntryStore Store, TimeProvider Clock, ILogger<LaneRunner> Log);
