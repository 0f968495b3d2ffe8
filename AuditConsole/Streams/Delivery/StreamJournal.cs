using System.Threading.Channels;
using AuditConsole.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.Streams.Delivery;

/// <summary>What a lane has to keep.</summary>
/// <param name="Lane">How far it is.</param>
/// <param name="Attempts">What it tried since the last time.</param>
/// <param name="Letters">What became undeliverable since.</param>
internal sealed record LaneEntry(StreamLane Lane, IReadOnlyList<StreamAttempt> Attempts, IReadOnlyList<DeadLetter> Letters);

/// <summary>
/// Keeps how far all lanes are. They share the turn to write with those who append, so what several of them have at the
/// same time goes into one transaction.
/// </summary>
internal sealed partial class StreamJournal(IDbContextFactory<ConsoleDbContext> contexts, ILogger<StreamJournal> log)
{
    private const int MostTogether = 64;
    private const int AttemptsBetweenRemovals = 100;

    private readonly Channel<(LaneEntry Entry, TaskCompletionSource Done)> _queue =
        Channel.CreateBounded<(LaneEntry, TaskCompletionSource)>(new BoundedChannelOptions(1024) { SingleReader = true });

    private readonly Dictionary<string, int> _sinceRemoval = [];

    /// <summary>Completes when it is on disk.</summary>
    /// <exception cref="DbUpdateException">It could not be written; nothing was.</exception>
    public async Task WriteAsync(LaneEntry entry, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _queue.Writer.WriteAsync((entry, done), cancellationToken);
        // What is in the queue is written: a lane that didn't wait for it would not know what is kept.
        await done.Task;
    }

    /// <summary>Writes until the token ends, and then what is left.</summary>
    public async Task RunAsync(CancellationToken stoppingToken)
    {
        using var stop = stoppingToken.Register(() => _queue.Writer.TryComplete());
        var batch = new List<(LaneEntry Entry, TaskCompletionSource Done)>(MostTogether);
        await foreach (var first in _queue.Reader.ReadAllAsync(CancellationToken.None))
        {
            batch.Add(first);
            while (batch.Count < MostTogether && _queue.Reader.TryRead(out var next))
            {
                batch.Add(next);
            }
            await WriteAsync(batch);
            batch.Clear();
        }
    }

    private async Task WriteAsync(List<(LaneEntry Entry, TaskCompletionSource Done)> batch)
    {
        try
        {
            await using (var context = await contexts.CreateDbContextAsync())
            {
                await AddAsync(context, [.. batch.Select(item => item.Entry)]);
                await context.SaveChangesAsync();
            }
            batch.ForEach(item => item.Done.SetResult());
        }
        catch (Exception fault)
        {
            batch.ForEach(item => item.Done.SetException(fault));
            return;
        }
        try
        {
            await RemoveOldAsync(batch.SelectMany(item => item.Entry.Attempts).CountBy(attempt => attempt.StreamId));
        }
        catch (Exception fault) when (fault is DbUpdateException or Microsoft.Data.Sqlite.SqliteException)
        {
            Log.NotRemoved(log, fault);
        }
    }

    private static async Task AddAsync(ConsoleDbContext context, List<LaneEntry> entries)
    {
        foreach (var lane in entries.GroupBy(entry => (entry.Lane.StreamId, entry.Lane.Kind), (_, ofLane) => ofLane.Last().Lane))
        {
            context.StreamLanes.Update(lane);
        }
        context.StreamAttempts.AddRange(entries.SelectMany(entry => entry.Attempts));
        foreach (var letters in entries.SelectMany(entry => entry.Letters).GroupBy(letter => letter.StreamId))
        {
            var sequences = letters.Select(letter => letter.Sequence).ToList();
            var known = await context.DeadLetters.Where(letter => letter.StreamId == letters.Key && sequences.Contains(letter.Sequence))
                .ToDictionaryAsync(letter => letter.Sequence);
            foreach (var letter in letters)
            {
                if (known.TryGetValue(letter.Sequence, out var old))
                {
                    (old.Reason, old.Answer, old.At, old.ResentAt) = (letter.Reason, letter.Answer, letter.At, null);
                }
                else
                {
                    context.DeadLetters.Add(letter);
                    known.Add(letter.Sequence, letter);
                }
            }
        }
    }

    private async Task RemoveOldAsync(IEnumerable<KeyValuePair<string, int>> written)
    {
        foreach (var (stream, count) in written)
        {
            var since = _sinceRemoval.GetValueOrDefault(stream) + count;
            _sinceRemoval[stream] = since;
            if (since < AttemptsBetweenRemovals)
            {
                continue;
            }
            _sinceRemoval.Remove(stream);
            await using var context = await contexts.CreateDbContextAsync();
            foreach (var worked in new[] { true, false })
            {
                var newest = context.StreamAttempts.Where(attempt => attempt.StreamId == stream && attempt.Worked == worked);
                if (await newest.OrderByDescending(attempt => attempt.Id).Skip(StreamAttempt.Kept).Select(attempt => (long?)attempt.Id).FirstOrDefaultAsync() is { } old)
                {
                    await newest.Where(attempt => attempt.Id <= old).ExecuteDeleteAsync();
                }
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Old attempts of streams could not be removed; it is tried again")]
        public static partial void NotRemoved(ILogger logger, Exception fault);
    }
}
