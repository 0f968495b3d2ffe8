using AuditConsole.Identity;
using AuditConsole.Query;

namespace AuditConsole.Holds;

/// <summary>What stands in the form for a new hold, as text.</summary>
public sealed class HoldForm
{
    /// <summary>For people: a case's number, for instance.</summary>
    public string Name { get; set; } = "";

    /// <summary>Why.</summary>
    public string Reason { get; set; } = "";

    /// <summary>A day, an instant, or empty.</summary>
    public string From { get; set; } = "";

    /// <summary>A day, an instant, or empty.</summary>
    public string To { get; set; } = "";

    /// <summary>Empty for any.</summary>
    public string EntityType { get; set; } = "";

    /// <summary>Empty for any.</summary>
    public string Action { get; set; } = "";

    /// <summary>Empty for any.</summary>
    public string Slug { get; set; } = "";

    /// <summary>Empty for any.</summary>
    public string Actor { get; set; } = "";

    /// <summary>Empty for any.</summary>
    public string Ip { get; set; } = "";

    /// <summary>Takes over the filter of a URL, so that the log page can lead here.</summary>
    public void Load(Func<string, string?> parameter)
    {
        (From, To) = (parameter("from") ?? "", parameter("to") ?? "");
        (EntityType, Action, Slug) = (parameter("entityType") ?? "", parameter("action") ?? "", parameter("slug") ?? "");
        (Actor, Ip) = (parameter("actor") ?? "", parameter("ip") ?? "");
    }

    /// <summary>The type of the input that can show a bound.</summary>
    public static string InputOf(string bound) => bound.Length == 0 || TimeBound.TryParse(bound, out var time) && time.IsDay ? "date" : "text";

    /// <summary>The filter, checked as the log page checks its own.</summary>
    /// <param name="today">The UTC day.</param>
    /// <exception cref="RefusedException">Something can't be read.</exception>
    public HoldFilter ToFilter(DateOnly today)
    {
        var given = new Dictionary<string, string>
        {
            ["from"] = From.Trim(),
            ["to"] = To.Trim(),
            ["entityType"] = EntityType.Trim(),
            ["action"] = Action.Trim(),
            ["slug"] = Slug.Trim(),
            ["actor"] = Actor.Trim(),
            ["ip"] = Ip.Trim(),
        };
        var problems = new List<QueryProblem>();
        // A bound that is left open must not be held against the other one.
        var filter = EntryFilterQuery.Parse(
            name => given.GetValueOrDefault(name) is { Length: > 0 } value ? value
                : name == "from" ? "0001-01-01" : name == "to" ? "9999-12-31" : default(Microsoft.Extensions.Primitives.StringValues),
            today, problems);
        if (problems.Count > 0)
        {
            throw new RefusedException(problems[0].Message);
        }
        return new HoldFilter
        {
            From = given["from"].Length > 0 ? filter.From : null,
            To = given["to"].Length > 0 ? filter.To : null,
            EntityType = filter.EntityType,
            Action = filter.Action,
            Slug = filter.Slug,
            Actor = filter.Actor,
            Ip = filter.Ip,
        };
    }
}
