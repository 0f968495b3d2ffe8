namespace AuditConsole.Storage.Segments;

/// <summary>The newest entries, which no segment holds yet. It grows; what was taken from it stays as it is.</summary>
internal sealed class TailEntries
{
    private readonly Lock _lock = new();
    private readonly List<(int Index, long Word)> _furtherTargets = [];
    private long[] _sequences = new long[64];
    private long[] _times = new long[64];
    private long[] _values = new long[64 * Columns];
    private IReadOnlyList<TailSegment>? _whole;

    // One for each dimension of single values, by its number.
    private const int Columns = (int)Dimension.Ip + 1;

    /// <summary>How many.</summary>
    public int Count { get; private set; }

    /// <summary>The last sequence; 0 for none.</summary>
    public long Last => Count == 0 ? 0 : _sequences[Count - 1];

    /// <summary>Adds what came behind the last, one growth at a time.</summary>
    /// <param name="more">Adds entries behind the sequence that it is given.</param>
    public void Grow(Action<TailEntries> more)
    {
        lock (_lock)
        {
            more(this);
        }
    }

    /// <summary>Adds an entry. Within <see cref="Grow"/>.</summary>
    public void Add(Place place, long entityType, long action, long slug, long entityId, long actor, long? ip)
    {
        if (Count == _sequences.Length)
        {
            // What was taken keeps the old arrays.
            Array.Resize(ref _sequences, 2 * Count);
            Array.Resize(ref _times, 2 * Count);
            Array.Resize(ref _values, 2 * Count * Columns);
        }
        _sequences[Count] = place.Sequence;
        _times[Count] = place.OccurredAt;
        var row = _values.AsSpan(Count * Columns, Columns);
        row[(int)Dimension.EntityType] = entityType;
        row[(int)Dimension.Action] = action;
        row[(int)Dimension.Slug] = slug;
        row[(int)Dimension.EntityId] = entityId;
        row[(int)Dimension.Actor] = actor;
        row[(int)Dimension.Ip] = ip ?? 0;
        Count++;
        _whole = null;
    }

    /// <summary>Adds a further target of an entry. Within <see cref="Grow"/>.</summary>
    public void AddFurtherTarget(long sequence, long word)
    {
        if (Array.BinarySearch(_sequences, 0, Count, sequence) is >= 0 and var index)
        {
            _furtherTargets.Add((index, word));
            _whole = null;
        }
    }

    /// <summary>The entries up to a sequence.</summary>
    /// <param name="first">The first sequence that they may have.</param>
    /// <param name="last">The last.</param>
    public IReadOnlyList<TailSegment> Take(long first, long last)
    {
        lock (_lock)
        {
            if (last >= Last && _whole is { } whole)
            {
                return whole;
            }
            var found = Array.BinarySearch(_sequences, 0, Count, last);
            var count = found >= 0 ? found + 1 : ~found;
            var segments = new List<TailSegment>();
            // As many as a segment may have; more are there only while the index is being made.
            for (var start = 0; start < count; start += SegmentMatcher.MostEntries)
            {
                var end = Math.Min(count, start + SegmentMatcher.MostEntries);
                segments.Add(new TailSegment(
                    start == 0 ? first : _sequences[start], _sequences[end - 1], start, end - start, _sequences, _times, _values, Columns,
                    [.. _furtherTargets.Where(target => target.Index >= start && target.Index < end)]));
            }
            if (count == Count)
            {
                _whole = segments;
            }
            return segments;
        }
    }
}

/// <summary>Some of the newest entries, looked through one by one.</summary>
internal sealed class TailSegment : ISegment
{
    private readonly int _start;
    private readonly long[] _sequences;
    private readonly long[] _times;
    private readonly long[] _values;
    private readonly int _columns;
    private readonly (int Index, long Word)[] _furtherTargets;
    private readonly int[]? _order;
    private readonly int[]? _ranks;

    public TailSegment(
        long first, long last, int start, int count, long[] sequences, long[] times, long[] values, int columns, (int Index, long Word)[] furtherTargets)
    {
        (First, Last, Count, _start, _sequences, _times, _values, _columns, _furtherTargets) =
            (first, last, count, start, sequences, times, values, columns, furtherTargets);
        if (!times.AsSpan(start, count).IsSorted())
        {
            _order = [.. Enumerable.Range(start, count)];
            // Stable: sequences ascend already.
            Array.Sort(_order, (a, b) => times[a] == times[b] ? a.CompareTo(b) : times[a].CompareTo(times[b]));
            _ranks = new int[count];
            for (var rank = 0; rank < count; rank++)
            {
                _ranks[_order[rank] - start] = rank;
            }
        }
        IsInOrder = _order is null && sequences[start] == first && sequences[start + count - 1] == first + count - 1;
    }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public long First { get; }

    /// <inheritdoc/>
    public long Last { get; }

    /// <inheritdoc/>
    public long Oldest => _times[IndexOf(0)];

    /// <inheritdoc/>
    public long Newest => _times[IndexOf(Count - 1)];

    /// <inheritdoc/>
    public bool IsInOrder { get; }

    /// <inheritdoc/>
    public Place PlaceAt(int rank) => new(_times[IndexOf(rank)], _sequences[IndexOf(rank)]);

    /// <inheritdoc/>
    public void AddTo(Span<ulong> bits, Dimension dimension, ReadOnlySpan<long> values)
    {
        if (dimension == Dimension.FurtherTarget)
        {
            foreach (var (index, word) in _furtherTargets)
            {
                if (values.BinarySearch(word) >= 0)
                {
                    RankBits.Add(bits, RankOfIndex(index));
                }
            }
            return;
        }
        for (var index = _start; index < _start + Count; index++)
        {
            var value = _values[index * _columns + (int)dimension];
            if (values.Length == 1 ? value == values[0] : values.BinarySearch(value) >= 0)
            {
                RankBits.Add(bits, RankOfIndex(index));
            }
        }
    }

    /// <inheritdoc/>
    public void RemoveGone(Span<ulong> bits)
    {
        // A purged entry isn't among them: the tail is read anew.
    }

    private int IndexOf(int rank) => _order is null ? _start + rank : _order[rank];

    private int RankOfIndex(int index) => _ranks is null ? index - _start : _ranks[index - _start];
}

file static class Sorted
{
    public static bool IsSorted(this Span<long> times)
    {
        for (var i = 1; i < times.Length; i++)
        {
            if (times[i] < times[i - 1])
            {
                return false;
            }
        }
        return true;
    }
}
