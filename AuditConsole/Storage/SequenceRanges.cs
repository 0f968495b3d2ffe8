namespace AuditConsole.Storage;

/// <summary>A set of sequences, kept as ranges without a gap. Cheapest where they come nearly in order.</summary>
internal sealed class SequenceRanges
{
    private const int MostReported = 1000;

    private readonly List<SequenceRange> _ranges = [];

    /// <summary>How many sequences.</summary>
    public long Count { get; private set; }

    /// <summary>All ranges, in order.</summary>
    public IReadOnlyList<SequenceRange> All => _ranges;

    /// <summary>The ranges of some sequences.</summary>
    public static IReadOnlyList<SequenceRange> Of(IEnumerable<long> sequences)
    {
        var ranges = new SequenceRanges();
        foreach (var sequence in sequences)
        {
            ranges.Add(sequence);
        }
        return ranges.All;
    }

    /// <summary>Adds a range that lies behind all that is in it.</summary>
    public void AddBehind(SequenceRange range)
    {
        Count += range.Last - range.First + 1;
        if (_ranges.Count > 0 && _ranges[^1].Last == range.First - 1)
        {
            _ranges[^1] = _ranges[^1] with { Last = range.Last };
        }
        else
        {
            _ranges.Add(range);
        }
    }

    /// <summary>Adds a sequence that isn't in it yet.</summary>
    public void Add(long sequence)
    {
        Count++;
        var after = _ranges.Count;
        if (after > 0 && _ranges[^1].First > sequence)
        {
            var (low, high) = (0, _ranges.Count);
            while (low < high)
            {
                var middle = (low + high) / 2;
                (low, high) = _ranges[middle].First > sequence ? (low, middle) : (middle + 1, high);
            }
            after = low;
        }
        var joinsLeft = after > 0 && _ranges[after - 1].Last == sequence - 1;
        var joinsRight = after < _ranges.Count && _ranges[after].First == sequence + 1;
        if (joinsLeft && joinsRight)
        {
            _ranges[after - 1] = new SequenceRange(_ranges[after - 1].First, _ranges[after].Last);
            _ranges.RemoveAt(after);
        }
        else if (joinsLeft)
        {
            _ranges[after - 1] = _ranges[after - 1] with { Last = sequence };
        }
        else if (joinsRight)
        {
            _ranges[after] = _ranges[after] with { First = sequence };
        }
        else
        {
            _ranges.Insert(after, new SequenceRange(sequence, sequence));
        }
    }

    /// <summary>Ranges in any order, brought into order and put together where they touch.</summary>
    public static IReadOnlyList<SequenceRange> Join(IEnumerable<SequenceRange> ranges)
    {
        var joined = new List<SequenceRange>();
        foreach (var range in ranges.OrderBy(range => range.First))
        {
            if (joined.Count > 0 && joined[^1].Last >= range.First - 1)
            {
                joined[^1] = joined[^1] with { Last = Math.Max(joined[^1].Last, range.Last) };
            }
            else
            {
                joined.Add(range);
            }
        }
        return joined;
    }

    /// <summary>What of some ranges none of others covers.</summary>
    /// <param name="ranges">In order, none touching the next.</param>
    /// <param name="others">In the order of their beginnings; they may overlap.</param>
    /// <returns>In order, none touching the next.</returns>
    public static IReadOnlyList<SequenceRange> Except(IReadOnlyList<SequenceRange> ranges, IReadOnlyList<SequenceRange> others)
    {
        var left = new List<SequenceRange>();
        var (next, reached) = (0, 0L);
        foreach (var range in ranges)
        {
            for (var at = range.First; at <= range.Last;)
            {
                for (; next < others.Count && others[next].First <= at; next++)
                {
                    reached = Math.Max(reached, others[next].Last);
                }
                if (reached >= at)
                {
                    at = Math.Min(reached, range.Last) + 1;
                    continue;
                }
                var last = next < others.Count ? Math.Min(range.Last, others[next].First - 1) : range.Last;
                left.Add(new SequenceRange(at, last));
                at = last + 1;
            }
        }
        return left;
    }

    /// <summary>What is told of it.</summary>
    public ExpiredEntries ToResult() => new(Count, [.. _ranges.Take(MostReported)]);
}
