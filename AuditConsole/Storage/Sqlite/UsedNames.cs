namespace AuditConsole.Storage.Sqlite;

/// <summary>Which names and kinds the entries of a tenant use, learnt in batches in the order of sequences.</summary>
internal sealed class UsedNames(int tenant)
{
    private const int RowsInBatch = 5000;

    private const string Rows =
        """
        SELECT sequence, entity_type, action, recorded_by, actor_type, actor, entity_id, shown_slug, entity_slug, entity_version, engine_version, ip
        FROM entry WHERE tenant = ?1 AND sequence > ?2 ORDER BY sequence LIMIT ?3
        """;

    private const string Targets =
        "SELECT word FROM entry_target WHERE target_tenant = ?1 AND target_sequence > ?2 AND target_sequence <= ?3";

    private readonly HashSet<(long EntityType, long Action)> _kinds = [];
    private long _last;

    public HashSet<long> Words { get; } = [];

    public IReadOnlySet<(long EntityType, long Action)> Kinds => _kinds;

    public bool ReadMore(ReadConnection connection) => ReadMore(connection.Prepare(Rows), connection.Prepare(Targets));

    /// <summary>On the writer, behind whose back no entry can come.</summary>
    public bool ReadMore(WriterSession session) => ReadMore(session.Prepare(Rows), session.Prepare(Targets));

    /// <summary>The ids of the dictionary that no entry read so far uses.</summary>
    public List<long> FindUnused(ReadConnection connection)
    {
        var rows = connection.Prepare("SELECT id FROM dictionary WHERE tenant = ?1").Bind(1, tenant);
        var unused = new List<long>();
        while (rows.Step())
        {
            if (!Words.Contains(rows.Long(0)))
            {
                unused.Add(rows.Long(0));
            }
        }
        return unused;
    }

    /// <returns>Whether there may be more.</returns>
    private bool ReadMore(Statement rows, Statement targets)
    {
        var before = _last;
        rows.Bind(1, tenant).Bind(2, _last).Bind(3, RowsInBatch);
        var read = 0;
        while (rows.Step())
        {
            read++;
            _last = rows.Long(0);
            _kinds.Add((rows.Long(1), rows.Long(2)));
            for (var column = 1; column < 12; column++)
            {
                if (rows.LongOrNull(column) is { } id)
                {
                    Words.Add(id);
                }
            }
        }
        targets.Bind(1, tenant).Bind(2, before).Bind(3, _last);
        while (targets.Step())
        {
            Words.Add(targets.Long(0));
        }
        return read == RowsInBatch;
    }
}
