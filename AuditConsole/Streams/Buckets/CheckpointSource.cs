using AuditConsole.Checkpoints;
using AuditConsole.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.Streams.Buckets;

/// <summary>A stream of checkpoints, for the integrity page.</summary>
/// <param name="Id"><c>str_…</c>.</param>
/// <param name="Name">For people.</param>
/// <param name="State">Whether it publishes.</param>
/// <param name="Size">The size of the newest checkpoint that is in the bucket; 0 for none.</param>
/// <param name="Failure">Why nothing is published, a sentence; null where it is.</param>
/// <param name="Since">Since when.</param>
/// <param name="IsAlarm">The bucket holds another past than this service.</param>
public sealed record CheckpointBucket(string Id, string Name, StreamState State, long Size, string? Failure, DateTimeOffset? Since, bool IsAlarm);

/// <summary>What streams of checkpoints have to publish, and how far they are.</summary>
public sealed class CheckpointSource(IDbContextFactory<ConsoleDbContext> contexts, SigningKey key)
{
    /// <summary>The keys that checkpoints are signed with.</summary>
    internal SigningKey Key => key;

    /// <summary>A checkpoint; null where there is none of that size.</summary>
    internal async Task<StoredCheckpoint?> FindAsync(int tenant, long size, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.Set<StoredCheckpoint>().AsNoTracking().SingleOrDefaultAsync(row => row.TenantNumber == tenant && row.Size == size, cancellationToken);
    }

    /// <summary>The newest checkpoint above a size; null for none.</summary>
    internal async Task<StoredCheckpoint?> FindNewestAsync(int tenant, long above, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.Set<StoredCheckpoint>().AsNoTracking().Where(row => row.TenantNumber == tenant && row.Size > above)
            .OrderByDescending(row => row.Size).FirstOrDefaultAsync(cancellationToken);
    }

    /// <summary>How many checkpoints above a size there are, and when the first of them was made.</summary>
    internal async Task<(long Count, DateTimeOffset? Oldest)> WaitingAsync(int tenant, long above, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var waiting = context.Set<StoredCheckpoint>().AsNoTracking().Where(row => row.TenantNumber == tenant && row.Size > above);
        return (await waiting.LongCountAsync(cancellationToken), await waiting.OrderBy(row => row.Size).Select(row => (DateTimeOffset?)row.Time).FirstOrDefaultAsync(cancellationToken));
    }

    /// <summary>A tenant's streams of checkpoints, by name.</summary>
    public async Task<IReadOnlyList<CheckpointBucket>> ListAsync(int tenant, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = await context.Streams.AsNoTracking().Where(stream => stream.TenantNumber == tenant && stream.Purpose == StreamPurpose.Checkpoints)
            .Join(context.StreamLanes.AsNoTracking(), stream => stream.Id, lane => lane.StreamId, (Stream, Lane) => new { Stream, Lane }).ToListAsync(cancellationToken);
        return
        [
            .. rows.OrderBy(row => row.Stream.Name, StringComparer.OrdinalIgnoreCase).Select(row => new CheckpointBucket(
                row.Stream.Id, row.Stream.Name, row.Stream.State, row.Lane.Cursor,
                row.Stream.StateReason ?? (row.Lane.FirstFailure is null ? null : row.Lane.LastError),
                row.Stream.State == StreamState.Active ? row.Lane.FirstFailure : row.Stream.StateSince,
                CheckpointRunner.IsAlarm(row.Stream.State, row.Lane))),
        ];
    }
}
