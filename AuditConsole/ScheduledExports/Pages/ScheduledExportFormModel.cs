using AuditConsole.Exports;
using AuditConsole.Query;
using AuditConsole.Streams.Destinations;
using AuditConsole.Streams.Pages;

namespace AuditConsole.ScheduledExports.Pages;

/// <summary>What stands in the form of a scheduled export, as text.</summary>
public sealed class ScheduledExportFormModel : FilterFormModel
{
    /// <summary>Entries from now on.</summary>
    public const string New = "new";

    /// <summary>Everything so far.</summary>
    public const string All = "all";

    /// <summary>What was recorded from a day on.</summary>
    public const string FromDay = "from";

    /// <summary>For people.</summary>
    public string Name { get; set; } = "";

    /// <summary>How entries are written.</summary>
    public ExportFormat Format { get; set; }

    /// <summary><c>daily</c>, <c>weekly</c>, <c>monthly</c> or <c>cron</c>.</summary>
    public string Every { get; set; } = "daily";

    /// <summary>The local time.</summary>
    public string At { get; set; } = "06:00";

    /// <summary>The day of a week.</summary>
    public string WeekDay { get; set; } = "monday";

    /// <summary>The day of a month.</summary>
    public int MonthDay { get; set; } = 1;

    /// <summary>The expression.</summary>
    public string Cron { get; set; } = "";

    /// <summary>An IANA name.</summary>
    public string TimeZone { get; set; } = "UTC";

    /// <summary>The most rows of a part.</summary>
    public int RowsPerPart { get; set; } = ScheduledExportDrafts.DefaultRows;

    /// <summary><see cref="New"/>, <see cref="All"/> or <see cref="FromDay"/>.</summary>
    public string Since { get; set; } = New;

    /// <summary>The day for <see cref="FromDay"/>.</summary>
    public DateOnly? SinceDay { get; set; }

    /// <summary>The destination's settings.</summary>
    public Dictionary<string, string> Settings { get; } = new(StringComparer.Ordinal);

    /// <summary>The schedule as it is written.</summary>
    public string Schedule => Every switch
    {
        "weekly" => $"weekly {WeekDay} {At}",
        "monthly" => $"monthly {MonthDay} {At}",
        "cron" => $"cron {Cron}",
        _ => $"daily {At}",
    };

    /// <summary>The form of an export that there is. Its secrets stay empty.</summary>
    public static ScheduledExportFormModel Of(ScheduledExportView export)
    {
        var words = export.Schedule.Split(' ');
        var form = new ScheduledExportFormModel
        {
            Name = export.Name,
            Format = export.Format,
            Every = words[0],
            At = words[0] == "cron" ? "06:00" : words[^1],
            WeekDay = words[0] == "weekly" ? words[1] : "monday",
            MonthDay = words[0] == "monthly" ? int.Parse(words[1], System.Globalization.CultureInfo.InvariantCulture) : 1,
            Cron = words[0] == "cron" ? string.Join(' ', words[1..]) : "",
            TimeZone = export.TimeZone,
            RowsPerPart = export.RowsPerPart,
        };
        form.Show(export.Filter);
        foreach (var (name, value) in export.Settings)
        {
            form.Settings[name] = value;
        }
        return form;
    }

    /// <summary>The draft that it stands for.</summary>
    /// <param name="kind">The destination; null for downloads.</param>
    /// <exception cref="InvalidScheduledExportException">The day of the first entries is none.</exception>
    public ScheduledExportDraft ToDraft(IDestinationKind? kind) => new()
    {
        Name = Name,
        Kind = kind?.Name ?? ScheduledExport.Download,
        Format = Format,
        Filter = ToFilter(),
        Schedule = Schedule,
        TimeZone = TimeZone.Trim(),
        RowsPerPart = RowsPerPart,
        // What the service makes isn't typed.
        Settings = kind?.Fields.Where(field => field.Generate is null).ToDictionary(field => field.Name, field => Settings.GetValueOrDefault(field.Name) ?? "", StringComparer.Ordinal) ?? [],
        Since = Since switch
        {
            All => DateTimeOffset.UnixEpoch,
            FromDay => SinceDay is { } day
                ? TimeBound.Of(day).Start
                : throw new InvalidScheduledExportException([new FieldProblem("since", "Choose the first day whose entries are exported.")]),
            _ => null,
        },
    };
}
