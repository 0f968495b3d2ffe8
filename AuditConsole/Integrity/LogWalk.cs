using System.Globalization;
using AuditConsole.Checkpoints;
using AuditConsole.Core;
using AuditConsole.Storage;

namespace AuditConsole.Integrity;

/// <summary>A place of a chain up to which everything held, with the tree over it.</summary>
/// <param name="Head">Size and link.</param>
/// <param name="Frontier">The Merkle frontier there.</param>
public sealed record VerifiedPoint(ChainHead Head, MerkleFrontier Frontier);

/// <summary>
/// Goes over a stretch of a chain place by place: hashes, links, the tree, and every stored checkpoint on the way.
/// </summary>
/// <param name="tenantId">The tenant's UUID.</param>
/// <param name="tenant">The tenant's number in the store.</param>
/// <param name="start">Where it begins.</param>
/// <param name="known">A place that was verified before and must come out the same; null if there is none.</param>
/// <param name="checkpoints">Reads the stored checkpoints.</param>
internal sealed class LogWalk(int tenant, Guid tenantId, VerifiedPoint start, VerifiedPoint? known, CheckpointReader checkpoints)
{
    private const int CheckpointsInBatch = 500;

    private readonly ChainVerifier _verifier = new(start.Head);
    private readonly MerkleFrontier _frontier = MerkleFrontier.Read(start.Frontier.Size, start.Frontier.ToArray());
    private readonly Queue<StoredCheckpoint> _ahead = new();
    private long _readTo = start.Head.Size;
    private bool _mayBeMore = true;
    private DateTimeOffset _newest = DateTimeOffset.MinValue;

    /// <summary>How far everything holds.</summary>
    public ChainVerifier Verifier => _verifier;

    /// <summary>The place where it is; a copy.</summary>
    public VerifiedPoint Here => new(_verifier.Head, MerkleFrontier.Read(_frontier.Size, _frontier.ToArray()));

    /// <summary>How many places it has gone over.</summary>
    public long Places => _verifier.Entries + _verifier.Purged;

    /// <summary>The purged places that it has gone over, and the purged beginning if it began there.</summary>
    public SequenceRanges Gone { get; } = new();

    /// <summary>Checks the checkpoints of the purged beginning, which have nothing left to be compared with but themselves.</summary>
    public async Task<ChainFault?> BeginAsync(CancellationToken cancellationToken)
    {
        if (start.Head.Size > 0)
        {
            Gone.AddBehind(new SequenceRange(1, start.Head.Size));
        }
        for (var at = 0L; at < start.Head.Size;)
        {
            var rows = await checkpoints.ReadAsync(tenant, at, CheckpointsInBatch, cancellationToken);
            foreach (var row in rows.TakeWhile(row => row.Size <= start.Head.Size))
            {
                if (Check(row) is { } fault)
                {
                    return fault;
                }
            }
            at = rows.Count == CheckpointsInBatch ? rows[^1].Size : start.Head.Size;
        }
        return FindReplaced();
    }

    /// <summary>Moves on over the places of a run whose links follow, if it begins here.</summary>
    /// <returns>What is wrong with a checkpoint on the way, or null. What is wrong with a place a closer look says, from here.</returns>
    public async ValueTask<ChainFault?> AddAsync(CheckedRun run, CancellationToken cancellationToken)
    {
        for (var i = 0; run.After == _verifier.Head.Size - i && i < run.Leaves.Count && _verifier.TryAdd(run.Leaves[i], run.Links[i]); i++)
        {
            _frontier.Append(run.Leaves[i]);
            if (IsToCompare && await CompareAsync(cancellationToken) is { } fault)
            {
                return fault;
            }
        }
        return null;
    }

    /// <summary>Checks the next place and moves on.</summary>
    /// <returns>What is wrong with it, or null.</returns>
    public async ValueTask<ChainFault?> AddAsync(StoredPlace stored, CancellationToken cancellationToken)
    {
        if (Check(stored) is { } fault)
        {
            return fault;
        }
        _frontier.Append(stored.Place!.Leaf);
        return IsToCompare ? await CompareAsync(cancellationToken) : null;
    }

