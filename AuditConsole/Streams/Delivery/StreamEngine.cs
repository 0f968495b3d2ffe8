using System.Collections.Concurrent;
using AuditConsole.Checkpoints;
using AuditConsole.Storage;
using AuditConsole.Streams.Buckets;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AuditConsole.Streams.Delivery;

/// <summary>
/// Runs the lanes of all active streams, each on its own: it decides when, <see cref="LaneRunner"/> does. Whoever changes
/// a stream suspends it meanwhile, so that nothing is sent by half a change.
/// </summary>
internal sealed partial class StreamEngine : IHostedService, IDisposable
{
    private static readonly TimeSpan AfterFault = TimeSpan.FromSeconds(5);

    private readonly IDbContextFactory<ConsoleDbContext> _contexts;
    private readonly IEntryStore _store;
    private readonly StreamSetups _setups;
    private readonly StreamStops _stops;
    private readonly StreamJournal _journal;
    private readonly DeliverySlots _slots = new();
    private readonly LaneTools _tools;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _pace;
    private readonly CheckpointSource _checkpoints;
    private readonly CheckpointService _signing;
    private readonly TimeSpan _checkpointPace;
    private readonly ILogger<StreamEngine> _log;
    private readonly ConcurrentDictionary<string, Running> _running = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Throughput> _throughput = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _journalStopping = new();
    private readonly ConcurrentDictionary<Task, bool> _restarts = new();
    private Task? _journalTask;
    private volatile bool _serves;
    private bool _isStopped;

    public StreamEngine(
        IDbContextFactory<ConsoleDbContext> contexts, IEntryStore store, StreamSetups setups, LaneReader reader, StreamJournal journal, StreamStops stops,
        CheckpointSource checkpoints, CheckpointService signing, IOptions<StreamOptions> options, TimeProvider clock, ILogger<StreamEngine> log, ILogger<LaneRunner> laneLog)
    {
        (_contexts, _store, _setups, _stops, _journal, _clock, _log) = (contexts, store, setups, stops, journal, clock, log);
        (_pace, _checkpoints, _signing, _checkpointPace) = (options.Value.Pace, checkpoints, signing, options.Value.CheckpointPace);
        _tools = new LaneTools(
            reader, setups, journal, _slots, new RetrySchedule(options.Value.Schedule, Random.Shared), options.Value.DisableAfter, store, clock, laneLog);
    }

