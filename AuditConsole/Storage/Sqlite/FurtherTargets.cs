using AuditConsole.Core;

namespace AuditConsole.Storage.Sqlite;

/// <summary>An entry whose rows of <c>entry_target</c> are not what its details say.</summary>
/// <param name="Sequence">The entry; it may be gone.</param>
/// <param name="OccurredAt">Unix milliseconds.</param>
/// <param name="Names">By what it should be found.</param>
internal sealed record TargetDamage(long Sequence, long OccurredAt, IReadOnlyCollection<string> Names);

/// <summary>
/// Holds the table <c>entry_target</c> against the details of the entries: filters and legal holds find entries by it.
/// </summary>
internal static class FurtherTargets
{
    private const int EntriesInBatch = 5000;

    // Only those that may have some are read with their details. An id of the main entity, as an older version put it there, does no harm.
    private const string Entries =
        """
        SELECT sequence, occurred_at, entity_id, shown_slug, CASE WHEN instr(details, '"targets":[') > 0 THEN details END
        FROM entry WHERE tenant = ?1 AND sequence > ?2 ORDER BY sequence LIMIT ?3
        """;

    private const string Rows =
        "SELECT target_sequence, word, target_occurred_at FROM entry_target WHERE target_tenant = ?1 AND target_sequence > ?2 AND target_sequence <= ?3 ORDER BY target_sequence";

    /// <summary>Compares some entries behind a sequence.</summary>
    /// <returns>What is wrong, and the last sequence that was looked at; null for it at the end.</returns>
    public static (IReadOnlyList<TargetDamage> Damage, long? Last) FindDamage(int tenant, long after, ReadConnection connection)
    {
        var entries = new List<(long Sequence, long OccurredAt, long EntityId, long Slug, HashSet<string> Names)>();
        var rows = connection.Prepare(Entries).Bind(1, tenant).Bind(2, after).Bind(3, EntriesInBatch);
        while (rows.Step())
        {
            entries.Add((rows.Long(0), rows.Long(1), rows.Long(2), rows.Long(3), NamesIn(rows.IsNull(4) ? [] : rows.Bytes(4).ToArray())));
        }
        var more = entries.Count == EntriesInBatch;
        var last = more ? entries[^1].Sequence : long.MaxValue;
        var stored = new Dictionary<long, List<(long Word, long OccurredAt)>>();
        rows = connection.Prepare(Rows).Bind(1, tenant).Bind(2, after).Bind(3, last);
        while (rows.Step())
        {
            if (!stored.TryGetValue(rows.Long(0), out var of))
            {
                stored.Add(rows.Long(0), of = []);
            }
            of.Add((rows.Long(1), rows.Long(2)));
        }
        var damage = new List<TargetDamage>();
        foreach (var (sequence, occurredAt, entityId, slug, names) in entries)
        {
            stored.Remove(sequence, out var said);
            if (names.Count == 0 && said is null)
            {
                continue;
            }
            var found = Find(tenant, names, connection);
            found.ExceptWith([entityId, slug]);
            var has = (said ?? []).Where(row => row.Word != entityId).ToList();
            if (found.Contains(0) || has.Any(row => row.OccurredAt != occurredAt) || !found.SetEquals(has.Select(row => row.Word)))
            {
                damage.Add(new TargetDamage(sequence, occurredAt, names));
            }
        }
        // Rows of entries that aren't there.
        damage.AddRange(stored.Keys.Select(sequence => new TargetDamage(sequence, 0, [])));
        return (damage, more ? last : null);
    }

    /// <summary>The ids of names; 0 for one that the dictionary lacks.</summary>
    private static HashSet<long> Find(int tenant, HashSet<string> names, ReadConnection connection) =>
        [.. names.Select(name => connection.FindWord(tenant, name) ?? 0)];

    private static HashSet<string> NamesIn(byte[] details)
    {
        try
        {
            return details.Length == 0
                ? []
                : [.. StoredDetails.Read(details).FurtherTargets.SelectMany(target => target.Slug is { } slug ? new[] { target.Id, slug } : [target.Id])];
        }
        catch (FormatException)
        {
            // The walk over the chain names the entry.
            return [];
        }
    }
}
