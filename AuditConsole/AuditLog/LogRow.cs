using System.Globalization;
using System.Text;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Query;

namespace AuditConsole.AuditLog;

/// <summary>
/// An entry's row in the table, as the markup that the browser gets. Made once when the page is read, for the server
/// keeps it as long as the page is open: the entry itself would take twice as much, and the row's elements one by one
/// three times. Whether its details are open is no part of it; console.js sets that.
/// </summary>
/// <param name="Sequence">The entry's.</param>
/// <param name="Html">The element <c>tr</c>.</param>
public sealed record LogRow(long Sequence, string Html)
{
    /// <summary>The rows of a list of entries.</summary>
    /// <param name="entries">In the order of the table. The Tab key comes to the first; console.js moves on from there.</param>
    /// <param name="query">What links lead on from.</param>
    /// <param name="member">Who looks.</param>
    public static IReadOnlyList<LogRow> Of(IEnumerable<AuditEntry> entries, LogQuery query, Member member)
    {
        var html = new StringBuilder(1024);
        return [.. entries.Select((entry, index) => new LogRow(entry.Sequence, Write(html, entry, index == 0, query, member)))];
    }

    private static string Write(StringBuilder html, AuditEntry entry, bool isFirst, LogQuery query, Member member)
    {
        var content = entry.Content;
        html.Clear().Append(CultureInfo.InvariantCulture, $"<tr data-entry=\"{entry.Sequence}\" tabindex=\"{(isFirst ? 0 : -1)}\"><td class=\"time\">")
            .Append(EntryTime.Of(entry.OccurredAt)).Append("</td><td class=\"actor\"><a href=\"")
            .Append(VisibleMarkup.Encode(ConsoleUrls.AuditLog(query.Filter with { Actor = content.Actor.Id }))).Append('"');
        if (content.Actor.Name is { } name)
        {
            html.Append(" title=\"").Append(VisibleMarkup.Encode(name)).Append('"');
        }
        html.Append('>').Append(VisibleText.Of(content.Actor.Display)).Append("</a></td><td class=\"act\">").Append(ActionLabel.Of(content.Action));
        if (entry.Withheld is not null)
        {
            html.Append("<span class=\"tag warn withheld\">Withheld</span>");
        }
        html.Append("</td><td class=\"target\">").Append(EntityLink.Of(content.Target, query.Filter.Tenant, member));
        if (content.EngineVersion is { } engine)
        {
            html.Append("</td><td class=\"engine\">").Append(VisibleText.Of(engine));
        }
        else
        {
            html.Append("</td><td class=\"engine none\"><span class=\"muted\">–</span>");
        }
        return html.Append("</td><td class=\"details\"><button type=\"button\" class=\"plain\" data-toggle aria-expanded=\"false\">Show</button></td></tr>").ToString();
    }
}
