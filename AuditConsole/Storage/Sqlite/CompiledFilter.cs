namespace AuditConsole.Storage.Sqlite;

/// <summary>
/// A filter as SQL: the one translation, which the page, the count, the tail and the streams share. Values are numbered
/// parameters, so that a statement is prepared once for each shape of filter.
/// </summary>
/// <remarks>
/// One condition drives: its index gives the entries in the order of time, and the others are tested on them. A
/// condition of several values (a network, a group of actions) drives with a branch for each, which SQLite merges in
/// order, so that a page of it costs a page of each and no sort.
/// </remarks>
internal sealed class CompiledFilter
{
    private const int CutoffParameter = 5;

    private readonly int _tenant;
    private readonly long _from;
    private readonly long _cutoff;
    private readonly string _readable;
    private readonly long? _to;
    private readonly long _snapshot;
    private readonly FilterConditions _conditions;

    private CompiledFilter(EntryFilter filter, long snapshot, FilterConditions conditions, ActiveHolds holds)
    {
        _tenant = filter.Scope.Tenant;
        // Expired entries can't be read, whatever is asked for, unless a hold keeps them. What is expired and not held
        // waits for the daily purge at most, so that little but held entries is looked at beyond the cutoff.
        _cutoff = Ceiling(filter.Scope.ExpiredBefore);
        _from = Math.Max(Math.Min(_cutoff, holds.Since), filter.From is { } from ? Ceiling(from) : long.MinValue);
        _readable = _from < _cutoff ? $" AND (occurred_at >= ?{CutoffParameter} OR {holds.Sql})" : "";
        _to = filter.To is { } to ? Ceiling(to) : null;
        (_snapshot, _conditions) = (snapshot, conditions);
    }

    /// <summary>Looks up the ids of the names and chooses the index.</summary>
    /// <returns>Null where no entry can match, because a name stands in none.</returns>
    public static CompiledFilter? Compile(EntryFilter filter, long snapshot, ReadConnection connection) =>
        FilterConditions.Of(filter, connection) is { } conditions ? new CompiledFilter(filter, snapshot, conditions, ActiveHolds.Read(filter.Scope.Tenant, connection.Prepare)) : null;

    /// <summary>The count of what matches.</summary>
    public Statement Count(ReadConnection connection)
    {
        var counts = _conditions.Branches.Select(branch => $"(SELECT count(*) FROM {branch.Table} WHERE {Where(branch, _to is not null, "")})");
        return Bind(connection.Prepare($"SELECT {string.Join(" + ", counts)}"), _to);
    }

    /// <summary>The newest first, from behind a place if one is given.</summary>
    /// <param name="connection">Prepares it.</param>
    /// <param name="columns">What to select beside sequence and time of occurrence, which come first.</param>
    /// <param name="place">Only what is older; null for all.</param>
    /// <param name="included">Whether the place itself counts.</param>
    /// <param name="limit">The most rows.</param>
    public Statement Descending(ReadConnection connection, string? columns, EntryPosition? place, bool included, int limit) =>
        Ordered(connection, columns, "DESC", place, included ? "<=" : "<", limit);

    /// <summary>The oldest first, from before a place.</summary>
    public Statement Ascending(ReadConnection connection, string? columns, EntryPosition place, bool included, int limit) =>
        Ordered(connection, columns, "ASC", place, included ? ">=" : ">", limit);

    /// <summary>In the order of the chain, behind a sequence and up to the snapshot.</summary>
    public Statement Chained(ReadConnection connection, long after, int limit) =>
        Bind(
            connection.Prepare(
                // The chain's index, made by the table's UNIQUE: with any other, everything behind the place would be sorted.
                $"SELECT {EntryRows.Columns} FROM entry INDEXED BY sqlite_autoindex_entry_1 WHERE tenant = ?1 AND sequence > ?10 AND sequence <= ?4"
                + $" AND occurred_at >= ?2{(_to is null ? "" : " AND occurred_at < ?3")}{_conditions.All}{_readable} ORDER BY sequence LIMIT ?12"),
            _to).Bind(10, after).Bind(12, limit);

    private Statement Ordered(ReadConnection connection, string? columns, string direction, EntryPosition? place, string comparison, int limit)
    {
        // A place that is the nearer bound makes the other one useless, and SQLite seeks by one of them only.
        var to = place is { } bound && direction == "DESC" && _to > bound.OccurredAt.ToUnixTimeMilliseconds() ? null : _to;
        var selects = _conditions.Branches.Select(branch =>
            $"SELECT {branch.Sequence}, {branch.OccurredAt}{(columns is null ? "" : ", " + columns)} FROM {branch.Table} WHERE "
            + Where(branch, to is not null, place is null ? "" : $" AND ({branch.OccurredAt}, {branch.Sequence}) {comparison} (?10, ?11)"));
        var statement = Bind(
            connection.Prepare($"{string.Join(" UNION ALL ", selects)} ORDER BY 2 {direction}, 1 {direction} LIMIT ?12"), to);
        if (place is { } position)
        {
            statement.Bind(10, position.OccurredAt.ToUnixTimeMilliseconds()).Bind(11, position.Sequence);
        }
        return statement.Bind(12, limit);
    }

    private string Where(FilterBranch branch, bool to, string key) =>
        $"{branch.Tenant} = ?1 AND {branch.OccurredAt} >= ?2{(to ? $" AND {branch.OccurredAt} < ?3" : "")} AND {branch.Sequence} <= ?4{branch.Conditions}{_readable}{key}";

    private Statement Bind(Statement statement, long? to)
    {
        statement.Bind(1, _tenant).Bind(2, _from).Bind(4, _snapshot);
        if (_readable.Length > 0)
        {
            statement.Bind(CutoffParameter, _cutoff);
        }
        if (to is { } end)
        {
            statement.Bind(3, end);
        }
        _conditions.Bind(statement);
        return statement;
    }

    // Entries have whole milliseconds: from t on, and before t, both begin at the next one.
    internal static long Ceiling(DateTimeOffset time)
    {
        var milliseconds = time.ToUnixTimeMilliseconds();
        return time.UtcTicks % TimeSpan.TicksPerMillisecond == 0 ? milliseconds : milliseconds + 1;
    }
}
