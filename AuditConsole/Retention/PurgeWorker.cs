namespace AuditConsole.Retention;

/// <summary>Purges once a day, the first time a minute after the start.</summary>
internal sealed partial class PurgeWorker(
    RetentionService retention, PurgeService purges, TimeProvider clock, ILogger<PurgeWorker> log) : BackgroundService
{
    private static readonly TimeSpan AfterStart = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Interval = TimeSpan.FromDays(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // A host starts its next service only once this one waits.
        await Task.Yield();
        await RunAsync(() => retention.ReconcileAsync(stoppingToken), stoppingToken);
        try
        {
            for (var delay = AfterStart; ; delay = Interval)
            {
                await Task.Delay(delay, clock, stoppingToken);
                await RunAsync(() => PurgeAsync(stoppingToken), stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host takes this for a failure while it is still starting, and says so.
        }
    }

    private async Task PurgeAsync(CancellationToken cancellationToken)
    {
        var report = await purges.PurgeAsync(cancellationToken);
        foreach (var tenant in report.Tenants)
        {
            Log.Purged(log, tenant.Slug, tenant.Expired.Count, tenant.Before);
        }
        var (answers, lines) = await purges.RemoveOldRecordsAsync(cancellationToken);
        Log.Removed(log, answers, lines);
    }

    private async Task RunAsync(Func<Task> run, CancellationToken stoppingToken)
    {
        try
        {
            await run();
        }
        catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
        {
            // The next day tries again; expired entries can't be read meanwhile.
            Log.Failed(log, fault);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Purged {Count} entries of {Tenant} that occurred before {Before:O}")]
        public static partial void Purged(ILogger logger, string tenant, long count, DateTimeOffset before);

        [LoggerMessage(Level = LogLevel.Debug, Message = "Removed {Answers} kept answers and {Lines} lines of the security log")]
        public static partial void Removed(ILogger logger, int answers, int lines);

        [LoggerMessage(Level = LogLevel.Error, Message = "The daily purge failed; the next one goes on where it stopped")]
        public static partial void Failed(ILogger logger, Exception fault);
    }
}
