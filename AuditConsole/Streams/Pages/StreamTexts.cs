using System.Globalization;
using AuditConsole.Streams.Destinations;

namespace AuditConsole.Streams.Pages;

/// <summary>How the pages say things of streams.</summary>
internal static class StreamTexts
{
    /// <summary>A number for people.</summary>
    public static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A number of entries.</summary>
    public static string Entries(long count) => count == 1 ? "1 entry" : $"{Number(count)} entries";

    /// <summary>A number of what a stream sends.</summary>
    public static string Units(StreamPurpose purpose, long count) =>
        purpose != StreamPurpose.Checkpoints ? Entries(count) : count == 1 ? "1 checkpoint" : $"{Number(count)} checkpoints";

    /// <summary>What a stream sends, in words.</summary>
    public static string Contents(StreamView stream) =>
        stream.Purpose == StreamPurpose.Checkpoints ? "checkpoints" : Of(stream.Filter) ?? "all entries";

    /// <summary>A length of time, in its largest unit.</summary>
    public static string Time(TimeSpan time) => time switch
    {
        { TotalSeconds: < 1 } => "less than 1 s",
        { TotalMinutes: < 2 } => $"{Number((long)time.TotalSeconds)} s",
        { TotalHours: < 2 } => $"{Number((long)time.TotalMinutes)} min",
        { TotalDays: < 2 } => $"{Number((long)time.TotalHours)} h",
        _ => $"{Number((long)time.TotalDays)} days",
    };

    /// <summary>The name of a format.</summary>
    public static string Of(StreamFormat format) => format switch
    {
        StreamFormat.Json => "JSON, the entry as it is recorded",
        StreamFormat.Ocsf => "OCSF",
        StreamFormat.Cef => "CEF",
        StreamFormat.Syslog => "Syslog, RFC 5424",
        _ => format.ToString(),
    };

    /// <summary>State and look of a stream.</summary>
    public static (string Text, string Look) Of(StreamStatus status) => status switch
    {
        { State: StreamState.Paused } => ("Paused", "warn"),
        { State: StreamState.Error } => ("Stopped", "bad"),
        { State: StreamState.Disabled } => ("Disabled", "bad"),
        { IsFailing: true } => ("Failing, tried again", "warn"),
        { Warning: not null } => ("Delivers too slowly", "warn"),
        _ => ("Active", "good"),
    };

    /// <summary>What waits.</summary>
    public static string Lag(StreamStatus status) =>
        status.LagEntries == 0 ? "Nothing waits" : $"{Entries(status.LagEntries)}, the oldest for {Time(status.Lag)}";

    /// <summary>The entries of a stream, in words; null for the whole log.</summary>
    public static string? Of(StreamFilter filter)
    {
        if (filter.IsAll)
        {
            return null;
        }
        (string Name, string? Value)[] all =
        [
            ("entity type", filter.EntityType), ("action", filter.Actions.Count == 0 ? null : string.Join(" or ", filter.Actions)), ("slug", filter.Slug),
            ("slug", filter.Target), ("actor", filter.Actor), ("client IP", filter.Ip),
        ];
        return string.Join(", ", all.Where(part => part.Value is not null).Select(part => $"{part.Name} {part.Value}"));
    }
}
