using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace AuditConsole.Storage.Segments;

/// <summary>Where an entry stands in the order of pages.</summary>
/// <param name="OccurredAt">Unix milliseconds.</param>
/// <param name="Sequence">Decides between entries of the same millisecond.</param>
internal readonly record struct Place(long OccurredAt, long Sequence) : IComparable<Place>
{
    public int CompareTo(Place other) =>
        OccurredAt == other.OccurredAt ? Sequence.CompareTo(other.Sequence) : OccurredAt.CompareTo(other.OccurredAt);
}

/// <summary>
/// Time and sequence of a segment's entries, by rank. Immutable, in the form in which it is stored (docs/segments.md).
/// </summary>
/// <remarks>
/// Little-endian: the number of entries n (u32), bytes per time t (u32: 4 or 8), whether sequences are listed (u32: 0 or 1),
/// n times in milliseconds since the segment's oldest, if listed n sequences counted from the segment's first (u16), a
/// checksum. Where they aren't listed, the entry of rank r has the first sequence plus r.
/// </remarks>
internal sealed class Places
{
    private const int Head = 3 * sizeof(uint);

    private readonly byte[] _bytes;
    private readonly int _bytesPerTime;
    private readonly bool _isListed;
    private readonly long _oldest;
    private readonly long _first;

    private Places(byte[] bytes, long oldest, long first)
    {
        (_bytes, _oldest, _first) = (bytes, oldest, first);
        Count = (int)BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        _bytesPerTime = (int)BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(sizeof(uint)));
        _isListed = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(2 * sizeof(uint))) != 0;
    }

    /// <summary>How many entries.</summary>
    public int Count { get; }

    /// <summary>Bytes in memory.</summary>
    public int Size => _bytes.Length;

    /// <summary>Whether ranks are in the order of sequences without a gap.</summary>
    public bool IsInOrder => !_isListed;

    /// <summary>Reads the stored form.</summary>
    /// <exception cref="SegmentDamagedException">It isn't what was stored.</exception>
    public static Places Read(byte[] bytes, int count, long oldest, long first)
    {
        var places = bytes.Length < Head + SegmentChecksum.Size ? null : new Places(bytes, oldest, first);
        if (places is null || places.Count != count || places._bytesPerTime is not (4 or 8)
            || bytes.Length != Head + count * (places._bytesPerTime + (places._isListed ? sizeof(ushort) : 0)) + SegmentChecksum.Size)
        {
            throw new SegmentDamagedException("Its lengths disagree.");
        }
        return places;
    }

    /// <summary>The stored form, but for its checksum, of places in their order, the first sequence of whose segment is given.</summary>
    public static byte[] Write(ReadOnlySpan<Place> places, long first)
    {
        var oldest = places[0].OccurredAt;
        var bytesPerTime = places[^1].OccurredAt - oldest <= uint.MaxValue ? 4 : 8;
        var isListed = false;
        for (var i = 0; i < places.Length; i++)
        {
            isListed |= places[i].Sequence != first + i;
        }
        var bytes = new byte[Head + places.Length * (bytesPerTime + (isListed ? sizeof(ushort) : 0)) + SegmentChecksum.Size];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)places.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(sizeof(uint)), (uint)bytesPerTime);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(2 * sizeof(uint)), isListed ? 1u : 0);
        var times = bytes.AsSpan(Head, places.Length * bytesPerTime);
        var sequences = MemoryMarshal.Cast<byte, ushort>(bytes.AsSpan(Head + times.Length, isListed ? places.Length * sizeof(ushort) : 0));
        for (var i = 0; i < places.Length; i++)
        {
            if (bytesPerTime == 4)
            {
                MemoryMarshal.Cast<byte, uint>(times)[i] = (uint)(places[i].OccurredAt - oldest);
            }
            else
            {
                MemoryMarshal.Cast<byte, long>(times)[i] = places[i].OccurredAt - oldest;
            }
            if (isListed)
            {
                sequences[i] = checked((ushort)(places[i].Sequence - first));
            }
        }
        return bytes;
    }

    /// <summary>The place of a rank.</summary>
    public Place this[int rank] => new(TimeAt(rank), SequenceAt(rank));

    public long TimeAt(int rank) => _oldest + (_bytesPerTime == 4
        ? MemoryMarshal.Cast<byte, uint>(_bytes.AsSpan(Head, Count * 4))[rank]
        : MemoryMarshal.Cast<byte, long>(_bytes.AsSpan(Head, Count * 8))[rank]);

    public long SequenceAt(int rank) =>
        _first + (_isListed ? MemoryMarshal.Cast<byte, ushort>(_bytes.AsSpan(Head + Count * _bytesPerTime, Count * sizeof(ushort)))[rank] : rank);
}
