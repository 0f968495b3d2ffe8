using System.Globalization;
using AuditConsole.Verify.Input;
using AuditConsole.Verify.Producers;
using AuditConsole.Verify.Reports;

namespace AuditConsole.Verify.Exports;

/// <summary>A row of a file that isn't proved (yet).</summary>
/// <param name="Number">From 1, without the header.</param>
/// <param name="Cells">What stands in it.</param>
internal sealed record FileRow(long Number, string[] Cells);

/// <summary>
/// Finds for each row of a CSV file the receipt's line that proves it, wherever it stands, and for each row that none
/// proves what became of it. The order of the steps is that of docs/proofs.md, so that every verifier says the same.
/// </summary>
internal sealed class RowMatch
{
    // Rows that differ in nothing but their details are tried one by one; more than that is made to be slow.
    private const long MostTries = 20_000_000;

    // Rows beyond that are only counted.
    private const int MostKept = 100_000;

    private readonly IReadOnlyList<ReceiptRow> _lines;
    private readonly string[][] _cells;
    private readonly bool[] _used;
    private readonly Dictionary<string, List<int>> _byHead = new(StringComparer.Ordinal);
    private readonly List<FileRow> _rest = [];
    private readonly Report _report;
    private readonly bool _sameFile;
    private readonly ProducerSignatures? _signatures;
    private long _tries;
    private long _rows;
    private long _dropped;

    public RowMatch(IReadOnlyList<ReceiptRow> lines, bool sameFile, ProducerSignatures? signatures, Report report)
    {
        (_lines, _sameFile, _signatures, _report) = (lines, sameFile, signatures, report);
        _used = new bool[lines.Count];
        _cells = new string[lines.Count][];
        for (var i = 0; i < lines.Count; i++)
        {
            if (lines[i].Kind != RowKind.Purged)
            {
                _cells[i] = CsvCells.OfHead(lines[i]);
                if (lines[i].Kind == RowKind.Entry)
                {
                    Add(_byHead, Key(_cells[i]), i);
                }
            }
        }
    }

    /// <summary>Takes the next row of the file.</summary>
    public void Add(string[] cells)
    {
        var row = new FileRow(++_rows, cells);
        if (cells.Length != CsvCells.Columns.Length || !Prove(row))
        {
            if (_rest.Count < MostKept)
            {
                _rest.Add(row);
            }
            else
            {
                _dropped++;
            }
        }
    }

