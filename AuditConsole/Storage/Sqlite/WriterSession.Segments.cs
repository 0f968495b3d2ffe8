using AuditConsole.Storage.Segments;

namespace AuditConsole.Storage.Sqlite;

// Segments change in the transaction of the entries that they hold.
internal sealed partial class WriterSession
{
    private readonly SegmentCache _segments;
    private readonly SegmentSizes _sizes;
    private readonly SegmentQueue _queue;
    private readonly List<(int Tenant, long First)> _completed = [];
    private readonly List<int> _toSeal = [];

    // How many segments' worth of entries may wait for somebody beside the writer.
    private const int MostWaiting = 4;

    /// <summary>Makes the next segment of a tenant of the entries that no segment holds, if they are enough.</summary>
    /// <returns>How many sequences it covers; 0 where there was none to make.</returns>
    public long Seal(int tenant)
    {
        var state = SegmentRows.ReadState(tenant, Prepare);
        if (SegmentRows.FindFrom(tenant, state.Sealed + 1, Prepare) is { } stored)
        {
            // The state was lost, the segments were not.
            SegmentRows.SaveState(tenant, new SegmentState(stored.Last, state.Version + 1, state.TailVersion + 1), Prepare);
            return stored.Last - state.Sealed;
        }
        var size = Chain(tenant).Head.Size;
        // A large one at once where so many wait: the index of an older database is being made.
        var entries = state.Sealed % _sizes.Large == 0 && size - state.Sealed >= _sizes.Large ? _sizes.Large : _sizes.Small;
        if (size - state.Sealed < entries)
        {
            return 0;
        }
        var end = state.Sealed + entries;
        Add(tenant, state, end, SegmentRows.Build(tenant, state.Sealed + 1, end, Prepare));
        return entries;
    }

    /// <summary>Takes the next segment of a tenant as it was made beside the writer.</summary>
    /// <param name="tenant">Whose.</param>
    /// <param name="read">The state when its entries were read.</param>
    /// <param name="end">Its last sequence.</param>
    /// <param name="segment">Null where all its entries are gone.</param>
    /// <returns>False if entries were taken away since, or somebody else was faster.</returns>
    public bool TakeSegment(int tenant, SegmentState read, long end, BuiltSegment? segment)
    {
        var state = SegmentRows.ReadState(tenant, Prepare);
        if ((state.Sealed, state.TailVersion) != (read.Sealed, read.TailVersion))
        {
            return false;
        }
        Add(tenant, state, end, segment);
        return true;
    }

    private void Add(int tenant, SegmentState state, long end, BuiltSegment? segment)
    {
        if (segment is not null)
        {
            SegmentRows.Insert(tenant, segment, Prepare);
        }
        SegmentRows.SaveState(tenant, new SegmentState(end, state.Version + 1, state.TailVersion + 1), Prepare);
        if (end % _sizes.Large == 0 && end - state.Sealed < _sizes.Large)
        {
            _completed.Add((tenant, end - _sizes.Large + 1));
        }
    }

    /// <summary>Puts a large segment in the place of small ones.</summary>
    /// <param name="tenant">Whose.</param>
    /// <param name="small">What the large one was made of.</param>
    /// <param name="large">The large one; null where all their entries are gone.</param>
    /// <returns>False if the small ones are not what they were then.</returns>
    public bool ReplaceSegments(int tenant, IReadOnlyList<SegmentRow> small, BuiltSegment? large)
    {
        var now = SegmentRows.ReadAll(tenant, small[0].First, small[^1].First, Prepare);
        if (!now.Select(Identity).SequenceEqual(small.Select(Identity)))
        {
            return false;
        }
        foreach (var segment in now)
        {
            SegmentRows.Delete(segment.Id, Prepare);
        }
        if (large is not null)
        {
            SegmentRows.Insert(tenant, large, Prepare);
        }
        ChangeVersions(tenant, segments: true, tail: false);
        return true;

        static (long, long, int) Identity(SegmentRow row) => (row.Id, row.Version, row.Gone is null ? 0 : RankBits.Count(row.Gone));
    }

    /// <summary>Makes a segment anew that a reader found damaged.</summary>
    /// <returns>False if somebody else was faster.</returns>
    public bool MendSegment(int tenant, SegmentRow damaged)
    {
        var row = SegmentRows.Find(tenant, damaged.First, Prepare);
        if ((row?.Id ?? 0, row?.Version ?? 0) != (damaged.Id, damaged.Version))
        {
            return false;
        }
        RebuildSegment(tenant, damaged);
        return true;
    }

    private void RebuildSegment(int tenant, SegmentRow damaged)
    {
        SegmentRows.Delete(damaged.Id, Prepare);
        // Where it ends may be what is damaged.
        var end = Math.Min(damaged.Last, SegmentRows.ReadState(tenant, Prepare).Sealed);
        if (SegmentRows.FindFrom(tenant, damaged.First, Prepare) is { } following)
        {
            end = Math.Min(end, following.First - 1);
        }
        // Several where rows are missing: one ends with each large one.
        for (long first = damaged.First, last; first <= end; first = last + 1)
        {
            last = Math.Min(end, (first - 1) / _sizes.Large * _sizes.Large + _sizes.Large);
            if (SegmentRows.Build(tenant, first, last, Prepare) is { } segment)
            {
                SegmentRows.Insert(tenant, segment, Prepare);
            }
        }
        ChangeVersions(tenant, segments: true, tail: false);
    }

