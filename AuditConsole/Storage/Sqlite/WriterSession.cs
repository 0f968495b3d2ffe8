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

    public WriterSession(string file, SqliteContextFactory contexts, TimeProvider clock, SegmentCache segments, SegmentSizes sizes, SegmentQueue queue)
    {
        _contexts = contexts;
        _clock = clock;
        (_segments, _sizes, _queue) = (segments, sizes, queue);
        Connection = SqlitePragmas.OpenForWriting(file);
        SqlitePragmas.Execute(Connection, "PRAGMA cache_size = -64000;");
    }

    public SqliteConnection Connection { get; }

    public WriterMemory Memory { get; } = new();

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

    public void Begin() => Prepare("BEGIN IMMEDIATE").Run();

    /// <summary>Records the heads, makes segments of what is enough for one, and puts the transaction on disk.</summary>
    public void Commit()
    {
        SaveChains();
        SealAll();
        Prepare("COMMIT").Run();
        Memory.Keep();
        TellOfCompleted();
    }

    /// <summary>Undoes the transaction, if SQLite hasn't done so itself.</summary>
    public void Rollback()
    {
        Memory.Forget();
        _completed.Clear();
        if (IsInTransaction)
        {
            Prepare("ROLLBACK").Run();
        }
    }

    /// <summary>Appends the entries of one request within the open transaction.</summary>
    /// <returns>Null where the request alone fails, for the reason in <paramref name="fault"/>; the transaction goes on without it.</returns>
    public AppendResult? Append(AppendRequest request, out Exception? fault)
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
                return AppendWithChange(request, mark, now, out fault);
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
        Insert(request, placed, kept, now);
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

    private bool IsInTransaction => raw.sqlite3_get_autocommit(Connection.Handle) == 0;

    private AppendResult? AppendWithChange(AppendRequest request, WriterMemory.Mark mark, long now, out Exception? fault)
    {
        fault = null;
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
            Insert(request, placed, kept, now);
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
    }
}
