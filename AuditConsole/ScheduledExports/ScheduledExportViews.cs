using AuditConsole.Exports;
using AuditConsole.Streams;
using AuditConsole.Streams.Destinations;

namespace AuditConsole.ScheduledExports;

/// <summary>An export as somebody wants it.</summary>
public sealed record ScheduledExportDraft
{
    /// <summary>For people.</summary>
    public string Name { get; init; } = "";

    /// <summary>The destination: a kind that keeps objects, or <see cref="ScheduledExport.Download"/>; of an export that there is, it can't be changed.</summary>
    public string Kind { get; init; } = "";

    /// <summary>How entries are written.</summary>
    public ExportFormat Format { get; init; }

    /// <summary>Which entries.</summary>
    public StreamFilter Filter { get; init; } = new();

    /// <summary>As <see cref="ExportSchedule"/> reads it.</summary>
    public string Schedule { get; init; } = "";

    /// <summary>An IANA name; null for UTC.</summary>
    public string? TimeZone { get; init; }

    /// <summary>The most rows of a part; null for <see cref="ScheduledExportDrafts.DefaultRows"/>.</summary>
    public int? RowsPerPart { get; init; }

    /// <summary>The destination's settings by name, secrets among them. A secret that is left out or empty stays as it is.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Of a new export: its first run holds what was recorded from here on; null for what is recorded from now on.</summary>
    public DateTimeOffset? Since { get; init; }
}

/// <summary>An export that was added.</summary>
/// <param name="Id"><c>sx_…</c>.</param>
/// <param name="Generated">The settings that the service made, by the field's name.</param>
public sealed record AddedExport(string Id, IReadOnlyDictionary<string, string> Generated);

/// <summary>An export as the page, the command line and the API show it: never a secret.</summary>
/// <param name="Id"><c>sx_…</c>.</param>
/// <param name="Name">For people.</param>
/// <param name="Kind">The destination's name on the wire.</param>
/// <param name="KindName">The destination for people.</param>
/// <param name="Format">How entries are written.</param>
/// <param name="Filter">Which entries.</param>
/// <param name="Schedule">When it is due, as it is written.</param>
/// <param name="ScheduleWords">When it is due, for people.</param>
/// <param name="TimeZone">In which time zone.</param>
/// <param name="RowsPerPart">The most rows of a part.</param>
/// <param name="Settings">The settings that are no secrets, by name.</param>
/// <param name="Secrets">The secrets that are set, by name: <c>…</c> and the last four characters.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="CreatedBy">The e-mail address of who made it, an id, or <c>console</c>.</param>
/// <param name="ChangedAt">When its settings were last changed.</param>
/// <param name="State">Whether it runs.</param>
/// <param name="Reason">Why it stopped, a sentence with what to do; null while it is active.</param>
/// <param name="Since">Since when it is in this state.</param>
/// <param name="NextDue">When it is due next; null where no time comes any more.</param>
/// <param name="LastRun">Its newest run; null before the first.</param>
/// <param name="Warning">What somebody must see to before entries are lost to the export, a sentence; null for nothing.</param>
public sealed record ScheduledExportView(
    string Id, string Name, string Kind, string KindName, ExportFormat Format, StreamFilter Filter, string Schedule, string ScheduleWords, string TimeZone, int RowsPerPart,
    IReadOnlyDictionary<string, string> Settings, IReadOnlyDictionary<string, string> Secrets, DateTimeOffset CreatedAt, string CreatedBy, DateTimeOffset ChangedAt,
    StreamState State, string? Reason, DateTimeOffset Since, DateTimeOffset? NextDue, ScheduledExportRun? LastRun, string? Warning)
{
    /// <summary>Whether its parts are rendered when somebody downloads them.</summary>
    public bool IsDownload => Kind == ScheduledExport.Download;
}

/// <summary>An export can't be as somebody wants it. Nothing was changed.</summary>
/// <param name="problems">What is wrong, field by field: a setting's name, or <c>name</c>, <c>destination</c>, <c>format</c>, <c>schedule</c>, <c>time_zone</c>,
/// <c>rows_per_part</c>, <c>since</c>, <c>entity_type</c>, <c>actions</c>, <c>slug</c>, <c>actor</c>, <c>ip</c>, <c>target</c>.</param>
public sealed class InvalidScheduledExportException(IReadOnlyList<FieldProblem> problems)
    : Exception(string.Join(' ', problems.Select(problem => $"{problem.Field}: {problem.Message}")))
{
    /// <summary>At least one.</summary>
    public IReadOnlyList<FieldProblem> Problems { get; } = problems;
}