    /// <summary>Forgets all segments of a tenant, for <see cref="Seal"/> to make them anew.</summary>
    public void RemoveSegments(int tenant)
    {
        foreach (var segment in SegmentRows.ReadAll(tenant, 0, long.MaxValue, Prepare))
        {
            SegmentRows.Delete(segment.Id, Prepare);
        }
        var state = SegmentRows.ReadState(tenant, Prepare);
        SegmentRows.SaveState(tenant, new SegmentState(0, state.Version + 1, state.TailVersion + 1), Prepare);
    }

    /// <summary>Marks entries as gone from their segments; a segment goes with the last of its entries.</summary>
    private void RemoveFromSegments(int tenant, IReadOnlyList<Place> purged)
    {
        if (purged.Count == 0)
        {
            return;
        }
        var end = SegmentRows.ReadState(tenant, Prepare).Sealed;
        var parts = _segments.PartsOf(Prepare);
        var inSegments = purged.Where(place => place.Sequence <= end).OrderBy(place => place.Sequence).ToList();
        for (var i = 0; i < inSegments.Count;)
        {
            var row = SegmentRows.Find(tenant, inSegments[i].Sequence, Prepare);
            var next = i + 1;
            while (row is not null && next < inSegments.Count && inSegments[next].Sequence <= row.Last)
            {
                next++;
            }
            if (row is not null)
            {
                RemoveFromSegment(tenant, row, inSegments[i..next], parts);
            }
            i = next;
        }
        ChangeVersions(tenant, segments: inSegments.Count > 0, tail: inSegments.Count < purged.Count);
    }

    private void RemoveFromSegment(int tenant, SegmentRow row, List<Place> purged, ISegmentParts parts)
    {
        try
        {
            SegmentRows.RequireWhole(tenant, [row], row.First, row.Last, Prepare);
            var segment = new SealedSegment(row, parts);
            var gone = row.Gone ?? new ulong[RankBits.WordsOf(row.Count)];
            var next = 0;
            foreach (var place in purged)
            {
                // Mostly the one behind the last: few entries come late.
                var rank = next < row.Count && segment.PlaceAt(next) == place ? next : segment.RankOf(place);
                if (rank < row.Count && segment.PlaceAt(rank) == place)
                {
                    RankBits.Add(gone, rank);
                }
                next = rank + 1;
            }
            if (RankBits.Count(gone) == row.Count)
            {
                SegmentRows.Delete(row.Id, Prepare);
            }
            else
            {
                SegmentRows.SaveGone(row.Id, gone, Prepare);
            }
        }
        catch (DamagedSegmentException)
        {
            // The entries are deleted already, so that it is made without them.
            RebuildSegment(tenant, row);
        }
    }

    /// <summary>Removes what belongs to an entry's details from its segment.</summary>
    private void WithholdFromSegment(int tenant, long sequence, long occurredAt)
    {
        var isInTail = sequence > SegmentRows.ReadState(tenant, Prepare).Sealed;
        if (!isInTail && SegmentRows.Find(tenant, sequence, Prepare) is { } row)
        {
            try
            {
                var rank = new SealedSegment(row, _segments.PartsOf(Prepare)).RankOf(new Place(occurredAt, sequence));
                foreach (var dimension in (Dimension[])[Dimension.Ip, Dimension.FurtherTarget])
                {
                    // Not from the cache, which is to hold what is committed alone.
                    var stored = Postings.Read(SegmentRows.ReadPart(row, (int)dimension, Prepare), row.Count);
                    SegmentRows.SavePart(row, (int)dimension, stored.Without(rank), Prepare);
                }
                SegmentRows.SaveVersion(row.Id, row.Version + 1, Prepare);
            }
            catch (Exception fault) when (fault is DamagedSegmentException or SegmentDamagedException)
            {
                RebuildSegment(tenant, row);
            }
        }
        ChangeVersions(tenant, segments: !isInTail, tail: isInTail);
    }

    private void SealAll()
    {
        foreach (var tenant in Memory.ChangedChains)
        {
            var (@sealed, size) = (SegmentRows.ReadState(tenant, Prepare).Sealed, Chain(tenant).Head.Size);
            if (size - @sealed >= MostWaiting * _sizes.Small)
            {
                while (Seal(tenant) > 0)
                {
                }
            }
            // Again with each further segment that waits: what failed is tried anew.
            else if (size - @sealed >= _sizes.Small && size / _sizes.Small > Memory.SizeBefore(tenant) / _sizes.Small)
            {
                _toSeal.Add(tenant);
            }
        }
    }

    private void TellOfSegments()
    {
        _toSeal.ForEach(_queue.AddSealing);
        _completed.ForEach(item => _queue.AddCompleted(item.Tenant, item.First));
        ForgetSegments();
    }

    private void ForgetSegments()
    {
        _toSeal.Clear();
        _completed.Clear();
    }

    private void ChangeVersions(int tenant, bool segments, bool tail)
    {
        var state = SegmentRows.ReadState(tenant, Prepare);
        SegmentRows.SaveState(
            tenant, state with { Version = state.Version + (segments ? 1 : 0), TailVersion = state.TailVersion + (tail ? 1 : 0) }, Prepare);
    }
}
