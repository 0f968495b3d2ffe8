using System.Diagnostics;
using AuditConsole.Core;
using AuditConsole.Storage.Segments;

namespace AuditConsole.Storage.Sqlite;

/// <summary>What one batch of a purge did.</summary>
/// <param name="Deleted">The sequences of the entries that it deleted.</param>
/// <param name="MoreLeaves">Whether leaves of the prefix may be left to delete.</param>
internal sealed record PurgeBatch(List<long> Deleted, bool MoreLeaves);

// Deleting: entries, leaves of the prefix, names, answers.
internal sealed partial class WriterSession
{
    /// <summary>Deletes some expired entries and the leaves of the prefix, within the open transaction.</summary>
    /// <param name="tenant">Whose.</param>
    /// <param name="before">Unix milliseconds; what occurred before it has expired.</param>
    /// <param name="rows">The entries, in order; what has not expired or is under a hold meanwhile stays.</param>
    /// <param name="most">The most leaves.</param>
    public PurgeBatch Purge(int tenant, long before, IReadOnlyList<ExpiredRow> rows, int most)
    {
        var expired = DeleteExpired(tenant, before, rows);
        var prefix = new Prefix(this, tenant);
        foreach (var (sequence, leaf, hash, _) in expired)
        {
            prefix.TakeLeaves(sequence, most);
            if (!prefix.Take(sequence, leaf))
            {
                Prepare("INSERT INTO purged_leaf (tenant, sequence, leaf, hash) VALUES (?1, ?2, ?3, ?4)")
                    .Bind(1, tenant).Bind(2, sequence).BindBlob(3, leaf.ToArray()).BindBlob(4, hash.ToArray()).Run();
            }
        }
        RemoveFromSegments(tenant, [.. expired.Select(entry => new Place(entry.OccurredAt, entry.Sequence))]);
        foreach (var range in SequenceRanges.Of(expired.Select(entry => entry.Sequence)))
        {
            Prepare("DELETE FROM entry_target WHERE target_tenant = ?1 AND target_sequence BETWEEN ?2 AND ?3").Bind(1, tenant).Bind(2, range.First).Bind(3, range.Last).Run();
            Prepare("DELETE FROM sealed_value WHERE tenant = ?1 AND sequence BETWEEN ?2 AND ?3").Bind(1, tenant).Bind(2, range.First).Bind(3, range.Last).Run();
            Prepare("DELETE FROM withheld WHERE tenant = ?1 AND sequence BETWEEN ?2 AND ?3").Bind(1, tenant).Bind(2, range.First).Bind(3, range.Last).Run();
            Prepare("INSERT INTO purge_unrecorded (tenant, first, last) VALUES (?1, ?2, ?3)").Bind(1, tenant).Bind(2, range.First).Bind(3, range.Last).Run();
        }
        var moreLeaves = prefix.TakeLeaves(long.MaxValue, most);
        prefix.Save(namesLeft: expired.Count > 0);
        TrimTree(tenant);
        return new PurgeBatch([.. expired.Select(entry => entry.Sequence)], moreLeaves);
    }

    /// <summary>Removes names that no entry uses. Nobody but this thread gives names to entries, so none can come back meanwhile.</summary>
    public void RemoveWords(int tenant, IEnumerable<long> ids)
    {
        foreach (var id in ids)
        {
            var delete = Prepare("DELETE FROM dictionary WHERE id = ?1 AND tenant = ?2 RETURNING value").Bind(1, id).Bind(2, tenant);
            if (delete.Step())
            {
                Memory.Words.Remove(tenant, delete.TextOrNull(0)!);
                delete.Run();
                Memory.RemoveAddress(id);
                Prepare("DELETE FROM client_address WHERE word = ?1").Bind(1, id).Run();
            }
        }
    }

    /// <summary>Removes kinds that no entry is of any more.</summary>
    public void KeepKinds(int tenant, IReadOnlySet<(long EntityType, long Action)> used)
    {
        var rows = Prepare("SELECT entity_type, action FROM entry_kind WHERE tenant = ?1").Bind(1, tenant);
        var unused = new List<(long EntityType, long Action)>();
        while (rows.Step())
        {
            if (!used.Contains((rows.Long(0), rows.Long(1))))
            {
                unused.Add((rows.Long(0), rows.Long(1)));
            }
        }
        foreach (var (entityType, action) in unused)
        {
            Prepare("DELETE FROM entry_kind WHERE tenant = ?1 AND entity_type = ?2 AND action = ?3")
                .Bind(1, tenant).Bind(2, entityType).Bind(3, action).Run();
            Memory.RemoveKind(tenant, entityType, action);
        }
    }

    /// <summary>Notes that no name of a purged entry is left.</summary>
    public void EndPurge(int tenant) => Prepare("UPDATE chain SET names_left = 0 WHERE tenant = ?1").Bind(1, tenant).Run();

    /// <summary>Removes some answers that are older than <paramref name="before"/>, Unix milliseconds.</summary>
    public int RemoveAnswers(long before, int most)
    {
        var delete = Prepare("DELETE FROM idempotency WHERE rowid IN (SELECT rowid FROM idempotency WHERE created_at <= ?1 LIMIT ?2) RETURNING 1")
            .Bind(1, before).Bind(2, most);
        var count = 0;
        while (delete.Step())
        {
            count++;
        }
        return count;
    }

