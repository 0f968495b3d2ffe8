using AuditConsole.Operations;
using Microsoft.Extensions.Options;

namespace AuditConsole.Integrity;

/// <summary>Verifies in the background, every <c>Integrity:VerificationSeconds</c>.</summary>
internal sealed partial class VerificationWorker(
    IntegrityMonitor monitor, IOptions<IntegrityOptions> options, ConsoleMetrics metrics, TimeProvider clock, ILogger<VerificationWorker> log) : BackgroundService
{
    private static readonly TimeSpan AfterStart = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // A host starts its next service only once this one waits.
        await Task.Yield();
        metrics.WatchFaults(() => monitor.Faults.Count);
        try
        {
            for (var delay = AfterStart; ; delay = TimeSpan.FromSeconds(options.Value.VerificationSeconds))
            {
                await Task.Delay(delay, clock, stoppingToken);
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
            await monitor.RunAsync(stoppingToken);
        }
        catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
        {
            Log.Failed(log, fault);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "Verification could not be done; it is tried again")]
        public static partial void Failed(ILogger logger, Exception fault);
    }
}
