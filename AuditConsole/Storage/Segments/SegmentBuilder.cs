namespace AuditConsole.Storage.Segments;

/// <summary>A segment to be stored.</summary>
/// <param name="First">The first sequence that it may hold.</param>
/// <param name="Last">The last.</param>
/// <param name="Count">How many entries.</param>
/// <param name="Oldest">The time of its first rank.</param>
/// <param name="Newest">The time of its last rank.</param>
/// <param name="Parts">The stored form, but for the checksum, of its places (number 0) and of each dimension (its number).</param>
internal sealed record BuiltSegment(long First, long Last, int Count, long Oldest, long Newest, IReadOnlyList<(int Number, byte[] Bytes)> Parts);

/// <summary>Makes a segment from entries, or from smaller segments.</summary>
internal sealed class SegmentBuilder
{
    /// <summary>The number of the part that holds the places.</summary>
    public const int PlacesPart = 0;

    private static readonly Dimension[] _dimensions = Enum.GetValues<Dimension>();

    private readonly List<Place> _places = [];
    private readonly List<(long Value, int Index)>[] _values = [.. Enumerable.Range(0, _dimensions.Max(dimension => (int)dimension) + 1).Select(_ => new List<(long, int)>())];

    /// <summary>How many entries were added.</summary>
    public int Count => _places.Count;

    /// <summary>Adds an entry, whose values follow.</summary>
    public void Add(Place place) => _places.Add(place);

    /// <summary>Adds a value of the entry that was added last; a further one where it has several.</summary>
    public void Add(Dimension dimension, long value) => _values[(int)dimension].Add((value, _places.Count - 1));

    /// <summary>Adds the entries of a segment, but those that are gone.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="postings">Its entries by dimension.</param>
    public void Add(ISegment segment, Func<Dimension, Postings> postings)
    {
        var bits = new ulong[RankBits.WordsOf(segment.Count)];
        RankBits.AddRange(bits, 0, segment.Count);
        segment.RemoveGone(bits);
        var indexes = new int[segment.Count];
        for (var rank = RankBits.From(bits, 0); rank >= 0; rank = RankBits.From(bits, rank + 1))
        {
            indexes[rank] = _places.Count;
            _places.Add(segment.PlaceAt(rank));
        }
        foreach (var dimension in _dimensions)
        {
            foreach (var (value, rank) in postings(dimension).Keys())
            {
                if (RankBits.Contains(bits, rank))
                {
                    _values[(int)dimension].Add((value, indexes[rank]));
                }
            }
        }
    }

    /// <summary>The segment.</summary>
    /// <param name="first">The first sequence that it covers.</param>
    /// <param name="last">The last that it covers.</param>
    /// <returns>Null where it has no entry.</returns>
    public BuiltSegment? Build(long first, long last)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(last - first, SegmentMatcher.MostEntries - 1);
        if (_places.Count == 0)
        {
            return null;
        }
        var places = _places.ToArray();
        var order = new int[places.Length];
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }
        Array.Sort(places, order);
        var ranks = new int[order.Length];
        for (var rank = 0; rank < order.Length; rank++)
        {
            ranks[order[rank]] = rank;
        }
        var parts = new List<(int, byte[])> { (PlacesPart, Places.Write(places, first)) };
        foreach (var dimension in _dimensions)
        {
            // A part without values is stored too, so that a missing one is noticed.
            var values = _values[(int)dimension];
            var keys = new ulong[values.Count];
            for (var i = 0; i < keys.Length; i++)
            {
                keys[i] = Postings.Key(values[i].Value, ranks[values[i].Index]);
            }
            Array.Sort(keys);
            parts.Add(((int)dimension, Postings.Write(Distinct(keys), places.Length)));
        }
        return new BuiltSegment(first, last, places.Length, places[0].OccurredAt, places[^1].OccurredAt, parts);
    }

    private static ReadOnlySpan<ulong> Distinct(Span<ulong> sorted)
    {
        var count = 0;
        for (var i = 0; i < sorted.Length; i++)
        {
            if (count == 0 || sorted[i] != sorted[count - 1])
            {
                sorted[count++] = sorted[i];
            }
        }
        return sorted[..count];
    }
}
