namespace AuditConsole.Checkpoints;

/// <summary>Publishes what was signed, once a second, where a place is configured.</summary>
internal sealed partial class PublicationWorker(CheckpointPublisher publisher, TimeProvider clock, ILogger<PublicationWorker> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // A host starts its next service only once this one waits.
        await Task.Yield();
        if (publisher.Status.Count == 0)
        {
            return;
        }
        using var timer = new PeriodicTimer(Interval, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await RunAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host takes this for a failure while it is still starting, and says so.
        }
    }

    private async Task RunAsync(CancellationToken stoppingToken)
    {
        try
        {
            await publisher.RunAsync(stoppingToken);
        }
        catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
        {
            Log.Failed(log, fault);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "Publishing checkpoints failed; it is tried again")]
        public static partial void Failed(ILogger logger, Exception fault);
    }
}
