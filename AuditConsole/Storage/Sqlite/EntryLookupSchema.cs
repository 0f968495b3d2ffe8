namespace AuditConsole.Storage.Sqlite;

/// <summary>
/// By what else entries are found than by their own columns. Executed by a migration: change it by a new one. The
/// function <c>address_key</c> is there while migrations run (<see cref="SqliteDatabase"/>).
/// </summary>
/// <remarks>
/// <c>target_occurred_at</c> was for the index <c>entry_by_target</c>, which is gone (<see cref="SegmentSchema"/>); no
/// filter reads it. It stays because SQLite drops a column by writing every row anew, in one transaction at the start of
/// a large database.
/// </remarks>
internal static class EntryLookupSchema
{
    /// <summary>The tables, filled with what the entries so far say.</summary>
    public const string Initial =
        """
        -- The words by which an entry is found as acting on something, apart from its shown slug: the id of the main
        -- entity, ids and slugs of further targets. They are details: they go when the entry goes or its details do.
        CREATE TABLE entry_target (
            target_tenant INTEGER NOT NULL,
            target_sequence INTEGER NOT NULL,
            word INTEGER NOT NULL,
            target_occurred_at INTEGER NOT NULL,
            PRIMARY KEY (target_tenant, target_sequence, word)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX entry_by_target ON entry_target (target_tenant, word, target_occurred_at, target_sequence);

        -- Each client address of the dictionary in the order of addresses, in which a network is a range.
        CREATE TABLE client_address (
            word INTEGER PRIMARY KEY,
            address_tenant INTEGER NOT NULL,
            address BLOB NOT NULL
        ) STRICT;
        CREATE INDEX client_address_in_order ON client_address (address_tenant, address);

        INSERT OR IGNORE INTO dictionary (tenant, value)
            SELECT entry.tenant, name.value FROM entry, json_each(details, '$.targets') AS target, json_each(target.value) AS name
            WHERE name.key IN ('id', 'slug');
        INSERT OR IGNORE INTO entry_target (target_tenant, target_sequence, word, target_occurred_at)
            SELECT tenant, sequence, entity_id, occurred_at FROM entry WHERE entity_id <> shown_slug;
        INSERT OR IGNORE INTO entry_target (target_tenant, target_sequence, word, target_occurred_at)
            SELECT entry.tenant, sequence, dictionary.id, occurred_at
            FROM entry, json_each(details, '$.targets') AS target, json_each(target.value) AS name, dictionary
            WHERE name.key IN ('id', 'slug') AND dictionary.tenant = entry.tenant AND dictionary.value = name.value
                AND dictionary.id <> entry.shown_slug;
        INSERT INTO client_address (word, address_tenant, address)
            SELECT dictionary.id, tenant, address_key(value) FROM dictionary
            WHERE id IN (SELECT DISTINCT ip FROM entry WHERE ip IS NOT NULL) AND address_key(value) IS NOT NULL;
        """;
}
