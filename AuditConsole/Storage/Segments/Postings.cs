using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace AuditConsole.Storage.Segments;

/// <summary>
/// The entries of a segment by the values of one dimension: for each value its ranks. Immutable, in the form in which
/// it is stored (docs/segments.md).
/// </summary>
/// <remarks>
/// Little-endian: the number of values n (u32), n values in ascending order (u64), the end of each value's container
/// (u32, counted from the first container), the containers, a checksum. A container of as many bytes as all ranks have
/// bits, rounded up to whole words of 8 bytes, is that bitmap; a shorter one is a list of ranks in ascending order (u16).
/// </remarks>
internal sealed class Postings
{
    private const int Head = sizeof(uint);
    private const int RankBitsInKey = 16;

    private readonly byte[] _bytes;
    private readonly int _count;
    private readonly int _ranks;

    private Postings(byte[] bytes, int count, int ranks) => (_bytes, _count, _ranks) = (bytes, count, ranks);

    /// <summary>Bytes in memory.</summary>
    public int Size => _bytes.Length;

    /// <summary>The values, in ascending order.</summary>
    public ReadOnlySpan<long> Values => MemoryMarshal.Cast<byte, long>(_bytes.AsSpan(Head, _count * sizeof(long)));

    private ReadOnlySpan<uint> Ends => MemoryMarshal.Cast<byte, uint>(_bytes.AsSpan(Head + _count * sizeof(long), _count * sizeof(uint)));

    private int First => Head + _count * (sizeof(long) + sizeof(uint));

    /// <summary>Reads the stored form.</summary>
    /// <param name="bytes">The stored form; kept.</param>
    /// <param name="ranks">How many entries the segment has.</param>
    /// <exception cref="SegmentDamagedException">It isn't what was stored.</exception>
    public static Postings Read(byte[] bytes, int ranks)
    {
        var count = bytes.Length < Head + SegmentChecksum.Size ? -1L : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        var containers = bytes.Length - SegmentChecksum.Size - Head - count * (sizeof(long) + sizeof(uint));
        if (count < 0 || containers < 0 || count > 0 && new Postings(bytes, (int)count, ranks).Ends[^1] != containers)
        {
            throw new SegmentDamagedException("Its lengths disagree.");
        }
        return new Postings(bytes, (int)count, ranks);
    }

    /// <summary>The key of a value at a rank; keys sorted as numbers are what <see cref="Write"/> takes.</summary>
    /// <exception cref="OverflowException">The value has more than 47 bits.</exception>
    public static ulong Key(long value, int rank) => checked((ulong)value << RankBitsInKey) | (uint)rank;

    /// <summary>The stored form, but for its checksum.</summary>
    /// <param name="keys">Value and rank of each, in order, none twice.</param>
    /// <param name="ranks">How many entries the segment has.</param>
    public static byte[] Write(ReadOnlySpan<ulong> keys, int ranks)
    {
        var bitmap = RankBits.WordsOf(ranks) * sizeof(ulong);
        var (count, containers) = (0, 0);
        for (var i = 0; i < keys.Length;)
        {
            var end = EndOfValue(keys, i);
            count++;
            containers += Math.Min((end - i) * sizeof(ushort), bitmap);
            i = end;
        }
        var bytes = new byte[Head + count * (sizeof(long) + sizeof(uint)) + containers + SegmentChecksum.Size];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)count);
        var values = MemoryMarshal.Cast<byte, long>(bytes.AsSpan(Head, count * sizeof(long)));
        var ends = MemoryMarshal.Cast<byte, uint>(bytes.AsSpan(Head + count * sizeof(long), count * sizeof(uint)));
        var all = bytes.AsSpan(Head + count * (sizeof(long) + sizeof(uint)), containers);
        for (int i = 0, value = 0, at = 0; i < keys.Length; value++)
        {
            var end = EndOfValue(keys, i);
            values[value] = (long)(keys[i] >> RankBitsInKey);
            var size = Math.Min((end - i) * sizeof(ushort), bitmap);
            WriteContainer(keys[i..end], all.Slice(at, size), isBitmap: size == bitmap);
            at += size;
            ends[value] = (uint)at;
            i = end;
        }
        return bytes;
    }

    /// <summary>Adds the ranks of a value.</summary>
    public void AddTo(Span<ulong> bits, long value)
    {
        var index = Values.BinarySearch(value);
        if (index >= 0)
        {
            AddAt(bits, index);
        }
    }

    /// <summary>Adds the ranks of any of some values, given in ascending order.</summary>
    public void AddTo(Span<ulong> bits, ReadOnlySpan<long> values)
    {
        // A look for each of the fewer ones among the more.
        if (values.Length <= _count)
        {
            foreach (var value in values)
            {
                AddTo(bits, value);
            }
            return;
        }
        for (var i = 0; i < _count; i++)
        {
            if (values.BinarySearch(Values[i]) >= 0)
            {
                AddAt(bits, i);
            }
        }
    }

    /// <summary>The stored form without an entry, but for its checksum.</summary>
    public byte[] Without(int rank) => Write(Keys().Where(key => key.Rank != rank).Select(key => Key(key.Value, key.Rank)).ToArray(), _ranks);

    /// <summary>All values and ranks, in order.</summary>
    public IEnumerable<(long Value, int Rank)> Keys()
    {
        var bits = new ulong[RankBits.WordsOf(_ranks)];
        for (var i = 0; i < _count; i++)
        {
            Array.Clear(bits);
            AddAt(bits, i);
            for (var rank = RankBits.From(bits, 0); rank >= 0; rank = RankBits.From(bits, rank + 1))
            {
                yield return (Values[i], rank);
            }
        }
    }

    private void AddAt(Span<ulong> bits, int index)
    {
        var ends = Ends;
        var first = index == 0 ? 0 : (int)ends[index - 1];
        var container = _bytes.AsSpan(First + first, (int)ends[index] - first);
        if (container.Length == bits.Length * sizeof(ulong))
        {
            RankBits.Or(bits, MemoryMarshal.Cast<byte, ulong>(container));
            return;
        }
        foreach (var rank in MemoryMarshal.Cast<byte, ushort>(container))
        {
            RankBits.Add(bits, rank);
        }
    }

    private static void WriteContainer(ReadOnlySpan<ulong> keys, Span<byte> container, bool isBitmap)
    {
        if (isBitmap)
        {
            var bits = MemoryMarshal.Cast<byte, ulong>(container);
            foreach (var key in keys)
            {
                RankBits.Add(bits, (ushort)key);
            }
            return;
        }
        var list = MemoryMarshal.Cast<byte, ushort>(container);
        for (var i = 0; i < keys.Length; i++)
        {
            list[i] = (ushort)keys[i];
        }
    }

    private static int EndOfValue(ReadOnlySpan<ulong> keys, int first)
    {
        var end = first + 1;
        while (end < keys.Length && keys[end] >> RankBitsInKey == keys[first] >> RankBitsInKey)
        {
            end++;
        }
        return end;
    }
}