    // A checkpoint may stand here, or it is the place that is known.
    private bool IsToCompare =>
        _verifier.Head.Size == known?.Head.Size || (_ahead.TryPeek(out var row) ? row.Size <= _verifier.Head.Size : _mayBeMore);

    private async ValueTask<ChainFault?> CompareAsync(CancellationToken cancellationToken)
    {
        var size = _verifier.Head.Size;
        if (_ahead.Count == 0 && _mayBeMore)
        {
            await ReadAheadAsync(cancellationToken);
        }
        while (_ahead.TryPeek(out var row) && row.Size <= size)
        {
            if (Check(_ahead.Dequeue()) is { } wrong)
            {
                return wrong;
            }
        }
        return FindReplaced();
    }

    /// <summary>Compares the end of the walk with the recorded head, and with checkpoints of what isn't there.</summary>
    public async Task<ChainFault?> FinishAsync(ChainHead stored, Func<Task<ChainHead>> readHead, CancellationToken cancellationToken)
    {
        if (_verifier.Finish(stored) is { } fault)
        {
            return fault;
        }
        // The head is read after the checkpoint: the chain is never shorter than what was signed of it.
        return (await checkpoints.ReadNewestAsync(tenant, 1, cancellationToken)).FirstOrDefault() is { } newest
            && newest.Size > stored.Size && newest.Size > (await readHead()).Size
                ? new ChainFault(stored.Size + 1, string.Create(CultureInfo.InvariantCulture, $"A checkpoint up to #{newest.Size:N0} is stored, and the log ends at #{stored.Size:N0}."))
                : null;
    }

    private ChainFault? FindReplaced() =>
        known is not null && known.Head.Size == _verifier.Head.Size && (known.Head.Hash != _verifier.Head.Hash || known.Frontier.Root() != _frontier.Root())
            ? new ChainFault(known.Head.Size, "The entries up to here are not those that were verified before: they were replaced together with their hashes.")
            : null;

    private async Task ReadAheadAsync(CancellationToken cancellationToken)
    {
        var rows = await checkpoints.ReadAsync(tenant, _readTo, CheckpointsInBatch, cancellationToken);
        foreach (var row in rows)
        {
            _ahead.Enqueue(row);
            _readTo = row.Size;
        }
        _mayBeMore = rows.Count == CheckpointsInBatch;
    }

    private ChainFault? Check(StoredCheckpoint row)
    {
        var wrong = checkpoints.FindFault(row, tenantId, out var statement);
        if (wrong is null && statement!.Time < _newest)
        {
            wrong = "It is older than the one before it.";
        }
        // What lies before the start is gone, but for the very end of it.
        if (wrong is null && row.Size == _verifier.Head.Size && (statement!.Chain != _verifier.Head.Hash || statement.Root != _frontier.Root()))
        {
            wrong = "It disagrees with the entries: they, or it, were replaced since it was signed.";
        }
        _newest = statement?.Time ?? _newest;
        return wrong is null ? null : new ChainFault(row.Size, string.Create(CultureInfo.InvariantCulture, $"The stored checkpoint up to #{row.Size:N0} does not hold. {wrong}"));
    }

    private ChainFault? Check(StoredPlace stored)
    {
        if (stored.Place is not { } place)
        {
            return stored.Sequence == _verifier.Head.Size + 1
                ? new ChainFault(stored.Sequence, stored.Damage!)
                : new ChainFault(_verifier.Head.Size + 1, $"The entry is missing: the next one in the store is #{stored.Sequence:N0}.");
        }
        if (_verifier.Add(place) is { } fault)
        {
            return fault;
        }
        if (place.Entry is null)
        {
            Gone.Add(place.Sequence);
        }
        if (stored.PurgedHash is { } hash && hash != _verifier.Head.Hash)
        {
            return new ChainFault(place.Sequence, "The link that was kept for the purged entry doesn't follow from the one before.");
        }
        return stored.Damage is { } damage ? new ChainFault(place.Sequence, damage) : null;
    }
}
