using AuditConsole.Operations;
using AuditConsole.Storage.Segments;
using Microsoft.Data.Sqlite;

namespace AuditConsole.Storage.Sqlite;

/// <summary>
/// The one writer of entries: a thread with its own connection that commits what waits in groups. An append is
/// acknowledged only after its commit is on disk.
/// </summary>
internal sealed partial class SqliteWriter(
    DataDirectory directory, SqliteContextFactory contexts, WriteGate gate, TimeProvider clock, ConsoleMetrics metrics, CommitSignals signals,
    SegmentCache segments, SegmentSizes sizes, SegmentQueue segmentQueue, ILogger<SqliteWriter> log) : IDisposable
{
    /// <summary>The name of the writer's thread.</summary>
    public const string ThreadName = "Entry writer";

    private const int EntriesInGroup = 1000;
    private const int WaitingRequests = 2048;

    private readonly WriterQueue _queue = new(WaitingRequests);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly WalCheckpointer _checkpointer = new(directory.DatabaseFile, WalCheckpointer.PagesInLog, log);
    private readonly WordIds _words = new();
    private WriterSession? _session;

    /// <summary>Opens the connection and starts the thread.</summary>
    public void Start()
    {
        if (_session is not null)
        {
            throw new InvalidOperationException("The writer runs already.");
        }
        _session = new WriterSession(directory.DatabaseFile, contexts, clock, segments, sizes, segmentQueue, _words);
        metrics.WatchQueue(() => _queue.Count);
        new Thread(Run) { IsBackground = true, Name = ThreadName }.Start();
        _checkpointer.Start(() => _ = CopyRestOfLogAsync());
    }

    /// <summary>Whether there is one in this process: a command that only reads has none.</summary>
    public bool IsStarted => _session is not null;

    /// <summary>Takes nothing more, finishes what was accepted, closes the connection.</summary>
    public Task StopAsync()
    {
        _queue.Close();
        return !IsStarted ? Task.CompletedTask : _ended.Task;
    }

    public async Task<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken)
    {
        RequireStarted();
        var work = new AppendWork(request, _words.Find(request));
        await _queue.AddAsync(work, cancellationToken);
        return await work.Done;
    }

    /// <summary>Runs something on the writer's thread and connection, between groups of entries.</summary>
    public Task<T> RunAsync<T>(bool inTransaction, Func<WriterSession, T> run, CancellationToken cancellationToken) =>
        RunAsync(new WriterJob<T>(inTransaction, waitsForDisk: true, run), cancellationToken);

    /// <summary>
    /// The same with something that would be done again if the power failed now: its commit doesn't wait for the disk. The
    /// next one that does puts it there too, so that nothing which was acknowledged ever stands without it.
    /// </summary>
    public Task<T> RunRepeatableAsync<T>(bool inTransaction, Func<WriterSession, T> run, CancellationToken cancellationToken) =>
        RunAsync(new WriterJob<T>(inTransaction, waitsForDisk: false, run), cancellationToken);

    /// <summary>Copies what the write-ahead log holds into the database, on the caller's thread; entries go on.</summary>
    public void CopyLog() => _checkpointer.Copy();

    public void Dispose() => _queue.Close();

    private async Task<T> RunAsync<T>(WriterJob<T> job, CancellationToken cancellationToken)
    {
        RequireStarted();
        await _queue.AddAsync(job, cancellationToken);
        return await job.Done;
    }

    private void RequireStarted()
    {
        if (!IsStarted)
        {
            throw new InvalidOperationException("The storage isn't started: StorageHost.StartAsync comes first.");
        }
    }

    private void Run()
    {
        var session = _session!;
        var taken = new List<WriterWork>();
        while (_queue.Take(taken, EntriesInGroup))
        {
            if (taken[0] is WriterJob job)
            {
                RunJob(session, job);
            }
            else
            {
                // Entries of a tenant next to each other: a page of its log, and a purge, then touch few pages of the file.
                RunGroup(session, [.. taken.Cast<AppendWork>().OrderBy(work => work.Request.Tenant)]);
            }
            _checkpointer.Committed(session.WrittenPages);
        }
        _checkpointer.Stop();
        Close(session);
        _ended.SetResult();
    }

    private async Task CopyRestOfLogAsync()
    {
        try
        {
            await RunAsync(inTransaction: false, session => { session.CopyLog(); return true; }, default);
        }
        catch (StorageException)
        {
            // Told in the log already, or the service is stopping.
        }
    }

    private void RunGroup(WriterSession session, List<AppendWork> group)
    {
        if (TryCommit(session, () => group.ForEach(work => Append(session, work))) is not { } fault)
        {
            group.ForEach(work => work.Acknowledge());
            signals.Raise(group.Where(work => work.Result?.Entries.Count > 0).Select(work => work.Request.Tenant));
            metrics.Committed(group.Sum(work => work.Request.Entries.Count));
            return;
        }
        if (group.Count > 1 && !(fault is SqliteException sqlite && StorageFaults.IsOfDisk(sqlite)))
        {
            // The database refused what one of them stores: only that one is to fail.
            group.ForEach(work => RunGroup(session, [work]));
            return;
        }
        Log.GroupFailed(log, fault, group.Count);
        group.ForEach(work => work.Fail(Describe(fault)));
    }

    private static void Append(WriterSession session, AppendWork work)
    {
        work.Result = session.Append(work.Request, work.Words, out var fault);
        work.Fault = fault;
    }

    private void RunJob(WriterSession session, WriterJob job)
    {
        if (TryCommit(session, () => job.Run(session), job.InTransaction, job.WaitsForDisk) is { } fault)
        {
            Log.JobFailed(log, fault);
            job.Fail(Describe(fault));
        }
        else
        {
            job.Acknowledge();
        }
    }

    private Exception? TryCommit(WriterSession session, Action run, bool inTransaction = true, bool waitsForDisk = true)
    {
        gate.Enter();
        try
        {
            session.WaitForDisk(waitsForDisk);
            if (inTransaction)
            {
                session.Begin();
            }
            run();
            if (inTransaction)
            {
                session.Commit();
            }
            return null;
        }
        catch (Exception fault)
        {
            try
            {
                session.Rollback();
            }
            catch (SqliteException second)
            {
                // The next group begins anew, or fails in its turn.
                Log.RollbackFailed(log, second);
            }
            return fault;
        }
        finally
        {
            gate.Leave();
        }
    }

    private Exception Describe(Exception fault) => fault is SqliteException sqlite ? StorageFaults.Describe(sqlite, directory.DatabaseFile) : fault;

    private void Close(WriterSession session)
    {
        try
        {
            session.Prepare("PRAGMA wal_checkpoint(TRUNCATE)").Run();
        }
        catch (SqliteException fault)
        {
            // What is committed is in the write-ahead log, which the next start reads.
            Log.JobFailed(log, fault);
        }
        session.Dispose();
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "Nothing of {Requests} append requests was stored")]
        public static partial void GroupFailed(ILogger logger, Exception fault, int requests);

        [LoggerMessage(Level = LogLevel.Error, Message = "Upkeep of the database failed")]
        public static partial void JobFailed(ILogger logger, Exception fault);

        [LoggerMessage(Level = LogLevel.Error, Message = "A failed transaction couldn't be undone")]
        public static partial void RollbackFailed(ILogger logger, Exception fault);
    }
}
