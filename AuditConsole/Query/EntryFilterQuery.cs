using AuditConsole.Core;
using AuditConsole.Storage;
using Microsoft.Extensions.Primitives;

namespace AuditConsole.Query;

/// <summary>What is wrong with a parameter.</summary>
/// <param name="Field">The parameter's name: <c>from</c>, <c>ip</c> …</param>
/// <param name="Message">A sentence for a person: what is wrong and what would be right.</param>
public sealed record QueryProblem(string Field, string Message);

/// <summary>Gives the values of a parameter; none where it is missing.</summary>
public delegate StringValues QuerySource(string name);

/// <summary>
/// The filter as the console's URL and its forms carry it: whose log, from when to when, and exact matches. Always
/// with explicit bounds, so that what is copied or downloaded tomorrow means the same as today.
/// </summary>
public sealed record EntryFilterQuery
{
    /// <summary>How many days before today the log begins where nothing else is asked.</summary>
    public const int DefaultDays = 30;

    /// <summary>The tenant's slug; null for the person's first.</summary>
    public string? Tenant { get; init; }

    /// <summary>The beginning; a day counts from its first instant.</summary>
    public required TimeBound From { get; init; }

    /// <summary>The end; a day counts to its last instant.</summary>
    public required TimeBound To { get; init; }

    /// <summary>Exact entity type.</summary>
    public string? EntityType { get; init; }

    /// <summary>Exact action.</summary>
    public string? Action { get; init; }

    /// <summary>Exact slug or id of the entity, or of a further target of the entry.</summary>
    public string? Slug { get; init; }

    /// <summary>Exact id of the actor.</summary>
    public string? Actor { get; init; }

    /// <summary>Normalised client address.</summary>
    public string? Ip { get; init; }

    /// <summary>Whether anything but the range of time is asked.</summary>
    public bool HasMatches => (EntityType ?? Action ?? Slug ?? Actor ?? Ip) is not null;

    /// <summary>The last 30 days of a tenant.</summary>
    public static EntryFilterQuery Default(string? tenant, DateOnly today) =>
        new() { Tenant = tenant, From = TimeBound.Of(Before(today)), To = TimeBound.Of(today) };

    /// <summary>Reads the parameters <c>tenant, from, to, entityType, action, slug, actor, ip</c>; empty means missing.</summary>
    /// <param name="source">The query string or a form.</param>
    /// <param name="today">The UTC day from which the default range counts.</param>
    /// <param name="problems">Receives everything that is wrong; what it names is left at its default.</param>
    public static EntryFilterQuery Parse(QuerySource source, DateOnly today, ICollection<QueryProblem> problems)
    {
        var reader = new Reader(source, problems);
        var (givenFrom, givenTo) = (reader.Bound("from"), reader.Bound("to"));
        var to = givenTo ?? TimeBound.Of(givenFrom is { } start && start.Day > today ? start.Day : today);
        var from = givenFrom ?? TimeBound.Of(Before(to.Day < today ? to.Day : today));
        if (from.Start > to.End || (from.IsDay && to.IsDay && from.Day > to.Day))
        {
            problems.Add(new("from", $"From ({from}) is after To ({to}). Make From the earlier one."));
        }
        return new EntryFilterQuery
        {
            Tenant = reader.Text("tenant", 64),
            From = from,
            To = to,
            EntityType = reader.Text("entityType", EntryParser.MaxNameLength),
            Action = reader.Text("action", EntryParser.MaxActionLength),
            Slug = reader.Text("slug", EntryParser.MaxNameLength),
            Actor = reader.Text("actor", EntryParser.MaxNameLength),
            Ip = reader.Address("ip"),
        };
    }

    /// <summary>The parameters that say the same again, in a fixed order.</summary>
    public IEnumerable<KeyValuePair<string, string>> Parameters()
    {
        (string Name, string? Value)[] all =
        [
            ("tenant", Tenant), ("from", From.ToString()), ("to", To.ToString()), ("entityType", EntityType),
            ("action", Action), ("slug", Slug), ("actor", Actor), ("ip", Ip),
        ];
        return from parameter in all where parameter.Value is not null select KeyValuePair.Create(parameter.Name, parameter.Value);
    }

    /// <summary>The store's filter.</summary>
    public EntryFilter ToFilter(ReadScope scope) => new()
    {
        Scope = scope,
        From = From.Start,
        To = To.End,
        EntityType = EntityType,
        Action = Action,
        Target = Slug,
        Actor = Actor,
        Ip = Ip,
    };

    private static DateOnly Before(DateOnly day) => day.DayNumber > DefaultDays ? day.AddDays(-DefaultDays) : DateOnly.MinValue;

    /// <summary>Takes single parameters and notes what is wrong with them.</summary>
    private readonly struct Reader(QuerySource source, ICollection<QueryProblem> problems)
    {
        public string? Text(string name, int most)
        {
            var values = source(name);
            if (values.Count > 1)
            {
                problems.Add(new(name, $"{LabelOf(name)} is given {values.Count} times. Give it once."));
                return null;
            }
            var text = values.Count == 0 ? null : values[0];
            if (string.IsNullOrWhiteSpace(text))
            {
                return null;
            }
            if (CanonicalJson.FindRefusal(text) is { } refusal)
            {
                problems.Add(new(name, $"{LabelOf(name)} {refusal}."));
                return null;
            }
            if (text.EnumerateRunes().Count() > most)
            {
                problems.Add(new(name, $"{LabelOf(name)} is longer than {most} characters. No entry has such a value."));
                return null;
            }
            return text;
        }

        private static string LabelOf(string name) => name switch
        {
            "tenant" => "Account",
            "from" => "From",
            "to" => "To",
            "entityType" => "Entity type",
            "action" => "Action",
            "slug" => "Slug",
            "actor" => "Actor",
            "ip" => "Client IP",
            _ => name,
        };

        public TimeBound? Bound(string name)
        {
            if (Text(name, 64)?.Trim() is not { } text)
            {
                return null;
            }
            if (TimeBound.TryParse(text, out var bound))
            {
                return bound;
            }
            problems.Add(new(name, $"{LabelOf(name)} is not a date. Write a UTC day as 2026-11-21, or an instant as 2026-11-21T16:42:07Z."));
            return null;
        }

        public string? Address(string name)
        {
            if (Text(name, 64)?.Trim() is not { } text)
            {
                return null;
            }
            if (EntryParser.TryParseIp(text, out var address))
            {
                return address.ToString();
            }
            problems.Add(new(name, $"{LabelOf(name)} is not an IP address. Write one as 203.0.113.42 or 2001:db8::1."));
            return null;
        }
    }
}
