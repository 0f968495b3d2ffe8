using AuditConsole.Storage;
using AuditConsole.Tenants;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.Retention;

/// <summary>Tells how far back each tenant's log is readable now. Retentions come from memory; every change empties it.</summary>
public sealed class ReadScopes(IDbContextFactory<ConsoleDbContext> contexts, TimeProvider clock)
{
    private readonly Remembered<int, Tenant> _tenants = new();

    /// <summary>The scope in which a tenant's entries are read.</summary>
    /// <param name="tenant">The tenant's number in the store.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<ReadScope> OfAsync(int tenant, CancellationToken cancellationToken)
    {
        var found = await _tenants.GetAsync(tenant, ReadAsync, cancellationToken);
        // Of this moment: a pending retention begins, and entries expire, without any change.
        var now = clock.GetUtcNow();
        return new ReadScope(found.Number, found.Id, found.RetentionAt(now).CutoffAt(now));
    }

    /// <summary>Forgets the retentions: one of them was changed.</summary>
    internal void Clear() => _tenants.Clear();

    private async Task<Tenant> ReadAsync(int tenant, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.Tenants.AsNoTracking().SingleAsync(candidate => candidate.Number == tenant, cancellationToken);
    }
}
