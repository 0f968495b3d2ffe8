using System.Globalization;
using AuditConsole.Exports;
using AuditConsole.Streams;
using AuditConsole.Streams.Pages;

namespace AuditConsole.ScheduledExports.Pages;

/// <summary>How the pages say things of scheduled exports.</summary>
internal static class ScheduledExportTexts
{
    /// <summary>State and look of an export.</summary>
    public static (string Text, string Look) Of(ScheduledExportView export) => export switch
    {
        { State: StreamState.Paused } => ("Paused", "warn"),
        { State: StreamState.Error } => ("Stopped", "bad"),
        { State: StreamState.Disabled } => ("Disabled", "bad"),
        { LastRun.State: RunState.Failed } => ("Failing, tried again", "warn"),
        { Warning: not null } => ("Too slow", "warn"),
        _ => ("Active", "good"),
    };

    /// <summary>State and look of a run.</summary>
    public static (string Text, string Look) StateOf(ScheduledExportRun run) => run.State switch
    {
        RunState.Done => ("Done", "good"),
        RunState.Failed => ("Failed", "bad"),
        RunState.Waiting => ("Waits", "warn"),
        _ => ("Running", "warn"),
    };

    /// <summary>A run in a few words.</summary>
    public static string Of(ScheduledExportRun run) => run.State switch
    {
        RunState.Done => StreamTexts.Entries(run.Rows),
        RunState.Failed => "failed",
        RunState.Waiting => "waits",
        _ => "is under way",
    };

    /// <summary>A format.</summary>
    public static string Of(ExportFormat format) => format switch
    {
        ExportFormat.Csv => "CSV",
        ExportFormat.Json => "JSON",
        _ => "NDJSON",
    };

    /// <summary>A number of files.</summary>
    public static string Files(int count) => count == 1 ? "1 file" : $"{StreamTexts.Number(count)} files";

    /// <summary>What the log holds otherwise now than a part, a sentence for each reason.</summary>
    public static IEnumerable<string> Of(PartNow part, bool isKept)
    {
        if (part.Withheld.Count > 0)
        {
            var shown = string.Join(", ", part.Withheld.Take(5).Select(sequence => $"#{StreamTexts.Number(sequence)}"));
            var more = part.Withheld.Count > 5 ? $" and {StreamTexts.Number(part.Withheld.Count - 5)} more" : "";
            yield return $"The details of {shown}{more} were withheld since{(isKept ? "; the file in the bucket still holds them" : "")}.";
        }
        if (part.Gone > 0)
        {
            yield return $"{StreamTexts.Entries(part.Gone)} of it can’t be read any more: expired, or purged{(isKept ? "; the file in the bucket still holds them" : "")}.";
        }
        if (part.Back > 0)
        {
            yield return $"{StreamTexts.Entries(part.Back)} can be read again that had expired when it was written.";
        }
    }

    /// <summary>A size.</summary>
    public static string Size(long bytes) => bytes switch
    {
        < 1024 => $"{bytes} B",
        < 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0.#} KiB"),
        < 1024 * 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0 / 1024:0.#} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0 / 1024 / 1024:0.#} GiB"),
    };
}
