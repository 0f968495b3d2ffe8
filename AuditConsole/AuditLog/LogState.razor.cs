using AuditConsole.Identity;
using AuditConsole.Query;
using Microsoft.AspNetCore.Components;

namespace AuditConsole.AuditLog;

/// <summary>What stands in place of entries: why there are none, and what to do next.</summary>
public sealed partial class LogState : ComponentBase
{
    /// <summary>The state of the page.</summary>
    [Parameter, EditorRequired]
    public required LogView View { get; set; }

    /// <summary>Who looks.</summary>
    [Parameter]
    public Member? Member { get; set; }

    /// <summary>Reads again.</summary>
    [Parameter]
    public EventCallback OnRetry { get; set; }

    private List<(string Label, string Value)> Conditions
    {
        get
        {
            var filter = View.Query.Filter;
            (string Label, string? Value)[] all =
            [
                ("entity type", filter.EntityType is { } type ? EntityLabels.Of(type) : null), ("action", filter.Action),
                ("slug", filter.Slug), ("actor", filter.Actor), ("client IP", filter.Ip),
            ];
            return [.. all.Where(condition => condition.Value is not null).Select(condition => (condition.Label, condition.Value!))];
        }
    }

    /// <summary>The same filter over everything that is kept; null if that is what was asked.</summary>
    private EntryFilterQuery? Widened
    {
        get
        {
            var filter = View.Query.Filter;
            var oldest = TimeBound.Of(DateOnly.FromDateTime(View.Page!.ReadableFrom.UtcDateTime));
            return filter.From.Start <= oldest.Start && filter.To.Day >= View.Today
                ? null
                : filter with { From = oldest, To = TimeBound.Of(filter.To.Day > View.Today ? filter.To.Day : View.Today) };
        }
    }

    /// <summary>How far back the log is kept, as people say it.</summary>
    private string Reach
    {
        get
        {
            var oldest = DateOnly.FromDateTime(View.Page!.ReadableFrom.UtcDateTime);
            var months = (View.Today.Year - oldest.Year) * 12 + View.Today.Month - oldest.Month;
            return View.Today.AddMonths(-months) == oldest && months > 0
                ? months == 1 ? "1 month" : $"{months} months"
                : $"{View.Today.DayNumber - oldest.DayNumber} days";
        }
    }

    private static string Bound(TimeBound bound) => bound.IsDay ? bound.ToString() : bound.ToString().Replace('T', ' ').TrimEnd('Z');
}
