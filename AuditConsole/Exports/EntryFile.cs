using System.Buffers;
using AuditConsole.Core;

namespace AuditConsole.Exports;

/// <summary>Writes a file of entries to a stream, entry by entry, in pieces of some 64 KiB.</summary>
internal abstract class EntryFile
{
    /// <summary>The writer of a format. It leaves the stream open.</summary>
    public static EntryFile Create(ExportFormat format, Stream output) => format switch
    {
        ExportFormat.Csv => new CsvEntryFile(output),
        ExportFormat.Json => new JsonEntryFile(output),
        ExportFormat.Ndjson => new NdjsonFile(output),
        _ => throw new ArgumentOutOfRangeException(nameof(format)),
    };

    /// <summary>The media type of a format.</summary>
    public static string ContentType(ExportFormat format) => format == ExportFormat.Csv ? "text/csv; charset=utf-8" : "application/json";

    /// <summary>Writes an entry.</summary>
    public abstract ValueTask WriteAsync(AuditEntry entry, CancellationToken cancellationToken);

    /// <summary>Writes what stands behind the last entry, and everything that is still held back.</summary>
    public abstract ValueTask EndAsync(CancellationToken cancellationToken);
}

/// <summary>CSV for spreadsheets: UTF-8 with BOM, CRLF, times in UTC, no cell that is run as a formula.</summary>
internal sealed class CsvEntryFile : EntryFile
{
    /// <summary>The columns.</summary>
    public static readonly string[] Columns =
        ["occurredAt", "actor", "entityType", "entitySlug", "entityVersion", "action", "engineVersion", "clientIp", "payload"];

    private readonly CsvLines _csv;
    private readonly byte[] _time = new byte[WireTime.Length];

    // Names that begin with $ are refused from producers, so that no payload can look like it.
    private static ReadOnlySpan<byte> WithheldPayload => """{"$withheld":true}"""u8;

    public CsvEntryFile(Stream output)
    {
        _csv = new CsvLines(output);
        _csv.ByteOrderMark();
        _csv.Header(Columns);
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(AuditEntry entry, CancellationToken cancellationToken)
    {
        WireTime.Format(entry.OccurredAt, _time);
        // A date that spreadsheets read as one: without Z, which LibreOffice Calc doesn't take.
        _csv.Cell(_time.AsSpan(0, WireTime.Length - 1));
        WriteNames(_csv, entry, Cell);
        return _csv.EndLineAsync(cancellationToken);
    }

    /// <summary>The columns behind the first, which this file and the raw one share.</summary>
    /// <param name="csv">Where they go.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="cell">Writes a text; null for none.</param>
    internal static void WriteNames(CsvLines csv, AuditEntry entry, Action<CsvLines, string?> cell)
    {
        var (head, details) = (entry.Head, entry.Details);
        cell(csv, head.Actor.Type == Actor.ApiKeyType ? (head.Actor with { Name = details.ActorName }).Display : head.Actor.Display);
        cell(csv, head.Target.Type);
        cell(csv, head.Target.ShownSlug);
        cell(csv, head.Target.Version);
        cell(csv, head.Action);
        cell(csv, head.EngineVersion);
        csv.Cell(details.Ip.Span);
        csv.Cell(entry.Withheld is null ? details.Metadata.Span : WithheldPayload);
    }

    /// <inheritdoc/>
    public override ValueTask EndAsync(CancellationToken cancellationToken) => _csv.SendAsync(cancellationToken);

    private static void Cell(CsvLines csv, string? text)
    {
        var cell = SpreadsheetCell.Of(text);
        csv.Cell(cell, SpreadsheetCell.IsQuoted(cell));
    }
}

/// <summary>A JSON array of wire entries, one a line.</summary>
internal sealed class JsonEntryFile : EntryFile
{
    private const int SendAfterBytes = 64 * 1024;

    private readonly Stream _output;
    private readonly ArrayBufferWriter<byte> _waiting = new(SendAfterBytes);
    private bool _any;

    public JsonEntryFile(Stream output)
    {
        _output = output;
        _waiting.Write("["u8);
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(AuditEntry entry, CancellationToken cancellationToken)
    {
        _waiting.Write(_any ? ",\n"u8 : "\n"u8);
        _any = true;
        EntryJson.Write(entry, _waiting);
        return _waiting.WrittenCount >= SendAfterBytes ? SendAsync(cancellationToken) : ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask EndAsync(CancellationToken cancellationToken)
    {
        _waiting.Write("\n]\n"u8);
        return SendAsync(cancellationToken);
    }

    private async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        await _output.WriteAsync(_waiting.WrittenMemory, cancellationToken);
        _waiting.ResetWrittenCount();
    }
}
