namespace AuditConsole.Storage.Sqlite;

/// <summary>What waits for the writer's thread. Bounded: who comes to a full queue waits without a thread.</summary>
internal sealed class WriterQueue(int capacity) : IDisposable
{
    private readonly Queue<WriterWork> _waiting = new();
    private readonly SemaphoreSlim _room = new(capacity, capacity);
    private bool _closed;

    /// <summary>How much waits.</summary>
    public int Count
    {
        get
        {
            lock (_waiting)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>Hands in work. Once this returns, the work will be done or fail, whatever becomes of the caller.</summary>
    /// <exception cref="StorageException">The queue is closed.</exception>
    public async ValueTask AddAsync(WriterWork work, CancellationToken cancellationToken)
    {
        await _room.WaitAsync(cancellationToken);
        lock (_waiting)
        {
            if (_closed)
            {
                _room.Release();
                throw new StorageException("The service is stopping and takes no further entries. Send them again when it runs.");
            }
            _waiting.Enqueue(work);
            if (_waiting.Count == 1)
            {
                Monitor.Pulse(_waiting);
            }
        }
    }

    /// <summary>
    /// Waits for work and takes what is there, never waiting for more: appends of up to about
    /// <paramref name="entries"/> entries, or one job.
    /// </summary>
    /// <returns>False when the queue is closed and empty.</returns>
    public bool Take(List<WriterWork> taken, int entries)
    {
        taken.Clear();
        lock (_waiting)
        {
            while (_waiting.Count == 0)
            {
                if (_closed)
                {
                    return false;
                }
                Monitor.Wait(_waiting);
            }
            for (var weight = 0; weight < entries && _waiting.TryPeek(out var next);)
            {
                if (next is not AppendWork append)
                {
                    if (taken.Count == 0)
                    {
                        taken.Add(_waiting.Dequeue());
                    }
                    break;
                }
                taken.Add(_waiting.Dequeue());
                weight += Math.Max(1, append.Request.Entries.Count);
            }
        }
        _room.Release(taken.Count);
        return true;
    }

    /// <summary>Takes nothing more; what was accepted can still be taken out.</summary>
    public void Close()
    {
        lock (_waiting)
        {
            _closed = true;
            Monitor.PulseAll(_waiting);
        }
    }

    public void Dispose() => _room.Dispose();
}

/// <summary>Something for the writer's thread to do.</summary>
internal abstract class WriterWork
{
    /// <summary>Tells whoever waits that it failed.</summary>
    public abstract void Fail(Exception fault);
}

/// <summary>Entries to append; shares its transaction with others.</summary>
internal sealed class AppendWork(AppendRequest request, FoundWords words) : WriterWork
{
    private readonly TaskCompletionSource<AppendResult> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public AppendRequest Request => request;

    /// <summary>What was known of the names in it when it was handed in.</summary>
    public FoundWords Words => words;

    public Task<AppendResult> Done => _done.Task;

    /// <summary>What became of it, told only once the transaction is on disk.</summary>
    public AppendResult? Result { get; set; }

    /// <summary>Why it alone failed.</summary>
    public Exception? Fault { get; set; }

    public void Acknowledge()
    {
        if (Fault is not null)
        {
            _done.SetException(Fault);
        }
        else
        {
            _done.SetResult(Result!);
        }
    }

    public override void Fail(Exception fault) => _done.SetException(fault);
}

/// <summary>Something that has the writer's connection to itself.</summary>
internal abstract class WriterJob(bool inTransaction, bool waitsForDisk) : WriterWork
{
    /// <summary>Whether it runs in a transaction of its own; a vacuum and a checkpoint can't.</summary>
    public bool InTransaction => inTransaction;

    /// <summary>Whether its commit is on disk when it is done.</summary>
    public bool WaitsForDisk => waitsForDisk;

    public abstract void Run(WriterSession session);

    public abstract void Acknowledge();
}

internal sealed class WriterJob<T>(bool inTransaction, bool waitsForDisk, Func<WriterSession, T> run) : WriterJob(inTransaction, waitsForDisk)
{
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _result;

    public Task<T> Done => _done.Task;

    public override void Run(WriterSession session) => _result = run(session);

    public override void Acknowledge() => _done.SetResult(_result!);

    public override void Fail(Exception fault) => _done.SetException(fault);
}
