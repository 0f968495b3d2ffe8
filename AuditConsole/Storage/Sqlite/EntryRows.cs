using AuditConsole.Core;
using AuditConsole.Storage.Segments;

namespace AuditConsole.Storage.Sqlite;

/// <summary>Rows of the table <c>entry</c>, turned into entries.</summary>
internal static class EntryRows
{
    // How many places are looked up together. Their details are in memory at once, however large they are.
    private const int PlacesAtOnce = 32;

    /// <summary>What <see cref="Read"/> reads, in its order.</summary>
    public const string Columns =
        "sequence, occurred_at, recorded_at, recorded_by, actor_type, actor, action, entity_type, entity_id, entity_slug, " +
        "entity_version, engine_version, correlation_id, schema_version, id, salt, leaf, hash, details";

    /// <summary>The row that the statement stands on. Its details are not yet read.</summary>
    /// <exception cref="FormatException">The row can't be an entry: it was changed from outside.</exception>
    public static EntryRow Read(int tenant, Statement row, ReadConnection connection)
    {
        try
        {
            var withheld = row.Bytes(15).IsEmpty ? WithheldRows.Find(tenant, row.Long(0), connection) : null;
            var occurredAt = DateTimeOffset.FromUnixTimeMilliseconds(row.Long(1));
            var content = new NewEntry
            {
                OccurredAt = occurredAt,
                Actor = new Actor(connection.Word(tenant, row.Long(4)), connection.Word(tenant, row.Long(5))),
                Action = connection.Word(tenant, row.Long(6)),
                Target = new Resource(
                    connection.Word(tenant, row.Long(7)), connection.Word(tenant, row.Long(8)), WordOrNull(tenant, row, 9, connection), WordOrNull(tenant, row, 10, connection)),
                EngineVersion = WordOrNull(tenant, row, 11, connection),
                CorrelationId = row.StrictTextOrNull(12),
                SchemaVersion = row.LongOrNull(13) is { } version ? checked((int)version) : null,
            };
            return new EntryRow(
                new Guid(row.Bytes(14), bigEndian: true),
                row.Long(0),
                occurredAt,
                DateTimeOffset.FromUnixTimeMilliseconds(row.Long(2)),
                connection.Word(tenant, row.Long(3)),
                content,
                withheld is null ? new DetailsSalt(row.Bytes(15)) : default,
                new EntryHash(row.Bytes(16)),
                new EntryHash(row.Bytes(17)),
                row.Bytes(18).ToArray(),
                withheld);
        }
        catch (Exception fault) when (fault is ArgumentException or OverflowException)
        {
            throw new FormatException(fault.Message, fault);
        }
    }

    /// <summary>The entries at some places, in their order; one that was purged meanwhile is left out.</summary>
    /// <exception cref="StorageException">A row was changed from outside and is no entry any more.</exception>
    public static List<AuditEntry> ReadAll(IReadOnlyList<Place> places, ReadScope scope, ReadConnection connection) =>
        ReadAll(places, scope, connection, long.MaxValue, out _);

    /// <summary>The same, until their details have so many bytes, and whether places were left because of that.</summary>
    public static List<AuditEntry> ReadAll(IReadOnlyList<Place> places, ReadScope scope, ReadConnection connection, long bytes, out bool more)
    {
        var entries = new List<AuditEntry>(places.Count);
        var rows = connection.Prepare($"SELECT {Columns} FROM entry WHERE tenant = ?1 AND sequence BETWEEN ?2 AND ?3 ORDER BY sequence").Bind(1, scope.Tenant);
        Span<int> at = stackalloc int[PlacesAtOnce * 2];
        var found = new AuditEntry?[PlacesAtOnce];
        for (var first = 0; first < places.Count; first += PlacesAtOnce)
        {
            if (bytes <= 0)
            {
                more = true;
                return entries;
            }
            var count = Math.Min(PlacesAtOnce, places.Count - first);
            var (low, high) = (long.MaxValue, 0L);
            for (var i = first; i < first + count; i++)
            {
                (low, high) = (Math.Min(low, places[i].Sequence), Math.Max(high, places[i].Sequence));
            }
            Array.Clear(found);
            if (high - low < at.Length)
            {
                // Near each other: one walk over all of them, whatever stands between.
                at.Fill(-1);
                for (var i = 0; i < count; i++)
                {
                    at[(int)(places[first + i].Sequence - low)] = i;
                }
                ReadRange(rows, low, high, at, found, scope, connection);
            }
            else
            {
                at[0] = 0;
                for (var i = 0; i < count; i++)
                {
                    var sequence = places[first + i].Sequence;
                    ReadRange(rows, sequence, sequence, at, found.AsSpan(i), scope, connection);
                }
            }
            for (var i = 0; i < count; i++)
            {
                if (found[i] is { } entry)
                {
                    entries.Add(entry);
                    bytes -= entry.Details.Utf8.Length;
                }
            }
        }
        more = false;
        return entries;
    }

