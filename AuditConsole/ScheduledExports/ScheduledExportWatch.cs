using AuditConsole.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.ScheduledExports;

/// <summary>Looks every hour whether retention is about to take entries that an export has yet to hold, and tells of it once a day.</summary>
internal sealed partial class ScheduledExportWatch(
    IDbContextFactory<ConsoleDbContext> contexts, ScheduledExportReading reading, ScheduledExportStops stops, TimeProvider clock, ILogger<ScheduledExportWatch> log)
    : BackgroundService
{
    private static readonly TimeSpan AfterStart = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);
    private static readonly TimeSpan BetweenNotices = TimeSpan.FromDays(1);

    private readonly Dictionary<string, DateTimeOffset> _told = [];

    /// <summary>Looks now.</summary>
    /// <returns>The exports that entries are about to be lost to.</returns>
    public async Task<IReadOnlyList<string>> RunAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var exports = await context.ScheduledExports.AsNoTracking().Include(export => export.Tenant).ToListAsync(cancellationToken);
        var behind = new List<string>();
        foreach (var export in exports)
        {
            var last = await context.ScheduledExportRuns.AsNoTracking().Where(run => run.ExportId == export.Id).OrderByDescending(run => run.Due).FirstOrDefaultAsync(cancellationToken);
            if (await reading.WarnAsync(export, last, cancellationToken) is not { } warning)
            {
                continue;
            }
            behind.Add(export.Id);
            var now = clock.GetUtcNow();
            if (now - _told.GetValueOrDefault(export.Id) >= BetweenNotices)
            {
                _told[export.Id] = now;
                stops.Behind(export, warning);
            }
        }
        return behind;
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // A host starts its next service only once this one waits.
        await Task.Yield();
        try
        {
            for (var delay = AfterStart; ; delay = Interval)
            {
                await Task.Delay(delay, clock, stoppingToken);
                try
                {
                    await RunAsync(stoppingToken);
                }
                catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
                {
                    Log.Failed(log, fault);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host takes this for a failure while it is still starting, and says so.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "It could not be looked how far scheduled exports are behind; it is done again in an hour")]
        public static partial void Failed(ILogger logger, Exception fault);
    }
}
