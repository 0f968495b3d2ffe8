namespace AuditConsole.Storage.Sqlite;

/// <summary>
/// What withholding and holds add to the tables of <see cref="EntrySchema"/>. A released migration executes this text:
/// change the schema by a new migration, never here.
/// </summary>
internal static class EvidenceSchema
{
    /// <summary>Whether the row <c>OLD</c> of <c>entry</c> is under a hold. The words of a filter that no entry has are NULL, which equals nothing.</summary>
    private const string OldIsHeld =
        """
        EXISTS (SELECT 1 FROM hold WHERE TenantNumber = OLD.tenant AND LiftedAt IS NULL
            AND (Since IS NULL OR OLD.occurred_at >= Since) AND (Until IS NULL OR OLD.occurred_at < Until)
            AND (EntityType IS NULL OR OLD.entity_type = (SELECT id FROM dictionary WHERE tenant = OLD.tenant AND value = EntityType))
            AND (Action IS NULL OR OLD.action = (SELECT id FROM dictionary WHERE tenant = OLD.tenant AND value = Action))
            AND (Slug IS NULL OR OLD.shown_slug = (SELECT id FROM dictionary WHERE tenant = OLD.tenant AND value = Slug))
            AND (Actor IS NULL OR OLD.actor = (SELECT id FROM dictionary WHERE tenant = OLD.tenant AND value = Actor))
            AND (Ip IS NULL OR OLD.ip = (SELECT id FROM dictionary WHERE tenant = OLD.tenant AND value = Ip)))
        """;

    /// <summary>As its migration makes it, after the table <c>hold</c>.</summary>
    public const string Initial =
        $"""
        -- In the place of an entry's salt, details and address: their hash, and who had them destroyed when and why.
        -- record is the sequence of the entry that says so. chain.names_left is 2 from a withholding until the file has
        -- been searched for what is left of it.
        CREATE TABLE withheld (
            tenant INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            details_hash BLOB NOT NULL,
            at INTEGER NOT NULL,
            by TEXT NOT NULL,
            by_name TEXT,
            reason TEXT NOT NULL,
            record INTEGER NOT NULL,
            PRIMARY KEY (tenant, sequence)
        ) STRICT, WITHOUT ROWID;

        CREATE TRIGGER withheld_is_never_updated BEFORE UPDATE ON withheld BEGIN
            SELECT RAISE(ABORT, 'what stands in the place of details is never changed');
        END;
        CREATE TRIGGER withheld_leaves_with_its_entry BEFORE DELETE ON withheld
        WHEN EXISTS (SELECT 1 FROM entry WHERE tenant = OLD.tenant AND sequence = OLD.sequence) BEGIN
            SELECT RAISE(ABORT, 'what stands in the place of details leaves with its entry');
        END;
        CREATE TRIGGER withheld_is_never_replaced BEFORE INSERT ON withheld
        WHEN EXISTS (SELECT 1 FROM withheld WHERE tenant = NEW.tenant AND sequence = NEW.sequence) BEGIN
            SELECT RAISE(ABORT, 'what stands in the place of details is never replaced');
        END;

        -- One change of an entry is let through: salt, details and address go, all else stays, a record of it is
        -- there, and no hold covers the entry.
        DROP TRIGGER IF EXISTS entry_is_never_updated;
        CREATE TRIGGER entry_is_never_updated BEFORE UPDATE ON entry
        WHEN NOT (
            length(OLD.salt) > 0 AND NEW.salt = x'' AND NEW.details = '' AND NEW.ip IS NULL
            AND NEW.position = OLD.position AND NEW.tenant = OLD.tenant AND NEW.sequence = OLD.sequence
            AND NEW.occurred_at = OLD.occurred_at AND NEW.recorded_at = OLD.recorded_at AND NEW.recorded_by = OLD.recorded_by
            AND NEW.actor_type = OLD.actor_type AND NEW.actor = OLD.actor AND NEW.action = OLD.action
            AND NEW.entity_type = OLD.entity_type AND NEW.entity_id = OLD.entity_id AND NEW.entity_slug IS OLD.entity_slug
            AND NEW.shown_slug = OLD.shown_slug AND NEW.entity_version IS OLD.entity_version
            AND NEW.engine_version IS OLD.engine_version AND NEW.correlation_id IS OLD.correlation_id
            AND NEW.schema_version IS OLD.schema_version AND NEW.id = OLD.id AND NEW.leaf = OLD.leaf AND NEW.hash = OLD.hash
            AND EXISTS (
                SELECT 1 FROM withheld JOIN entry AS record ON record.tenant = withheld.tenant AND record.sequence = withheld.record
                WHERE withheld.tenant = OLD.tenant AND withheld.sequence = OLD.sequence)
            AND NOT {OldIsHeld}) BEGIN
            SELECT RAISE(ABORT, 'entries are never changed');
        END;

        DROP TRIGGER IF EXISTS entry_leaves_by_retention;
        CREATE TRIGGER entry_leaves_by_retention BEFORE DELETE ON entry
        WHEN NOT EXISTS (SELECT 1 FROM purge_permit WHERE tenant = OLD.tenant AND OLD.occurred_at < before) OR {OldIsHeld} BEGIN
            SELECT RAISE(FAIL, 'entries leave by retention alone');
        END;
        """;
}