    /// <summary>The entry on which a statement over <see cref="Columns"/> stands after its first step; null where it has none.</summary>
    /// <exception cref="StorageException">The row was changed from outside and is no entry any more.</exception>
    public static AuditEntry? ReadFirst(Statement rows, ReadScope scope, ReadConnection connection)
    {
        try
        {
            return rows.Step() ? ReadEntry(rows, FindHash(scope.Tenant, rows.Long(0) - 1, connection), scope, connection) : null;
        }
        finally
        {
            rows.Reset();
        }
    }

    /// <summary>Reads the entries of a range of which the places are wanted.</summary>
    /// <param name="rows">Over <see cref="Columns"/>, from ?2 to ?3.</param>
    /// <param name="low">The first sequence.</param>
    /// <param name="high">The last.</param>
    /// <param name="at">Where each sequence of the range goes, counted from <paramref name="low"/>; -1 for nowhere.</param>
    /// <param name="found">Receives the entries.</param>
    /// <param name="scope">Whose rows they are.</param>
    /// <param name="connection">Looks up names and hashes.</param>
    private static void ReadRange(
        Statement rows, long low, long high, ReadOnlySpan<int> at, Span<AuditEntry?> found, ReadScope scope, ReadConnection connection)
    {
        // With the row before the first, whose hash it names.
        rows.Bind(2, low - 1).Bind(3, high);
        try
        {
            var (before, hash) = (-1L, EntryHash.Zero);
            while (rows.Step())
            {
                var sequence = rows.Long(0);
                if (sequence >= low && at[(int)(sequence - low)] is >= 0 and var index)
                {
                    found[index] = ReadEntry(rows, before == sequence - 1 ? hash : FindHash(scope.Tenant, sequence - 1, connection), scope, connection);
                }
                if (sequence == high)
                {
                    // Without the step that finds nothing more.
                    break;
                }
                before = sequence;
                hash = HashOrZero(rows.Bytes(17));
            }
        }
        finally
        {
            rows.Reset();
        }
    }

    private static AuditEntry ReadEntry(Statement row, EntryHash previous, ReadScope scope, ReadConnection connection)
    {
        try
        {
            return Read(scope.Tenant, row, connection).ToEntry(scope.TenantId, previous);
        }
        catch (FormatException fault)
        {
            throw Damaged(row.Long(0), fault);
        }
    }

    // A row that is missing or damaged without a purge is for the verification to name; the page still shows the rest.
    private static EntryHash HashOrZero(ReadOnlySpan<byte> bytes) => bytes.Length == EntryHash.Size ? new EntryHash(bytes) : EntryHash.Zero;

    // Ids count from 1, and SQLite gives 0 for NULL.
    private static string? WordOrNull(int tenant, Statement row, int column, ReadConnection connection) =>
        row.Long(column) is not 0 and var id ? connection.Word(tenant, id) : null;

    /// <summary>The link at a place: in its row, in what a purge left of it, or at the end of the purged prefix.</summary>
    private static EntryHash FindHash(int tenant, long sequence, ReadConnection connection)
    {
        if (sequence == 0)
        {
            return EntryHash.Zero;
        }
        var find = connection.Prepare(
            """
            SELECT hash FROM entry WHERE tenant = ?1 AND sequence = ?2
            UNION ALL SELECT hash FROM purged_leaf WHERE tenant = ?1 AND sequence = ?2
            UNION ALL SELECT base_hash FROM chain WHERE tenant = ?1 AND base_size = ?2
            """).Bind(1, tenant).Bind(2, sequence);
        var hash = find.Step() ? HashOrZero(find.Bytes(0)) : EntryHash.Zero;
        find.Reset();
        return hash;
    }

    private static StorageException Damaged(long sequence, Exception fault) => new(
        $"Entry #{sequence:N0} was changed in the database and can't be read: {fault.Message} Run verify, and restore a backup.", fault);
}

/// <summary>An entry as it stands in its row.</summary>
internal readonly record struct EntryRow(
    Guid Id, long Sequence, DateTimeOffset OccurredAt, DateTimeOffset RecordedAt, string RecordedBy, NewEntry HeadContent,
    DetailsSalt Salt, EntryHash Leaf, EntryHash Hash, byte[] Details, WithheldDetails? Withheld)
{
    public AuditEntry ToEntry(Guid tenantId, EntryHash previousHash) => new()
    {
        Content = HeadContent,
        // Behind the content, which they complete.
        Details = Withheld is null ? StoredDetails.Read(Details) : StoredDetails.None,
        Id = Id,
        TenantId = tenantId,
        Sequence = Sequence,
        OccurredAt = OccurredAt,
        RecordedAt = RecordedAt,
        RecordedBy = RecordedBy,
        Salt = Salt,
        Withheld = Withheld,
        Leaf = Leaf,
        PreviousHash = previousHash,
        Hash = Hash,
    };
}
