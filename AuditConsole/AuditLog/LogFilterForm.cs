using System.Globalization;
using AuditConsole.Core;
using AuditConsole.Query;

namespace AuditConsole.AuditLog;

/// <summary>What stands in the filter bar, as text; becomes a URL, which is where it is checked.</summary>
public sealed class LogFilterForm
{
    private const string LocalPattern = "yyyy-MM-dd'T'HH:mm:ss.fff";

    private EntryFilterQuery? _applied;

    /// <summary>A day, a UTC time without offset, or whatever the URL said.</summary>
    public string From { get; set; } = "";

    /// <summary>A day, a UTC time without offset, or whatever the URL said.</summary>
    public string To { get; set; } = "";

    /// <summary>Empty for any.</summary>
    public string EntityType { get; set; } = "";

    /// <summary>Empty for any.</summary>
    public string Action { get; set; } = "";

    /// <summary>Empty for any.</summary>
    public string Slug { get; set; } = "";

    /// <summary>The type of the input that can show <see cref="From"/>.</summary>
    public string FromInput { get; private set; } = "date";

    /// <summary>The type of the input that can show <see cref="To"/>.</summary>
    public string ToInput { get; private set; } = "date";

    /// <summary>Takes over what is applied.</summary>
    /// <param name="filter">The filter of the URL.</param>
    /// <param name="problems">What is wrong with the URL.</param>
    /// <param name="raw">The text of a parameter as the URL has it.</param>
    public void Load(EntryFilterQuery filter, IReadOnlyList<QueryProblem> problems, Func<string, string?> raw)
    {
        _applied = filter;
        (From, FromInput) = Show(filter.From, "from");
        (To, ToInput) = Show(filter.To, "to");
        EntityType = filter.EntityType ?? "";
        Action = filter.Action ?? "";
        Slug = filter.Slug ?? (problems.Any(problem => problem.Field == "slug") ? raw("slug") : null) ?? "";

        (string, string) Show(TimeBound bound, string name) =>
            !TimeBound.TryParse(raw(name)?.Trim() ?? bound.ToString(), out _) ? (raw(name)!, "text")
            : bound.IsDay ? (bound.ToString(), "date")
            : (bound.Start.UtcDateTime.ToString(LocalPattern, CultureInfo.InvariantCulture), "datetime-local");
    }

    /// <summary>The URL that applies what stands in the bar, with explicit bounds; actor and address stay as they are.</summary>
    public string ToUrl(string? tenant, DateOnly today)
    {
        (string Name, string? Value)[] all =
        [
            ("tenant", tenant), ("from", Bound(From)), ("to", Bound(To)), ("entityType", EntityType), ("action", Action),
            ("slug", Slug.Trim()), ("actor", _applied?.Actor), ("ip", _applied?.Ip),
        ];
        var given = all.Where(parameter => !string.IsNullOrEmpty(parameter.Value)).ToDictionary(parameter => parameter.Name, parameter => parameter.Value!);
        var problems = new List<QueryProblem>();
        var filter = EntryFilterQuery.Parse(name => given.GetValueOrDefault(name), today, problems);
        // What is wrong goes into the URL as it is: the page says so there, and Back leads away from it.
        return problems.Count == 0 ? ConsoleUrls.AuditLog(filter) : ConsoleUrls.AuditLog(given);
    }

    // A datetime-local input has no offset: the bar is in UTC.
    private static string Bound(string text)
    {
        var trimmed = text.Trim();
        return trimmed.Contains('T') && WireTime.TryParse(Seconds(trimmed) + "Z", out var instant) ? WireTime.Format(instant) : trimmed;
    }

    // Browsers leave out seconds that are zero.
    private static string Seconds(string text) => text.Length == "2026-11-21T16:42".Length ? text + ":00" : text;
}
