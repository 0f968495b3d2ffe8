namespace AuditConsole.Storage.Segments;

/// <summary>What a filter selects from segments. For one thread.</summary>
/// <param name="segments">All of a tenant, in the order of sequences.</param>
/// <param name="filter">The filter.</param>
internal sealed class SegmentQuery(IReadOnlyList<ISegment> segments, SegmentFilter filter) : IDisposable
{
    private const long MillisecondsOfDay = 24 * 60 * 60 * 1000;

    private readonly SegmentMatcher _matcher = new();

    /// <summary>How many entries match.</summary>
    public long Count()
    {
        var count = 0L;
        foreach (var segment in segments)
        {
            count += RankBits.Count(_matcher.Match(segment, filter));
        }
        return count;
    }

    /// <summary>How many entries match, by the day (UTC, counted from the Unix epoch), in the order of days; days without one are left out.</summary>
    public SortedDictionary<long, long> CountByDay()
    {
        var days = new SortedDictionary<long, long>();
        foreach (var segment in segments)
        {
            var bits = _matcher.Match(segment, filter);
            for (var rank = bits.IsEmpty ? -1 : RankBits.From(bits, 0); rank >= 0;)
            {
                var day = Math.DivRem(segment.PlaceAt(rank).OccurredAt, MillisecondsOfDay, out var rest) - (rest < 0 ? 1 : 0);
                var end = segment.RankOf((day + 1) * MillisecondsOfDay);
                days[day] = days.GetValueOrDefault(day) + RankBits.Count(bits, rank, end);
                rank = RankBits.From(bits, end);
            }
        }
        return days;
    }

    /// <summary>Whether an entry matches.</summary>
    public bool Any()
    {
        // Those with the newest entries first: they are asked for most, and in memory.
        for (var i = segments.Count - 1; i >= 0; i--)
        {
            if (!_matcher.Match(segments[i], filter).IsEmpty)
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>The newest first.</summary>
    /// <param name="place">Only what is older; null for all.</param>
    /// <param name="included">Whether the place itself counts.</param>
    /// <param name="limit">The most places.</param>
    public List<Place> Descending(Place? place, bool included, int limit)
    {
        var found = new List<Place>();
        var ordered = segments.Where(segment => place is null || segment.Oldest <= place.Value.OccurredAt).OrderByDescending(segment => segment.Newest);
        foreach (var segment in ordered)
        {
            if (found.Count == limit && found[^1].OccurredAt > segment.Newest)
            {
                break;
            }
            var bits = _matcher.Match(segment, filter);
            if (bits.IsEmpty)
            {
                continue;
            }
            var end = place is { } bound ? segment.RankOf(included ? bound with { Sequence = bound.Sequence + 1 } : bound) : segment.Count;
            var more = new List<Place>();
            for (var rank = RankBits.Before(bits, end); rank >= 0 && more.Count < limit; rank = RankBits.Before(bits, rank))
            {
                more.Add(segment.PlaceAt(rank));
            }
            found = Merge(found, more, limit, ascending: false);
        }
        return found;
    }

    /// <summary>The oldest first, from a place on.</summary>
    public List<Place> Ascending(Place place, bool included, int limit)
    {
        var found = new List<Place>();
        foreach (var segment in segments.Where(segment => segment.Newest >= place.OccurredAt).OrderBy(segment => segment.Oldest))
        {
            if (found.Count == limit && found[^1].OccurredAt < segment.Oldest)
            {
                break;
            }
            var bits = _matcher.Match(segment, filter);
            if (bits.IsEmpty)
            {
                continue;
            }
            var more = new List<Place>();
            var first = segment.RankOf(included ? place : place with { Sequence = place.Sequence + 1 });
            for (var rank = RankBits.From(bits, first); rank >= 0 && more.Count < limit; rank = RankBits.From(bits, rank + 1))
            {
                more.Add(segment.PlaceAt(rank));
            }
            found = Merge(found, more, limit, ascending: true);
        }
        return found;
    }

    /// <summary>In the order of sequences, behind one.</summary>
    public List<Place> Chained(long after, int limit)
    {
        var found = new List<Place>();
        foreach (var segment in segments)
        {
            if (found.Count == limit)
            {
                break;
            }
            if (segment.Last <= after)
            {
                continue;
            }
            var bits = _matcher.Match(segment, filter);
            if (bits.IsEmpty)
            {
                continue;
            }
            var first = segment.IsInOrder ? (int)Math.Max(0, after + 1 - segment.First) : 0;
            var more = new List<Place>();
            for (var rank = RankBits.From(bits, first); rank >= 0 && !(segment.IsInOrder && found.Count + more.Count == limit); rank = RankBits.From(bits, rank + 1))
            {
                if (segment.PlaceAt(rank) is var place && place.Sequence > after)
                {
                    more.Add(place);
                }
            }
            more.Sort((a, b) => a.Sequence.CompareTo(b.Sequence));
            found.AddRange(more.Take(limit - found.Count));
        }
        return found;
    }

    public void Dispose() => _matcher.Dispose();

    private static List<Place> Merge(List<Place> found, List<Place> more, int limit, bool ascending)
    {
        if (found.Count == 0 || more.Count == 0)
        {
            return found.Count == 0 ? more : found;
        }
        var merged = new List<Place>(Math.Min(limit, found.Count + more.Count));
        for (int i = 0, j = 0; merged.Count < limit && (i < found.Count || j < more.Count);)
        {
            var takesFound = j == more.Count || i < found.Count && found[i].CompareTo(more[j]) < 0 == ascending;
            merged.Add(takesFound ? found[i++] : more[j++]);
        }
        return merged;
    }
}
