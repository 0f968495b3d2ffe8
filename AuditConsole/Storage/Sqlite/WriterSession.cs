using System.Buffers;
using AuditConsole.Core;
using AuditConsole.Storage.Segments;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace AuditConsole.Storage.Sqlite;

/// <summary>The writer's connection with its prepared statements, and one transaction at a time on it. For one thread.</summary>
internal sealed partial class WriterSession : IDisposable
{
    private readonly SqliteContextFactory _contexts;
    private readonly TimeProvider _clock;
    private readonly Dictionary<string, Statement> _statements = [];
    private readonly ArrayBufferWriter<byte> _scratch = new(1024);
    private bool _waitsForDisk = true;

    public WriterSession(string file, SqliteContextFactory contexts, TimeProvider clock, SegmentCache segments, SegmentSizes sizes, SegmentQueue queue, WordIds words)
    {
        _contexts = contexts;
        _clock = clock;
        (_segments, _sizes, _queue) = (segments, sizes, queue);
        Memory = new WriterMemory(words);
        Connection = SqlitePragmas.OpenForWriting(file);
        SqlitePragmas.Execute(Connection, "PRAGMA cache_size = -64000;");
        EnableTriggers(false);
    }

    public SqliteConnection Connection { get; }

    public WriterMemory Memory { get; }

    /// <summary>A statement that is prepared once.</summary>
    public Statement Prepare(string sql)
    {
        if (!_statements.TryGetValue(sql, out var statement))
        {
            statement = new Statement(Connection, sql);
            _statements.Add(sql, statement);
        }
        return statement;
    }

    /// <summary>Whether the transactions from now on wait until they are on disk. Outside of transactions.</summary>
    public void WaitForDisk(bool waits)
    {
        if (waits != _waitsForDisk)
        {
            Prepare($"PRAGMA synchronous = {(waits ? "FULL" : "NORMAL")}").Run();
            _waitsForDisk = waits;
        }
    }

    public void Begin() => Prepare("BEGIN IMMEDIATE").Run();

    /// <summary>Records the heads, makes segments of what is enough for one, and puts the transaction on disk.</summary>
    public void Commit()
    {
        SaveChains();
        SealAll();
        Prepare("COMMIT").Run();
        Memory.Keep();
        TellOfSegments();
    }

    /// <summary>Undoes the transaction, if SQLite hasn't done so itself.</summary>
    public void Rollback()
    {
        Memory.Forget();
        ForgetSegments();
        if (IsInTransaction)
        {
            Prepare("ROLLBACK").Run();
        }
    }

    /// <summary>Appends the entries of one request within the open transaction.</summary>
    /// <param name="request">The request.</param>
    /// <param name="found">What was known of its names before.</param>
    /// <param name="fault">Why it alone fails.</param>
    /// <returns>Null where it fails; the transaction goes on without it.</returns>
    public AppendResult? Append(AppendRequest request, FoundWords found, out Exception? fault)
    {
        fault = null;
        var mark = Memory.Save(request.Tenant);
        var now = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        PlacedEntries placed;
        byte[]? kept;
        try
        {
            if (request.Idempotency is { } key && FindAnswer(request.Tenant, key, now) is { } answer)
            {
                return new AppendResult([], answer);
            }
            if (request.Change is not null || request.Withholds.Count > 0)
            {
                return AppendWithChange(request, found, mark, now, out fault);
            }
            placed = Place(request, now, out kept);
        }
        catch (Exception refusal) when (refusal is not SqliteException)
        {
            // Nothing was written yet.
            Memory.Restore(mark);
            fault = refusal;
            return null;
        }
        Insert(request, found, placed, kept, now);
        return new AppendResult(placed.Appended);
    }

    public void Dispose()
    {
        foreach (var statement in _statements.Values)
        {
            statement.Dispose();
        }
        Connection.Dispose();
    }

    /// <summary>How many pages this connection has written into the write-ahead log.</summary>
    public long WrittenPages
    {
        get
        {
            raw.sqlite3_db_status(Connection.Handle, raw.SQLITE_DBSTATUS_CACHE_WRITE, out var pages, out _, resetFlg: 0);
            return pages;
        }
    }

    /// <summary>Copies what is left of the write-ahead log into the database, so far as no reader needs it.</summary>
    public void CopyLog() => Prepare("PRAGMA wal_checkpoint(PASSIVE)").Run();

    // By the last statement itself, not by its triggers.
    private int Changes => raw.sqlite3_changes(Connection.Handle);

    private bool IsInTransaction => raw.sqlite3_get_autocommit(Connection.Handle) == 0;

    // The triggers guard the rows of entries against what others execute. This connection's own inserts refuse to
    // replace anything, and its deletions name the same conditions; half of SQLite's time for a row would be the trigger's.
    private void EnableTriggers(bool enabled)
    {
        var code = raw.sqlite3_db_config(Connection.Handle, raw.SQLITE_DBCONFIG_ENABLE_TRIGGER, enabled ? 1 : 0, out _);
        if (code != raw.SQLITE_OK)
        {
            throw new SqliteException($"SQLite error {code}: the triggers can't be switched.", code);
        }
    }

    private AppendResult? AppendWithChange(AppendRequest request, FoundWords found, WriterMemory.Mark mark, long now, out Exception? fault)
    {
        fault = null;
        // What a change executes isn't known here.
        EnableTriggers(true);
        Prepare("SAVEPOINT item").Run();
        try
        {
            if (request.Change is { } change)
            {
                using var context = _contexts.CreateOver(Connection);
                change(context);
                context.SaveChanges();
            }
            var placed = Place(request, now, out var kept);
            Insert(request, found, placed, kept, now);
            Withhold(request, placed);
            Prepare("RELEASE item").Run();
            return new AppendResult(placed.Appended);
        }
        catch (Exception refusal)
        {
            // A full disk undoes the whole transaction, not only this item.
            if (!IsInTransaction || (refusal as SqliteException ?? refusal.InnerException as SqliteException) is { } sqlite && StorageFaults.IsOfDisk(sqlite))
            {
                throw;
            }
            Prepare("ROLLBACK TO item").Run();
            Prepare("RELEASE item").Run();
            Memory.Restore(mark);
            fault = refusal;
            return null;
        }
        finally
        {
            EnableTriggers(false);
        }
    }
}
