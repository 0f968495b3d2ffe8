using System.Text;

namespace AuditConsole.Storage.Sqlite;

/// <summary>
/// A filter as SQL: the one translation, which the page, the count and the streams share. Values are numbered
/// parameters, so that a statement is prepared once for each shape of filter.
/// </summary>
internal sealed class CompiledFilter
{
    private readonly int _tenant;
    private readonly long _from;
    private readonly long? _to;
    private readonly long _snapshot;
    private readonly (int Parameter, long Id)[] _words;
    private readonly string _index;
    private readonly string _equals;

    private CompiledFilter(EntryFilter filter, long snapshot, long? to, string index, string equals, (int, long)[] words)
    {
        _tenant = filter.Scope.Tenant;
        // Expired entries can't be read, whatever is asked for.
        _from = Math.Max(Ceiling(filter.Scope.ExpiredBefore), filter.From is { } from ? Ceiling(from) : long.MinValue);
        (_to, _snapshot, _index, _equals, _words) = (to, snapshot, index, equals, words);
    }

    /// <summary>Looks up the ids of the names and chooses the index.</summary>
    /// <returns>Null where no entry can match, because a name stands in none.</returns>
    public static CompiledFilter? Compile(EntryFilter filter, long snapshot, ReadConnection connection)
    {
        // The most selective first: the first that is given decides on the index.
        ReadOnlySpan<(string? Value, string Column, string Index, int Parameter)> fields =
        [
            (filter.Slug, "shown_slug", "entry_by_slug", 5),
            (filter.Ip, "ip", "entry_by_ip", 6),
            (filter.Actor, "actor", "entry_by_actor", 7),
            (filter.Action, "action", "entry_by_action", 8),
            (filter.EntityType, "entity_type", "entry_by_type", 9),
        ];
        string? index = null;
        var words = new List<(int, long)>();
        var equals = new StringBuilder();
        foreach (var (value, column, fieldIndex, parameter) in fields)
        {
            if (value is null)
            {
                continue;
            }
            if (connection.FindWord(filter.Scope.Tenant, value) is not { } id)
            {
                return null;
            }
            index ??= fieldIndex;
            words.Add((parameter, id));
            equals.Append($" AND {column} = ?{parameter}");
        }
        return new CompiledFilter(
            filter, snapshot, filter.To is { } to ? Ceiling(to) : null, index ?? "entry_by_time", equals.ToString(), [.. words]);
    }

    /// <summary>The count of what matches.</summary>
    public Statement Count(ReadConnection connection) =>
        Bind(connection.Prepare($"SELECT count(*) FROM entry INDEXED BY {_index} WHERE {Where(_to is not null, "")}"), _to);

    /// <summary>The newest first, from behind a place if one is given.</summary>
    /// <param name="connection">Prepares it.</param>
    /// <param name="columns">What to select.</param>
    /// <param name="place">Only what is older; null for all.</param>
    /// <param name="included">Whether the place itself counts.</param>
    /// <param name="limit">The most rows.</param>
    public Statement Descending(ReadConnection connection, string columns, EntryPosition? place, bool included, int limit) =>
        Ordered(connection, columns, "DESC", place, included ? "<=" : "<", limit);

    /// <summary>The oldest first, from before a place.</summary>
    public Statement Ascending(ReadConnection connection, string columns, EntryPosition place, bool included, int limit) =>
        Ordered(connection, columns, "ASC", place, included ? ">=" : ">", limit);

    private Statement Ordered(ReadConnection connection, string columns, string direction, EntryPosition? place, string comparison, int limit)
    {
        var key = place is null ? "" : $" AND (occurred_at, sequence) {comparison} (?10, ?11)";
        // A place that is the nearer bound makes the other one useless, and SQLite seeks by one of them only.
        var to = place is { } bound && direction == "DESC" && _to > bound.OccurredAt.ToUnixTimeMilliseconds() ? null : _to;
        var statement = Bind(
            connection.Prepare(
                $"SELECT {columns} FROM entry INDEXED BY {_index} WHERE {Where(to is not null, key)} ORDER BY occurred_at {direction}, sequence {direction} LIMIT ?12"),
            to);
        if (place is { } position)
        {
            statement.Bind(10, position.OccurredAt.ToUnixTimeMilliseconds()).Bind(11, position.Sequence);
        }
        return statement.Bind(12, limit);
    }

    private string Where(bool to, string key) =>
        $"tenant = ?1 AND occurred_at >= ?2{(to ? " AND occurred_at < ?3" : "")} AND sequence <= ?4{_equals}{key}";

    private Statement Bind(Statement statement, long? to)
    {
        statement.Bind(1, _tenant).Bind(2, _from).Bind(4, _snapshot);
        if (to is { } end)
        {
            statement.Bind(3, end);
        }
        foreach (var (parameter, id) in _words)
        {
            statement.Bind(parameter, id);
        }
        return statement;
    }

    // Entries have whole milliseconds: from t on, and before t, both begin at the next one.
    private static long Ceiling(DateTimeOffset time)
    {
        var milliseconds = time.ToUnixTimeMilliseconds();
        return time.UtcTicks % TimeSpan.TicksPerMillisecond == 0 ? milliseconds : milliseconds + 1;
    }
}
