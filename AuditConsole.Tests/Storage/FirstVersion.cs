using AuditConsole.Storage.Sqlite;

namespace AuditConsole.Tests.Storage;

/// <summary>A database as the first version left it.</summary>
internal static class FirstVersion
{
    /// <summary>Takes away what later migrations add: their tables and columns, and all triggers, which may name them.</summary>
    public static void Make(TestStorage storage)
    {
        HashSet<string> tables =
        [
            "security_event", "tenant", "api_key", "membership", "dictionary", "entry", "purged_leaf", "purge_unrecorded", "chain", "idempotency",
            "entry_kind", "purge_permit",
        ];
        var columns = new Dictionary<string, string[]>
        {
            ["tenant"] = ["Number", "Id", "Slug", "Name", "ExternalId", "CreatedAt", "RetentionDays", "AppliedRetention", "PendingRetention", "PendingFrom"],
            ["api_key"] =
            [
                "Id", "TenantNumber", "Name", "Hash", "Hint", "Scopes", "Slug", "CreatedAt", "CreatedBy", "ExpiresAt", "LastUsedAt", "RevokedAt", "RevokedBy",
            ],
        };
        using var connection = storage.OpenRaw();
        Execute("PRAGMA foreign_keys = OFF");
        Read("SELECT name FROM sqlite_master WHERE type = 'trigger'").ForEach(trigger => Execute($"DROP TRIGGER {trigger}"));
        foreach (var index in EntrySchema.Initial.Split('\n').Where(line => line.Contains("CREATE INDEX entry_by_", StringComparison.Ordinal)))
        {
            Execute(index.Replace("CREATE INDEX", "CREATE INDEX IF NOT EXISTS", StringComparison.Ordinal));
        }
        Read("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'AspNet%' AND name NOT LIKE '\\_\\_EF%' ESCAPE '\\'")
            .Where(table => !tables.Contains(table)).ToList().ForEach(table => Execute($"DROP TABLE {table}"));
        foreach (var (table, first) in columns)
        {
            Read($"SELECT name FROM pragma_table_info('{table}')").Except(first).ToList().ForEach(column => Execute($"ALTER TABLE {table} DROP COLUMN {column}"));
        }
        Execute("DELETE FROM __EFMigrationsHistory WHERE MigrationId NOT LIKE '%_Initial'");

        void Execute(string sql)
        {
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            command.ExecuteNonQuery();
        }

        List<string> Read(string sql)
        {
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            using var rows = command.ExecuteReader();
            var names = new List<string>();
            while (rows.Read())
            {
                names.Add(rows.GetString(0));
            }
            return names;
        }
    }
}
