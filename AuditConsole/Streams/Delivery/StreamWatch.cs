using AuditConsole.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.Streams.Delivery;

/// <summary>Looks every hour whether retention is about to take entries that a stream has yet to deliver, and tells of it once a day.</summary>
internal sealed partial class StreamWatch(
    IDbContextFactory<ConsoleDbContext> contexts, StreamReading reading, StreamNotices notices, TimeProvider clock, ILogger<StreamWatch> log) : BackgroundService
{
    private static readonly TimeSpan AfterStart = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);
    private static readonly TimeSpan BetweenNotices = TimeSpan.FromDays(1);

    private readonly Dictionary<string, DateTimeOffset> _told = [];

    /// <summary>Looks now.</summary>
    /// <returns>The streams that entries are about to be lost to.</returns>
    public async Task<IReadOnlyList<string>> RunAsync(CancellationToken cancellationToken)
    {
        List<LogStream> streams;
        Dictionary<string, StreamLane> lanes;
        await using (var context = await contexts.CreateDbContextAsync(cancellationToken))
        {
            streams = await context.Streams.AsNoTracking().ToListAsync(cancellationToken);
            lanes = await context.StreamLanes.AsNoTracking().Where(lane => lane.Kind == LaneKind.Live).ToDictionaryAsync(lane => lane.StreamId, cancellationToken);
        }
        var behind = new List<string>();
        foreach (var stream in streams.Where(stream => lanes.ContainsKey(stream.Id)))
        {
            if (await reading.WarnAsync(stream, lanes[stream.Id], cancellationToken) is not { } warning)
            {
                continue;
            }
            behind.Add(stream.Id);
            var now = clock.GetUtcNow();
            if (now - _told.GetValueOrDefault(stream.Id) >= BetweenNotices)
            {
                _told[stream.Id] = now;
                notices.Behind(stream, warning);
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
        [LoggerMessage(Level = LogLevel.Error, Message = "It could not be looked how far streams are behind; it is done again in an hour")]
        public static partial void Failed(ILogger logger, Exception fault);
    }
}
