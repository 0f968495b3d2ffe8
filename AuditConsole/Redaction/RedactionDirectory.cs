using System.Collections.Concurrent;
using AuditConsole.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.Redaction;

/// <summary>Each tenant's rules, compiled, from memory. Every change of rules empties it.</summary>
public sealed class RedactionDirectory(IDbContextFactory<ConsoleDbContext> contexts)
{
    private readonly ConcurrentDictionary<int, RuleSet> _known = new();
    private long _generation;

    internal async ValueTask<RuleSet> OfAsync(int tenant, CancellationToken cancellationToken)
    {
        if (_known.TryGetValue(tenant, out var known))
        {
            return known;
        }
        var generation = Interlocked.Read(ref _generation);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var stored = await context.RedactionRules.AsNoTracking().Where(rule => rule.TenantNumber == tenant).ToListAsync(cancellationToken);
        known = stored.Count == 0 ? RuleSet.Default : RuleSet.Of(stored);
        if (generation == Interlocked.Read(ref _generation))
        {
            _known[tenant] = known;
            // A change between the comparison and the store would otherwise leave the old rules behind.
            if (generation != Interlocked.Read(ref _generation))
            {
                _known.TryRemove(tenant, out _);
            }
        }
        return known;
    }

    internal void Clear()
    {
        // In this order: a reader that began before the change sees another generation and keeps nothing.
        Interlocked.Increment(ref _generation);
        _known.Clear();
    }
}
