using System.Collections.Concurrent;

namespace AuditConsole.ScheduledExports;

/// <summary>Looks once a second which exports are due, and lets a few of them run at once; those that fail have places of their own, fewer.</summary>
internal sealed partial class ScheduledExportWorker(ScheduledExportRunner runner, TimeProvider clock, ILogger<ScheduledExportWorker> log) : BackgroundService
{
    private const int MostWorking = 2;
    private const int MostFailing = 2;

    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, (Task Task, bool IsFailing)> _running = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // A host starts its next service only once this one waits.
        await Task.Yield();
        using var timer = new PeriodicTimer(Pace, clock);
        try
        {
            do
            {
                await BeginDueAsync(stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host takes this for a failure while it is still starting, and says so.
        }
        await Task.WhenAll(_running.Values.Select(running => running.Task));
    }

    private async Task BeginDueAsync(CancellationToken stoppingToken)
    {
        try
        {
            foreach (var (id, isFailing) in await runner.FindDueAsync(stoppingToken))
            {
                if (!_running.ContainsKey(id) && _running.Values.Count(running => running.IsFailing == isFailing) < (isFailing ? MostFailing : MostWorking))
                {
                    var began = new TaskCompletionSource();
                    var task = RunAsync(id, began.Task, stoppingToken);
                    _running[id] = (task, isFailing);
                    began.SetResult();
                }
            }
        }
        catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
        {
            Log.NotFound(log, fault);
        }
    }

    private async Task RunAsync(string id, Task began, CancellationToken stoppingToken)
    {
        await began;
        await Task.Yield();
        try
        {
            // What was missed is made up for without a pause.
            while (await runner.RunAsync(id, stoppingToken) == RunResult.Done)
            {
            }
        }
        catch (Exception fault)
        {
            if (!stoppingToken.IsCancellationRequested)
            {
                Log.Failed(log, fault, id);
            }
        }
        finally
        {
            _running.TryRemove(id, out _);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "It could not be looked which scheduled exports are due; it is done again in a second")]
        public static partial void NotFound(ILogger logger, Exception fault);

        [LoggerMessage(Level = LogLevel.Error, Message = "The scheduled export {Export} could not be run; it is tried again in a second")]
        public static partial void Failed(ILogger logger, Exception fault, string export);
    }
}
