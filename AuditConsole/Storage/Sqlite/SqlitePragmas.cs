using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Diagnostics;
using SQLitePCL;

namespace AuditConsole.Storage.Sqlite;

/// <summary>The one place that opens connections and says how they behave.</summary>
internal static class SqlitePragmas
{
    /// <summary>How long a statement waits for another process or connection, in milliseconds.</summary>
    private const string Common = "PRAGMA busy_timeout = 30000; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY;";

    // FULL: NORMAL in WAL mode loses acknowledged commits when the power fails.
    // wal_autocheckpoint, in pages: for a process without a WalCheckpointer, and where that one fails.
    // secure_delete: what a purge or a deletion frees is overwritten.
    private const string Writing =
        $"{Common} PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 32000; PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON; PRAGMA secure_delete = ON;";

    /// <summary>The connection string of Entity Framework's contexts.</summary>
    public static string ConnectionString(string file) =>
        new SqliteConnectionStringBuilder { DataSource = file, Mode = SqliteOpenMode.ReadWrite, Pooling = true }.ToString();

    /// <summary>Opens the writer's connection, or one that makes the database.</summary>
    public static SqliteConnection OpenForWriting(string file)
    {
        var connection = Open(file, SqliteOpenMode.ReadWriteCreate, Writing);
        return connection;
    }

    // A larger cache makes pages no faster at ten million entries, and walking over all of them slower by a tenth.
    private const string Reading = $"{Common} PRAGMA cache_size = -16000;";

    /// <summary>Opens a connection that can't write.</summary>
    public static SqliteConnection OpenForReading(string file) => Open(file, SqliteOpenMode.ReadOnly, Reading);

    /// <summary>Opens one that reads for one thread at a time, without the lock that every look at a column takes.</summary>
    /// <exception cref="SqliteException">The file can't be opened.</exception>
    public static sqlite3 OpenReader(string file)
    {
        var code = raw.sqlite3_open_v2(file, out var database, raw.SQLITE_OPEN_READONLY | raw.SQLITE_OPEN_NOMUTEX, null);
        if (code == raw.SQLITE_OK)
        {
            code = raw.sqlite3_exec(database, Reading);
        }
        if (code == raw.SQLITE_OK)
        {
            return database;
        }
        using (database)
        {
            throw new SqliteException($"SQLite error {code}: {raw.sqlite3_errmsg(database).utf8_to_string()}", code, raw.sqlite3_extended_errcode(database));
        }
    }

    /// <summary>Fixes what can't be changed once there is a table, and the journal.</summary>
    public static void PrepareNewFile(SqliteConnection connection) =>
        Execute(connection, "PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;");

    public static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static SqliteConnection Open(string file, SqliteOpenMode mode, string pragmas)
    {
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = file, Mode = mode, Pooling = false }.ToString());
        try
        {
            connection.Open();
            Execute(connection, pragmas);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Sets the same on every connection that Entity Framework opens.</summary>
    public sealed class Interceptor : DbConnectionInterceptor
    {
        public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData) =>
            Execute((SqliteConnection)connection, Writing);

        public override Task ConnectionOpenedAsync(
            DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
        {
            Execute((SqliteConnection)connection, Writing);
            return Task.CompletedTask;
        }
    }
}
