using System.Collections.Concurrent;

namespace AuditConsole.Demo;

/// <summary>
/// The clock of a demo: while its log is written, the writer sees the time at which each entry is said to have come;
/// everybody else, and everybody afterwards, sees the real one.
/// </summary>
internal sealed class DemoClock : TimeProvider
{
    private readonly ConcurrentQueue<DateTimeOffset> _times = new();
    private volatile bool _isWalking;

    /// <summary>Says when the entries that are appended next came, one append each, in their order.</summary>
    public void Enqueue(DateTimeOffset time)
    {
        _isWalking = true;
        _times.Enqueue(time);
    }

    /// <summary>Everybody sees the real time again.</summary>
    public void Stop() => _isWalking = false;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() =>
        _isWalking && Thread.CurrentThread.Name == Storage.Sqlite.SqliteWriter.ThreadName && _times.TryDequeue(out var time)
            ? time
            : System.GetUtcNow();
}
