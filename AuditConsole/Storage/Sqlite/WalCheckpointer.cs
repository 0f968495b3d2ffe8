using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace AuditConsole.Storage.Sqlite;

/// <summary>
/// Copies SQLite's write-ahead log into the database (https://www.sqlite.org/wal.html#ckpt) on a thread and a connection
/// of its own: where the writer does that at a commit, all who wait for the commit wait for the copying too.
/// </summary>
/// <param name="file">The database.</param>
/// <param name="pagesInLog">After how many written pages it copies.</param>
/// <param name="log">Is told where it fails.</param>
internal sealed partial class WalCheckpointer(string file, int pagesInLog, ILogger log)
{
    /// <summary>Entries touch some pages again and again; at 16 MB these are copied once for some commits, and emptying the log takes few milliseconds.</summary>
    public const int PagesInLog = 2000;

    // What the writer copies itself, between two commits, so long that nobody notices.
    private const int LastPages = 50;

    // What it may copy where more comes in than that while the rest is copied.
    private const int MostLastPages = 500;

    private const int MostPasses = 8;

    private readonly AutoResetEvent _wake = new(initialState: false);
    private readonly Lock _one = new();
    private Action? _finish;
    private Thread? _thread;
    private long _copiedAt;
    private volatile bool _ended;

    /// <summary>Starts the thread.</summary>
    /// <param name="finish">Has the rest copied on the writer's connection, so that the log begins anew with the next commit; doesn't wait for it.</param>
    public void Start(Action finish)
    {
        _finish = finish;
        _thread = new Thread(Run) { IsBackground = true, Name = "WAL checkpointer" };
        _thread.Start();
    }

    /// <summary>Is told after a commit how many pages the writer has written since it opened the database.</summary>
    public void Committed(long pages)
    {
        if (pages - _copiedAt >= pagesInLog)
        {
            _copiedAt = pages;
            _wake.Set();
        }
    }

    /// <summary>Ends the thread, after what it is at.</summary>
    public void Stop()
    {
        _ended = true;
        _wake.Set();
        _thread?.Join();
    }

    /// <summary>Copies all that no reader needs in the log, on the caller's thread. A fault is told in the log alone: nothing is lost.</summary>
    public void Copy()
    {
        try
        {
            // A second one at a time would find the log taken.
            lock (_one)
            {
                if (TryCopy() <= MostLastPages)
                {
                    _finish!();
                }
            }
        }
        catch (Exception fault) when (fault is SqliteException or InvalidOperationException)
        {
            // The log is kept, and the writer copies it itself before it grows without end.
            Log.Failed(log, fault);
        }
    }

    private void Run()
    {
        while (_wake.WaitOne() && !_ended)
        {
            Copy();
        }
    }

    /// <returns>About how many pages are left.</returns>
    private int TryCopy()
    {
        using var connection = SqlitePragmas.OpenForWriting(file);
        var (left, done) = (int.MaxValue, 0);
        for (var pass = 0; pass < MostPasses && left > LastPages && !_ended; pass++)
        {
            var code = raw.sqlite3_wal_checkpoint_v2(connection.Handle, null, raw.SQLITE_CHECKPOINT_PASSIVE, out var pages, out var copied);
            if (code == raw.SQLITE_BUSY)
            {
                // The writer is at it.
                return MostLastPages + 1;
            }
            Require(code, connection);
            // The log may have begun anew.
            var moved = copied >= done ? copied - done : copied;
            done = copied;
            if (moved > LastPages)
            {
                // SQLite leaves that to whoever copies the last page, which is the writer: it waited 20 to 70 ms for it.
                Require(SqliteCalls.SyncFile(connection.Handle!), connection);
            }
            // While a pass copies, fewer pages come in than it copies.
            var before = left;
            left = pages - copied + moved;
            if (pass > 0 && left >= before)
            {
                // A reader holds an old state, or more comes in than can be copied.
                break;
            }
        }
        return left;
    }

    private static void Require(int code, SqliteConnection connection)
    {
        if (code != raw.SQLITE_OK)
        {
            throw new SqliteException($"SQLite error {code}: {raw.sqlite3_errmsg(connection.Handle).utf8_to_string()}", code);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The write-ahead log couldn't be copied into the database")]
        public static partial void Failed(ILogger logger, Exception fault);
    }
}
