using AuditConsole.Identity;
using AuditConsole.Query;

namespace AuditConsole.AuditLog;

/// <summary>A page of the log as it is shown: <see cref="LogPage"/> with rows in place of entries.</summary>
/// <param name="Rows">Newest first.</param>
/// <param name="Snapshot">The newest sequence that counted.</param>
/// <param name="Start">How many entries of the list stand before the first.</param>
/// <param name="Here">The cursor of this very page.</param>
/// <param name="Prev">The cursor of the page of newer entries; null where there is none.</param>
/// <param name="Next">The cursor of the page of older entries; null where there is none.</param>
/// <param name="ReadableFrom">What occurred before this has expired and can't be read.</param>
/// <param name="Actor">The actor whom the filter names, as its entries show them; null where it names none, or there are none.</param>
public sealed record ShownPage(
    IReadOnlyList<LogRow> Rows, long Snapshot, long Start, string Here, string? Prev, string? Next, DateTimeOffset ReadableFrom, string? Actor)
{
    /// <summary>A page that was read.</summary>
    /// <param name="page">The page.</param>
    /// <param name="query">What it answers.</param>
    /// <param name="member">Who looks.</param>
    public static ShownPage Of(LogPage page, LogQuery query, Member member) => new(
        LogRow.Of(page.Entries, query, member), page.Snapshot, page.Start, page.Here, page.Prev, page.Next, page.ReadableFrom,
        query.Filter.Actor is null ? null : page.Entries.FirstOrDefault()?.Content.Actor.Display);
}