    /// <summary>Says what became of the rows that nothing proved, and of the lines without a row.</summary>
    public void Finish()
    {
        var withheld = WithheldLines();
        var rest = _rest.Where(row => !TakeWithheld(row, withheld)).ToList();
        rest = [.. rest.Where(row => !FindAlteredDetails(row))];
        rest = FindAlteredHeads(rest);
        rest = [.. rest.Where(row => !FindByPlace(row))];
        var purged = _lines.Count(line => line.Kind == RowKind.Purged);
        foreach (var row in rest)
        {
            if (purged-- > 0)
            {
                NotCovered(row.Number);
            }
            else if (row.Cells.Length != CsvCells.Columns.Length)
            {
                _report.Count("rows_foreign");
                _report.Fault("row_foreign", Invariant($"Row {row.Number:N0} has {row.Cells.Length} cells where the export has {CsvCells.Columns.Length}."), row: row.Number);
            }
            else
            {
                _report.Count("rows_foreign");
                _report.Fault("row_foreign", Invariant($"Row {row.Number:N0} was not exported like this: it was inserted, repeated, or altered in several columns."), row: row.Number);
            }
        }
        if (_dropped > 0)
        {
            _report.Count("rows_foreign", _dropped);
            _report.Fault("row_foreign", Invariant($"{_dropped:N0} further rows are not those of the receipt. Is it the receipt of this file?"));
        }
        for (var i = 0; i < _lines.Count; i++)
        {
            if (!_used[i] && _lines[i].Kind != RowKind.Purged)
            {
                _report.Count("rows_missing");
                _report.Fault("row_missing", Invariant($"The row of entry #{_lines[i].Sequence:N0} was exported and is missing."), _lines[i].Sequence);
            }
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Key(string[] cells, int without = -1) =>
        string.Join('\u0001', Enumerable.Range(0, CsvCells.HeadColumns).Select(i => i == without ? "\u0002" : $"{cells[i].Length}:{cells[i]}"));

    private static void Add(Dictionary<string, List<int>> index, string key, int line)
    {
        if (!index.TryGetValue(key, out var lines))
        {
            index[key] = lines = [];
        }
        lines.Add(line);
    }

    private bool HasDetails(int line, string[] cells)
    {
        if (++_tries > MostTries)
        {
            throw new UnreadableException("Too many rows of this file differ in nothing but their details to be told apart.", "too_large");
        }
        return CsvCells.HasDetails(_lines[line], cells[^2], cells[^1]);
    }

    private bool Prove(FileRow row)
    {
        if (!_byHead.TryGetValue(Key(row.Cells), out var candidates))
        {
            return false;
        }
        // Used lines leave the list, so that a thousand like rows in their order take one try each.
        for (var i = 0; i < candidates.Count; i++)
        {
            if (HasDetails(candidates[i], row.Cells))
            {
                var line = _lines[candidates[i]];
                _used[candidates[i]] = true;
                candidates.RemoveAt(i);
                _report.Count("rows_proved");
                _signatures?.Check(line.Sequence, line.Head, CsvCells.DetailsOf(line, row.Cells[^2], row.Cells[^1]), row.Number);
                return true;
            }
        }
        return false;
    }

    private Dictionary<string, List<int>> WithheldLines()
    {
        var index = new Dictionary<string, List<int>>(StringComparer.Ordinal);
        for (var i = 0; i < _lines.Count; i++)
        {
            if (_lines[i].Kind == RowKind.Withheld)
            {
                Add(index, Key(_cells[i], without: 1), i);
            }
        }
        return index;
    }

    private bool TakeWithheld(FileRow row, Dictionary<string, List<int>> withheld)
    {
        if (row.Cells.Length != CsvCells.Columns.Length || !withheld.TryGetValue(Key(row.Cells, without: 1), out var lines))
        {
            return false;
        }
        // The name of a key was part of the details.
        var at = lines.FindIndex(line => _cells[line][1] == row.Cells[1]
            || _cells[line][1].StartsWith("API key: ", StringComparison.Ordinal) && row.Cells[1].StartsWith("API key: ", StringComparison.Ordinal));
        if (at < 0)
        {
            return false;
        }
        var sequence = _lines[lines[at]].Sequence;
        _used[lines[at]] = true;
        lines.RemoveAt(at);
        _report.Count("rows_withheld");
        var message = Invariant($"Row {row.Number:N0} (entry #{sequence:N0}): the details were destroyed since. Who did what and when is proved; client address and payload can't be told any more");
        if (_sameFile)
        {
            _report.Note("row_withheld", message + " from the log, but the file as a whole is the one that was exported.", sequence, row.Number);
        }
        else
        {
            _report.Doubt("row_withheld", message + ".", sequence, row.Number);
        }
        return true;
    }

    private void NotCovered(long number)
    {
        _report.Count("rows_not_covered");
        var message = Invariant($"Row {number:N0} can't be told any more: its entry was purged since");
        if (_sameFile)
        {
            _report.Note("row_not_covered", message + ", but the file as a whole is the one that was exported.", row: number);
        }
        else
        {
            _report.Doubt("row_not_covered", message + ", or it is not one that was exported.", row: number);
        }
    }

    private bool FindAlteredDetails(FileRow row)
    {
        if (row.Cells.Length != CsvCells.Columns.Length || !_byHead.TryGetValue(Key(row.Cells), out var lines) || lines.Count == 0)
        {
            return false;
        }
        var line = lines[0];
        lines.RemoveAt(0);
        Altered(row, line, CsvCells.AlteredDetails(_lines[line], row.Cells[^2], row.Cells[^1]));
        return true;
    }

    private List<FileRow> FindAlteredHeads(List<FileRow> rows)
    {
        for (var column = 0; column < CsvCells.HeadColumns && rows.Count > 0; column++)
        {
            var index = new Dictionary<string, List<int>>(StringComparer.Ordinal);
            for (var i = 0; i < _lines.Count; i++)
            {
                if (!_used[i] && _lines[i].Kind == RowKind.Entry)
                {
                    Add(index, Key(_cells[i], column), i);
                }
            }
            rows = [.. rows.Where(row =>
            {
                if (row.Cells.Length != CsvCells.Columns.Length || !index.TryGetValue(Key(row.Cells, column), out var lines))
                {
                    return true;
                }
                var at = lines.FindIndex(line => HasDetails(line, row.Cells));
                if (at < 0)
                {
                    return true;
                }
                Altered(row, lines[at], [CsvCells.Columns[column]]);
                lines.RemoveAt(at);
                return false;
            })];
        }
        return rows;
    }

    // The line in the row's own place: if it is free, the row is what became of it, provided that anything of it is left.
    private bool FindByPlace(FileRow row)
    {
        var line = (int)Math.Min(row.Number - 1, int.MaxValue);
        if (line >= _lines.Count || _used[line] || _lines[line].Kind != RowKind.Entry || row.Cells.Length != CsvCells.Columns.Length)
        {
            return false;
        }
        var columns = Enumerable.Range(0, CsvCells.HeadColumns).Where(i => row.Cells[i] != _cells[line][i]).Select(i => CsvCells.Columns[i]).ToList();
        if (!CsvCells.HasDetails(_lines[line], row.Cells[^2], row.Cells[^1]))
        {
            columns.AddRange(CsvCells.AlteredDetails(_lines[line], row.Cells[^2], row.Cells[^1]));
        }
        if (columns.Count > CsvCells.HeadColumns)
        {
            return false;
        }
        Altered(row, line, columns);
        return true;
    }

    private void Altered(FileRow row, int line, IReadOnlyList<string> columns)
    {
        _used[line] = true;
        _report.Count("rows_altered");
        _report.Fault(
            "row_altered",
            Invariant($"Row {row.Number:N0} (entry #{_lines[line].Sequence:N0}) was altered: {string.Join(", ", columns)}."),
            _lines[line].Sequence, row.Number, columns);
    }
}