    /// <summary>Starts all active streams.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _journalTask = _journal.RunAsync(_journalStopping.Token);
        List<string> active;
        await using (var context = await _contexts.CreateDbContextAsync(cancellationToken))
        {
            active = await context.Streams.AsNoTracking().Where(stream => stream.State == StreamState.Active).Select(stream => stream.Id).ToListAsync(cancellationToken);
        }
        _serves = true;
        foreach (var id in active)
        {
            await (await SuspendAsync(id, cancellationToken)).DisposeAsync();
        }
    }

    /// <summary>Ends all deliveries: what is under way is sent again after the next start.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _isStopped, true))
        {
            // A host may be stopped twice, beside its own end.
            return;
        }
        _serves = false;
        await _stopping.CancelAsync();
        await Task.WhenAll(_restarts.Keys);
        // All at once: each may need its grace.
        await Task.WhenAll(_running.Values.Select(async running =>
        {
            await running.Turn.WaitAsync(CancellationToken.None);
            try
            {
                await running.StopAsync();
            }
            finally
            {
                running.Turn.Release();
            }
        }));
        await _journalStopping.CancelAsync();
        if (_journalTask is not null)
        {
            await _journalTask;
        }
    }

    public void Dispose()
    {
        _stopping.Dispose();
        _journalStopping.Dispose();
        _slots.Dispose();
    }

    /// <summary>Ends a stream's deliveries until what is returned is disposed; then they go on as the database says.</summary>
    public async Task<IAsyncDisposable> SuspendAsync(string id, CancellationToken cancellationToken)
    {
        var running = _running.GetOrAdd(id, _ => new Running());
        await running.Turn.WaitAsync(cancellationToken);
        await running.StopAsync();
        return new Suspension(this, id, running);
    }

    /// <summary>Entries delivered a minute, in the last minutes.</summary>
    public double PerMinute(string id) => _throughput.TryGetValue(id, out var throughput) ? throughput.PerMinute(_clock) : 0;

    private async Task ResumeAsync(string id, Running running)
    {
        try
        {
            if (!_serves || await _setups.ReadAsync(id, _stopping.Token) is not { } read || read.Stream.State != StreamState.Active)
            {
                return;
            }
            var (setup, problem) = _setups.Of(read.Stream);
            if (setup is null)
            {
                await _stops.StopAsync(read.Stream, StreamState.Error, problem!, _stopping.Token);
                return;
            }
            if (await FindRestoreAsync(read.Stream) is { } restore)
            {
                await _stops.StopAsync(read.Stream, StreamState.Error, restore, _stopping.Token);
                return;
            }
            running.Start([.. read.Lanes.Where(lane => lane.FinishedAt is null)], (lane, ending) => RunAsync(read.Stream, setup, lane, ending));
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
        }
        finally
        {
            running.Turn.Release();
        }
    }

    // Before anything is sent: under ids that were used, other entries would be taken for repetitions. What stands in a
    // bucket of checkpoints is compared by the stream itself.
    private async Task<string?> FindRestoreAsync(LogStream stream) =>
        stream.Purpose != StreamPurpose.Checkpoints && await _signing.FindRestoreAsync(stream.TenantNumber, stream.Tenant!.Id, _stopping.Token) is { } reason
            ? $"{reason} Nothing is delivered, so that nothing is taken for what was delivered before. If a backup was put back on purpose, whoever runs this server accepts it (AuditConsole tenants accept-restore); then resume."
            : null;

    private async Task RunAsync(LogStream stream, StreamSetup setup, StreamLane lane, LaneTokens tokens)
    {
        await Task.Yield();
        await using LaneRunner runner = stream.Purpose == StreamPurpose.Checkpoints
            ? new CheckpointRunner(setup, lane, _tools, _checkpoints, _checkpointPace)
            : new EntryRunner(setup, lane, _tools);
        var throughput = _throughput.GetOrAdd(setup.Id, _ => new Throughput());
        try
        {
            while (await RunOnceAsync(runner, stream, throughput, tokens))
            {
            }
        }
        catch (OperationCanceledException) when (tokens.Ending.IsCancellationRequested)
        {
        }
        finally
        {
            await KeepLastAsync(runner, setup.Id);
        }
    }

    /// <returns>Whether to go on.</returns>
    private async Task<bool> RunOnceAsync(LaneRunner runner, LogStream stream, Throughput throughput, LaneTokens tokens)
    {
        var ended = tokens.Ending;
        try
        {
            var run = await runner.RunAsync(tokens);
            throughput.Add(_clock, run.Delivered);
            switch (run.End)
            {
                case LaneEnd.Idle:
                    await _store.WaitForMoreAsync(stream.TenantNumber, run.Size, ended);
                    // Commits come by the hundred a second: some are gathered before they are looked for.
                    await Task.Delay(_pace, _clock, ended);
                    return true;
                case LaneEnd.Wait:
                    await Task.Delay(run.For, _clock, ended);
                    return true;
                case LaneEnd.Stop:
                    await _stops.StopAsync(stream, run.State, run.Reason!, ended);
                    Restart(stream.Id);
                    return false;
                default:
                    return run.End != LaneEnd.Finished;
            }
        }
        catch (Exception fault) when (!ended.IsCancellationRequested)
        {
            Log.Failed(_log, fault, stream.Id);
            await Task.Delay(AfterFault, _clock, ended);
            return true;
        }
    }

    // The stream's other lane ends too. Not awaited here: it waits for this lane's end.
    private void Restart(string id)
    {
        var restart = Task.Run(async () =>
        {
            try
            {
                await (await SuspendAsync(id, _stopping.Token)).DisposeAsync();
            }
            catch (Exception fault)
            {
                if (!_stopping.IsCancellationRequested)
                {
                    Log.Failed(_log, fault, id);
                }
            }
        });
        _restarts[restart] = true;
        _ = restart.ContinueWith(done => _restarts.TryRemove(done, out _), TaskScheduler.Default);
    }

    private async Task KeepLastAsync(LaneRunner runner, string id)
    {
        try
        {
            await runner.KeepAsync(CancellationToken.None);
        }
        catch (Exception fault)
        {
            // What was delivered since is delivered again, under the same ids.
            Log.NotKept(_log, fault, id);
        }
    }

    private sealed class Suspension(StreamEngine engine, string id, Running running) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await engine.ResumeAsync(id, running);
    }

    /// <summary>The lanes of a stream that run. Changed by who has the turn.</summary>
    private sealed class Running
    {
        // What is under way is let finish, so that a change or a stop of the service sends nothing twice.
        private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

        private CancellationTokenSource? _ending;
        private CancellationTokenSource? _ended;
        private Task _lanes = Task.CompletedTask;

        public SemaphoreSlim Turn { get; } = new(1, 1);

        public void Start(IReadOnlyList<StreamLane> lanes, Func<StreamLane, LaneTokens, Task> run)
        {
            (_ending, _ended) = (new CancellationTokenSource(), new CancellationTokenSource());
            var tokens = new LaneTokens(_ending.Token, _ended.Token);
            _lanes = Task.WhenAll(lanes.Select(lane => run(lane, tokens)));
        }

        public async Task StopAsync()
        {
            if (_ending is null || _ended is null)
            {
                return;
            }
            await _ending.CancelAsync();
            _ended.CancelAfter(Grace);
            try
            {
                await _lanes;
            }
            finally
            {
                _ending.Dispose();
                _ended.Dispose();
                (_ending, _ended) = (null, null);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "A run of the stream {Stream} failed; it is done again")]
        public static partial void Failed(ILogger logger, Exception fault, string stream);

        [LoggerMessage(Level = LogLevel.Error, Message = "How far the stream {Stream} is could not be kept; some of it is delivered again")]
        public static partial void NotKept(ILogger logger, Exception fault, string stream);
    }
}
