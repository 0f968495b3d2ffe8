using System.Runtime.InteropServices;
using AuditConsole.Storage.Segments;

namespace AuditConsole.Storage.Sqlite;

/// <summary>What readers remember of a tenant's segments is true as long as these are.</summary>
/// <param name="Sealed">Up to which sequence segments hold the entries.</param>
/// <param name="Version">Of the segments.</param>
/// <param name="TailVersion">Of the entries behind them.</param>
internal readonly record struct SegmentState(long Sealed, long Version, long TailVersion);

/// <summary>The rows of segments, their parts, and the entries of which they are made.</summary>
internal static class SegmentRows
{
    private const int PartsOfSegment = 16;

    /// <summary>The state of a tenant's segments.</summary>
    public static SegmentState ReadState(int tenant, Func<string, Statement> prepare)
    {
        var find = prepare("SELECT sealed, version, tail_version FROM segment_state WHERE tenant = ?1").Bind(1, tenant);
        var state = find.Step() ? new SegmentState(find.Long(0), find.Long(1), find.Long(2)) : default;
        find.Reset();
        return state;
    }

    public static void SaveState(int tenant, SegmentState state, Func<string, Statement> prepare) => prepare(
        """
        INSERT INTO segment_state (tenant, sealed, version, tail_version) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (tenant) DO UPDATE SET sealed = excluded.sealed, version = excluded.version, tail_version = excluded.tail_version
        """).Bind(1, tenant).Bind(2, state.Sealed).Bind(3, state.Version).Bind(4, state.TailVersion).Run();

    /// <summary>The segments of a tenant from a sequence on, in the order of sequences.</summary>
    public static List<SegmentRow> ReadAll(int tenant, long from, long to, Func<string, Statement> prepare)
    {
        var rows = prepare("SELECT id, version, first, last, entries, oldest, newest, gone FROM segment WHERE tenant = ?1 AND first >= ?2 AND first <= ?3 ORDER BY first")
            .Bind(1, tenant).Bind(2, from).Bind(3, to);
        var found = new List<SegmentRow>();
        while (rows.Step())
        {
            found.Add(Read(rows));
        }
        return found;
    }

    /// <summary>The segment that covers a sequence, or null.</summary>
    public static SegmentRow? Find(int tenant, long sequence, Func<string, Statement> prepare)
    {
        var rows = prepare("SELECT id, version, first, last, entries, oldest, newest, gone FROM segment WHERE tenant = ?1 AND first <= ?2 ORDER BY first DESC LIMIT 1")
            .Bind(1, tenant).Bind(2, sequence);
        var found = rows.Step() ? Read(rows) : null;
        rows.Reset();
        return found is not null && found.Last >= sequence ? found : null;
    }

    /// <summary>The first segment that begins at a sequence or behind it, or null.</summary>
    public static SegmentRow? FindFrom(int tenant, long sequence, Func<string, Statement> prepare)
    {
        var rows = prepare("SELECT id, version, first, last, entries, oldest, newest, gone FROM segment WHERE tenant = ?1 AND first >= ?2 ORDER BY first LIMIT 1")
            .Bind(1, tenant).Bind(2, sequence);
        var found = rows.Step() ? Read(rows) : null;
        rows.Reset();
        return found;
    }

    /// <summary>Checks that the segments of a range of sequences can be what was stored, and that all which no segment covers is gone.</summary>
    /// <exception cref="DamagedSegmentException">One can't be, or is missing.</exception>
    public static void RequireWhole(int tenant, IReadOnlyList<SegmentRow> segments, long first, long last, Func<string, Statement> prepare)
    {
        var next = first;
        foreach (var segment in segments)
        {
            if (segment.Last > last || segment.Last - segment.First >= SegmentMatcher.MostEntries || segment.Count < 1 || segment.Count > segment.Last - segment.First + 1
                || segment.Gone is { } gone && gone.Length != RankBits.WordsOf(segment.Count))
            {
                throw new DamagedSegmentException(segment, new SegmentDamagedException("Its row is damaged."));
            }
            RequireGone(Math.Min(segment.First - 1, last));
            next = segment.Last + 1;
        }
        RequireGone(last);

        void RequireGone(long end)
        {
            if (next <= end && Any(tenant, next, end, prepare))
            {
                throw new DamagedSegmentException(new SegmentRow(Id: 0, Version: 0, next, end, 0, 0, 0, Gone: null), new SegmentDamagedException("Its row is missing."));
            }
        }
    }

    /// <summary>A part in its stored form.</summary>
    /// <exception cref="SegmentDamagedException">It is missing, or isn't what was stored.</exception>
    public static byte[] ReadPart(SegmentRow segment, int number, Func<string, Statement> prepare)
    {
        var find = prepare("SELECT data FROM segment_part WHERE id = ?1").Bind(1, segment.Id * PartsOfSegment + number);
        var data = find.Step() ? find.Bytes(0).ToArray() : throw new SegmentDamagedException("A part of it is missing.");
        find.Reset();
        SegmentChecksum.Require(data, PlaceOf(segment, number));
        return data;
    }

    /// <summary>Stores a segment.</summary>
    public static void Insert(int tenant, BuiltSegment segment, Func<string, Statement> prepare)
    {
        var insert = prepare("INSERT INTO segment (tenant, first, last, entries, oldest, newest) VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id")
            .Bind(1, tenant).Bind(2, segment.First).Bind(3, segment.Last).Bind(4, segment.Count).Bind(5, segment.Oldest).Bind(6, segment.Newest);
        insert.Step();
        var row = new SegmentRow(insert.Long(0), Version: 0, segment.First, segment.Last, segment.Count, segment.Oldest, segment.Newest, Gone: null);
        insert.Run();
        foreach (var (number, bytes) in segment.Parts)
        {
            SavePart(row, number, bytes, prepare);
        }
    }

