using System.Text;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Query;
using Microsoft.AspNetCore.Components;

namespace AuditConsole.AuditLog;

/// <summary>
/// The cells of an entry's row that never change, as one piece of markup. As elements of their own, those of a hundred
/// rows are thousands of things that the server remembers for each open page and that travel one by one.
/// </summary>
internal static class EntryCells
{
    /// <summary>Time, actor, action, target and engine version.</summary>
    public static MarkupString Of(AuditEntry entry, LogQuery query, Member? member)
    {
        var content = entry.Content;
        var html = new StringBuilder(1024);
        html.Append("<td class=\"time\">").Append(EntryTime.Of(entry.OccurredAt)).Append("</td><td class=\"actor\"><a href=\"")
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
        return new MarkupString(html.Append("</td>").ToString());
    }
}
