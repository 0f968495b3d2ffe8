using AuditConsole.Core;
using AuditConsole.Exports;

namespace AuditConsole.Reading;

/// <summary>CSV for programs (RFC 4180): the console's columns, UTF-8 without BOM, times with <c>Z</c>, nothing escaped for spreadsheets.</summary>
internal sealed class RawCsvFile : EntryFile
{
    private readonly CsvLines _csv;
    private readonly byte[] _time = new byte[WireTime.Length];

    public RawCsvFile(Stream output)
    {
        _csv = new CsvLines(output);
        _csv.Header(CsvEntryFile.Columns);
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(AuditEntry entry, CancellationToken cancellationToken)
    {
        WireTime.Format(entry.OccurredAt, _time);
        _csv.Cell(_time);
        CsvEntryFile.WriteNames(_csv, entry, static (csv, text) => csv.Cell(text));
        return _csv.EndLineAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override ValueTask EndAsync(CancellationToken cancellationToken) => _csv.SendAsync(cancellationToken);
}
