using AuditConsole.Storage.Segments;

namespace AuditConsole.Storage.Sqlite;

/// <summary>
/// A filter over segments: the one translation of an <see cref="EntryFilter"/>, which page, count, histogram, tail and
/// streams share. Names become the ids of the dictionary.
/// </summary>
internal sealed class SegmentFilters
{
    private readonly int _tenant;
    private readonly ReadConnection _connection;
    private readonly List<SegmentCondition> _conditions = [];

    private SegmentFilters(int tenant, ReadConnection connection) => (_tenant, _connection) = (tenant, connection);

    /// <summary>The filter over segments.</summary>
    /// <returns>Null where no entry can match, because a name stands in none.</returns>
    public static SegmentFilter? Of(EntryFilter filter, long snapshot, ReadConnection connection)
    {
        var made = new SegmentFilters(filter.Scope.Tenant, connection);
        var possible = made.Add(Dimension.Slug, filter.Slug)
            && made.AddTarget(filter.Target)
            && made.Add(Dimension.EntityId, filter.EntityId)
            && made.Add(Dimension.Actor, filter.Actor)
            && made.AddActors(filter.Actors)
            && made.AddAddress(filter.Ip)
            && made.Add(Dimension.Action, filter.Action)
            && made.AddActions(filter.Actions)
            && made.Add(Dimension.EntityType, filter.EntityType);
        if (!possible)
        {
            return null;
        }
        // Expired entries can't be read, whatever is asked for, unless a hold keeps them.
        return new SegmentFilter(
            new SegmentSelection(Milliseconds(filter.From, long.MinValue), Milliseconds(filter.To, long.MaxValue), made._conditions),
            Ceiling(filter.Scope.ExpiredBefore), ActiveHolds.Read(filter.Scope.Tenant, connection.Prepare).Selections, snapshot);
    }

    /// <summary>What a purge takes: all that occurred before a time and is under no hold.</summary>
    /// <param name="tenant">Whose.</param>
    /// <param name="before">Unix milliseconds.</param>
    /// <param name="prepare">A connection's statements.</param>
    public static SegmentFilter Expired(int tenant, long before, Func<string, Statement> prepare) =>
        Everything(new SegmentSelection(long.MinValue, before, [])) with { Excluded = ActiveHolds.Read(tenant, prepare).Selections };

    /// <summary>What a hold keeps of it.</summary>
    public static SegmentFilter Held(SegmentSelection hold, long before) => Everything(hold with { To = Math.Min(hold.To, before) });

    private static SegmentFilter Everything(SegmentSelection selection) => new(selection, long.MinValue, [], long.MaxValue);

    // Entries have whole milliseconds: from t on, and before t, both begin at the next one.
    public static long Ceiling(DateTimeOffset time)
    {
        var milliseconds = time.ToUnixTimeMilliseconds();
        return time.UtcTicks % TimeSpan.TicksPerMillisecond == 0 ? milliseconds : milliseconds + 1;
    }

    private static long Milliseconds(DateTimeOffset? time, long otherwise) => time is { } some ? Ceiling(some) : otherwise;

    private bool Add(Dimension dimension, string? value)
    {
        if (value is null)
        {
            return true;
        }
        if (_connection.FindWord(_tenant, value) is not { } word)
        {
            return false;
        }
        _conditions.Add(new SegmentCondition(new DimensionValues(dimension, [word])));
        return true;
    }

    private bool AddAnyOf(Dimension dimension, IEnumerable<long> words)
    {
        long[] sorted = [.. words.Distinct().Order()];
        _conditions.Add(new SegmentCondition(new DimensionValues(dimension, sorted)));
        return sorted.Length > 0;
    }

    private bool AddTarget(string? target)
    {
        if (target is null)
        {
            return true;
        }
        if (_connection.FindWord(_tenant, target) is not { } word)
        {
            return false;
        }
        long[] words = [word];
        _conditions.Add(new SegmentCondition(
            new DimensionValues(Dimension.Slug, words), new DimensionValues(Dimension.EntityId, words), new DimensionValues(Dimension.FurtherTarget, words)));
        return true;
    }

    private bool AddAddress(string? text)
    {
        if (text is null || !text.Contains('/', StringComparison.Ordinal))
        {
            return Add(Dimension.Ip, text);
        }
        return AddressRange.TryParse(text, out var range) && AddAnyOf(Dimension.Ip, ReadIds(
            _connection.Prepare("SELECT word FROM client_address WHERE address_tenant = ?1 AND address BETWEEN ?2 AND ?3")
                .Bind(1, _tenant).BindBlob(2, range.First()).BindBlob(3, range.Last())));
    }

    private bool AddActors(IReadOnlyList<string> actors) =>
        actors.Count == 0 || AddAnyOf(Dimension.Actor, actors.Select(actor => _connection.FindWord(_tenant, actor)).OfType<long>());

    private bool AddActions(IReadOnlyList<string> actions)
    {
        if (actions.Count == 0)
        {
            return true;
        }
        var words = new List<long>();
        foreach (var action in actions)
        {
            if (action.EndsWith(".*", StringComparison.Ordinal))
            {
                words.AddRange(FindActions(action[..^1]));
            }
            else if (_connection.FindWord(_tenant, action) is { } word)
            {
                words.Add(word);
            }
        }
        return AddAnyOf(Dimension.Action, words);
    }

    // The character behind the full stop: "a." ≤ what begins with "a." < "a/".
    private List<long> FindActions(string prefix) => ReadIds(_connection.Prepare(
        "SELECT DISTINCT action FROM entry_kind JOIN dictionary ON id = action WHERE entry_kind.tenant = ?1 AND value >= ?2 AND value < ?3")
        .Bind(1, _tenant).Bind(2, prefix).Bind(3, prefix[..^1] + "/"));

    private static List<long> ReadIds(Statement rows)
    {
        var ids = new List<long>();
        while (rows.Step())
        {
            ids.Add(rows.Long(0));
        }
        return ids;
    }
}
