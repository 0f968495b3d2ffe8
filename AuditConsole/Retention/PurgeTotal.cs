using System.Text.Json;
using AuditConsole.Core.Evidence;
using AuditConsole.Storage;

namespace AuditConsole.Retention;

/// <summary>
/// All places that purges took until one of them was recorded, as that record states them. Records expire like other
/// entries; the newest alone says what may be missing.
/// </summary>
/// <param name="Count">How many places.</param>
/// <param name="Digest">Of all their ranges (<see cref="PurgedDigest"/>).</param>
/// <param name="Ranges">The first of the ranges.</param>
internal sealed record PurgeTotal(long Count, string Digest, IReadOnlyList<SequenceRange> Ranges)
{
    // Beside the ranges of the purge itself, within the limit of an entry's metadata.
    private const int MostTold = 250;

    /// <summary>Whether <see cref="Ranges"/> are all.</summary>
    public bool IsComplete => CountOf(Ranges) == Count;

    /// <summary>What is to be stated of ranges that are in order and don't touch.</summary>
    public static PurgeTotal Of(IReadOnlyList<SequenceRange> ranges) => new(CountOf(ranges), DigestOf(ranges), [.. ranges.Take(MostTold)]);

    /// <summary>Whether these are the places, and no others.</summary>
    public bool Is(IReadOnlyList<SequenceRange> ranges) => CountOf(ranges) == Count && DigestOf(ranges) == Digest;

    /// <summary>The statement in the metadata of a record; null where an older version wrote it, which made none.</summary>
    public static PurgeTotal? Read(JsonElement metadata) =>
        metadata.TryGetProperty("total", out var total) && total.ValueKind == JsonValueKind.Object
        && total.TryGetProperty("digest", out var digest) && digest.ValueKind == JsonValueKind.String
            ? new PurgeTotal(PurgeRecord.Number(total, "count"), digest.GetString()!, PurgeRecord.RangesIn(total))
            : null;

    /// <summary>As it stands in the metadata of a record.</summary>
    public object ToFacts() => new { count = Count, digest = Digest, ranges = PurgeRecord.FactsOf(Ranges), ranges_complete = IsComplete };

    private static string DigestOf(IReadOnlyList<SequenceRange> ranges) => PurgedDigest.Of(ranges.Select(range => (range.First, range.Last))).ToString();

    private static long CountOf(IReadOnlyList<SequenceRange> ranges) => ranges.Sum(range => range.Last - range.First + 1);
}
