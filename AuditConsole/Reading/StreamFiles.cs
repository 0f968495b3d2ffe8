using System.Buffers;
using AuditConsole.Core;
using AuditConsole.Exports;

namespace AuditConsole.Reading;

/// <summary>Wire entries, one a line.</summary>
internal sealed class NdjsonFile(Stream output) : EntryFile
{
    private const int SendAfterBytes = 64 * 1024;

    private readonly ArrayBufferWriter<byte> _waiting = new(SendAfterBytes * 2);

    /// <inheritdoc/>
    public override ValueTask WriteAsync(AuditEntry entry, CancellationToken cancellationToken)
    {
        EntryJson.Write(entry, _waiting);
        _waiting.Write("\n"u8);
        return _waiting.WrittenCount >= SendAfterBytes ? EndAsync(cancellationToken) : ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override async ValueTask EndAsync(CancellationToken cancellationToken)
    {
        await output.WriteAsync(_waiting.WrittenMemory, cancellationToken);
        _waiting.ResetWrittenCount();
    }
}

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
