namespace AuditConsole.WorkOS;

/// <summary>Prepares each export once it is asked for.</summary>
internal sealed partial class ExportWorker(EventExports exports, ILogger<ExportWorker> logger) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // A host starts its next service only once this one waits.
        await Task.Yield();
        try
        {
            await foreach (var id in exports.WaitingAsync(stoppingToken))
            {
                try
                {
                    await exports.PrepareAsync(id, stoppingToken);
                }
                catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
                {
                    // It stays pending, and the next start tries again.
                    Log.Failed(logger, fault, id);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host takes this for a failure while it is still starting, and says so.
        }
        catch (Exception fault)
        {
            Log.Stopped(logger, fault);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "The export {Export} could not be prepared")]
        public static partial void Failed(ILogger logger, Exception fault, string export);

        [LoggerMessage(Level = LogLevel.Error, Message = "Exports are not prepared until the next start")]
        public static partial void Stopped(ILogger logger, Exception fault);
    }
}
