using AuditConsole.Core;
using AuditConsole.Core.Evidence;

namespace AuditConsole.Storage;

/// <summary>
/// The Merkle tree (RFC 6962) over the leaves of each chain, kept so that roots and proofs need no walk over the
/// entries: blocks of leaves and the roots of the perfect subtrees above them. It is derived from the entries, and is
/// filled behind them.
/// </summary>
public interface ITreeStore
{
    /// <summary>Of every tenant that has entries, the newest link.</summary>
    Task<IReadOnlyList<TenantHead>> ListHeadsAsync(CancellationToken cancellationToken);

    /// <summary>Fills the tree up to a size, in bounded transactions, each of which leaves it right.</summary>
    /// <param name="tenant">The tenant's number in the store.</param>
    /// <param name="size">How many leaves; no more than the chain has.</param>
    /// <param name="cancellationToken">Ends the wait; what was filled stays.</param>
    /// <returns>The frontier of the first <paramref name="size"/> leaves, which has their root.</returns>
    /// <exception cref="StorageException">A leaf is missing, or the database can't be read or written.</exception>
    Task<MerkleFrontier> ExtendAsync(int tenant, long size, CancellationToken cancellationToken);

    /// <summary>The frontier of the first <paramref name="size"/> leaves, from what is stored.</summary>
    /// <returns>Null if the chain doesn't reach so far, or if the leaves it needs went with the purged prefix.</returns>
    /// <exception cref="StorageException">A leaf is missing, or the database can't be read.</exception>
    Task<MerkleFrontier?> FindFrontierAsync(int tenant, long size, CancellationToken cancellationToken);

    /// <summary>The link (chain hash) at a position.</summary>
    /// <returns>Null if the chain doesn't reach so far, or if it lies within the purged prefix.</returns>
    Task<EntryHash?> FindLinkAsync(int tenant, long sequence, CancellationToken cancellationToken);

    /// <summary>Compares what is stored of the tree with the leaves of the entries. Only reads.</summary>
    /// <returns>The first entry of a part that isn't theirs, within 16,384; null if there is none.</returns>
    /// <exception cref="StorageException">A leaf is missing, or the database can't be read.</exception>
    Task<long?> FindDamageAsync(int tenant, CancellationToken cancellationToken);

    /// <summary>Makes the tree anew of the leaves.</summary>
    /// <exception cref="StorageException">A leaf is missing, or the database can't be read or written.</exception>
    Task RebuildAsync(int tenant, CancellationToken cancellationToken);

    /// <summary>The nodes of a tenant's tree, for proofs: quickest where they are asked for in the order of their leaves. For one maker of proofs at a time.</summary>
    /// <param name="tenant">The tenant's number in the store.</param>
    IMerkleNodes OpenNodes(int tenant);
}

/// <summary>The newest link of a tenant's chain.</summary>
/// <param name="Tenant">The tenant's number in the store.</param>
/// <param name="Head">The link.</param>
public readonly record struct TenantHead(int Tenant, ChainHead Head);

/// <summary>A perfect subtree: it covers the leaves <c>[Number · 2^Level, (Number + 1) · 2^Level)</c>, counted from 0.</summary>
/// <param name="Level">0 for a leaf.</param>
/// <param name="Number">Its place among those of its level.</param>
public readonly record struct TreeNode(int Level, long Number)
{
    /// <summary>The first leaf, counted from 0.</summary>
    public long First => Number << Level;

    /// <summary>The leaf after the last.</summary>
    public long End => (Number + 1) << Level;

    /// <summary>The perfect subtrees of which the first <paramref name="size"/> leaves consist, the largest first.</summary>
    public static IEnumerable<TreeNode> Covering(long size)
    {
        var at = 0L;
        for (var level = 62; level >= 0; level--)
        {
            if ((size >> level & 1) == 1)
            {
                yield return new TreeNode(level, at >> level);
                at += 1L << level;
            }
        }
    }
}
