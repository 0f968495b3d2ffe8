using System.Globalization;
using System.Text.Json;
using AuditConsole.Core;
using AuditConsole.Storage;

namespace AuditConsole.Retention;

/// <summary>An entry <c>AuditLogPurged</c>, read: what one purge took.</summary>
/// <param name="Sequence">The entry.</param>
/// <param name="Ranges">The places that it took: all, or the first of many.</param>
/// <param name="Count">How many it took.</param>
/// <param name="Before">What occurred before this had expired; null where it doesn't say.</param>
/// <param name="Total">What it and all before it took; null in a record of an older version.</param>
/// <param name="Unexplained">The first place that was gone before it and that no purge had taken; null if there was none.</param>
internal sealed record PurgeRecord(
    long Sequence, IReadOnlyList<SequenceRange> Ranges, long Count, DateTimeOffset? Before, PurgeTotal? Total, long? Unexplained)
{
    /// <summary>Where it doesn't tell all ranges: the places among which the others lie. Null where it does.</summary>
    public SequenceRange? Rest =>
        Ranges.Count > 0 && Ranges.Sum(range => range.Last - range.First + 1) < Count ? new SequenceRange(Ranges[^1].Last + 1, Sequence - 1) : null;

    /// <summary>Reads the entry.</summary>
    public static PurgeRecord Read(AuditEntry entry)
    {
        using var document = entry.Content.Metadata.Parse();
        var metadata = document.RootElement;
        var before = metadata.TryGetProperty("before", out var time) && DateTimeOffset.TryParse(time.ToString(), CultureInfo.InvariantCulture, out var said) ? said : (DateTimeOffset?)null;
        return new PurgeRecord(
            entry.Sequence, RangesIn(metadata), Number(metadata, "count"), before, PurgeTotal.Read(metadata),
            Number(metadata, "unexplained") is > 0 and var first ? first : null);
    }

    /// <summary>The member <c>ranges</c>.</summary>
    internal static IReadOnlyList<SequenceRange> RangesIn(JsonElement facts) =>
        facts.TryGetProperty("ranges", out var all) && all.ValueKind == JsonValueKind.Array
            ? [.. all.EnumerateArray().Select(range => new SequenceRange(Number(range, "first"), Number(range, "last")))]
            : [];

    /// <summary>What the member <c>ranges</c> holds.</summary>
    internal static object FactsOf(IReadOnlyList<SequenceRange> ranges) => ranges.Select(range => new { first = range.First, last = range.Last });

    /// <summary>A whole number; 0 where there is none.</summary>
    internal static long Number(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : 0;
}
