using AuditConsole.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.Retention;

/// <summary>Tells how far back each tenant's log is readable now.</summary>
public sealed class ReadScopes(IDbContextFactory<ConsoleDbContext> contexts, TimeProvider clock)
{
    /// <summary>The scope in which a tenant's entries are read.</summary>
    /// <param name="tenant">The tenant's number in the store.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<ReadScope> OfAsync(int tenant, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var found = await context.Tenants.AsNoTracking().SingleAsync(candidate => candidate.Number == tenant, cancellationToken);
        var now = clock.GetUtcNow();
        return new ReadScope(found.Number, found.Id, found.RetentionAt(now).CutoffAt(now));
    }
}
