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

    /// <summary>A size.</summary>
    public static string Size(long bytes) => bytes switch
    {
        < 1024 => $"{bytes} B",
        < 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0.#} KiB"),
        < 1024 * 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0 / 1024:0.#} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0 / 1024 / 1024:0.#} GiB"),
    };
}
