using System.Globalization;

namespace AuditConsole.Storage.Sqlite;

/// <summary>A way to some of the matching entries, in the order of time; no entry comes by two of them.</summary>
/// <param name="Table">The table with its index.</param>
/// <param name="Conditions">What is tested, each with AND before it.</param>
internal sealed record FilterBranch(string Table, string Conditions)
{
    /// <summary>The columns of the index.</summary>
    public string Tenant { get; init; } = "tenant";

    public string OccurredAt { get; init; } = "occurred_at";

    public string Sequence { get; init; } = "sequence";
}

/// <summary>What a filter asks beside tenant, time and snapshot, with the ids of its names.</summary>
internal sealed class FilterConditions
{
    // Each branch is a statement of its own within the statement; beyond this, testing each entry is the better way.
    private const int MostBranches = 32;

    // Parameters up to 12 are CompiledFilter's.
    private const int FirstParameter = 13;

    private const string ByTarget = "entry_target INDEXED BY entry_by_target CROSS JOIN entry ON tenant = target_tenant AND sequence = target_sequence";

    private readonly List<Action<Statement>> _binds = [];
    private readonly List<string> _tests = [];
    private readonly int _tenant;
    private readonly ReadConnection _connection;
    private (int Test, List<FilterBranch> Branches)? _driver;

    private FilterConditions(int tenant, ReadConnection connection) => (_tenant, _connection) = (tenant, connection);

    /// <summary>The ways, each with all that is to be tested on it.</summary>
    public IReadOnlyList<FilterBranch> Branches { get; private set; } = [];

    /// <summary>All that is to be tested on an entry that came by no index of these.</summary>
    public string All { get; private set; } = "";

    /// <summary>The conditions of a filter.</summary>
    /// <returns>Null where no entry can match, because a name stands in none.</returns>
    public static FilterConditions? Of(EntryFilter filter, ReadConnection connection)
    {
        var made = new FilterConditions(filter.Scope.Tenant, connection);
        // The most selective first: the first that can drive does.
        var possible = made.AddTarget(filter.Target, filter.EntityId)
            && made.AddWord(filter.Slug, "shown_slug", "entry_by_slug")
            && made.AddAddress(filter.Ip, network: false)
            && made.AddWord(filter.Actor, "actor", "entry_by_actor")
            && made.AddAddress(filter.Ip, network: true)
            && made.AddWord(filter.Action, "action", "entry_by_action")
            && made.AddActions(filter.Actions)
            && made.AddWord(filter.EntityType, "entity_type", "entry_by_type");
        if (!possible)
        {
            return null;
        }
        made.Complete();
        return made;
    }

    /// <summary>Gives a statement the values.</summary>
    public void Bind(Statement statement)
    {
        foreach (var bind in _binds)
        {
            bind(statement);
        }
    }

    private void Complete()
    {
        All = string.Concat(_tests);
        var (driver, branches) = _driver ?? (-1, [new FilterBranch("entry INDEXED BY entry_by_time", "")]);
        var others = string.Concat(_tests.Where((_, index) => index != driver));
        Branches = [.. branches.Select(branch => branch with { Conditions = branch.Conditions + others })];
    }

    private bool AddTarget(string? target, string? entityId)
    {
        if (target is not null && !AddTarget(target))
        {
            return false;
        }
        if (entityId is null)
        {
            return true;
        }
        if (_connection.FindWord(_tenant, entityId) is not { } id)
        {
            return false;
        }
        // Where the id isn't the shown slug, it stands among the targets.
        if (_driver is null)
        {
            AddTarget(entityId);
        }
        _tests.Add($" AND entity_id = {Parameter(id)}");
        return true;
    }

    private bool AddTarget(string name)
    {
        if (_connection.FindWord(_tenant, name) is not { } id)
        {
            return false;
        }
        var word = Parameter(id);
        Drive(
            $" AND (shown_slug = {word} OR EXISTS (SELECT 1 FROM entry_target WHERE target_tenant = tenant AND target_sequence = sequence AND word = {word}))",
            new FilterBranch("entry INDEXED BY entry_by_slug", $" AND shown_slug = {word}"),
            new FilterBranch(ByTarget, $" AND word = {word}")
            {
                Tenant = "target_tenant",
                OccurredAt = "target_occurred_at",
                Sequence = "target_sequence",
            });
        return true;
    }

