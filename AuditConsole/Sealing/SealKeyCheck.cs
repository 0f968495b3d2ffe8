namespace AuditConsole.Sealing;

/// <summary>
/// Says at the start that the key of sealed values is gone, rather than when somebody needs one. The log goes on
/// without: only what a rule would seal is refused until then.
/// </summary>
internal sealed partial class SealKeyCheck(SealKey key, ILogger<SealKeyCheck> log) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // A host starts its next service only once this one waits.
        await Task.Yield();
        if (key.FindProblem() is { } problem)
        {
            Log.Missing(log, problem);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Critical, Message = "Nothing can be sealed or unsealed. {Problem}")]
        public static partial void Missing(ILogger logger, string problem);
    }
}
