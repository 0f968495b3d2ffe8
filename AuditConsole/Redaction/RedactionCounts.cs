using System.Collections.Concurrent;
using AuditConsole.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.Redaction;

/// <summary>Counts what rules find, and writes it down once a minute. A kill loses the last minute's counts, never an entry.</summary>
public sealed partial class RedactionCounts(
    IDbContextFactory<ConsoleDbContext> contexts, TimeProvider clock, ILogger<RedactionCounts> logger) : BackgroundService
{
    private static readonly TimeSpan WriteEvery = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<(int Tenant, int Day, string Rule), long> _news = new();

    /// <summary>Today, as days since 1970-01-01 UTC.</summary>
    internal int Today => (int)(clock.GetUtcNow().ToUnixTimeSeconds() / 86_400);

    internal void Add(int tenant, IEnumerable<KeyValuePair<string, int>> caught)
    {
        foreach (var (rule, values) in caught)
        {
            _news.AddOrUpdate((tenant, Today, rule), values, (_, count) => count + values);
        }
    }

    /// <summary>How many values each rule found since a day, by the rule's name.</summary>
    internal async Task<IReadOnlyDictionary<string, long>> SinceAsync(int tenant, int day, CancellationToken cancellationToken)
    {
        await WriteAsync();
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.RedactionCounts.AsNoTracking().Where(count => count.TenantNumber == tenant && count.Day >= day)
            .GroupBy(count => count.Rule, (rule, counts) => new { Rule = rule, Count = counts.Sum(count => count.Count) })
            .ToDictionaryAsync(count => count.Rule, count => count.Count, cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(WriteEvery, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await WriteAsync();
            }
        }
        catch (OperationCanceledException)
        {
            await WriteAsync();
        }
    }

    private async Task WriteAsync()
    {
        var taken = new List<((int Tenant, int Day, string Rule) Key, long Count)>();
        foreach (var key in _news.Keys)
        {
            if (_news.TryRemove(key, out var count))
            {
                taken.Add((key, count));
            }
        }
        if (taken.Count == 0)
        {
            return;
        }
        try
        {
            await using var context = await contexts.CreateDbContextAsync();
            foreach (var ((tenant, day, rule), count) in taken)
            {
                if (await context.RedactionCounts.FindAsync(tenant, day, rule) is { } row)
                {
                    row.Count += count;
                }
                else
                {
                    context.RedactionCounts.Add(new RedactionCount { TenantNumber = tenant, Day = day, Rule = rule, Count = count });
                }
            }
            await context.SaveChangesAsync();
        }
        catch (Exception failure)
        {
            // The next minute tries again.
            foreach (var (key, count) in taken)
            {
                _news.AddOrUpdate(key, count, (_, more) => more + count);
            }
            Log.NotWritten(logger, failure, taken.Count);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "What {Count} redaction rules found was not written")]
        public static partial void NotWritten(ILogger logger, Exception failure, int count);
    }
}
