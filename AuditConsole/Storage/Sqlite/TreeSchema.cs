namespace AuditConsole.Storage.Sqlite;

/// <summary>The tables of the Merkle trees. Released migrations execute this text: change the schema by a new migration, never here.</summary>
internal static class TreeSchema
{
    /// <summary>As the migration makes it.</summary>
    public const string Initial =
        """
        -- 256 leaves, 32 bytes each; leaves that went with the purged prefix are zero.
        CREATE TABLE tree_block (
            id INTEGER PRIMARY KEY,
            tenant INTEGER NOT NULL,
            number INTEGER NOT NULL,
            leaves BLOB NOT NULL,
            UNIQUE (tenant, number)
        ) STRICT;

        -- The roots of the perfect subtrees of 2^level leaves, from a block (level 8) upwards.
        CREATE TABLE tree_node (
            tenant INTEGER NOT NULL,
            level INTEGER NOT NULL,
            number INTEGER NOT NULL,
            hash BLOB NOT NULL,
            PRIMARY KEY (tenant, level, number)
        ) STRICT, WITHOUT ROWID;

        -- How many blocks are full, and their frontier.
        CREATE TABLE tree (
            tenant INTEGER PRIMARY KEY,
            blocks INTEGER NOT NULL,
            frontier BLOB NOT NULL
        ) STRICT;
        """;
}
