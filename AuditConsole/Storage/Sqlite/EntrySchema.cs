namespace AuditConsole.Storage.Sqlite;

/// <summary>
/// The tables of the entries, which Entity Framework doesn't map. Released migrations execute these texts: change
/// the schema by a new migration, never here.
/// </summary>
internal static class EntrySchema
{
    /// <summary>As the first migration makes it.</summary>
    public const string Initial =
        """
        -- Ids are never given twice, so that a cache can't take a new value for one that was purged.
        CREATE TABLE dictionary (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            tenant INTEGER NOT NULL,
            value TEXT NOT NULL,
            UNIQUE (tenant, value)
        ) STRICT;

        -- position: the order of commits over all tenants. Times are Unix milliseconds; recorded_by to ip are ids in
        -- the dictionary; shown_slug is entity_slug, or entity_id without one; details is canonical JSON.
        CREATE TABLE entry (
            position INTEGER PRIMARY KEY,
            tenant INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            occurred_at INTEGER NOT NULL,
            recorded_at INTEGER NOT NULL,
            recorded_by INTEGER NOT NULL,
            actor_type INTEGER NOT NULL,
            actor INTEGER NOT NULL,
            action INTEGER NOT NULL,
            entity_type INTEGER NOT NULL,
            entity_id INTEGER NOT NULL,
            entity_slug INTEGER,
            shown_slug INTEGER NOT NULL,
            entity_version INTEGER,
            engine_version INTEGER,
            ip INTEGER,
            correlation_id TEXT,
            schema_version INTEGER,
            id BLOB NOT NULL,
            salt BLOB NOT NULL,
            leaf BLOB NOT NULL,
            hash BLOB NOT NULL,
            details TEXT NOT NULL,
            UNIQUE (tenant, sequence)
        ) STRICT;
        CREATE INDEX entry_by_time ON entry (tenant, occurred_at, sequence);
        CREATE INDEX entry_by_type ON entry (tenant, entity_type, occurred_at, sequence);
        CREATE INDEX entry_by_action ON entry (tenant, action, occurred_at, sequence);
        CREATE INDEX entry_by_slug ON entry (tenant, shown_slug, occurred_at, sequence);
        CREATE INDEX entry_by_actor ON entry (tenant, actor, occurred_at, sequence);
        CREATE INDEX entry_by_ip ON entry (tenant, ip, occurred_at, sequence) WHERE ip IS NOT NULL;

        -- What stays of an entry that was purged while an older one lives.
        CREATE TABLE purged_leaf (
            tenant INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            leaf BLOB NOT NULL,
            hash BLOB NOT NULL,
            PRIMARY KEY (tenant, sequence)
        ) STRICT, WITHOUT ROWID;

        -- Ranges of sequences that a purge deleted and that no AuditLogPurged entry names yet.
        CREATE TABLE purge_unrecorded (
            tenant INTEGER NOT NULL,
            first INTEGER NOT NULL,
            last INTEGER NOT NULL,
            PRIMARY KEY (tenant, first)
        ) STRICT, WITHOUT ROWID;

        -- The newest link, and the end of the prefix that is gone with its leaves. names_left is 1 from a purge's first
        -- deletion until the names that nothing refers to any more are removed too.
        CREATE TABLE chain (
            tenant INTEGER PRIMARY KEY,
            size INTEGER NOT NULL,
            hash BLOB NOT NULL,
            recorded_at INTEGER NOT NULL,
            base_size INTEGER NOT NULL,
            base_hash BLOB NOT NULL,
            base_frontier BLOB NOT NULL,
            names_left INTEGER NOT NULL DEFAULT 0
        ) STRICT;

        CREATE TABLE idempotency (
            tenant INTEGER NOT NULL,
            route TEXT NOT NULL,
            key TEXT NOT NULL,
            body_hash BLOB NOT NULL,
            answer BLOB NOT NULL,
            created_at INTEGER NOT NULL,
            UNIQUE (tenant, route, key)
        ) STRICT;
        CREATE INDEX idempotency_by_age ON idempotency (created_at);

        CREATE TABLE entry_kind (
            tenant INTEGER NOT NULL,
            entity_type INTEGER NOT NULL,
            action INTEGER NOT NULL,
            PRIMARY KEY (tenant, entity_type, action)
        ) STRICT, WITHOUT ROWID;

        -- A row stands here only within the transaction of a purge.
        CREATE TABLE purge_permit (
            tenant INTEGER PRIMARY KEY,
            before INTEGER NOT NULL
        ) STRICT;

        -- Guard rails against mistakes; the proof against malice is the chain. Where the writer and the purge pass,
        -- they raise FAIL: for ABORT, SQLite copies every page that a row touches, which took a third of the time.
        CREATE TRIGGER entry_is_never_updated BEFORE UPDATE ON entry BEGIN
            SELECT RAISE(ABORT, 'entries are never changed');
        END;
        CREATE TRIGGER entry_leaves_by_retention BEFORE DELETE ON entry
        WHEN NOT EXISTS (SELECT 1 FROM purge_permit WHERE tenant = OLD.tenant AND OLD.occurred_at < before) BEGIN
            SELECT RAISE(FAIL, 'entries leave by retention alone');
        END;
        -- INSERT OR REPLACE deletes without the DELETE trigger, unless recursive_triggers is on.
        CREATE TRIGGER entry_is_never_replaced BEFORE INSERT ON entry
        WHEN EXISTS (SELECT 1 FROM entry WHERE position = NEW.position)
            OR EXISTS (SELECT 1 FROM entry WHERE tenant = NEW.tenant AND sequence = NEW.sequence) BEGIN
            SELECT RAISE(FAIL, 'entries are never replaced');
        END;
        CREATE TRIGGER purged_leaf_is_never_updated BEFORE UPDATE ON purged_leaf BEGIN
            SELECT RAISE(ABORT, 'leaves are never changed');
        END;
        CREATE TRIGGER purged_leaf_leaves_by_retention BEFORE DELETE ON purged_leaf
        WHEN NOT EXISTS (SELECT 1 FROM purge_permit WHERE tenant = OLD.tenant) BEGIN
            SELECT RAISE(ABORT, 'leaves leave by retention alone');
        END;
        CREATE TRIGGER purged_leaf_is_never_replaced BEFORE INSERT ON purged_leaf
        WHEN EXISTS (SELECT 1 FROM purged_leaf WHERE tenant = NEW.tenant AND sequence = NEW.sequence) BEGIN
            SELECT RAISE(ABORT, 'leaves are never replaced');
        END;
        CREATE TRIGGER chain_is_never_deleted BEFORE DELETE ON chain BEGIN
            SELECT RAISE(ABORT, 'the head of a chain stays');
        END;
        """;
}
