namespace AuditConsole.Storage.Segments;

/// <summary>Values of a dimension, in ascending order.</summary>
internal readonly record struct DimensionValues(Dimension Dimension, long[] Values);

/// <summary>Fulfilled by an entry that has any of the values.</summary>
internal sealed record SegmentCondition(params DimensionValues[] AnyOf);

/// <summary>All conditions within a span of time.</summary>
/// <param name="From">The first millisecond.</param>
/// <param name="To">The first that isn't meant any more.</param>
/// <param name="Conditions">What an entry must fulfil, each.</param>
internal sealed record SegmentSelection(long From, long To, IReadOnlyList<SegmentCondition> Conditions);

/// <summary>A filter over segments.</summary>
/// <param name="Selection">What is asked for.</param>
/// <param name="ReadableFrom">What is older has expired, and is read only where a hold keeps it.</param>
/// <param name="Held">The holds.</param>
/// <param name="LastSequence">The last sequence that counts.</param>
internal sealed record SegmentFilter(SegmentSelection Selection, long ReadableFrom, IReadOnlyList<SegmentSelection> Held, long LastSequence)
{
    /// <summary>What isn't meant, whatever else it fulfils.</summary>
    public IReadOnlyList<SegmentSelection> Excluded { get; init; } = [];
}
