namespace AuditConsole.Storage.Segments;

/// <summary>What is known of a stored segment without its parts.</summary>
/// <param name="Id">Its id, never given twice.</param>
/// <param name="Version">Raised when a part is written anew.</param>
/// <param name="First">The first sequence that it covers.</param>
/// <param name="Last">The last.</param>
/// <param name="Count">How many entries have a rank.</param>
/// <param name="Oldest">The time of the first rank, Unix milliseconds.</param>
/// <param name="Newest">The time of the last rank.</param>
/// <param name="Gone">The ranks of those that were purged since; null for none.</param>
internal sealed record SegmentRow(long Id, long Version, long First, long Last, int Count, long Oldest, long Newest, ulong[]? Gone);

/// <summary>Where the parts of stored segments come from.</summary>
internal interface ISegmentParts
{
    /// <summary>Time and sequence of the ranks.</summary>
    Places PlacesOf(SegmentRow segment);

    /// <summary>The ranks by the values of a dimension.</summary>
    Postings PostingsOf(SegmentRow segment, Dimension dimension);
}

/// <summary>A stored segment, whose parts are read when they are needed.</summary>
internal sealed class SealedSegment(SegmentRow row, ISegmentParts parts) : ISegment
{
    private Places? _places;

    public SegmentRow Row => row;

    /// <inheritdoc/>
    public int Count => row.Count;

    /// <inheritdoc/>
    public long First => row.First;

    /// <inheritdoc/>
    public long Last => row.Last;

    /// <inheritdoc/>
    public long Oldest => row.Oldest;

    /// <inheritdoc/>
    public long Newest => row.Newest;

    /// <inheritdoc/>
    public bool IsInOrder => Places.IsInOrder;

    private Places Places => _places ??= parts.PlacesOf(row);

    /// <inheritdoc/>
    public Place PlaceAt(int rank) => Places[rank];

    /// <inheritdoc/>
    public void AddTo(Span<ulong> bits, Dimension dimension, ReadOnlySpan<long> values) => parts.PostingsOf(row, dimension).AddTo(bits, values);

    /// <inheritdoc/>
    public void RemoveGone(Span<ulong> bits)
    {
        if (row.Gone is { } gone)
        {
            RankBits.AndNot(bits, gone);
        }
    }
}
