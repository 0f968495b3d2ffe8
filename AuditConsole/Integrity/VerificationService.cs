using AuditConsole.Checkpoints;
using AuditConsole.Core;
using AuditConsole.Retention;
using AuditConsole.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.Integrity;

/// <summary>What a walk of a tenant's chain found.</summary>
/// <param name="Base">Where it began: the end of the prefix that was purged with its leaves, or a place that was verified before.</param>
/// <param name="Head">How far the chain holds.</param>
/// <param name="Entries">The entries whose content was hashed again.</param>
/// <param name="Purged">The purged places after <paramref name="Base"/>, held by their leaf alone.</param>
/// <param name="Fault">The first place that doesn't hold; null if all do.</param>
/// <param name="Duration">How long it took.</param>
public sealed record VerificationResult(ChainHead Base, ChainHead Head, long Entries, long Purged, ChainFault? Fault, TimeSpan Duration)
{
    /// <summary>How many of the entries are withheld: proved by their head alone.</summary>
    public long Withheld { get; init; }

    /// <summary>Whether the whole chain holds.</summary>
    public bool Holds => Fault is null;

    /// <summary>The place that was reached, from which a later walk can go on; null where something doesn't hold.</summary>
    internal VerifiedPoint? Reached { get; init; }
}

/// <summary>How far a walk has come.</summary>
/// <param name="Done">The places that it has gone over, the purged beginning included.</param>
/// <param name="Total">The length of the chain when it began.</param>
public readonly record struct VerificationProgress(long Done, long Total);

/// <summary>Proves that a tenant's log is as it was written and as it was signed, while others write and purge.</summary>
public sealed class VerificationService(
    IEntryStore store, CheckpointReader checkpoints, IDbContextFactory<ConsoleDbContext> contexts, TimeProvider clock)
{
    private readonly PurgeRecords _records = new(store);

    /// <summary>Walks the chain from its base to its end, on all processors.</summary>
    /// <param name="tenant">The tenant's number in the store.</param>
    /// <param name="progress">Is told how far it is, now and then; may be null.</param>
    /// <param name="cancellationToken">Ends the walk.</param>
    /// <exception cref="StorageException">The database can't be read.</exception>
    public Task<VerificationResult> VerifyAsync(int tenant, IProgress<VerificationProgress>? progress, CancellationToken cancellationToken) =>
        WalkAsync(tenant, from: null, to: long.MaxValue, known: null, Environment.ProcessorCount, progress, cancellationToken);

    /// <summary>Walks a part of the chain.</summary>
    /// <param name="tenant">The tenant's number in the store.</param>
    /// <param name="from">A place that was verified before; null, or a place that was purged since, for the base.</param>
    /// <param name="to">The last place; <see cref="long.MaxValue"/> for the end, which is compared with the recorded head.</param>
    /// <param name="known">A place that must come out as it did before.</param>
    /// <param name="readers">How many read at once, at most: in a process that serves others too, 1.</param>
    /// <param name="progress">Is told how far it is, now and then; may be null.</param>
    /// <param name="cancellationToken">Ends the walk.</param>
    internal async Task<VerificationResult> WalkAsync(
        int tenant, VerifiedPoint? from, long to, VerifiedPoint? known, int readers, IProgress<VerificationProgress>? progress, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        var tenantId = await FindTenantIdAsync(tenant, cancellationToken);
        while (true)
        {
            var start = await store.ReadBaseAsync(tenant, cancellationToken);
            var isPart = from is not null && from.Head.Size >= start.Head.Size;
            var walk = new LogWalk(tenant, tenantId, isPart ? from! : new VerifiedPoint(start.Head, start.Frontier), known, checkpoints);
            var fault = (isPart ? null : await walk.BeginAsync(cancellationToken)) ?? await WalkAsync(tenant, walk, to, readers, progress, cancellationToken);
            // At the end of a way through the whole log, in one go or in parts, all that is gone is looked at together.
            var isWhole = isPart ? walk.Verifier.Head.Size >= known?.Head.Size : to == long.MaxValue;
            var removed = await _records.FindUnrecordedAsync(tenant, tenantId, walk.Gone, cancellationToken)
                ?? (isWhole ? await _records.FindDisagreementAsync(tenant, tenantId, cancellationToken) : null);
            if (removed is not null && (fault is null || removed.Sequence < fault.Sequence))
            {
                fault = removed;
            }
            // A purge that came in between took away places that the walk was about to read.
            if (fault is not null && (await store.ReadBaseAsync(tenant, cancellationToken)).Head != start.Head)
            {
                continue;
            }
            var verifier = walk.Verifier;
            return new VerificationResult(
                isPart ? from!.Head : start.Head, verifier.Head, verifier.Entries, verifier.Purged, fault, clock.GetElapsedTime(started))
            {
                Withheld = verifier.Withheld,
                Reached = fault is null ? walk.Here : null,
            };
        }
    }

    private async Task<ChainFault?> WalkAsync(int tenant, LogWalk walk, long to, int readers, IProgress<VerificationProgress>? progress, CancellationToken cancellationToken)
    {
        // The end is that of the beginning: who walked on until nothing is new would never arrive while others append.
        var head = await store.ReadHeadAsync(tenant, cancellationToken);
        var end = Math.Min(to, head.Size);
        await foreach (var run in store.CheckChainAsync(tenant, walk.Verifier.Head.Size, end, readers, cancellationToken))
        {
            if (await walk.AddAsync(run, cancellationToken) is { } fault)
            {
                return fault;
            }
            if (walk.Verifier.Head.Size < run.Last && await WalkOnAsync(tenant, walk, head, run.Last, cancellationToken) is { } closer)
            {
                return closer;
            }
            progress?.Report(new VerificationProgress(walk.Verifier.Head.Size, head.Size));
        }
        if (await WalkOnAsync(tenant, walk, head, to, cancellationToken) is { } last)
        {
            return last;
        }
        if (to <= head.Size && walk.Verifier.Head.Size >= to)
        {
            return null;
        }
        progress?.Report(new VerificationProgress(walk.Verifier.Head.Size, Math.Max(head.Size, walk.Verifier.Head.Size)));
        return await walk.FinishAsync(head, () => store.ReadHeadAsync(tenant, cancellationToken), cancellationToken);
    }

    /// <summary>Goes on place by place, up to one.</summary>
    private async Task<ChainFault?> WalkOnAsync(int tenant, LogWalk walk, ChainHead head, long to, CancellationToken cancellationToken)
    {
        var end = Math.Min(to, head.Size);
        await foreach (var place in store.ReadChainAsync(tenant, walk.Verifier.Head.Size, cancellationToken))
        {
            if (walk.Verifier.Head.Size >= end && place.Sequence > end)
            {
                // Read after the place: it belongs to the chain if the head is that far by now.
                if (end < to && (await store.ReadHeadAsync(tenant, cancellationToken)).Size < place.Sequence)
                {
                    return new ChainFault(head.Size + 1, $"The entry was added behind the recorded end of the chain, #{head.Size:N0}.");
                }
                break;
            }
            if (await walk.AddAsync(place, cancellationToken) is { } fault)
            {
                return fault;
            }
        }
        return null;
    }

    private async Task<Guid> FindTenantIdAsync(int tenant, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.Tenants.AsNoTracking().Where(row => row.Number == tenant).Select(row => row.Id).SingleOrDefaultAsync(cancellationToken);
    }
}
