namespace AuditConsole.Checkpoints;

/// <summary>Looks once a second whether a checkpoint is due.</summary>
internal sealed partial class CheckpointWorker(CheckpointService checkpoints, TimeProvider clock, ILogger<CheckpointWorker> log) : BackgroundService
{
    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        // The key is there before anybody can ask for it.
        await checkpoints.OpenAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // A host starts its next service only once this one waits.
        await Task.Yield();
        using var timer = new PeriodicTimer(CheckpointService.Pace, clock);
        try
        {
            do
            {
                await RunAsync(stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
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
            foreach (var signed in await checkpoints.RunAsync(stoppingToken))
            {
                Log.Signed(log, signed.TenantNumber, signed.Size);
            }
        }
        catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
        {
            Log.Failed(log, fault);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Debug, Message = "Signed the checkpoint of tenant {Tenant} up to #{Size}")]
        public static partial void Signed(ILogger logger, int tenant, long size);

        [LoggerMessage(Level = LogLevel.Error, Message = "Signing checkpoints failed; it is tried again in a second")]
        public static partial void Failed(ILogger logger, Exception fault);
    }
}
