using System.Collections.Concurrent;
using AuditConsole.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.ApiKeys;

/// <summary>A key as it authenticates.</summary>
internal sealed record KnownKey(
    string Id, string Name, int Tenant, Guid TenantId, IReadOnlyList<string> Scopes, DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt);

/// <summary>Finds keys by their hash, from memory, and notes their last use. Every change of keys empties it.</summary>
public sealed partial class ApiKeyDirectory(IDbContextFactory<ConsoleDbContext> contexts, TimeProvider clock, ILogger<ApiKeyDirectory> logger)
    : BackgroundService
{
    private static readonly TimeSpan WriteEvery = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, KnownKey> _known = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _uses = new(StringComparer.Ordinal);
    private long _generation;

    internal async Task<KnownKey?> FindAsync(string text, CancellationToken cancellationToken)
    {
        var hash = ApiKeyText.Hash(text);
        var name = Convert.ToHexString(hash);
        if (_known.TryGetValue(name, out var known))
        {
            return known;
        }
        var generation = Interlocked.Read(ref _generation);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var found = await context.ApiKeys.AsNoTracking().Include(key => key.Tenant)
            .SingleOrDefaultAsync(key => key.Hash == hash, cancellationToken);
        if (found is null)
        {
            return null;
        }
        known = new KnownKey(
            found.Id, found.Name, found.TenantNumber, found.Tenant!.Id, found.Scopes.Split(' '), found.ExpiresAt, found.RevokedAt);
        if (generation == Interlocked.Read(ref _generation))
        {
            _known[name] = known;
            // A change between the comparison and the store would otherwise leave the old answer behind.
            if (generation != Interlocked.Read(ref _generation))
            {
                _known.TryRemove(name, out _);
            }
        }
        return known;
    }

    /// <summary>The last use that may not have been written yet.</summary>
    internal DateTimeOffset? LastUse(string keyId) => _uses.TryGetValue(keyId, out var at) ? at : null;

    internal void Use(string keyId)
    {
        var now = clock.GetUtcNow();
        _uses[keyId] = DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds() / 60 * 60);
    }

    internal void Clear()
    {
        // In this order: a reader that began before the change sees another generation and keeps nothing.
        Interlocked.Increment(ref _generation);
        _known.Clear();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(WriteEvery, clock);
        var written = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await WriteAsync(written);
            }
        }
        catch (OperationCanceledException)
        {
            await WriteAsync(written);
        }
    }

    private async Task WriteAsync(Dictionary<string, DateTimeOffset> written)
    {
        var news = _uses.Where(use => !written.TryGetValue(use.Key, out var before) || before < use.Value).ToList();
        if (news.Count == 0)
        {
            return;
        }
        try
        {
            await using var context = await contexts.CreateDbContextAsync();
            foreach (var (id, at) in news)
            {
                if (await context.ApiKeys.FindAsync(id) is { } key)
                {
                    key.LastUsedAt = at;
                }
            }
            await context.SaveChangesAsync();
            foreach (var (id, at) in news)
            {
                written[id] = at;
            }
        }
        catch (Exception failure)
        {
            // The next minute tries again.
            Log.NotWritten(logger, failure, news.Count);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The last use of {Count} keys was not written")]
        public static partial void NotWritten(ILogger logger, Exception failure, int count);
    }
}