    /// <summary>Gives free pages back for some milliseconds. Outside of transactions: each step is one.</summary>
    /// <param name="pages">How many in a step.</param>
    /// <param name="time">After how long no further step is begun: those at the end of the file, which move, may have to come from a slow disk.</param>
    /// <returns>Whether there are more.</returns>
    public bool Vacuum(int pages, TimeSpan time)
    {
        var begin = Stopwatch.GetTimestamp();
        while (true)
        {
            Prepare($"PRAGMA incremental_vacuum({pages})").Run();
            var free = Prepare("PRAGMA freelist_count");
            free.Step();
            var more = free.Long(0) > 0;
            free.Reset();
            if (!more || Stopwatch.GetElapsedTime(begin) > time)
            {
                return more;
            }
        }
    }

    /// <summary>Moves the write-ahead log into the database and empties it.</summary>
    /// <returns>False if a reader was in the way.</returns>
    public bool EmptyLog()
    {
        // Entries wait behind this: rather ask again than wait for a reader.
        Prepare("PRAGMA busy_timeout = 50").Run();
        try
        {
            var checkpoint = Prepare("PRAGMA wal_checkpoint(TRUNCATE)");
            checkpoint.Step();
            var empty = checkpoint.Long(0) == 0;
            checkpoint.Run();
            return empty;
        }
        finally
        {
            Prepare("PRAGMA busy_timeout = 30000").Run();
        }
    }

    // Asks for the holds in the deletion's own transaction: one that was placed a moment ago counts.
    private IReadOnlyList<ExpiredRow> DeleteExpired(int tenant, long before, IReadOnlyList<ExpiredRow> rows)
    {
        var sql = $"DELETE FROM entry WHERE tenant = ?1 AND sequence BETWEEN ?2 AND ?3 AND occurred_at < ?4 AND NOT {ActiveHolds.Read(tenant, Prepare).Sql}";
        var deleted = 0;
        foreach (var range in SequenceRanges.Of(rows.Select(row => row.Sequence)))
        {
            // RETURNING would say which, and take half as long again as deleting.
            Prepare(sql).Bind(1, tenant).Bind(2, range.First).Bind(3, range.Last).Bind(4, before).Run();
            deleted += Changes;
        }
        if (deleted == rows.Count)
        {
            return rows;
        }
        var stayed = ExpiredRow.Read(tenant, [.. rows.Select(row => row.Sequence)], Prepare).Select(row => row.Sequence).ToHashSet();
        return [.. rows.Where(row => !stayed.Contains(row.Sequence))];
    }

    /// <summary>The purged beginning of a chain: what it takes in needs no leaf of its own any more.</summary>
    private sealed class Prefix
    {
        private readonly WriterSession _session;
        private readonly int _tenant;
        private readonly MerkleFrontier _frontier;
        private ChainHead _head;
        // Sequences come in order: where one is missing, nothing behind it follows in this batch.
        private bool _ended;

        public Prefix(WriterSession session, int tenant)
        {
            (_session, _tenant) = (session, tenant);
            var find = session.Prepare("SELECT base_size, base_hash, base_frontier FROM chain WHERE tenant = ?1").Bind(1, tenant);
            if (find.Step())
            {
                _head = new ChainHead(find.Long(0), new EntryHash(find.Bytes(1)));
                _frontier = MerkleFrontier.Read(_head.Size, find.Bytes(2));
            }
            else
            {
                _frontier = new MerkleFrontier();
            }
            find.Reset();
        }

        /// <summary>Takes in an entry that follows it.</summary>
        /// <returns>False if it doesn't follow.</returns>
        public bool Take(long sequence, EntryHash leaf)
        {
            if (sequence != _head.Size + 1)
            {
                return false;
            }
            _head = _head.Append(leaf);
            _frontier.Append(leaf);
            return true;
        }

        /// <summary>Takes in the leaves of purged entries that follow it and stand before a sequence.</summary>
        /// <returns>Whether there may be more.</returns>
        public bool TakeLeaves(long before, int most)
        {
            if (_ended || _head.Size + 1 >= before)
            {
                return false;
            }
            var leaves = _session.Prepare("SELECT sequence, leaf FROM purged_leaf WHERE tenant = ?1 AND sequence > ?2 AND sequence < ?3 ORDER BY sequence LIMIT ?4")
                .Bind(1, _tenant).Bind(2, _head.Size).Bind(3, before).Bind(4, most);
            var taken = 0;
            while (leaves.Step() && Take(leaves.Long(0), new EntryHash(leaves.Bytes(1))))
            {
                taken++;
            }
            leaves.Reset();
            _ended = taken < most && _head.Size + 1 < before;
            if (taken > 0)
            {
                _session.Prepare("DELETE FROM purged_leaf WHERE tenant = ?1 AND sequence <= ?2").Bind(1, _tenant).Bind(2, _head.Size).Run();
            }
            return taken == most;
        }

        public void Save(bool namesLeft) => _session.Prepare(
            "UPDATE chain SET base_size = ?2, base_hash = ?3, base_frontier = ?4, names_left = max(names_left, ?5) WHERE tenant = ?1")
            .Bind(1, _tenant).Bind(2, _head.Size).BindBlob(3, _head.Hash.ToArray()).BindBlob(4, _frontier.ToArray()).Bind(5, namesLeft ? 1 : 0).Run();
    }
}
