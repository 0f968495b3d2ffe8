using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Security.Cryptography;
using AuditConsole.Identity;
using AuditConsole.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.ApiKeys;

/// <summary>A key as it authenticates. Without a tenant it serves all of them, each request the one that it names.</summary>
internal sealed record KnownKey(
    string Id, string Name, int? Tenant, byte[] Hash, IReadOnlyList<string> Scopes, string CreatedBy, DateTimeOffset? ExpiresAt,
    DateTimeOffset? RevokedAt, IReadOnlyList<AddressRange> AllowedAddresses)
{
    public static KnownKey Of(ApiKey key) => new(
        key.Id, key.Name, key.TenantNumber, key.Hash, key.Scopes.Split(' '), key.CreatedBy, key.ExpiresAt, key.RevokedAt,
        [.. (key.AllowedAddresses ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(text => AddressRange.TryParse(text, out var range) ? range : throw new FormatException($"{key.Id} allows {text}, which is no address."))]);
}

/// <summary>
/// Finds keys by their hash, from memory, and notes their last use. All of them are in memory, so that a guess costs no
/// look into the database; every change of keys empties it.
/// </summary>
public sealed partial class ApiKeyDirectory : BackgroundService
{
    private static readonly TimeSpan WriteEvery = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _uses = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly IDbContextFactory<ConsoleDbContext> _contexts;
    private readonly TimeProvider _clock;
    private readonly ILogger<ApiKeyDirectory> _logger;
    private Task<Known>? _known;

    /// <summary>Watches for members who leave, since their reading keys end with that.</summary>
    public ApiKeyDirectory(IDbContextFactory<ConsoleDbContext> contexts, MemberChanges changes, TimeProvider clock, ILogger<ApiKeyDirectory> logger)
    {
        (_contexts, _clock, _logger) = (contexts, clock, logger);
        changes.Changed += _ => Clear();
    }

    private sealed record Known(FrozenDictionary<string, KnownKey> ByHash, FrozenDictionary<string, KnownKey> ById);

    internal async Task<KnownKey?> FindAsync(string text, CancellationToken cancellationToken)
    {
        var hash = ApiKeyText.Hash(text);
        var known = await KnowAsync().WaitAsync(cancellationToken);
        return known.ByHash.TryGetValue(Convert.ToHexString(hash), out var key) && CryptographicOperations.FixedTimeEquals(key.Hash, hash) ? key : null;
    }

    internal async Task<KnownKey?> FindByIdAsync(string id, CancellationToken cancellationToken) =>
        (await KnowAsync().WaitAsync(cancellationToken)).ById.GetValueOrDefault(id);

    /// <summary>The last use that may not have been written yet.</summary>
    internal DateTimeOffset? LastUse(string keyId) => _uses.TryGetValue(keyId, out var at) ? at : null;

    internal void Use(string keyId)
    {
        var now = _clock.GetUtcNow();
        _uses[keyId] = DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds() / 60 * 60);
    }

    internal void Clear()
    {
        lock (_gate)
        {
            _known = null;
        }
    }

    private Task<Known> KnowAsync()
    {
        lock (_gate)
        {
            return _known = _known is null or { IsFaulted: true } or { IsCanceled: true } ? Task.Run(ReadAsync) : _known;
        }
    }

    private async Task<Known> ReadAsync()
    {
        await using var context = await _contexts.CreateDbContextAsync();
        var keys = (await context.ApiKeys.AsNoTracking().ToListAsync()).ConvertAll(KnownKey.Of);
        return new Known(
            keys.ToFrozenDictionary(key => Convert.ToHexString(key.Hash), StringComparer.Ordinal),
            keys.ToFrozenDictionary(key => key.Id, StringComparer.Ordinal));
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(WriteEvery, _clock);
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
            await using var context = await _contexts.CreateDbContextAsync();
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
            Log.NotWritten(_logger, failure, news.Count);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The last use of {Count} keys was not written")]
        public static partial void NotWritten(ILogger logger, Exception failure, int count);
    }
}
