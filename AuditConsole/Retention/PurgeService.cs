using AuditConsole.Core;
using AuditConsole.Storage;
using AuditConsole.Tenants;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.Retention;

/// <summary>What one purge deleted, or would delete.</summary>
/// <param name="Tenants">The tenants that have expired entries, held ones included, by slug.</param>
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
public sealed record TenantPurge(int Tenant, string Slug, DateTimeOffset Before, ExpiredEntries Expired)
{
    /// <summary>The expired entries that each hold in force keeps; told in advance only.</summary>
    public IReadOnlyList<HeldEntries> Held { get; init; } = [];
}

/// <summary>One purge over all tenants. Each tenant that lost entries gets an entry that says so, <c>AuditLogPurged</c>.</summary>
public sealed partial class PurgeService(
    IDbContextFactory<ConsoleDbContext> contexts, IEntryStore store, ITreeStore trees, RetentionService retention,
    IEnumerable<IPurgeWitness> witnesses, TimeProvider clock, ILogger<PurgeService> log)
{
    /// <summary>How long the service's own security log is kept, in months.</summary>
    public const int SecurityLogMonths = 12;

    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly PurgeRecords _records = new(store);

    /// <summary>What a purge would delete now.</summary>
    public Task<PurgeReport> PreviewAsync(CancellationToken cancellationToken) =>
        OfEachAsync(
            async (tenant, before) => new TenantPurge(tenant.Number, tenant.Slug, before, await store.FindExpiredAsync(tenant.Number, before, cancellationToken))
            {
                Held = [.. (await store.CountHeldAsync(tenant.Number, before, cancellationToken)).Where(held => held.Count > 0)],
            },
            cancellationToken);

    /// <summary>Deletes every expired entry.</summary>
    /// <exception cref="StorageException">The store can't write. What was deleted until then stays deleted; the next purge goes on.</exception>
    public async Task<PurgeReport> PurgeAsync(CancellationToken cancellationToken)
    {
        await retention.ReconcileAsync(cancellationToken);
        // One at a time: an entry records all that is deleted when it is written.
        await _one.WaitAsync(cancellationToken);
        try
        {
            return await OfEachAsync(
                async (tenant, before) => new TenantPurge(tenant.Number, tenant.Slug, before, await PurgeAsync(tenant, before, cancellationToken)), cancellationToken);
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
        foreach (var witness in witnesses)
        {
            await witness.BeforePurgeAsync(tenant.Number, cancellationToken);
        }
        // What somebody removed before must not look from here on as if a purge had taken it; and this purge may take
        // the record that tells.
        var unexplained = await _records.FindDisagreementAsync(tenant.Number, tenant.Id, cancellationToken);
        ExpiredEntries purged;
        try
        {
            purged = await store.PurgeAsync(tenant.Number, before, cancellationToken);
        }
        finally
        {
            await RecordAsync(tenant, before, unexplained);
        }
        return purged;
    }

    /// <summary>Records what is deleted and not yet recorded, be it by this purge or by one that a kill broke off.</summary>
    internal async Task RecordAsync(Tenant tenant, DateTimeOffset before, ChainFault? unexplained)
    {
        var purged = await store.FindUnrecordedPurgeAsync(tenant.Number, CancellationToken.None);
        if (purged.Count > 0)
        {
            var tree = await FindTreeAsync(tenant.Number);
            var total = PurgeTotal.Of((await store.ReadPurgedAsync(tenant.Number, CancellationToken.None)).Gone);
            // The entries are gone: that it is recorded must not depend on whoever waits for it.
            await store.AppendAsync(
                new AppendRequest
                {
                    Tenant = tenant.Number,
                    TenantId = tenant.Id,
                    RecordedBy = "console",
                    Entries = [PreparedEntry.From(Entry(tenant, before, purged, total, unexplained, tree))],
                    RecordsPurge = true,
                },
                CancellationToken.None);
        }
    }

    /// <summary>The tree of the log as it is now, purged places included: a purge changes no leaf.</summary>
    private async Task<MerkleFrontier?> FindTreeAsync(int tenant)
    {
        try
        {
            return await trees.ExtendAsync(tenant, (await store.ReadHeadAsync(tenant, CancellationToken.None)).Size, CancellationToken.None);
        }
        catch (StorageException fault)
        {
            // A log that somebody changed may have no root. That entries were deleted is recorded all the same.
            Log.NoRoot(log, fault);
            return null;
        }
    }

    private static NewEntry Entry(
        Tenant tenant, DateTimeOffset before, ExpiredEntries purged, PurgeTotal total, ChainFault? unexplained, MerkleFrontier? tree)
    {
        var facts = new Dictionary<string, object?>
        {
            ["before"] = WireTime.Format(before),
            ["count"] = purged.Count,
            ["ranges"] = PurgeRecord.FactsOf(purged.Ranges),
            ["ranges_complete"] = purged.Ranges.Sum(range => range.Last - range.First + 1) == purged.Count,
            ["total"] = total.ToFacts(),
        };
        if (unexplained is not null)
        {
            facts["unexplained"] = unexplained.Sequence;
        }
        if (tree is not null)
        {
            facts["tree"] = new { size = tree.Size, root = tree.Root().ToString() };
        }
        return new NewEntry
        {
            Actor = Actor.Service,
            Action = ServiceActions.AuditLogPurged,
            Target = tenant.AsResource(),
            Metadata = CanonicalObject.From(facts),
        };
    }

    private async Task<PurgeReport> OfEachAsync(Func<Tenant, DateTimeOffset, Task<TenantPurge>> run, CancellationToken cancellationToken)
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
            var part = await run(tenant, before);
            if (part.Expired.Count > 0 || part.Held.Count > 0)
            {
                purged.Add(part);
            }
        }
        return new PurgeReport(purged);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "The root of the log for the record of a purge could not be computed")]
        public static partial void NoRoot(ILogger logger, Exception fault);
    }
}
