using System.Globalization;
using AuditConsole.Storage.Segments;

namespace AuditConsole.Storage.Sqlite;

/// <summary>
/// The holds of a tenant that are not lifted, as one condition on rows of <c>entry</c>. They are read with the rows
/// that they decide on, in one snapshot, so that no cache can be behind them.
/// </summary>
internal sealed class ActiveHolds
{
    private const string Target =
        "(shown_slug IS {0} OR entity_id IS {0} OR EXISTS (SELECT 1 FROM entry_target WHERE target_tenant = tenant AND target_sequence = sequence AND word = {0}))";

    private ActiveHolds(IReadOnlyList<ActiveHold> all)
    {
        All = all;
        Since = all.Count == 0 ? long.MaxValue : all.Min(hold => hold.Since);
        Sql = all.Count == 0 ? "0" : $"({string.Join(" OR ", all.Select(hold => hold.Sql))})";
    }

    /// <summary>Each, by name.</summary>
    public IReadOnlyList<ActiveHold> All { get; }

    /// <summary>Each as a selection of segments; one whose names no entry has is left out.</summary>
    public IReadOnlyList<SegmentSelection> Selections => [.. All.Select(hold => hold.Selection).OfType<SegmentSelection>()];

    /// <summary>The earliest time of occurrence that any of them covers, Unix milliseconds.</summary>
    public long Since { get; }

    /// <summary>A condition that is 1 for a row under any of them and 0 for every other, never NULL.</summary>
    public string Sql { get; }

    /// <summary>Reads them.</summary>
    /// <param name="tenant">Whose.</param>
    /// <param name="prepare">A connection's statements.</param>
    public static ActiveHolds Read(int tenant, Func<string, Statement> prepare)
    {
        var rows = prepare("SELECT Id, Name, Since, Until, EntityType, Action, Slug, Actor, Ip FROM hold WHERE TenantNumber = ?1 AND LiftedAt IS NULL ORDER BY Name, Id")
            .Bind(1, tenant);
        var found = new List<(HoldOver Hold, long? Since, long? Until, string?[] Values)>();
        while (rows.Step())
        {
            found.Add((
                new HoldOver(rows.TextOrNull(0)!, rows.TextOrNull(1)!), rows.LongOrNull(2), rows.LongOrNull(3),
                [rows.TextOrNull(4), rows.TextOrNull(5), rows.TextOrNull(6), rows.TextOrNull(7), rows.TextOrNull(8)]));
        }
        return new ActiveHolds([.. found.Select(hold => Read(hold.Hold, tenant, hold.Since, hold.Until, hold.Values, prepare))]);
    }

    private static ActiveHold Read(HoldOver hold, int tenant, long? since, long? until, string?[] values, Func<string, Statement> prepare)
    {
        // IS, since ip may be NULL, and NOT NULL is not true. The literals are numbers that this class reads or looks up.
        (string Sql, Dimension[] Dimensions)[] names =
        [
            ("entity_type IS {0}", [Dimension.EntityType]), ("action IS {0}", [Dimension.Action]), (Target, [Dimension.Slug, Dimension.EntityId, Dimension.FurtherTarget]),
            ("actor IS {0}", [Dimension.Actor]), ("ip IS {0}", [Dimension.Ip]),
        ];
        var (terms, conditions) = (new List<string>(), new List<SegmentCondition>());
        if (since is { } first)
        {
            terms.Add(string.Create(CultureInfo.InvariantCulture, $"occurred_at >= {first}"));
        }
        if (until is { } end)
        {
            terms.Add(string.Create(CultureInfo.InvariantCulture, $"occurred_at < {end}"));
        }
        for (var i = 0; i < values.Length; i++)
        {
            if (values[i] is { } value)
            {
                var find = prepare("SELECT id FROM dictionary WHERE tenant = ?1 AND value = ?2").Bind(1, tenant).Bind(2, value);
                if (!find.Step())
                {
                    // No entry has the name yet.
                    return new ActiveHold(hold, long.MaxValue, "0", Selection: null);
                }
                long[] words = [find.Long(0)];
                terms.Add(string.Format(CultureInfo.InvariantCulture, names[i].Sql, words[0]));
                conditions.Add(new SegmentCondition([.. names[i].Dimensions.Select(dimension => new DimensionValues(dimension, words))]));
                find.Reset();
            }
        }
        return new ActiveHold(
            hold, since ?? long.MinValue, terms.Count == 0 ? "1" : $"({string.Join(" AND ", terms)})",
            new SegmentSelection(since ?? long.MinValue, until ?? long.MaxValue, conditions));
    }
}

/// <summary>A hold as a condition.</summary>
/// <param name="Hold">Which.</param>
/// <param name="Since">The earliest time of occurrence that it covers, Unix milliseconds.</param>
/// <param name="Sql">1 for a row that it covers, 0 for every other.</param>
/// <param name="Selection">The same over segments; null where it covers nothing.</param>
internal sealed record ActiveHold(HoldOver Hold, long Since, string Sql, SegmentSelection? Selection);
