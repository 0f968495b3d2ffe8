using System.Globalization;
using System.Text.Json;
using AuditConsole.Core;
using AuditConsole.Core.Evidence;
using AuditConsole.Verify.Producers;
using AuditConsole.Verify.Reports;

namespace AuditConsole.Verify.Exports;

/// <summary>
/// Finds for each entry of a JSON file the receipt's line of its sequence (or of its id, if the sequence is none of the
/// receipt's), and hashes the entry anew in its canonical form: white space and order of members don't matter.
/// </summary>
internal sealed class JsonRowMatch(IReadOnlyList<ReceiptRow> lines, bool sameFile, ProducerSignatures? signatures, Report report)
{
    // Rows beyond that are only counted.
    private const int MostKept = 100_000;

    private readonly Dictionary<long, int> _bySequence = lines.Select((line, index) => (line.Sequence, index)).ToDictionary(pair => pair.Sequence, pair => pair.index);
    private readonly bool[] _used = new bool[lines.Count];
    private readonly IdIndex _ids = new(lines);
    private readonly List<(long Row, JsonElement Element)> _rest = [];
    private long _rows;
    private long _dropped;

    /// <summary>Takes the next entry of the file.</summary>
    public void Add(JsonElement element)
    {
        var row = ++_rows;
        // First those that are as they were, so that a forged sequence takes no other entry's line away.
        if (LineOf(element) is { } line && lines[line].Kind == RowKind.Entry && WireEntry.TryRead(element) is { } entry && FindAltered(entry, lines[line]).Count == 0)
        {
            _used[line] = true;
            report.Count("rows_proved");
            signatures?.Check(lines[line].Sequence, lines[line].Head, entry.DetailsText(), row);
        }
        else if (_rest.Count < MostKept)
        {
            _rest.Add((row, element));
        }
        else
        {
            _dropped++;
        }
    }

    /// <summary>Says what became of the entries that nothing proved, and which lines have no entry in the file.</summary>
    public void Finish()
    {
        foreach (var (row, element) in _rest)
        {
            Tell(row, element);
        }
        if (_dropped > 0)
        {
            report.Count("rows_foreign", _dropped);
            report.Fault("row_foreign", Invariant($"{_dropped:N0} further rows are not those of the receipt. Is it the receipt of this file?"));
        }
        for (var i = 0; i < lines.Count; i++)
        {
            if (!_used[i])
            {
                report.Count("rows_missing");
                report.Fault("row_missing", Invariant($"The row of entry #{lines[i].Sequence:N0} was exported and is missing."), lines[i].Sequence);
            }
        }
    }

    private void Tell(long row, JsonElement element)
    {
        if ((LineOf(element) ?? LineById(element)) is not { } line)
        {
            report.Count("rows_foreign");
            report.Fault("row_foreign", Invariant($"Row {row:N0} was not exported like this: it was inserted or repeated."), row: row);
            return;
        }
        _used[line] = true;
        var stated = lines[line];
        if (stated.Kind == RowKind.Purged)
        {
            NotCovered(row, stated.Sequence);
            return;
        }
        var entry = WireEntry.TryRead(element);
        var altered = entry is null ? ["structure"] : FindAltered(entry, stated);
        if (altered.Count > 0)
        {
            report.Count("rows_altered");
            report.Fault("row_altered", Invariant($"Row {row:N0} (entry #{stated.Sequence:N0}) was altered: {string.Join(", ", altered)}."), stated.Sequence, row, altered);
        }
        else
        {
            Withheld(row, stated.Sequence);
        }
    }

    // The free line of the entry's sequence.
    private int? LineOf(JsonElement element) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty("sequence", out var sequence) && sequence.ValueKind == JsonValueKind.Number
        && sequence.TryGetInt64(out var number) && _bySequence.TryGetValue(number, out var line) && !_used[line] ? line : null;

