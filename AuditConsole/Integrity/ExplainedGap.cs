using System.Globalization;
using System.Text.Json;
using AuditConsole.Core;
using AuditConsole.Storage;

namespace AuditConsole.Integrity;

/// <summary>An entry of the log itself that explains why something is missing or different.</summary>
/// <param name="Sequence">The entry.</param>
/// <param name="At">When it was recorded.</param>
/// <param name="Kind">What happened, for people.</param>
/// <param name="Text">What it concerned.</param>
/// <param name="Reason">Why, in the words of whoever did it; null where none was asked for.</param>
/// <param name="By">Who did it.</param>
public sealed record ExplainedGap(long Sequence, DateTimeOffset At, string Kind, string Text, string? Reason, string By)
{
    /// <summary>The actions of such entries.</summary>
    public static IReadOnlyList<string> Actions { get; } =
    [
        ServiceActions.AuditLogPurged, ServiceActions.EntryWithheld, ServiceActions.RestoreAccepted, ServiceActions.CheckpointKeyRotated,
    ];

    /// <summary>Whether the service itself wrote it: a producer may use the same words.</summary>
    public static bool IsOne(AuditEntry entry) => ServiceActions.ExplainsGaps(entry.Content.Action, entry.RecordedBy);

    /// <summary>Reads it.</summary>
    public static ExplainedGap From(AuditEntry entry)
    {
        using var document = entry.Content.Metadata.Parse();
        var metadata = document.RootElement;
        var (kind, text) = entry.Content.Action switch
        {
            ServiceActions.AuditLogPurged => ("Purged", DescribePurge(metadata)),
            ServiceActions.EntryWithheld => ("Withheld", $"The details of entry #{Number(metadata, "sequence")}"),
            ServiceActions.RestoreAccepted => ("Restored", $"Signed up to #{Number(metadata, "signed_size")}, went on from #{Number(metadata, "size")}"),
            _ => ("Key changed", $"Checkpoints are signed by key {TextOf(metadata, "new_key_id")} from here on"),
        };
        return new ExplainedGap(
            entry.Sequence, entry.RecordedAt, kind, text, TextOf(metadata, "reason"),
            entry.Content.Actor is { Type: "system" } ? "the service" : entry.Content.Actor.Name ?? entry.Content.Actor.Id);
    }

    private static string DescribePurge(JsonElement metadata)
    {
        var ranges = metadata.TryGetProperty("ranges", out var all) && all.ValueKind == JsonValueKind.Array
            ? all.EnumerateArray().Select(range => (First: Number(range, "first"), Last: Number(range, "last"))).ToList()
            : [];
        var where = ranges.Count switch
        {
            0 => "",
            1 when ranges[0].First == ranges[0].Last => $": #{ranges[0].First}",
            1 => $": #{ranges[0].First} to #{ranges[0].Last}",
            _ => string.Create(CultureInfo.InvariantCulture, $" in {ranges.Count:N0} ranges from #{ranges[0].First} to #{ranges[^1].Last}"),
        };
        return $"{Number(metadata, "count")} expired entries{where}";
    }

    private static string Number(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.TryGetInt64(out var number) ? number.ToString("N0", CultureInfo.InvariantCulture) : "?";

    private static string? TextOf(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
