using System.Diagnostics;
using System.Globalization;
using Microsoft.Data.Sqlite;

namespace AuditConsole.Benchmarks.Scale;

/// <summary>
/// Who else puts the same columns on disk: the sqlite3 command line with INSERT … SELECT of 1,000 rows a transaction into
/// a table without an index, and eight connections that each commit every row. All with WAL and synchronous = FULL. And
/// what the command line makes of the service's own table: the most that a writer could reach who had nothing else to do.
/// </summary>
/// <param name="folder">Where the files are made.</param>
internal sealed class InsertPeers(string folder)
{
    private const int RowsInTransaction = 1000;
    private const int Writers = 8;

    private readonly string _source = Path.Combine(folder, "source.db");
    private int _runs;

    /// <summary>Whether the command line is installed.</summary>
    public static bool HasSqlite { get; } =
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(path => File.Exists(Path.Combine(path, "sqlite3")));

    /// <summary>Takes the rows from a database of ours, once.</summary>
    public void Take(string database, int rows) => Execute(
        _source, $"PRAGMA page_size = 8192; ATTACH '{database}' AS ours; CREATE TABLE entry AS SELECT * FROM ours.entry ORDER BY position LIMIT {rows}; CREATE UNIQUE INDEX by_position ON entry (position); CREATE TABLE guarded AS SELECT sql FROM ours.sqlite_schema WHERE name IN ('entry', 'entry_is_never_replaced') ORDER BY name;");

    /// <summary>Rows a second of the sqlite3 command line, its start included.</summary>
    /// <param name="rows">How many.</param>
    /// <param name="guarded">Into a table with the key and the insert trigger of ours.</param>
    public double SqliteRate(int rows, bool guarded = false)
    {
        var file = NewFile(guarded);
        var script = new StringWriter(CultureInfo.InvariantCulture);
        script.WriteLine($"PRAGMA synchronous = FULL; PRAGMA recursive_triggers = {(guarded ? "ON" : "OFF")}; ATTACH '{_source}' AS source;");
        for (var first = 1; first <= rows; first += RowsInTransaction)
        {
            script.WriteLine($"INSERT OR FAIL INTO main.entry SELECT * FROM source.entry WHERE rowid BETWEEN {first} AND {first + RowsInTransaction - 1};");
        }
        var watch = Stopwatch.StartNew();
        using var sqlite = Process.Start(new ProcessStartInfo("sqlite3", [file]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        sqlite.StandardInput.Write(script);
        sqlite.StandardInput.Close();
        sqlite.StandardOutput.ReadToEnd();
        sqlite.WaitForExit();
        watch.Stop();
        Require(file, rows);
        return rows / watch.Elapsed.TotalSeconds;
    }

    /// <summary>Rows a second of eight connections, each with a transaction a row.</summary>
    public double WritersRate(int rows)
    {
        var file = NewFile();
        var next = 0;
        var watch = Stopwatch.StartNew();
        var threads = Enumerable.Range(0, Writers).Select(_ => new Thread(() =>
        {
            using var connection = Open(file);
            Execute(connection, $"PRAGMA synchronous = FULL; PRAGMA busy_timeout = 60000; ATTACH '{_source}' AS source;");
            using var insert = connection.CreateCommand();
            insert.CommandText = "INSERT INTO main.entry SELECT * FROM source.entry WHERE rowid = $row";
            var row = insert.Parameters.Add("$row", SqliteType.Integer);
            for (var at = Interlocked.Increment(ref next); at <= rows; at = Interlocked.Increment(ref next))
            {
                row.Value = at;
                insert.ExecuteNonQuery();
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        watch.Stop();
        Require(file, rows);
        return rows / watch.Elapsed.TotalSeconds;
    }

    private string NewFile(bool guarded = false)
    {
        var file = Path.Combine(folder, $"peer-{_runs++}.db");
        Execute(file, $"PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; ATTACH '{_source}' AS source;");
        using var connection = Open(file);
        using var columns = connection.CreateCommand();
        if (guarded)
        {
            columns.CommandText = $"ATTACH '{_source}' AS source; SELECT group_concat(sql, ';') FROM source.guarded";
            Execute(connection, (string)columns.ExecuteScalar()!);
            return file;
        }
        columns.CommandText =
            $"ATTACH '{_source}' AS source; SELECT group_concat(name || CASE WHEN name = 'position' THEN ' INTEGER PRIMARY KEY' ELSE ' ' || coalesce(nullif(type, ''), 'ANY') END, ', ') FROM pragma_table_info('entry', 'source')";
        var definition = (string)columns.ExecuteScalar()!;
        Execute(connection, $"CREATE TABLE main.entry ({definition.Replace(" INT,", " INTEGER,", StringComparison.Ordinal)}) STRICT");
        return file;
    }

    private static void Require(string file, int rows)
    {
        using var connection = Open(file);
        using var count = connection.CreateCommand();
        count.CommandText = "SELECT count(*) FROM entry";
        if ((long)count.ExecuteScalar()! != rows)
        {
            throw new InvalidOperationException("The peer didn't insert what it should have.");
        }
    }

    private static void Execute(string file, string sql)
    {
        using var connection = Open(file);
        Execute(connection, sql);
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static SqliteConnection Open(string file)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }
}
