using AuditConsole.Core;
using AuditConsole.Storage.Segments;

namespace AuditConsole.Storage.Sqlite;

/// <summary>Rows of the table <c>entry</c>, turned into entries.</summary>
internal static class EntryRows
{
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
                Actor = new Actor(connection.Word(row.Long(4)), connection.Word(row.Long(5))),
                Action = connection.Word(row.Long(6)),
                Target = new Resource(
                    connection.Word(row.Long(7)), connection.Word(row.Long(8)), WordOrNull(row, 9, connection), WordOrNull(row, 10, connection)),
                EngineVersion = WordOrNull(row, 11, connection),
                CorrelationId = row.TextOrNull(12),
                SchemaVersion = row.LongOrNull(13) is { } version ? checked((int)version) : null,
            };
            return new EntryRow(
                new Guid(row.Bytes(14), bigEndian: true),
                row.Long(0),
                occurredAt,
                DateTimeOffset.FromUnixTimeMilliseconds(row.Long(2)),
                connection.Word(row.Long(3)),
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
    /// <inheritdoc cref="ReadAll(Statement, ReadScope, ReadConnection)"/>
    public static List<AuditEntry> ReadAll(IReadOnlyList<Place> places, ReadScope scope, ReadConnection connection, long bytes = long.MaxValue) =>
        ReadAll(places, scope, connection, bytes, out _);

    /// <summary>The same, and whether places may be left because of their size.</summary>
    public static List<AuditEntry> ReadAll(IReadOnlyList<Place> places, ReadScope scope, ReadConnection connection, long bytes, out bool more)
    {
        var read = new List<EntryRow>(places.Count);
        var find = connection.Prepare($"SELECT {Columns} FROM entry WHERE tenant = ?1 AND sequence = ?2").Bind(1, scope.Tenant);
        more = false;
        foreach (var place in places)
        {
            if (bytes <= 0)
            {
                more = true;
                break;
            }
            find.Bind(2, place.Sequence);
            if (find.Step())
            {
                bytes -= Add(find, read, scope, connection);
                find.Reset();
            }
        }
        return Chain(read, scope, connection);
    }

    /// <summary>All rows of a statement, with the hashes before them.</summary>
    /// <param name="rows">A bound statement over <see cref="Columns"/>.</param>
    /// <param name="scope">Whose rows they are.</param>
    /// <param name="connection">Looks up names and hashes.</param>
    /// <exception cref="StorageException">A row was changed from outside and is no entry any more.</exception>
    public static List<AuditEntry> ReadAll(Statement rows, ReadScope scope, ReadConnection connection)
    {
        var read = new List<EntryRow>();
        while (rows.Step())
        {
            Add(rows, read, scope, connection);
        }
        return Chain(read, scope, connection);
    }

    /// <summary>Adds the row that a statement stands on.</summary>
    /// <returns>The bytes of its details.</returns>
    private static int Add(Statement row, List<EntryRow> read, ReadScope scope, ReadConnection connection)
    {
        try
        {
            read.Add(Read(scope.Tenant, row, connection));
            return read[^1].Details.Length;
        }
        catch (FormatException fault)
        {
            throw Damaged(row.Long(0), fault);
        }
    }

    /// <summary>The entries of rows, with the hashes before them.</summary>
    private static List<AuditEntry> Chain(List<EntryRow> read, ReadScope scope, ReadConnection connection)
    {
        var hashes = new Dictionary<long, EntryHash>(read.Count);
        foreach (var row in read)
        {
            hashes[row.Sequence] = row.Hash;
        }
        var entries = new List<AuditEntry>(read.Count);
        foreach (var row in read)
        {
            var previous = hashes.TryGetValue(row.Sequence - 1, out var hash) ? hash : FindHash(scope.Tenant, row.Sequence - 1, connection);
            try
            {
                entries.Add(row.ToEntry(scope.TenantId, previous));
            }
            catch (FormatException fault)
            {
                throw Damaged(row.Sequence, fault);
            }
        }
        return entries;
    }

    private static string? WordOrNull(Statement row, int column, ReadConnection connection) =>
        row.LongOrNull(column) is { } id ? connection.Word(id) : null;

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
        // A row that is missing without a purge is for the verification to name; the page still shows the rest.
        var hash = find.Step() && find.Bytes(0).Length == EntryHash.Size ? new EntryHash(find.Bytes(0)) : EntryHash.Zero;
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
