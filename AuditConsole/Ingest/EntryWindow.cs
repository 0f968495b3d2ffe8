using System.Collections.Concurrent;
using System.Globalization;
using AuditConsole.Core;
using AuditConsole.Retention;

namespace AuditConsole.Ingest;

/// <summary>The times at which an entry may have occurred to be taken.</summary>
/// <param name="Earliest">The first instant that the tenant's retention still keeps.</param>
/// <param name="Latest">The service's clock and 5 minutes.</param>
internal readonly record struct EntryWindow(DateTimeOffset Earliest, DateTimeOffset Latest)
{
    /// <summary>How far a producer's clock may be ahead.</summary>
    public static readonly TimeSpan Ahead = TimeSpan.FromMinutes(5);

    /// <summary>Whether retention has already ended for it.</summary>
    public bool IsExpired(NewEntry entry) => entry.OccurredAt < Earliest;

    /// <summary>What is wrong with the entry's time, or null.</summary>
    public string? FindRefusal(NewEntry entry)
    {
        if (entry.OccurredAt > Latest)
        {
            return $"is more than 5 minutes ahead of the service's clock, which shows {WireTime.Format(Latest - Ahead)}";
        }
        return IsExpired(entry)
            ? string.Create(CultureInfo.InvariantCulture, $"is older than this account's retention, which begins at {WireTime.Format(Earliest)}")
            : null;
    }
}

/// <summary>Knows each tenant's window. A tenant's retention is asked for once in a while, not for every entry.</summary>
internal sealed class EntryWindows(ReadScopes scopes, TimeProvider clock)
{
    // An entry that expires within this time is taken and can't be read: harmless, and as it would be a moment later.
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<int, (DateTimeOffset Until, DateTimeOffset Earliest)> _earliest = new();

    public async ValueTask<EntryWindow> OfAsync(int tenant, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (!_earliest.TryGetValue(tenant, out var known) || known.Until < now)
        {
            var scope = await scopes.OfAsync(tenant, cancellationToken);
            _earliest[tenant] = known = (now + Kept, scope.ExpiredBefore);
        }
        return new EntryWindow(known.Earliest, WireTime.Truncate(now) + EntryWindow.Ahead);
    }
}
