using AuditConsole.Storage.Segments;
using FsCheck;
using FsCheck.Fluent;

namespace AuditConsole.Tests.Storage.Segments;

/// <summary>Segments against a plain list: late, tied and purged entries, gaps in the sequences, large and small segments and a tail.</summary>
public sealed class SegmentQueryPropertyTests
{
    private const long Day = 24 * 60 * 60 * 1000;

    [Fact]
    public void Segments_select_what_a_plain_list_does() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll<int>(seed => Compare(new Random(seed))));

    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(65_536)]
    public void Ranks_at_the_edges_of_words_and_segments_count(int entries)
    {
        var log = Enumerable.Range(0, entries).Select(i => new Entry(new Place(i, i + 1), [1 + i % 2, 2, 3, 4, 5, 6], [])).ToList();
        var segment = Stored.Of(log, 1, entries);
        foreach (var (from, to) in new[] { (0L, (long)entries), (0, 1), (entries - 1, entries), (Math.Min(63, entries), Math.Min(65, entries)) })
        {
            var selection = new SegmentSelection(from, to, [new SegmentCondition(new DimensionValues(Dimension.EntityType, [1]))]);
            using var query = new SegmentQuery([segment], new SegmentFilter(selection, long.MinValue, [], long.MaxValue));
            var expected = log.Where(entry => entry.Place.OccurredAt >= from && entry.Place.OccurredAt < to && entry.Values[0] == 1).Select(entry => entry.Place).ToList();
            Assert.Equal(expected.Count, query.Count());
            Assert.Equal(expected, query.Ascending(new Place(0, 0), included: true, entries));
            Assert.Equal(expected.AsEnumerable().Reverse(), query.Descending(null, included: false, entries));
        }
        foreach (var last in new[] { 0, 1, entries / 2, entries - 1, entries, entries + 1 })
        {
            using var query = new SegmentQuery([segment], new SegmentFilter(new SegmentSelection(long.MinValue, long.MaxValue, []), long.MinValue, [], last));
            Assert.Equal(Math.Min(last, entries), query.Count());
        }
    }

    private static void Compare(Random random)
    {
        var log = MakeLog(random);
        var segments = Split(random, log);
        for (var i = 0; i < 10; i++)
        {
            Compare(random, log, segments, MakeFilter(random, log));
        }
    }

    private static void Compare(Random random, List<Entry> log, List<ISegment> segments, SegmentFilter filter)
    {
        var expected = log.Where(entry => !entry.IsGone && entry.Matches(filter)).Select(entry => entry.Place).Order().ToList();
        using var query = new SegmentQuery(segments, filter);
        Assert.Equal(expected.Count, query.Count());
        Assert.Equal(expected.Count > 0, query.Any());
        Assert.Equal(
            expected.GroupBy(place => (long)Math.Floor(place.OccurredAt / (double)Day)).OrderBy(day => day.Key).Select(day => KeyValuePair.Create(day.Key, (long)day.Count())),
            query.CountByDay());
        var (limit, included) = (random.Next(1, 12), random.Next(2) == 0);
        Place? place = random.Next(4) == 0 || log.Count == 0 ? null : log[random.Next(log.Count)].Place with { Sequence = random.Next(1, log.Count + 2) };
        Assert.Equal(
            expected.AsEnumerable().Reverse().Where(found => place is not { } end || found.CompareTo(end) < (included ? 1 : 0)).Take(limit),
            query.Descending(place, included, limit));
        var start = place ?? new Place(long.MinValue, 0);
        Assert.Equal(expected.Where(found => found.CompareTo(start) > (included ? -1 : 0)).Take(limit), query.Ascending(start, included, limit));
        var after = random.Next(log.Count + 2);
        Assert.Equal(expected.OrderBy(found => found.Sequence).Where(found => found.Sequence > after).Take(limit), query.Chained(after, limit));
    }

    private static List<Entry> MakeLog(Random random)
    {
        var (span, late) = (random.Next(3) switch { 0 => 3L, 1 => 20 * Day, _ => 200 * Day }, random.Next(3));
        var log = new List<Entry>();
        var count = random.Next(200);
        for (var i = 0; i < count; i++)
        {
            var time = late == 0 || random.Next(10) >= late ? span * i / count : random.NextInt64(span);
            log.Add(new Entry(
                new Place(time - 5 * Day, i + 1),
                [.. Enumerable.Range(0, 6).Select(dimension => dimension == 5 && random.Next(3) == 0 ? 0 : 1L + random.Next(1 + dimension * 3))],
                [.. Enumerable.Range(0, random.Next(4)).Select(_ => 1L + random.Next(5))])
            {
                // Purged before a segment was made of it.
                IsMissing = random.Next(20) == 0,
            });
        }
        return log;
    }

    private static List<ISegment> Split(Random random, List<Entry> log)
    {
        var (segments, small) = (new List<ISegment>(), 1 << random.Next(2, 6));
        var end = log.Count - random.Next(log.Count + 1);
        var sealedEnd = end - end % small;
        var stored = new List<Stored>();
        for (var first = 1; first <= sealedEnd; first += small)
        {
            if (Stored.Of(log, first, first + small - 1) is { } segment)
            {
                stored.Add(segment);
            }
        }
        foreach (var entry in log.Where(entry => !entry.IsMissing && entry.Place.Sequence <= sealedEnd && random.Next(8) == 0))
        {
            entry.IsGone = true;
            stored.Single(segment => segment.First <= entry.Place.Sequence && segment.Last >= entry.Place.Sequence).Remove(entry.Place);
        }
        // The first few put together to one, without those that are gone.
        if (stored.Count > 1 && random.Next(2) == 0)
        {
            var together = stored.Take(random.Next(2, stored.Count + 1)).ToList();
            stored.RemoveRange(0, together.Count);
            if (Stored.Of(together) is { } large)
            {
                stored.Insert(0, large);
            }
        }
        segments.AddRange(stored);
        var tail = new TailEntries();
        foreach (var entry in log.Where(entry => entry.Place.Sequence > sealedEnd && !entry.IsMissing))
        {
            tail.Grow(to =>
            {
                var values = entry.Values;
                to.Add(entry.Place, values[0], values[1], values[2], values[3], values[4], values[5] == 0 ? null : values[5]);
                foreach (var target in entry.FurtherTargets)
                {
                    to.AddFurtherTarget(entry.Place.Sequence, target);
                }
            });
        }
        segments.AddRange(tail.Take(sealedEnd + 1, long.MaxValue));
        log.RemoveAll(entry => entry.IsMissing);
        return segments;
    }

    private static SegmentFilter MakeFilter(Random random, List<Entry> log) => new(
        MakeSelection(random, log),
        random.Next(3) == 0 ? TimeOf(random, log) : long.MinValue,
        [.. Enumerable.Range(0, random.Next(3)).Select(_ => MakeSelection(random, log))],
        random.Next(3) == 0 ? random.Next(log.Count + 2) : long.MaxValue);

    private static SegmentSelection MakeSelection(Random random, List<Entry> log) => new(
        random.Next(3) == 0 ? TimeOf(random, log) : long.MinValue,
        random.Next(3) == 0 ? TimeOf(random, log) : long.MaxValue,
        [.. Enumerable.Range(0, random.Next(4)).Select(_ => new SegmentCondition(
            [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => new DimensionValues(
                (Dimension)random.Next(1, 8), [.. Enumerable.Range(0, random.Next(1, 8)).Select(_ => 1L + random.Next(16)).Distinct().Order()]))]))]);

    private static long TimeOf(Random random, List<Entry> log) => log.Count == 0 ? 0 : log[random.Next(log.Count)].Place.OccurredAt + random.Next(-1, 2);

    private sealed record Entry(Place Place, long[] Values, long[] FurtherTargets)
    {
        public bool IsMissing { get; init; }

        public bool IsGone { get; set; }

        public bool Matches(SegmentFilter filter) =>
            IsIn(filter.Selection) && Place.Sequence <= filter.LastSequence && (Place.OccurredAt >= filter.ReadableFrom || filter.Held.Any(IsIn));

        private bool IsIn(SegmentSelection selection) => Place.OccurredAt >= selection.From && Place.OccurredAt < selection.To
            && selection.Conditions.All(condition => condition.AnyOf.Any(any => any.Dimension == Dimension.FurtherTarget
                ? FurtherTargets.Any(any.Values.Contains)
                : any.Values.Contains(Values[(int)any.Dimension - 1])));
    }

    /// <summary>A segment in its stored form.</summary>
    private sealed class Stored(BuiltSegment built) : ISegmentParts, ISegment
    {
        private SealedSegment _segment = null!;

        public static Stored Of(List<Entry> log, long first, long last)
        {
            var builder = new SegmentBuilder();
            foreach (var entry in log.Where(entry => entry.Place.Sequence >= first && entry.Place.Sequence <= last && !entry.IsMissing))
            {
                builder.Add(entry.Place);
                for (var dimension = 1; dimension <= 6; dimension++)
                {
                    if (entry.Values[dimension - 1] != 0)
                    {
                        builder.Add((Dimension)dimension, entry.Values[dimension - 1]);
                    }
                }
                foreach (var target in entry.FurtherTargets)
                {
                    builder.Add(Dimension.FurtherTarget, target);
                }
            }
            return Of(builder.Build(first, last))!;
        }

        public static Stored? Of(List<Stored> together)
        {
            var builder = new SegmentBuilder();
            foreach (var segment in together)
            {
                builder.Add(segment, dimension => segment.PostingsOf(segment._segment.Row, dimension));
            }
            return Of(builder.Build(together[0].First, together[^1].Last));
        }

        public void Remove(Place place)
        {
            var gone = _segment.Row.Gone ?? new ulong[RankBits.WordsOf(Count)];
            RankBits.Add(gone, this.RankOf(place));
            _segment = new SealedSegment(_segment.Row with { Gone = gone }, this);
        }

        public Places PlacesOf(SegmentRow segment) => Places.Read(Part(SegmentBuilder.PlacesPart), segment.Count, segment.Oldest, segment.First);

        public Postings PostingsOf(SegmentRow segment, Dimension dimension) => Postings.Read(Part((int)dimension), segment.Count);

        public int Count => _segment.Count;

        public long First => _segment.First;

        public long Last => _segment.Last;

        public long Oldest => _segment.Oldest;

        public long Newest => _segment.Newest;

        public bool IsInOrder => _segment.IsInOrder;

        public Place PlaceAt(int rank) => _segment.PlaceAt(rank);

        public void AddTo(Span<ulong> bits, Dimension dimension, ReadOnlySpan<long> values) => _segment.AddTo(bits, dimension, values);

        public void RemoveGone(Span<ulong> bits) => _segment.RemoveGone(bits);

        private static Stored? Of(BuiltSegment? built)
        {
            if (built is null)
            {
                return null;
            }
            var stored = new Stored(built);
            stored._segment = new SealedSegment(new SegmentRow(1, 0, built.First, built.Last, built.Count, built.Oldest, built.Newest, Gone: null), stored);
            return stored;
        }

        private byte[] Part(int number) => built.Parts.Single(part => part.Number == number).Bytes;
    }
}
