using AuditConsole.Core;

namespace AuditConsole.Storage.Sqlite;

/// <summary>What a purge needs of an entry's row, none of which ever changes.</summary>
/// <param name="Sequence">The entry.</param>
/// <param name="Leaf">Its leaf.</param>
/// <param name="Hash">Its link.</param>
/// <param name="OccurredAt">Unix milliseconds.</param>
internal readonly record struct ExpiredRow(long Sequence, EntryHash Leaf, EntryHash Hash, long OccurredAt)
{
    /// <summary>Reads the rows of those entries that are there, in their order, on a connection that reads: the writer then needs to delete alone.</summary>
    /// <param name="tenant">Whose.</param>
    /// <param name="sequences">Which, in order.</param>
    /// <param name="prepare">A connection's statements.</param>
    public static List<ExpiredRow> Read(int tenant, IReadOnlyList<long> sequences, Func<string, Statement> prepare)
    {
        var found = new List<ExpiredRow>(sequences.Count);
        foreach (var range in SequenceRanges.Of(sequences))
        {
            var rows = prepare("SELECT sequence, leaf, hash, occurred_at FROM entry WHERE tenant = ?1 AND sequence BETWEEN ?2 AND ?3 ORDER BY sequence")
                .Bind(1, tenant).Bind(2, range.First).Bind(3, range.Last);
            while (rows.Step())
            {
                found.Add(new ExpiredRow(rows.Long(0), new EntryHash(rows.Bytes(1)), new EntryHash(rows.Bytes(2)), rows.Long(3)));
            }
        }
        return found;
    }
}
