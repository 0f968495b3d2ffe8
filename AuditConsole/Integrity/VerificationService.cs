using System.Diagnostics;
using AuditConsole.Core;
using AuditConsole.Storage;

namespace AuditConsole.Integrity;

/// <summary>What a walk of a tenant's chain found.</summary>
/// <param name="Base">Where it began: the end of the prefix that was purged with its leaves.</param>
/// <param name="Head">How far the chain holds.</param>
/// <param name="Entries">The entries whose content was hashed again.</param>
/// <param name="Purged">The purged places after <paramref name="Base"/>, held by their leaf alone.</param>
/// <param name="Fault">The first place that doesn't hold; null if all do.</param>
/// <param name="Duration">How long it took.</param>
public sealed record VerificationResult(ChainHead Base, ChainHead Head, long Entries, long Purged, ChainFault? Fault, TimeSpan Duration)
{
    /// <summary>Whether the whole chain holds.</summary>
    public bool Holds => Fault is null;
}

/// <summary>Proves that a tenant's log is as it was written, while others write and purge.</summary>
public sealed class VerificationService(IEntryStore store, TimeProvider clock)
{
    private const int PlacesInReport = 1000;

    /// <summary>Walks the chain from its base to its end.</summary>
    /// <param name="tenant">The tenant's number in the store.</param>
    /// <param name="progress">Is told how many places were checked, now and then; may be null.</param>
    /// <param name="cancellationToken">Ends the walk.</param>
    /// <exception cref="StorageException">The database can't be read.</exception>
    public async Task<VerificationResult> VerifyAsync(int tenant, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        while (true)
        {
            var start = await store.ReadBaseAsync(tenant, cancellationToken);
            var verifier = new ChainVerifier(start.Head);
            var fault = await WalkAsync(tenant, verifier, progress, cancellationToken);
            // A purge that came in between took away places that the walk was about to read.
            if (fault is not null && (await store.ReadBaseAsync(tenant, cancellationToken)).Head != start.Head)
            {
                continue;
            }
            return new VerificationResult(start.Head, verifier.Head, verifier.Entries, verifier.Purged, fault, clock.GetElapsedTime(started));
        }
    }

    private async Task<ChainFault?> WalkAsync(int tenant, ChainVerifier verifier, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        while (true)
        {
            var from = verifier.Head.Size;
            await foreach (var place in store.ReadChainAsync(tenant, from, cancellationToken))
            {
                if (Check(place, verifier) is { } fault)
                {
                    return fault;
                }
                if ((verifier.Entries + verifier.Purged) % PlacesInReport == 0)
                {
                    progress?.Report(verifier.Entries + verifier.Purged);
                }
            }
            // Read after the entries: a head that is further on means that more were appended since, if they are there.
            var head = await store.ReadHeadAsync(tenant, cancellationToken);
            if (head.Size <= verifier.Head.Size || verifier.Head.Size == from)
            {
                progress?.Report(verifier.Entries + verifier.Purged);
                return verifier.Finish(head);
            }
        }
    }

    private static ChainFault? Check(StoredPlace stored, ChainVerifier verifier)
    {
        if (stored.Place is not { } place)
        {
            return stored.Sequence == verifier.Head.Size + 1
                ? new ChainFault(stored.Sequence, stored.Damage!)
                : new ChainFault(verifier.Head.Size + 1, $"The entry is missing: the next one in the store is #{stored.Sequence:N0}.");
        }
        if (verifier.Add(place) is { } fault)
        {
            return fault;
        }
        if (stored.PurgedHash is { } hash && hash != verifier.Head.Hash)
        {
            return new ChainFault(place.Sequence, "The link that was kept for the purged entry doesn't follow from the one before.");
        }
        return stored.Damage is { } damage ? new ChainFault(place.Sequence, damage) : null;
    }
}
