namespace AuditConsole.Streams.Delivery;

/// <summary>When a batch that failed is tried again.</summary>
internal sealed class RetrySchedule(IReadOnlyList<TimeSpan> offsets, Random random)
{
    /// <summary>By how much a wait is shorter or longer at random, so that streams that failed together don't come back together.</summary>
    public const double Jitter = 0.2;

    private static readonly TimeSpan LongestAsked = Destinations.HttpOutcomes.MaxRetryAfter;
    private const int LongestFloorSeconds = 300;

    /// <summary>How long to wait.</summary>
    /// <param name="failures">How many attempts failed in a row; at least 1.</param>
    /// <param name="asked">What the other side asked for. It counts instead of the schedule, but not so that a hundred failures make a hundred requests a minute.</param>
    public TimeSpan After(int failures, TimeSpan? asked)
    {
        if (asked is { } wait)
        {
            var floor = TimeSpan.FromSeconds(Math.Min(failures - 1, LongestFloorSeconds));
            return wait > LongestAsked ? LongestAsked : wait < floor ? floor : wait;
        }
        var index = Math.Min(failures, offsets.Count) - 1;
        var gap = offsets[index] - (index > 0 ? offsets[index - 1] : TimeSpan.Zero);
        return gap * (1 - Jitter + 2 * Jitter * random.NextDouble());
    }
}
