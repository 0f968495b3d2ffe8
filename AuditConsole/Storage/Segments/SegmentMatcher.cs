using System.Buffers;

namespace AuditConsole.Storage.Segments;

/// <summary>Finds the ranks of a segment that a filter selects. For one thread; its buffers are rented.</summary>
internal sealed class SegmentMatcher : IDisposable
{
    /// <summary>The most sequences that a segment covers: ranks and places in it take 16 bits.</summary>
    public const int MostEntries = 65536;

    private readonly ulong[][] _buffers = new ulong[4][];

    /// <summary>The ranks that match, as bits that are valid until the next call; empty where none does.</summary>
    public ReadOnlySpan<ulong> Match(ISegment segment, SegmentFilter filter)
    {
        if (segment.First > filter.LastSequence)
        {
            return [];
        }
        var bits = Buffer(0, segment.Count);
        if (!Select(segment, filter.Selection, bits, Buffer(1, segment.Count)))
        {
            return [];
        }
        if (segment.Oldest < filter.ReadableFrom)
        {
            KeepReadable(segment, filter, bits);
        }
        foreach (var excluded in filter.Excluded)
        {
            var ranks = Buffer(2, segment.Count);
            if (Select(segment, excluded, ranks, Buffer(3, segment.Count)))
            {
                RankBits.AndNot(bits, ranks);
            }
        }
        if (segment.Last > filter.LastSequence)
        {
            KeepUpTo(segment, filter.LastSequence, bits);
        }
        segment.RemoveGone(bits);
        return RankBits.Any(bits) ? bits : [];
    }

    public void Dispose()
    {
        foreach (var buffer in _buffers)
        {
            if (buffer is not null)
            {
                ArrayPool<ulong>.Shared.Return(buffer);
            }
        }
        Array.Clear(_buffers);
    }

    private static bool Select(ISegment segment, SegmentSelection selection, Span<ulong> bits, Span<ulong> other)
    {
        var (first, end) = (segment.RankOf(selection.From), segment.RankOf(selection.To));
        if (first >= end)
        {
            return false;
        }
        bits.Clear();
        if (selection.Conditions.Count == 0)
        {
            RankBits.AddRange(bits, first, end);
            return true;
        }
        for (var i = 0; i < selection.Conditions.Count; i++)
        {
            var ranks = i == 0 ? bits : other;
            if (i > 0)
            {
                ranks.Clear();
            }
            foreach (var (dimension, values) in selection.Conditions[i].AnyOf)
            {
                segment.AddTo(ranks, dimension, values);
            }
            if (i == 0 ? !RankBits.Any(bits) : !RankBits.And(bits, ranks))
            {
                return false;
            }
        }
        RankBits.KeepRange(bits, first, end);
        return true;
    }

    private void KeepReadable(ISegment segment, SegmentFilter filter, Span<ulong> bits)
    {
        var readable = Buffer(1, segment.Count);
        readable.Clear();
        RankBits.AddRange(readable, segment.RankOf(filter.ReadableFrom), segment.Count);
        var held = Buffer(2, segment.Count);
        foreach (var hold in filter.Held)
        {
            if (Select(segment, hold, held, Buffer(3, segment.Count)))
            {
                RankBits.Or(readable, held);
            }
        }
        RankBits.And(bits, readable);
    }

    private static void KeepUpTo(ISegment segment, long last, Span<ulong> bits)
    {
        if (segment.IsInOrder)
        {
            RankBits.KeepRange(bits, 0, (int)Math.Min(segment.Count, last - segment.First + 1));
            return;
        }
        for (var rank = RankBits.From(bits, 0); rank >= 0; rank = RankBits.From(bits, rank + 1))
        {
            if (segment.PlaceAt(rank).Sequence > last)
            {
                RankBits.Remove(bits, rank);
            }
        }
    }

    private Span<ulong> Buffer(int index, int count) =>
        (_buffers[index] ??= ArrayPool<ulong>.Shared.Rent(RankBits.WordsOf(MostEntries))).AsSpan(0, RankBits.WordsOf(count));
}
