namespace AuditConsole.Storage.Segments;

/// <summary>By what else than time entries are found. The numbers are stored.</summary>
internal enum Dimension
{
    EntityType = 1,
    Action = 2,

    /// <summary>The shown slug: the main entity's, or its id where it has none.</summary>
    Slug = 3,

    /// <summary>The id of the main entity.</summary>
    EntityId = 4,
    Actor = 5,

    /// <summary>The client's address.</summary>
    Ip = 6,

    /// <summary>Ids and slugs of further targets, apart from those of the main entity.</summary>
    FurtherTarget = 7,
}

/// <summary>
/// A run of a tenant's sequences. Its entries have the ranks 0 to <see cref="Count"/> - 1 in the order (time of
/// occurrence, sequence).
/// </summary>
internal interface ISegment
{
    /// <summary>How many entries have a rank, those that are gone since it was made included.</summary>
    int Count { get; }

    /// <summary>The first sequence that it may hold.</summary>
    long First { get; }

    /// <summary>The last sequence that it may hold.</summary>
    long Last { get; }

    /// <summary>The place of rank 0.</summary>
    long Oldest { get; }

    /// <summary>The time of the last rank.</summary>
    long Newest { get; }

    /// <summary>Whether rank r has the sequence <see cref="First"/> + r.</summary>
    bool IsInOrder { get; }

    /// <summary>The place of a rank.</summary>
    Place PlaceAt(int rank);

    /// <summary>Adds the ranks of the entries that have any of some values, given in ascending order.</summary>
    void AddTo(Span<ulong> bits, Dimension dimension, ReadOnlySpan<long> values);

    /// <summary>Removes the ranks whose entries were purged.</summary>
    void RemoveGone(Span<ulong> bits);
}

internal static class SegmentRanks
{
    /// <summary>How many ranks stand before a place: the rank that an entry there has or would have.</summary>
    public static int RankOf(this ISegment segment, Place place)
    {
        var (low, high) = (0, segment.Count);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (segment.PlaceAt(middle).CompareTo(place) < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }
        return low;
    }

    /// <summary>How many ranks are older than a time.</summary>
    public static int RankOf(this ISegment segment, long time) =>
        time <= segment.Oldest ? 0 : time > segment.Newest ? segment.Count : segment.RankOf(new Place(time, long.MinValue));
}