    private int? LineById(JsonElement element) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String
        && _ids.Find(id.GetString()!) is { } line && !_used[line] ? line : null;

    private static IReadOnlyList<string> FindAltered(WireEntry entry, ReceiptRow stated)
    {
        var isEntry = stated.Kind == RowKind.Entry;
        var details = isEntry ? HashChain.HashDetails(stated.Salt, entry.DetailsText()) : stated.DetailsHash;
        if (isEntry == entry.IsWithheld && isEntry)
        {
            return ["withheld"];
        }
        var head = entry.HeadText(details);
        if (head.AsSpan().SequenceEqual(stated.Head))
        {
            return !isEntry || LinkHolds(entry, stated) ? [] : ["hash"];
        }
        var altered = new SortedSet<string>(StringComparer.Ordinal);
        var expected = DetailsText.Members(stated.Head).Where(member => member.Name != "details_hash").ToDictionary(member => member.Name, member => member.Value);
        foreach (var name in expected.Keys.Union(entry.Head.Keys))
        {
            if (!expected.TryGetValue(name, out var right) || !entry.Head.TryGetValue(name, out var given) || !right.Span.SequenceEqual(given.Span))
            {
                altered.Add(name);
            }
        }
        if (details != stated.DetailsHash)
        {
            AddDetails(entry, stated, altered);
        }
        return [.. altered];
    }

    private static void AddDetails(WireEntry entry, ReceiptRow stated, SortedSet<string> altered)
    {
        var before = altered.Count;
        foreach (var name in stated.Checked.Union(entry.Details.Keys))
        {
            if (!entry.Details.TryGetValue(name, out var value) || DetailsText.Check(stated.Salt, name, value.Span) != stated.CheckOf(name))
            {
                altered.Add(name);
            }
        }
        if (altered.Count == before)
        {
            altered.Add("details");
        }
    }

    private static bool LinkHolds(WireEntry entry, ReceiptRow stated)
    {
        if (entry.PreviousHash is not { Length: 2 * EntryHash.Size } previous || entry.Hash is null
            || !previous.All(c => c is >= '0' and <= '9' or >= 'a' and <= 'f'))
        {
            return false;
        }
        var link = HashChain.Link(EntryHash.Parse(previous), stated.Leaf);
        return link.ToString() == entry.Hash && link.ToArray().AsSpan(0, stated.HashBegin.Length).SequenceEqual(stated.HashBegin);
    }

    private void Withheld(long row, long sequence)
    {
        report.Count("rows_withheld");
        var message = Invariant($"Row {row:N0} (entry #{sequence:N0}): the details were destroyed. Who did what and when is proved; the details can't be told any more");
        Say("row_withheld", message, row, sequence);
    }

    private void NotCovered(long row, long sequence)
    {
        report.Count("rows_not_covered");
        Say("row_not_covered", Invariant($"Row {row:N0} can't be told any more: entry #{sequence:N0} was purged since"), row, sequence);
    }

    private void Say(string code, string message, long row, long sequence)
    {
        if (sameFile)
        {
            report.Note(code, message + " from the log, but the file as a whole is the one that was exported.", sequence, row);
        }
        else
        {
            report.Doubt(code, message + ".", sequence, row);
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>Lines by the ids of their heads, made when it is first needed.</summary>
    private sealed class IdIndex(IReadOnlyList<ReceiptRow> lines)
    {
        private Dictionary<string, int>? _byId;

        public int? Find(string id)
        {
            if (_byId is null)
            {
                _byId = new(StringComparer.Ordinal);
                for (var i = 0; i < lines.Count; i++)
                {
                    if (lines[i].Kind != RowKind.Purged)
                    {
                        using var head = JsonDocument.Parse(lines[i].Head);
                        _byId.TryAdd(head.RootElement.GetProperty("id").GetString() ?? "", i);
                    }
                }
            }
            return _byId.TryGetValue(id, out var index) ? index : null;
        }
    }
}
