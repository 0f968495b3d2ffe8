namespace AuditConsole.Storage.Sqlite;

/// <summary>The table of sealed values. Released migrations execute this text: change the schema by a new migration.</summary>
internal static class SealedSchema
{
    /// <summary>As its migration makes it.</summary>
    public const string Initial =
        """
        -- What a rule sealed: the entry holds the commitment (32 bytes) alone. value is AES-256-GCM over salt and
        -- canonical value, under the key of that id; a row goes with its entry's details, or before them.
        CREATE TABLE sealed_value (
            tenant INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            commitment BLOB NOT NULL,
            rule TEXT NOT NULL,
            path TEXT NOT NULL,
            key_id BLOB NOT NULL,
            nonce BLOB NOT NULL,
            value BLOB NOT NULL,
            PRIMARY KEY (tenant, sequence, commitment)
        ) STRICT;
        CREATE TRIGGER sealed_value_is_never_updated BEFORE UPDATE ON sealed_value BEGIN
            SELECT RAISE(ABORT, 'sealed values are never changed');
        END;
        """;
}
