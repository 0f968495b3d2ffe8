using System.Globalization;
using System.Text.Json;
using AuditConsole.Core;
using AuditConsole.Verify.Reports;

namespace AuditConsole.Verify.Archives;

/// <summary>
/// Holds the places of an archive whose entry or details are gone against the service's own entries that record purges
/// and withholdings. A leaf or a head alone keeps the chain whole, so whoever writes an archive could leave things out.
/// </summary>
internal sealed class GapRecords(Report report) : IArchiveReader
{
    private readonly List<(long First, long Last)> _gone = [];
    private readonly List<(long First, long Last)> _purged = [];
    private readonly List<(long First, long Last, long Count)> _untold = [];
    private readonly List<long> _withheld = [];
    private readonly HashSet<long> _recorded = [];
    private long? _total;

    /// <inheritdoc/>
    public void Place(long sequence, EntryHash leaf, ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> details)
    {
        if (head.IsEmpty)
        {
            if (_gone.Count > 0 && _gone[^1].Last == sequence - 1)
            {
                _gone[^1] = (_gone[^1].First, sequence);
            }
            else
            {
                _gone.Add((sequence, sequence));
            }
        }
        else if (details.IsEmpty)
        {
            _withheld.Add(sequence);
        }
        else if (head.Span.IndexOf("\"AuditLogPurged\""u8) >= 0 || head.Span.IndexOf("\"EntryWithheld\""u8) >= 0)
        {
            Record(sequence, head, details);
        }
    }

    /// <summary>Says what no record explains.</summary>
    /// <param name="beginning">The size of the purged beginning.</param>
    public void Finish(long beginning)
    {
        if (beginning > 0)
        {
            // One range with what follows it, as the service counts.
            var joins = _gone.Count > 0 && _gone[0].First == beginning + 1;
            _gone.Insert(0, (1, joins ? _gone[0].Last : beginning));
            if (joins)
            {
                _gone.RemoveAt(1);
            }
        }
        FinishPurged();
        var unrecorded = _withheld.Where(sequence => !_recorded.Contains(sequence)).ToList();
        if (unrecorded.Count > 0)
        {
            report.Count("withheld_unrecorded", unrecorded.Count);
            report.Limits.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"No record in this archive says who withheld the details of {unrecorded.Count:N0} entries, the first of them #{unrecorded[0]:N0}: it came after the end of the archive, or has expired, or somebody left them out."));
        }
    }

    private void FinishPurged()
    {
        // A record of many ranges tells the first of them and how many places there are in all.
        var (outside, among, first, firstAmong) = (0L, 0L, 0L, 0L);
        var (told, untold) = (Joined(_purged), Joined(_untold.Select(rest => (rest.First, rest.Last))));
        foreach (var range in Except(_gone, told))
        {
            var length = range.Last - range.First + 1;
            var left = 0L;
            foreach (var (from, to) in Except([range], untold))
            {
                first = outside + left == 0 ? from : first;
                left += to - from + 1;
            }
            firstAmong = among == 0 && left < length ? range.First : firstAmong;
            (outside, among) = (outside + left, among + length - left);
        }
        // What other records tell of, the newest counts too.
        var allowed = _total is { } all ? Math.Max(0, all - told.Sum(range => range.Last - range.First + 1)) : _untold.Sum(rest => rest.Count);
        var count = outside + Math.Max(0, among - allowed);
        if (count > 0)
        {
            report.Count("purged_unrecorded", count);
            report.Limits.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"No record of a purge in this archive names {count:N0} of the places without an entry, {(count == outside ? "the first of them" : "which are among those from")} #{(outside > 0 && (count == outside || first < firstAmong) ? first : firstAmong):N0}{(count == outside ? "" : " on")}: they expired after the last purge, or its record has expired too, or somebody left them out."));
        }
    }

    private void Record(long place, ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> details)
    {
        using var known = JsonDocument.Parse(head);
        using var facts = JsonDocument.Parse(details);
        if (!known.RootElement.TryGetProperty("recorded_by", out var by) || by.GetString() is not { } credential
            || credential.StartsWith("key:", StringComparison.Ordinal) || credential.StartsWith("import:", StringComparison.Ordinal)
            || !known.RootElement.TryGetProperty("action", out var action) || !facts.RootElement.TryGetProperty("metadata", out var metadata))
        {
            return;
        }
        if (action.ValueEquals("EntryWithheld"u8) && Number(metadata, "sequence") is { } sequence)
        {
            _recorded.Add(sequence);
        }
        else if (action.ValueEquals("AuditLogPurged"u8))
        {
            Purged(place, metadata);
        }
    }

    private void Purged(long place, JsonElement metadata)
    {
        if (metadata.TryGetProperty("total", out var total) && total.ValueKind == JsonValueKind.Object && total.TryGetProperty("digest", out _))
        {
            // It says what all before it took, too.
            _total = Number(total, "count");
            _untold.Clear();
            if (total.TryGetProperty("ranges_complete", out var complete) && complete.ValueKind == JsonValueKind.True)
            {
                _purged.Clear();
            }
            AddRanges(place, total);
            AddRanges(long.MaxValue, metadata);
        }
        else
        {
            _total = null;
            AddRanges(place, metadata);
        }
        if (Number(metadata, "unexplained") is { } gone)
        {
            report.Fault("removed", string.Create(CultureInfo.InvariantCulture, $"The service's own record #{place:N0} says that entry #{gone:N0} was gone before that purge, and that no purge had taken it."), gone);
        }
    }

    /// <summary>Adds what is told, and what isn't where the record says of which place it is.</summary>
    private void AddRanges(long place, JsonElement facts)
    {
        if (!facts.TryGetProperty("ranges", out var ranges) || ranges.ValueKind != JsonValueKind.Array)
        {
            return;
        }
        var (count, last) = (0L, 0L);
        foreach (var range in ranges.EnumerateArray())
        {
            if (Number(range, "first") is { } from && Number(range, "last") is { } to && from > 0 && to >= from && to < long.MaxValue / 2)
            {
                _purged.Add((from, to));
                (count, last) = (count + to - from + 1, to);
            }
        }
        if (place < long.MaxValue && last > 0 && Number(facts, "count") is { } all && all > count && last + 1 < place)
        {
            _untold.Add((last + 1, place - 1, Math.Min(all - count, long.MaxValue / 4)));
        }
    }

    private static List<(long First, long Last)> Joined(IEnumerable<(long First, long Last)> ranges)
    {
        var joined = new List<(long First, long Last)>();
        foreach (var range in ranges.Order())
        {
            if (joined.Count > 0 && joined[^1].Last >= range.First - 1)
            {
                joined[^1] = (joined[^1].First, Math.Max(joined[^1].Last, range.Last));
            }
            else
            {
                joined.Add(range);
            }
        }
        return joined;
    }

    /// <summary>What of some ranges none of others covers; both in order, the others joined.</summary>
    private static IEnumerable<(long First, long Last)> Except(IEnumerable<(long First, long Last)> ranges, List<(long First, long Last)> others)
    {
        foreach (var (from, to) in ranges)
        {
            var at = from;
            // The first that ends here or later.
            var (low, high) = (0, others.Count);
            while (low < high)
            {
                var middle = (low + high) / 2;
                (low, high) = others[middle].Last < at ? (middle + 1, high) : (low, middle);
            }
            for (; low < others.Count && others[low].First <= to; low++)
            {
                if (others[low].First > at)
                {
                    yield return (at, others[low].First - 1);
                }
                at = others[low].Last + 1;
            }
            if (at <= to)
            {
                yield return (at, to);
            }
        }
    }

    private static long? Number(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : null;
}
