using System.Numerics;
using System.Runtime.InteropServices;

namespace AuditConsole.Storage.Segments;

/// <summary>A set of ranks as bits, 64 to a word, rank 0 the lowest bit of the first.</summary>
internal static class RankBits
{
    /// <summary>How many words hold that many ranks.</summary>
    public static int WordsOf(int ranks) => (ranks + 63) >> 6;

    public static void Add(Span<ulong> bits, int rank) => bits[rank >> 6] |= 1UL << rank;

    public static void Remove(Span<ulong> bits, int rank) => bits[rank >> 6] &= ~(1UL << rank);

    public static bool Contains(ReadOnlySpan<ulong> bits, int rank) => (bits[rank >> 6] >> rank & 1) != 0;

    /// <summary>Adds ranks from <paramref name="first"/> up to, not including, <paramref name="end"/>.</summary>
    public static void AddRange(Span<ulong> bits, int first, int end)
    {
        if (first >= end)
        {
            return;
        }
        var (low, high) = (first >> 6, (end - 1) >> 6);
        var (head, tail) = (ulong.MaxValue << first, ulong.MaxValue >> -end);
        if (low == high)
        {
            bits[low] |= head & tail;
            return;
        }
        bits[low] |= head;
        bits[(low + 1)..high].Fill(ulong.MaxValue);
        bits[high] |= tail;
    }

    /// <summary>Removes all ranks but those from <paramref name="first"/> up to, not including, <paramref name="end"/>.</summary>
    public static void KeepRange(Span<ulong> bits, int first, int end)
    {
        if (first >= end)
        {
            bits.Clear();
            return;
        }
        bits[..(first >> 6)].Clear();
        bits[(first >> 6)] &= ulong.MaxValue << first;
        var last = (end - 1) >> 6;
        bits[last] &= ulong.MaxValue >> -end;
        bits[(last + 1)..].Clear();
    }

    public static void Or(Span<ulong> bits, ReadOnlySpan<ulong> other)
    {
        var wide = MemoryMarshal.Cast<ulong, Vector<ulong>>(bits);
        var wideOther = MemoryMarshal.Cast<ulong, Vector<ulong>>(other);
        for (var i = 0; i < wide.Length; i++)
        {
            wide[i] |= wideOther[i];
        }
        for (var i = wide.Length * Vector<ulong>.Count; i < bits.Length; i++)
        {
            bits[i] |= other[i];
        }
    }

    /// <summary>Removes all ranks that the other set lacks.</summary>
    /// <returns>Whether any is left.</returns>
    public static bool And(Span<ulong> bits, ReadOnlySpan<ulong> other)
    {
        var wide = MemoryMarshal.Cast<ulong, Vector<ulong>>(bits);
        var wideOther = MemoryMarshal.Cast<ulong, Vector<ulong>>(other);
        var (left, rest) = (Vector<ulong>.Zero, 0UL);
        for (var i = 0; i < wide.Length; i++)
        {
            left |= wide[i] &= wideOther[i];
        }
        for (var i = wide.Length * Vector<ulong>.Count; i < bits.Length; i++)
        {
            rest |= bits[i] &= other[i];
        }
        return left != Vector<ulong>.Zero || rest != 0;
    }

    public static void AndNot(Span<ulong> bits, ReadOnlySpan<ulong> other)
    {
        for (var i = 0; i < bits.Length; i++)
        {
            bits[i] &= ~other[i];
        }
    }

    public static bool Any(ReadOnlySpan<ulong> bits) => bits.ContainsAnyExcept(0UL);

    public static int Count(ReadOnlySpan<ulong> bits)
    {
        var count = 0;
        foreach (var word in bits)
        {
            count += BitOperations.PopCount(word);
        }
        return count;
    }

    /// <summary>How many ranks from <paramref name="first"/> up to, not including, <paramref name="end"/>.</summary>
    public static int Count(ReadOnlySpan<ulong> bits, int first, int end)
    {
        if (first >= end)
        {
            return 0;
        }
        var (low, high) = (first >> 6, (end - 1) >> 6);
        var (head, tail) = (bits[low] & ulong.MaxValue << first, ulong.MaxValue >> -end);
        return low == high
            ? BitOperations.PopCount(head & tail)
            : BitOperations.PopCount(head) + Count(bits[(low + 1)..high]) + BitOperations.PopCount(bits[high] & tail);
    }

    /// <summary>The greatest rank below another, or -1.</summary>
    public static int Before(ReadOnlySpan<ulong> bits, int rank)
    {
        if (rank <= 0)
        {
            return -1;
        }
        var index = (rank - 1) >> 6;
        var word = bits[index] & ulong.MaxValue >> -rank;
        if (word == 0)
        {
            index = bits[..index].LastIndexOfAnyExcept(0UL);
            if (index < 0)
            {
                return -1;
            }
            word = bits[index];
        }
        return (index << 6) + 63 - BitOperations.LeadingZeroCount(word);
    }

    /// <summary>The least rank that isn't below another, or -1.</summary>
    public static int From(ReadOnlySpan<ulong> bits, int rank)
    {
        var index = rank >> 6;
        if (index >= bits.Length)
        {
            return -1;
        }
        var word = bits[index] & ulong.MaxValue << rank;
        if (word == 0)
        {
            var next = bits[(index + 1)..].IndexOfAnyExcept(0UL);
            if (next < 0)
            {
                return -1;
            }
            index += 1 + next;
            word = bits[index];
        }
        return (index << 6) + BitOperations.TrailingZeroCount(word);
    }
}