    private bool AddWord(string? value, string column, string index)
    {
        if (value is null)
        {
            return true;
        }
        if (_connection.FindWord(_tenant, value) is not { } id)
        {
            return false;
        }
        AddWords(column, index, [id]);
        return true;
    }

    private bool AddAddress(string? text, bool network)
    {
        if (text is null || text.Contains('/', StringComparison.Ordinal) != network)
        {
            return true;
        }
        if (!network)
        {
            return AddWord(text, "ip", "entry_by_ip");
        }
        if (!AddressRange.TryParse(text, out var range))
        {
            return false;
        }
        var (first, last) = (range.First(), range.Last());
        var rows = _connection.Prepare("SELECT word FROM client_address WHERE address_tenant = ?1 AND address BETWEEN ?2 AND ?3 LIMIT ?4")
            .Bind(1, _tenant).BindBlob(2, first).BindBlob(3, last).Bind(4, MostBranches + 1);
        var words = ReadIds(rows);
        if (words.Count > MostBranches)
        {
            var (low, high) = (Parameter((statement, number) => statement.BindBlob(number, first)), Parameter((statement, number) => statement.BindBlob(number, last)));
            _tests.Add($" AND EXISTS (SELECT 1 FROM client_address WHERE word = ip AND address BETWEEN {low} AND {high})");
            return true;
        }
        AddWords("ip", "entry_by_ip", words);
        return words.Count > 0;
    }

    private bool AddActions(IReadOnlyList<string> actions)
    {
        if (actions.Count == 0)
        {
            return true;
        }
        var (words, groups) = (new HashSet<long>(), new List<string>());
        foreach (var action in actions)
        {
            if (!action.EndsWith(".*", StringComparison.Ordinal))
            {
                words.UnionWith(_connection.FindWord(_tenant, action) is { } id ? [id] : []);
            }
            else if (FindActions(action[..^1], out var found))
            {
                words.UnionWith(found);
            }
            else
            {
                var (low, high) = (TextParameter(action[..^1]), TextParameter(Behind(action)));
                groups.Add($"EXISTS (SELECT 1 FROM dictionary WHERE id = action AND value >= {low} AND value < {high})");
            }
        }
        if (groups.Count == 0 && words.Count <= MostBranches)
        {
            AddWords("action", "entry_by_action", [.. words]);
            return words.Count > 0;
        }
        _tests.Add($" AND (action IN ({string.Join(", ", words.Select(Parameter))}){string.Concat(groups.Select(group => " OR " + group))})");
        return true;
    }

    /// <summary>The actions with a prefix, unless they are too many.</summary>
    private bool FindActions(string prefix, out List<long> words)
    {
        words = ReadIds(_connection.Prepare(
            """
            SELECT id FROM dictionary WHERE tenant = ?1 AND value >= ?2 AND value < ?3
                AND EXISTS (SELECT 1 FROM entry INDEXED BY entry_by_action WHERE tenant = ?1 AND action = dictionary.id) LIMIT ?4
            """).Bind(1, _tenant).Bind(2, prefix).Bind(3, Behind(prefix + "*")).Bind(4, MostBranches + 1));
        return words.Count <= MostBranches;
    }

    // The character behind the full stop: "a." ≤ what begins with "a." < "a/".
    private static string Behind(string group) => group[..^2] + "/";

    private void AddWords(string column, string index, IReadOnlyList<long> words)
    {
        var parameters = words.Select(Parameter).ToList();
        Drive(
            parameters.Count == 1 ? $" AND {column} = {parameters[0]}" : $" AND {column} IN ({string.Join(", ", parameters)})",
            [.. parameters.Select(parameter => new FilterBranch($"entry INDEXED BY {index}", $" AND {column} = {parameter}"))]);
    }

    private void Drive(string test, params List<FilterBranch> branches)
    {
        _driver ??= (_tests.Count, branches);
        _tests.Add(test);
    }

    private string Parameter(long id) => Parameter((statement, number) => statement.Bind(number, id));

    private string TextParameter(string text) => Parameter((statement, number) => statement.Bind(number, text));

    private string Parameter(Action<Statement, int> bind)
    {
        var number = FirstParameter + _binds.Count;
        _binds.Add(statement => bind(statement, number));
        return "?" + number.ToString(CultureInfo.InvariantCulture);
    }

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
