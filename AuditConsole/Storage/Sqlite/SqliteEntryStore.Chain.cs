using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.Json;
using AuditConsole.Core;

namespace AuditConsole.Storage.Sqlite;

// The chain as a verifier reads it.
internal sealed partial class SqliteEntryStore
{
    /// <inheritdoc/>
    public Task<ChainHead> ReadHeadAsync(int tenant, CancellationToken cancellationToken) =>
        readers.RunAsync(connection => ReadHead(tenant, connection), cancellationToken);

    /// <inheritdoc/>
    public Task<ChainBase> ReadBaseAsync(int tenant, CancellationToken cancellationToken) => readers.RunAsync(
        connection =>
        {
            var find = connection.Prepare("SELECT base_size, base_hash, base_frontier FROM chain WHERE tenant = ?1").Bind(1, tenant);
            try
            {
                return find.Step()
                    ? new ChainBase(new ChainHead(find.Long(0), new EntryHash(find.Bytes(1))), MerkleFrontier.Read(find.Long(0), find.Bytes(2)))
                    : new ChainBase(ChainHead.Empty, new MerkleFrontier());
            }
            catch (ArgumentException fault)
            {
                throw new StorageException($"What the purge left of the chain was changed in the database: {fault.Message} Restore a backup.", fault);
            }
            finally
            {
                find.Reset();
            }
        },
        cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredPlace> ReadChainAsync(int tenant, long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var tenantId = await FindTenantIdAsync(tenant, cancellationToken);
        while (true)
        {
            var batch = await readers.RunAsync(connection => ReadPlaces(tenant, tenantId, after, connection), cancellationToken);
            if (batch.Count == 0)
            {
                yield break;
            }
            foreach (var place in batch)
            {
                yield return place;
            }
            after = batch[^1].Sequence;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<CheckedRun> CheckChainAsync(
        int tenant, long after, long to, int atOnce, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var tenantId = await FindTenantIdAsync(tenant, cancellationToken);
        var words = new WordTexts(tenant, to - after);
        var checks = new ConcurrentBag<ContentCheck>();
        var ahead = new Queue<Task<CheckedRun>>();
        try
        {
            ReadAhead();
            while (ahead.TryPeek(out var next))
            {
                var run = await next;
                _ = ahead.Dequeue();
                if (run.Leaves.Count < run.Last - run.After)
                {
                    // The closer look shall see the names that are stored, not those that are remembered.
                    readers.ForgetWords();
                }
                // Whoever takes the run hashes too: the readers don't wait for that.
                ReadAhead();
                yield return run;
            }
        }
        finally
        {
            // Nobody leaves with a connection in use.
            await ((Task)Task.WhenAll(ahead)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        void ReadAhead()
        {
            for (; ahead.Count < atOnce && after < to; after = Math.Min(to, after + RowsInRun))
            {
                ahead.Enqueue(CheckAsync(after, Math.Min(to, after + RowsInRun)));
            }
        }

        Task<CheckedRun> CheckAsync(long first, long last) => Task.Run(
            () => readers.RunAsync(
                connection =>
                {
                    var check = checks.TryTake(out var idle) ? idle : new ContentCheck(tenant, tenantId, words);
                    var run = check.Run(first, last, connection);
                    checks.Add(check);
                    return run;
                },
                cancellationToken),
            cancellationToken);
    }

    private static ChainHead ReadHead(int tenant, ReadConnection connection)
    {
        var find = connection.Prepare("SELECT size, hash FROM chain WHERE tenant = ?1").Bind(1, tenant);
        try
        {
            return find.Step() ? new ChainHead(find.Long(0), new EntryHash(find.Bytes(1))) : ChainHead.Empty;
        }
        catch (ArgumentException fault)
        {
            throw new StorageException($"The recorded head of the chain was changed in the database: {fault.Message} Restore a backup.", fault);
        }
        finally
        {
            find.Reset();
        }
    }

    /// <summary>Entries and purged leaves in one order. A place that stands in both comes twice, for the verifier to see.</summary>
    private static List<StoredPlace> ReadPlaces(int tenant, Guid tenantId, long after, ReadConnection connection)
    {
        var places = new List<StoredPlace>();
        // Each list is complete up to the end at which its limit cut it; what lies behind the nearer end waits.
        var complete = long.MaxValue;
        var purged = connection.Prepare("SELECT sequence, leaf, hash FROM purged_leaf WHERE tenant = ?1 AND sequence > ?2 ORDER BY sequence LIMIT ?3")
            .Bind(1, tenant).Bind(2, after).Bind(3, RowsInBatch);
        while (purged.Step())
        {
            places.Add(ReadPurged(purged));
        }
        if (places.Count == RowsInBatch)
        {
            complete = places[^1].Sequence;
        }
        var rows = connection.Prepare($"SELECT {EntryRows.Columns}, ip, shown_slug, entity_slug, entity_id FROM entry WHERE tenant = ?1 AND sequence > ?2 AND sequence <= ?3 ORDER BY sequence LIMIT ?4")
            .Bind(1, tenant).Bind(2, after).Bind(3, complete).Bind(4, RowsInBatch);
        var (read, bytes) = (0, 0L);
        while (bytes < BytesInBatch && rows.Step())
        {
            var place = ReadPlace(tenant, rows, tenantId, connection);
            places.Add(place);
            read++;
            bytes += place.Place?.Entry?.Details.Length ?? 0;
        }
        rows.Reset();
        if (read == RowsInBatch || bytes >= BytesInBatch)
        {
            complete = Math.Min(complete, places[^1].Sequence);
            places.RemoveAll(place => place.Sequence > complete);
        }
        // Stable, so that the entry that hides a purged leaf comes second.
        return [.. places.OrderBy(place => place.Sequence)];
    }

    private static StoredPlace ReadPurged(Statement row)
    {
        var sequence = row.Long(0);
        try
        {
            return new StoredPlace(sequence, new ChainPlace(sequence, new EntryHash(row.Bytes(1)), Entry: null), new EntryHash(row.Bytes(2)));
        }
        catch (ArgumentException fault)
        {
            return new StoredPlace(sequence, Place: null, Damage: $"What the purge left of the entry was changed: {fault.Message}");
        }
    }

    private static StoredPlace ReadPlace(int tenant, Statement row, Guid tenantId, ReadConnection connection)
    {
        var sequence = row.Long(0);
        try
        {
            var entry = EntryRows.Read(tenant, row, connection);
            var damage =
                row.Long(20) != (row.LongOrNull(21) ?? row.Long(22)) ? "The slug by which the entry is found isn't the entry's."
                : entry.Withheld is { } withheld ? WithheldRows.FindDamage(tenant, entry, withheld, row, connection)
                : (row.LongOrNull(19) is { } ip ? connection.Word(tenant, ip) : null) != IpOf(entry.Details) ? "The client address by which the entry is found isn't the entry's."
                : null;
            return new StoredPlace(
                sequence,
                new ChainPlace(sequence, entry.Leaf, new StoredEntry(
                    entry.Id, tenantId, entry.OccurredAt, entry.RecordedAt, entry.RecordedBy, entry.HeadContent, entry.Salt, entry.Details, entry.Hash)
                {
                    WithheldDetailsHash = entry.Withheld?.DetailsHash,
                }),
                Damage: damage);
        }
        catch (FormatException fault)
        {
            return new StoredPlace(sequence, Place: null, Damage: $"The entry was changed and can't be read: {fault.Message}");
        }
    }

    /// <summary>The address in canonical details, whose members are in order: nothing behind it needs to be read.</summary>
    private static string? IpOf(byte[] details)
    {
        try
        {
            var json = new Utf8JsonReader(details);
            json.Read();
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                if (json.ValueTextEquals("ip"u8))
                {
                    json.Read();
                    return json.GetString();
                }
                json.Skip();
            }
            return null;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            throw new FormatException("The details are not JSON.", fault);
        }
    }

    private Task<Guid> FindTenantIdAsync(int tenant, CancellationToken cancellationToken) => readers.RunAsync(
        connection =>
        {
            var find = connection.Prepare("SELECT Id FROM tenant WHERE Number = ?1").Bind(1, tenant);
            var id = find.Step() ? Guid.Parse(find.TextOrNull(0)!) : Guid.Empty;
            find.Reset();
            return id;
        },
        cancellationToken);
}
