using System.Buffers.Binary;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Query;
using AuditConsole.Retention;
using AuditConsole.Storage;

namespace AuditConsole.Reading;

/// <summary>A page for a program.</summary>
/// <param name="Entries">In the order that was asked for.</param>
/// <param name="NextCursor">Where to go on; null where there is nothing more.</param>
/// <param name="HasMore">Whether there is more already.</param>
internal sealed record ReadPage(IReadOnlyList<AuditEntry> Entries, string? NextCursor, bool HasMore);

/// <summary>Reads the log for a key that was let in: pages, tails and whole filters.</summary>
internal sealed class LogReading(
    IEntryStore store, ReadScopes scopes, CursorProtector cursors, TimeProvider clock, IHostApplicationLifetime lifetime)
{
    // How long a page of a filter that selects little is looked for before an empty one says where to go on.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private const int EntriesInBatch = 1000;

    /// <summary>The page that the query asks for.</summary>
    /// <param name="key">Who reads.</param>
    /// <param name="query">What.</param>
    /// <param name="again">Asked after a wait: whether the key may still read. It throws where it may not.</param>
    /// <param name="cancellationToken">The client went away.</param>
    /// <exception cref="InvalidCursorException">The query's cursor isn't one of its list.</exception>
    public async Task<ReadPage> ReadAsync(KeyCaller key, ReadQuery query, Func<Task> again, CancellationToken cancellationToken)
    {
        var cursor = query.Cursor is null
            ? null
            : cursors.Read(query.Cursor, key.Tenant.TenantId, query.List()) ?? throw new InvalidCursorException();
        return query.IsAscending
            ? await ReadTailAsync(key, query, cursor ?? new Cursor(0, 0), again, cancellationToken)
            : await ReadNewestAsync(key, query, cursor, cancellationToken);
    }

    /// <summary>All entries of the query, in its order, up to what is there when it begins.</summary>
    public async Task<IAsyncEnumerable<AuditEntry>> ReadAllAsync(KeyCaller key, ReadQuery query, CancellationToken cancellationToken)
    {
        var filter = query.ToFilter(await scopes.OfAsync(key.Tenant.Tenant, cancellationToken));
        var size = (await store.ReadHeadAsync(key.Tenant.Tenant, cancellationToken)).Size;
        var entries = query.IsAscending
            ? ReadChainedAsync(filter, size, query.Limit ?? int.MaxValue, cancellationToken)
            : store.ReadAsync(filter, size, query.Limit ?? int.MaxValue, cancellationToken);
        return entries.ReadAheadAsync(cancellationToken);
    }

    /// <summary>The entry of that id, or null.</summary>
    public async Task<AuditEntry?> FindAsync(KeyCaller key, Guid id, CancellationToken cancellationToken) =>
        await store.FindAsync(await scopes.OfAsync(key.Tenant.Tenant, cancellationToken), id, cancellationToken);

    private async Task<ReadPage> ReadNewestAsync(KeyCaller key, ReadQuery query, Cursor? cursor, CancellationToken cancellationToken)
    {
        var scope = await scopes.OfAsync(key.Tenant.Tenant, cancellationToken);
        var page = await store.ReadPageAsync(
            query.ToFilter(scope), new PageRequest(query.Limit ?? 100, cursor?.Snapshot, cursor?.OlderThan), cancellationToken);
        var more = page is { HasOlder: true, Entries.Count: > 0 };
        var next = more ? new Cursor(page.Snapshot, 0, OlderThan: new EntryPosition(page.Entries[^1].OccurredAt, page.Entries[^1].Sequence)) : null;
        return new ReadPage(page.Entries, next is null ? null : cursors.Protect(next, key.Tenant.TenantId, query.List()), more);
    }

    private async Task<ReadPage> ReadTailAsync(KeyCaller key, ReadQuery query, Cursor cursor, Func<Task> again, CancellationToken cancellationToken)
    {
        var (tenant, limit, after, link) = (key.Tenant.Tenant, query.Limit ?? 100, cursor.Snapshot, cursor.Link);
        var entries = new List<AuditEntry>();
        var started = clock.GetTimestamp();
        EntryTail tail;
        while (true)
        {
            // Anew each time: what has expired during a wait can't be read any more.
            var filter = query.ToFilter(await scopes.OfAsync(tenant, cancellationToken));
            tail = await store.ReadTailAsync(filter, after, limit - entries.Count, cancellationToken);
            if (after > tail.Size || link != 0 && tail.AfterLink is { } now && LinkOf(now) != link)
            {
                // The chain was longer once, or another: a backup was restored, and what comes next would be skipped.
                throw new InvalidCursorException();
            }
            entries.AddRange(tail.Entries);
            (after, link) = (tail.Reached, LinkOf(tail.ReachedLink));
            if (tail.HasMore && entries.Count < limit && clock.GetElapsedTime(started) < Patience)
            {
                continue;
            }
            var left = query.Wait - clock.GetElapsedTime(started);
            if (entries.Count > 0 || tail.HasMore || left <= TimeSpan.Zero || !await WaitAsync(tenant, tail.Size, left, cancellationToken))
            {
                break;
            }
            await again();
        }
        return new ReadPage(entries, cursors.Protect(new Cursor(after, 0) { Link = link }, key.Tenant.TenantId, query.List()), tail.HasMore);
    }

    private static long LinkOf(EntryHash? link)
    {
        Span<byte> bytes = stackalloc byte[EntryHash.Size];
        link.GetValueOrDefault().CopyTo(bytes);
        return BinaryPrimitives.ReadInt64BigEndian(bytes);
    }

    /// <returns>Whether there is more.</returns>
    private async Task<bool> WaitAsync(int tenant, long size, TimeSpan most, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        end.CancelAfter(most);
        try
        {
            await store.WaitForMoreAsync(tenant, size, end.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private async IAsyncEnumerable<AuditEntry> ReadChainedAsync(
        EntryFilter filter, long size, int limit, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var (after, left) = (0L, limit); after < size && left > 0;)
        {
            var tail = await store.ReadTailAsync(filter, after, Math.Min(EntriesInBatch, left), cancellationToken);
            foreach (var entry in tail.Entries.TakeWhile(entry => entry.Sequence <= size))
            {
                yield return entry;
                left--;
            }
            after = tail.Reached;
        }
    }
}
