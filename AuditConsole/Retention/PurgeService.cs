using AuditConsole.Core;
using AuditConsole.Storage;
using AuditConsole.Tenants;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.Retention;

/// <summary>What one purge deleted, or would delete.</summary>
/// <param name="Tenants">The tenants that have expired entries, by slug.</param>
public sealed record PurgeReport(IReadOnlyList<TenantPurge> Tenants)
{
    /// <summary>The entries of all tenants.</summary>
    public long Count => Tenants.Sum(tenant => tenant.Expired.Count);
}

/// <summary>A tenant's part of a purge.</summary>
/// <param name="Tenant">The tenant's number in the store.</param>
/// <param name="Slug">The tenant's name in URLs.</param>
/// <param name="Before">What occurred before this has expired.</param>
/// <param name="Expired">How many, and where they stood in the chain.</param>
public sealed record TenantPurge(int Tenant, string Slug, DateTimeOffset Before, ExpiredEntries Expired);

/// <summary>One purge over all tenants. Each tenant that lost entries gets an entry that says so, <c>AuditLogPurged</c>.</summary>
public sealed class PurgeService(
    IDbContextFactory<ConsoleDbContext> contexts, IEntryStore store, RetentionService retention, TimeProvider clock)
{
    /// <summary>How long the service's own security log is kept, in months.</summary>
    public const int SecurityLogMonths = 12;

    private readonly SemaphoreSlim _one = new(1, 1);

    /// <summary>What a purge would delete now.</summary>
    public Task<PurgeReport> PreviewAsync(CancellationToken cancellationToken) =>
        OfEachAsync((tenant, before) => store.FindExpiredAsync(tenant.Number, before, cancellationToken), cancellationToken);

    /// <summary>Deletes every expired entry.</summary>
    /// <exception cref="StorageException">The store can't write. What was deleted until then stays deleted; the next purge goes on.</exception>
    public async Task<PurgeReport> PurgeAsync(CancellationToken cancellationToken)
    {
        await retention.ReconcileAsync(cancellationToken);
        // One at a time: an entry records all that is deleted when it is written.
        await _one.WaitAsync(cancellationToken);
        try
        {
            return await OfEachAsync((tenant, before) => PurgeAsync(tenant, before, cancellationToken), cancellationToken);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Removes what else has its time: answers under idempotency keys, lines of the security log.</summary>
    /// <returns>How many answers and lines.</returns>
    public async Task<(int Answers, int SecurityEvents)> RemoveOldRecordsAsync(CancellationToken cancellationToken)
    {
        const int rowsInBatch = 500;
        var answers = await store.RemoveOldAnswersAsync(cancellationToken);
        var before = clock.GetUtcNow().AddMonths(-SecurityLogMonths);
        var (lines, batch) = (0, 0);
        do
        {
            await using var context = await contexts.CreateDbContextAsync(cancellationToken);
            batch = await context.SecurityEvents.Where(line => line.At < before)
                .OrderBy(line => line.Id).Take(rowsInBatch).ExecuteDeleteAsync(cancellationToken);
            lines += batch;
        }
        while (batch == rowsInBatch);
        return (answers, lines);
    }

    private async Task<ExpiredEntries> PurgeAsync(Tenant tenant, DateTimeOffset before, CancellationToken cancellationToken)
    {
        ExpiredEntries purged;
        try
        {
            purged = await store.PurgeAsync(tenant.Number, before, cancellationToken);
        }
        finally
        {
            await RecordAsync(tenant, before);
        }
        return purged;
    }

    /// <summary>Records what is deleted and not yet recorded, be it by this purge or by one that a kill broke off.</summary>
    private async Task RecordAsync(Tenant tenant, DateTimeOffset before)
    {
        var purged = await store.FindUnrecordedPurgeAsync(tenant.Number, CancellationToken.None);
        if (purged.Count > 0)
        {
            // The entries are gone: that it is recorded must not depend on whoever waits for it.
            await store.AppendAsync(
                new AppendRequest
                {
                    Tenant = tenant.Number,
                    TenantId = tenant.Id,
                    RecordedBy = "console",
                    Entries = [PreparedEntry.From(Entry(tenant, before, purged))],
                    RecordsPurge = true,
                },
                CancellationToken.None);
        }
    }

    private static NewEntry Entry(Tenant tenant, DateTimeOffset before, ExpiredEntries purged) => new()
    {
        Actor = Actor.Service,
        Action = "AuditLogPurged",
        Target = tenant.AsResource(),
        Metadata = CanonicalObject.From(new
        {
            before = WireTime.Format(before),
            count = purged.Count,
            ranges = purged.Ranges.Select(range => new { first = range.First, last = range.Last }),
            ranges_complete = purged.Ranges.Sum(range => range.Last - range.First + 1) == purged.Count,
        }),
    };

    private async Task<PurgeReport> OfEachAsync(Func<Tenant, DateTimeOffset, Task<ExpiredEntries>> run, CancellationToken cancellationToken)
    {
        List<Tenant> tenants;
        await using (var context = await contexts.CreateDbContextAsync(cancellationToken))
        {
            tenants = await context.Tenants.AsNoTracking().OrderBy(tenant => tenant.Slug).ToListAsync(cancellationToken);
        }
        var now = clock.GetUtcNow();
        var purged = new List<TenantPurge>();
        foreach (var tenant in tenants)
        {
            var before = tenant.RetentionAt(now).CutoffAt(now);
            var expired = await run(tenant, before);
            if (expired.Count > 0)
            {
                purged.Add(new TenantPurge(tenant.Number, tenant.Slug, before, expired));
            }
        }
        return new PurgeReport(purged);
    }
}