    /// <summary>Writes a part, with its checksum.</summary>
    public static void SavePart(SegmentRow segment, int number, byte[] bytes, Func<string, Statement> prepare)
    {
        SegmentChecksum.Set(bytes, PlaceOf(segment, number));
        prepare("INSERT OR REPLACE INTO segment_part (id, data) VALUES (?1, ?2)").Bind(1, segment.Id * PartsOfSegment + number).BindBlob(2, bytes).Run();
    }

    // All that never changes: it says what the part means.
    private static long[] PlaceOf(SegmentRow segment, int number) =>
        [segment.Id, number, segment.First, segment.Last, segment.Count, segment.Oldest, segment.Newest];

    public static void SaveVersion(long segment, long version, Func<string, Statement> prepare) =>
        prepare("UPDATE segment SET version = ?2 WHERE id = ?1").Bind(1, segment).Bind(2, version).Run();

    public static void SaveGone(long segment, ReadOnlySpan<ulong> gone, Func<string, Statement> prepare) =>
        prepare("UPDATE segment SET gone = ?2 WHERE id = ?1").Bind(1, segment).BindBlob(2, MemoryMarshal.AsBytes(gone)).Run();

    public static void Delete(long segment, Func<string, Statement> prepare)
    {
        prepare("DELETE FROM segment_part WHERE id >= ?1 AND id < ?2").Bind(1, segment * PartsOfSegment).Bind(2, (segment + 1) * PartsOfSegment).Run();
        prepare("DELETE FROM segment WHERE id = ?1").Bind(1, segment).Run();
    }

    /// <summary>Whether there are entries with sequences of a range.</summary>
    public static bool Any(int tenant, long first, long last, Func<string, Statement> prepare)
    {
        var find = prepare("SELECT 1 FROM entry WHERE tenant = ?1 AND sequence BETWEEN ?2 AND ?3 LIMIT 1").Bind(1, tenant).Bind(2, first).Bind(3, last);
        var any = find.Step();
        find.Reset();
        return any;
    }

    /// <summary>Makes a segment of the entries that are stored.</summary>
    /// <returns>Null where there is none.</returns>
    public static BuiltSegment? Build(int tenant, long first, long last, Func<string, Statement> prepare)
    {
        var builder = new SegmentBuilder();
        var furtherTargets = ReadFurtherTargets(tenant, first, last, prepare);
        var next = 0;
        ReadEntries(tenant, first, last, prepare, (place, entityType, action, slug, entityId, actor, ip) =>
        {
            builder.Add(place);
            builder.Add(Dimension.EntityType, entityType);
            builder.Add(Dimension.Action, action);
            builder.Add(Dimension.Slug, slug);
            builder.Add(Dimension.EntityId, entityId);
            builder.Add(Dimension.Actor, actor);
            if (ip is { } address)
            {
                builder.Add(Dimension.Ip, address);
            }
            for (; next < furtherTargets.Count && furtherTargets[next].Sequence <= place.Sequence; next++)
            {
                if (furtherTargets[next].Sequence == place.Sequence)
                {
                    builder.Add(Dimension.FurtherTarget, furtherTargets[next].Word);
                }
            }
        });
        return builder.Build(first, last);
    }

    /// <summary>Adds the entries that are stored behind a tail's last.</summary>
    /// <param name="tenant">Whose.</param>
    /// <param name="sealed">Up to where segments reach.</param>
    /// <param name="tail">What grows.</param>
    /// <param name="prepare">A connection's statements.</param>
    public static void Grow(int tenant, long @sealed, TailEntries tail, Func<string, Statement> prepare)
    {
        var after = Math.Max(@sealed, tail.Last);
        ReadEntries(tenant, after + 1, long.MaxValue, prepare, tail.Add);
        if (tail.Last > after)
        {
            foreach (var (sequence, word) in ReadFurtherTargets(tenant, after + 1, tail.Last, prepare))
            {
                tail.AddFurtherTarget(sequence, word);
            }
        }
    }

    private static void ReadEntries(int tenant, long first, long last, Func<string, Statement> prepare, Action<Place, long, long, long, long, long, long?> add)
    {
        var rows = prepare(
            """
            SELECT occurred_at, sequence, entity_type, action, shown_slug, entity_id, actor, ip
            FROM entry WHERE tenant = ?1 AND sequence >= ?2 AND sequence <= ?3 ORDER BY sequence
            """).Bind(1, tenant).Bind(2, first).Bind(3, last);
        while (rows.Step())
        {
            add(new Place(rows.Long(0), rows.Long(1)), rows.Long(2), rows.Long(3), rows.Long(4), rows.Long(5), rows.Long(6), rows.LongOrNull(7));
        }
    }

    private static List<(long Sequence, long Word)> ReadFurtherTargets(int tenant, long first, long last, Func<string, Statement> prepare)
    {
        var rows = prepare("SELECT target_sequence, word FROM entry_target WHERE target_tenant = ?1 AND target_sequence >= ?2 AND target_sequence <= ?3 ORDER BY target_sequence")
            .Bind(1, tenant).Bind(2, first).Bind(3, last);
        var found = new List<(long, long)>();
        while (rows.Step())
        {
            found.Add((rows.Long(0), rows.Long(1)));
        }
        return found;
    }

    private static SegmentRow Read(Statement row) => new(
        row.Long(0), row.Long(1), row.Long(2), row.Long(3), checked((int)row.Long(4)), row.Long(5), row.Long(6),
        row.Bytes(7) is { IsEmpty: false } gone ? MemoryMarshal.Cast<byte, ulong>(gone).ToArray() : null);
}
