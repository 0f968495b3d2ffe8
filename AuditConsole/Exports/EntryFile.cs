using System.Buffers;
using System.Globalization;
using AuditConsole.Core;
using CsvHelper;

namespace AuditConsole.Exports;

/// <summary>Writes a file of entries to a stream, entry by entry, in pieces of some 64 KiB.</summary>
internal abstract class EntryFile : IAsyncDisposable
{
    /// <summary>The writer of a format. It leaves the stream open.</summary>
    public static EntryFile Create(ExportFormat format, Stream output) => format switch
    {
        ExportFormat.Csv => new CsvEntryFile(output),
        ExportFormat.Json => new JsonEntryFile(output),
        _ => throw new ArgumentOutOfRangeException(nameof(format)),
    };

    /// <summary>The media type of a format.</summary>
    public static string ContentType(ExportFormat format) => format == ExportFormat.Csv ? "text/csv; charset=utf-8" : "application/json";

    /// <summary>Writes an entry.</summary>
    public abstract ValueTask WriteAsync(AuditEntry entry, CancellationToken cancellationToken);

    /// <summary>Writes what stands behind the last entry, and everything that is still held back.</summary>
    public abstract ValueTask EndAsync(CancellationToken cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>CSV for spreadsheets: UTF-8 with BOM, CRLF, times in UTC, no cell that is run as a formula.</summary>
internal sealed class CsvEntryFile : EntryFile
{
    /// <summary>The columns.</summary>
    public static readonly string[] Columns =
        ["occurredAt", "actor", "entityType", "entitySlug", "entityVersion", "action", "engineVersion", "clientIp", "payload"];

    /// <summary>A date that spreadsheets read as one: without <c>Z</c>, which LibreOffice Calc doesn't take.</summary>
    public const string TimePattern = "yyyy-MM-dd'T'HH:mm:ss.fff";

    private readonly CsvWriter _csv;

    // Names that begin with $ are refused from producers, so that no payload can look like it.
    private static ReadOnlySpan<byte> WithheldPayload => """{"$withheld":true}"""u8;

    public CsvEntryFile(Stream output)
    {
        _csv = CsvWriter.Create(output, new CsvWriterOptions { WriteByteOrderMark = true, NewLine = "\r\n" }, leaveOpen: true);
        _csv.WriteHeader(Columns);
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(AuditEntry entry, CancellationToken cancellationToken)
    {
        _csv.WriteField(entry.OccurredAt.UtcDateTime, TimePattern);
        WriteNames(_csv, entry, Cell);
        return _csv.EndRecordAsync(cancellationToken);
    }

    /// <summary>The columns behind the first, which this file and the raw one share.</summary>
    /// <param name="csv">Where they go.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="cell">Writes a text; null for none.</param>
    internal static void WriteNames(CsvWriter csv, AuditEntry entry, Action<CsvWriter, string?> cell)
    {
        var (head, details) = (entry.Head, entry.Details);
        cell(csv, head.Actor.Type == Actor.ApiKeyType ? (head.Actor with { Name = details.ActorName }).Display : head.Actor.Display);
        cell(csv, head.Target.Type);
        cell(csv, head.Target.ShownSlug);
        cell(csv, head.Target.Version);
        cell(csv, head.Action);
        cell(csv, head.EngineVersion);
        csv.WriteField(details.Ip.Span);
        csv.WriteField(entry.Withheld is null ? details.Metadata.Span : WithheldPayload);
    }

    /// <inheritdoc/>
    public override ValueTask EndAsync(CancellationToken cancellationToken) => _csv.FlushAsync(cancellationToken);

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => _csv.DisposeAsync();

    private static void Cell(CsvWriter csv, string? text)
    {
        var cell = SpreadsheetCell.Of(text);
        csv.WriteField(cell, SpreadsheetCell.IsQuoted(cell) ? CsvQuoting.Always : CsvQuoting.WhenNeeded);
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
