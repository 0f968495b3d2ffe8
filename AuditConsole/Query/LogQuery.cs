using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace AuditConsole.Query;

/// <summary>The whole state of the log page, as its URL carries it: the filter, the place in the list, the open entries.</summary>
public sealed record LogQuery
{
    /// <summary>The most entries that a URL opens.</summary>
    public const int MaxOpen = 100;

    /// <summary>Which entries.</summary>
    public required EntryFilterQuery Filter { get; init; }

    /// <summary>The place in the list, as <see cref="CursorProtector"/> wrote it; null for the newest entries.</summary>
    public string? Cursor { get; init; }

    /// <summary>The sequences of the entries whose details are shown, in order.</summary>
    public IReadOnlyList<long> Open { get; init; } = [];

    /// <summary>The newest entries of the last 30 days.</summary>
    public static LogQuery Default(string? tenant, DateOnly today) => new() { Filter = EntryFilterQuery.Default(tenant, today) };

    /// <summary>Reads the query string of a URL; parameters that it doesn't know are left alone.</summary>
    /// <param name="uri">An absolute URI.</param>
    /// <param name="today">The UTC day from which the default range counts.</param>
    /// <param name="problems">Receives everything that is wrong; what it names is left at its default.</param>
    public static LogQuery Parse(Uri uri, DateOnly today, ICollection<QueryProblem> problems)
    {
        var values = QueryHelpers.ParseQuery(uri.Query);
        return Parse(name => values.TryGetValue(name, out var value) ? value : StringValues.Empty, today, problems);
    }

    /// <summary>Reads parameters from wherever they stand.</summary>
    /// <param name="source">The query string or a form.</param>
    /// <param name="today">The UTC day from which the default range counts.</param>
    /// <param name="problems">Receives everything that is wrong; what it names is left at its default.</param>
    public static LogQuery Parse(QuerySource source, DateOnly today, ICollection<QueryProblem> problems)
    {
        var cursor = source("cursor");
        if (cursor.Count > 1)
        {
            problems.Add(new("cursor", "cursor is given more than once. Give it once."));
        }
        if (source("q").Count > 0)
        {
            problems.Add(new("q", "q, the search in texts, is not in this version. Leave it out and filter by the fields."));
        }
        return new LogQuery
        {
            Filter = EntryFilterQuery.Parse(source, today, problems),
            Cursor = cursor.Count == 1 && cursor[0] is { Length: > 0 } text ? text : null,
            Open = ParseOpen(source("entry"), problems),
        };
    }

    /// <summary>The parameters that say the same again, in a fixed order.</summary>
    public IEnumerable<KeyValuePair<string, string>> Parameters()
    {
        foreach (var parameter in Filter.Parameters())
        {
            yield return parameter;
        }
        if (Cursor is not null)
        {
            yield return new("cursor", Cursor);
        }
        if (Open.Count > 0)
        {
            yield return new("entry", string.Join(',', Open));
        }
    }

    /// <summary>The same page with one entry's details shown or hidden.</summary>
    public LogQuery Toggle(long sequence) => this with
    {
        Open = [.. (Open.Contains(sequence) ? Open.Where(open => open != sequence) : Open.Append(sequence)).Order().TakeLast(MaxOpen)],
    };

    private static IReadOnlyList<long> ParseOpen(StringValues values, ICollection<QueryProblem> problems)
    {
        var open = new SortedSet<long>();
        foreach (var text in values.SelectMany(value => (value ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries)))
        {
            if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) || sequence < 1)
            {
                problems.Add(new("entry", "entry is not the number of an entry. Write one as entry=48190."));
                return [];
            }
            open.Add(sequence);
        }
        if (open.Count > MaxOpen)
        {
            problems.Add(new("entry", $"entry names more than {MaxOpen} entries. Name fewer."));
            return [];
        }
        return [.. open];
    }
}
