using AuditConsole.Retention;

namespace AuditConsole.Checkpoints;

/// <summary>
/// Signs what isn't signed yet before a purge. Otherwise a purge could take the place of the last checkpoint and all
/// that is behind it, and nothing would be left by which the log is known for a continuation of what was signed.
/// </summary>
internal sealed partial class SignsBeforePurge(CheckpointService checkpoints, ILogger<SignsBeforePurge> log) : IPurgeWitness
{
    /// <inheritdoc/>
    public async Task BeforePurgeAsync(int tenant, CancellationToken cancellationToken)
    {
        try
        {
            await checkpoints.SignNowAsync(tenant, cancellationToken);
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
        {
            // Retention is kept also where nothing can be signed.
            Log.Failed(log, fault);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "No checkpoint could be signed before the purge")]
        public static partial void Failed(ILogger logger, Exception fault);
    }
}
