using System.Collections.Concurrent;

namespace AuditConsole.ScheduledExports;

/// <summary>Lets one run of an export be under way at a time, and none while somebody changes it.</summary>
internal sealed class ExportTurns
{
    private readonly ConcurrentDictionary<string, Turn> _turns = new(StringComparer.Ordinal);

    /// <summary>Whether a run of the export is under way.</summary>
    public bool IsRunning(string id) => _turns.TryGetValue(id, out var turn) && turn.IsRunning;

    /// <summary>Begins a run; null where one is under way or somebody changes the export.</summary>
    public Held? TryBegin(string id, CancellationToken cancellationToken)
    {
        var turn = _turns.GetOrAdd(id, _ => new Turn());
        lock (turn)
        {
            if (turn.Changing > 0 || !turn.Gate.Wait(0, CancellationToken.None))
            {
                return null;
            }
            turn.Ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            return new Held(turn, turn.Ending.Token, isRun: true);
        }
    }

    /// <summary>Ends what is under way of an export; nothing of it begins until what is returned is disposed.</summary>
    public async Task<IDisposable> SuspendAsync(string id, CancellationToken cancellationToken)
    {
        var turn = _turns.GetOrAdd(id, _ => new Turn());
        lock (turn)
        {
            turn.Changing++;
            turn.Ending?.Cancel();
        }
        try
        {
            await turn.Gate.WaitAsync(cancellationToken);
        }
        catch
        {
            lock (turn)
            {
                turn.Changing--;
            }
            throw;
        }
        return new Held(turn, CancellationToken.None, isRun: false);
    }

    internal sealed class Turn
    {
        public SemaphoreSlim Gate { get; } = new(1, 1);

        public CancellationTokenSource? Ending { get; set; }

        public int Changing { get; set; }

        public bool IsRunning => Ending is not null;
    }

    /// <summary>A turn that is had.</summary>
    internal sealed class Held(Turn turn, CancellationToken ended, bool isRun) : IDisposable
    {
        /// <summary>Somebody wants to change the export, or the service ends.</summary>
        public CancellationToken Ended => ended;

        public void Dispose()
        {
            lock (turn)
            {
                if (isRun)
                {
                    turn.Ending!.Dispose();
                    turn.Ending = null;
                }
                else
                {
                    turn.Changing--;
                }
                turn.Gate.Release();
            }
        }
    }
}
