namespace AuditConsole.Storage.Sqlite;

/// <summary>
/// The tables of the segments, in the place of indexes on the columns by which entries are filtered. Released
/// migrations execute this text: change the schema by a new migration, never here.
/// </summary>
internal static class SegmentSchema
{
    /// <summary>As the migration makes it, empty: the segments of what is there are made when the storage starts.</summary>
    public const string Initial =
        """
        -- version: raised when a part is written anew. gone: the ranks of purged entries, as bits; NULL for none.
        CREATE TABLE segment (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            tenant INTEGER NOT NULL,
            first INTEGER NOT NULL,
            last INTEGER NOT NULL,
            entries INTEGER NOT NULL,
            oldest INTEGER NOT NULL,
            newest INTEGER NOT NULL,
            version INTEGER NOT NULL DEFAULT 0,
            gone BLOB,
            UNIQUE (tenant, first)
        ) STRICT;

        -- id: 16 times the segment's, plus the part's number: 0 for places, else the dimension's.
        CREATE TABLE segment_part (
            id INTEGER PRIMARY KEY,
            data BLOB NOT NULL
        ) STRICT;

        -- sealed: up to which sequence segments hold the entries. version and tail_version: raised when what readers
        -- remember of the segments, and of the entries behind them, isn't true any more.
        CREATE TABLE segment_state (
            tenant INTEGER PRIMARY KEY,
            sealed INTEGER NOT NULL,
            version INTEGER NOT NULL,
            tail_version INTEGER NOT NULL
        ) STRICT;

        DROP INDEX entry_by_type;
        DROP INDEX entry_by_action;
        DROP INDEX entry_by_slug;
        DROP INDEX entry_by_actor;
        DROP INDEX entry_by_ip;

        -- entry_target holds further targets from now on; the ids of main entities that stand there do no harm.
        DROP INDEX entry_by_target;
        """;
}
