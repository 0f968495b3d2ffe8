using AuditConsole.Api;
using AuditConsole.Core;
using AuditConsole.Query;
using AuditConsole.Storage;

namespace AuditConsole.Reading;

/// <summary>What a program asks of the log.</summary>
internal sealed record ReadQuery
{
    /// <summary>The most entries of a page.</summary>
    public const int MostEntries = 1000;

    /// <summary>The longest wait, in seconds.</summary>
    public const int MostSeconds = 30;

    public TimeBound? Since { get; init; }

    public TimeBound? Until { get; init; }

    public string? Actor { get; init; }

    /// <summary>An exact action, of which groups are not a notion.</summary>
    public string? Action { get; init; }

    public IReadOnlyList<string> Actions { get; init; } = [];

    public string? EntityType { get; init; }

    public string? EntityId { get; init; }

    public string? Target { get; init; }

    public string? Ip { get; init; }

    /// <summary>Whether in the order of the chain, as a tail reads it; else newest first.</summary>
    public bool IsAscending { get; init; }

    /// <summary>The most entries; null where none was given.</summary>
    public int? Limit { get; init; }

    public string? Cursor { get; init; }

    /// <summary>How long to wait for an entry where there is none yet.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>The parameters of <c>GET /api/audit-log</c>.</summary>
    public static readonly IReadOnlyList<ReadParameter> Parameters =
    [
        new("actor", ParameterKind.Text, "The exact id of the actor.", "usr_41"),
        new("action", ParameterKind.Text, "The exact action, or `prefix.*` for all that begin with `prefix.`. May be given up to 50 times: entries with any of them.", "workspace.member.role_changed")
            { MaxLength = EntryParser.MaxActionLength + 2, IsRepeatable = true },
        new("target", ParameterKind.Text, "The exact id or slug of what was acted on, further targets included.", "backend-standards"),
        new("ip", ParameterKind.Address, "The client's address, or a network in CIDR form.", "203.0.113.0/24"),
        new("since", ParameterKind.Time, "The first instant that counts, or the first UTC day. Without it: from the oldest entry that is kept.", "2026-11-21T16:00:00Z"),
        new("until", ParameterKind.Time, "The first instant that doesn't count any more; a UTC day counts to its end.", "2026-11-21"),
        new("order", ParameterKind.Choice, "`desc`: the newest first, by `occurred_at`. `asc`: by `sequence`, for tails; every answer then has a `next_cursor`.", "asc")
            { Choices = ["desc", "asc"], Default = "desc" },
        new("limit", ParameterKind.Number, "The most entries of a page. CSV and NDJSON have all entries where it is left out.", "100") { Least = 1, Most = MostEntries, Default = "100" },
        new("cursor", ParameterKind.Text, "The `next_cursor` of the page before, with the same filter and order.", "CfDJ8Nq…") { MaxLength = 2000 },
        new("wait", ParameterKind.Number, "With `order=asc`: how many seconds to wait where nothing new is there yet.", "30") { Least = 0, Most = MostSeconds, Default = "0" },
    ];

    /// <summary>The parameters of <c>GET /v1/audit-log</c>.</summary>
    public static readonly IReadOnlyList<ReadParameter> V1Parameters =
    [
        new("limit", ParameterKind.Number, "The most entries of a page.", "50") { Least = 1, Most = MostEntries, Default = "50" },
        new("cursor", ParameterKind.Text, "The `next_cursor` of the page before, with the same filter.", "CfDJ8Nq…") { MaxLength = 2000 },
        new("actor_id", ParameterKind.Text, "The exact id of the actor.", "usr_41"),
        new("resource_type", ParameterKind.Text, "The exact type of the resource.", "Profile"),
        new("resource_id", ParameterKind.Text, "The exact id of the resource.", "prf_12"),
        new("action", ParameterKind.Text, "The exact action.", "ProfilePublished") { MaxLength = EntryParser.MaxActionLength },
        new("from", ParameterKind.Time, "The first instant that counts, or the first UTC day.", "2026-11-01"),
        new("to", ParameterKind.Time, "The first instant that doesn't count any more; a UTC day counts to its end.", "2026-11-21"),
    ];

    /// <summary>Reads the query string of <c>GET /api/audit-log</c>.</summary>
    public static ReadQuery Parse(HttpRequest request, ReadFormat format, List<ApiErrorDetail> problems)
    {
        var values = ReadParameters.Read(request, Parameters, problems);
        var query = new ReadQuery
        {
            Actor = values.Text("actor"),
            Actions = values.All("action"),
            Target = values.Text("target"),
            Ip = AddressRange.TryParse(values.Text("ip"), out var range) ? range.ToString() : null,
            Since = values.Time("since"),
            Until = values.Time("until"),
            IsAscending = values.Text("order") == "asc",
            Limit = values.Number("limit"),
            Cursor = values.Text("cursor"),
            Wait = TimeSpan.FromSeconds(values.Number("wait") ?? 0),
        };
        query.CheckRange("since", "until", problems);
        if (!query.IsAscending && query.Wait > TimeSpan.Zero)
        {
            problems.Add(new("wait", "waits for what comes next, which needs order=asc"));
        }
        if (format != ReadFormat.Json)
        {
            foreach (var name in new[] { "cursor", "wait" }.Where(name => values.Text(name) is not null))
            {
                problems.Add(new(name, "belongs to pages of JSON; CSV and NDJSON have the whole filter"));
            }
        }
        return query;
    }

    /// <summary>Reads the query string of <c>GET /v1/audit-log</c>.</summary>
    public static ReadQuery ParseV1(HttpRequest request, List<ApiErrorDetail> problems)
    {
        var values = ReadParameters.Read(request, V1Parameters, problems);
        var query = new ReadQuery
        {
            Actor = values.Text("actor_id"),
            EntityType = values.Text("resource_type"),
            EntityId = values.Text("resource_id"),
            Action = values.Text("action"),
            Since = values.Time("from"),
            Until = values.Time("to"),
            Limit = values.Number("limit") ?? 50,
            Cursor = values.Text("cursor"),
        };
        query.CheckRange("from", "to", problems);
        return query;
    }

    /// <summary>What a cursor belongs to: the filter and the order, in a fixed form.</summary>
    public IEnumerable<KeyValuePair<string, string>> List()
    {
        (string Name, string? Value)[] all =
        [
            ("order", IsAscending ? "asc" : "desc"), ("actor", Actor), ("exact", Action), ("type", EntityType), ("id", EntityId), ("target", Target), ("ip", Ip),
            ("since", Since?.ToString()), ("until", Until?.ToString()), .. Actions.Order(StringComparer.Ordinal).Distinct().Select(action => ("action", (string?)action)),
        ];
        return from parameter in all where parameter.Value is not null select KeyValuePair.Create(parameter.Name, parameter.Value);
    }

    /// <summary>The store's filter.</summary>
    public EntryFilter ToFilter(ReadScope scope) => new()
    {
        Scope = scope,
        From = Since?.Start,
        To = Until?.End,
        EntityType = EntityType,
        EntityId = EntityId,
        Target = Target,
        Actor = Actor,
        Action = Action,
        Actions = Actions,
        Ip = Ip,
    };

    private void CheckRange(string since, string until, List<ApiErrorDetail> problems)
    {
        if (Since is { } first && Until is { } end && (first.Start > end.End || (first.IsDay && end.IsDay && first.Day > end.Day)))
        {
            problems.Add(new(since, $"is after {until}"));
        }
    }
}
