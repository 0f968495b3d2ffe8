using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Unicode;
using AuditConsole.Core;
using AuditConsole.Verify.Input;
using AuditConsole.Verify.Producers;
using AuditConsole.Verify.Reports;

namespace AuditConsole.Verify.Exports;

/// <summary>Compares an exported file with its receipt, row by row.</summary>
internal static class ExportVerifier
{
    /// <summary>Verifies a file.</summary>
    /// <param name="file">The export.</param>
    /// <param name="receipt">Its receipt, which holds.</param>
    /// <param name="signatures">Gets every row that is proved; null where they are looked for elsewhere.</param>
    /// <param name="report">Gets what is found.</param>
    /// <param name="ignoreFileHash">For tests: judge by the rows alone.</param>
    public static void Verify(InputFile file, Receipt receipt, ProducerSignatures? signatures, Report report, bool ignoreFileHash = false)
    {
        var statement = receipt.Statement;
        if (file.Kind.ToString().ToLowerInvariant() != statement.FileFormat)
        {
            report.Fault("other_file", $"The receipt is of a file of the format {statement.FileFormat}, and {file.Name} is not.");
            return;
        }
        var isSame = !ignoreFileHash && HashOf(file) == statement.FileHash;
        if (!isSame && !ignoreFileHash)
        {
            report.Note("file_changed", $"{file.Name} is not byte for byte the file that was exported: it was saved again or changed, or the receipt is of another file. So every row is compared on its own.");
        }
        switch (file.Kind)
        {
            case FileKind.Json:
                VerifyJson(file, receipt, isSame, signatures, report);
                break;
            case FileKind.Ndjson:
                VerifyNdjson(file, receipt, isSame, signatures, report);
                break;
            default:
                VerifyCsv(file, receipt, isSame, signatures, report);
                break;
        }
        Conclude(receipt, isSame, report);
    }

    private static void VerifyCsv(InputFile file, Receipt receipt, bool isSame, ProducerSignatures? signatures, Report report) => file.Read(stream =>
    {
        var rows = new CsvRows(stream);
        var header = rows.ReadHeader();
        var missing = CsvCells.Columns.Except(header).ToList();
        if (missing.Count > 0 || header.Length != CsvCells.Columns.Length)
        {
            throw new UnreadableException(missing.Count > 0
                ? $"{file.Name} has no column {string.Join(", ", missing)}, so its rows can't be compared with the export."
                : $"{file.Name} has columns that the export doesn't have.", "columns");
        }
        var order = CsvCells.Columns.Select(name => Array.IndexOf(header, name)).ToArray();
        var match = new RowMatch(receipt.Rows, isSame, signatures, report);
        while (rows.Read() is { } cells)
        {
            match.Add(cells.Length == order.Length ? [.. order.Select(index => cells[index])] : cells);
        }
        match.Finish();
    });

    private static void VerifyJson(InputFile file, Receipt receipt, bool isSame, ProducerSignatures? signatures, Report report) => file.Read(stream =>
    {
        var match = new JsonRowMatch(receipt.Rows, isSame, signatures, report);
        try
        {
            foreach (var element in JsonSerializer.DeserializeAsyncEnumerable<JsonElement>(stream, new JsonSerializerOptions { MaxDepth = 64 }).ToBlockingEnumerable())
            {
                match.Add(element);
            }
        }
        catch (JsonException)
        {
            throw new UnreadableException($"{file.Name} is cut off or is no JSON array.", "truncated");
        }
        match.Finish();
    });

    private static void VerifyNdjson(InputFile file, Receipt receipt, bool isSame, ProducerSignatures? signatures, Report report) => file.Read(stream =>
    {
        using var lines = new LineReader(stream);
        var match = new JsonRowMatch(receipt.Rows, isSame, signatures, report);
        while (lines.TryRead(out var line))
        {
            if (!Utf8.IsValid(line.Span))
            {
                throw new UnreadableException($"{file.Name} is not UTF-8 text.");
            }
            try
            {
                match.Add(JsonElement.Parse(line.Span, new JsonDocumentOptions { MaxDepth = 64 }));
            }
            catch (JsonException)
            {
                throw new UnreadableException($"Line {lines.Number:N0} of {file.Name} is no JSON.", "truncated");
            }
        }
        match.Finish();
    });

    private static void Conclude(Receipt receipt, bool isSame, Report report)
    {
        var statement = receipt.Statement;
        if (report.Counts.GetValueOrDefault("rows_proved") == 0 && statement.Count > 0 && report.Counts.GetValueOrDefault("rows_foreign") > 0)
        {
            report.Fault("other_file", "Not one row of the file is in the receipt: it is the receipt of another file, or all rows were changed.");
        }
        if (report.Found.ContainsKey("row_altered") && statement.FileFormat == "csv")
        {
            report.Note("spreadsheet", "Spreadsheet programs change values when they save a file: 1.10 becomes 1.1, long numbers are rounded, dates are written anew. If this file was saved by one, get the file as it was downloaded.");
        }
        report.Proved.Add(string.Create(
            CultureInfo.InvariantCulture,
            $"Each of the {report.Counts.GetValueOrDefault("rows_proved"):N0} rows is in the log as the service signed it, and no row of the export of {statement.ExportedAt:yyyy-MM-dd HH:mm:ss} UTC is missing.{(isSame ? " The file is byte for byte the one that was exported." : "")}"));
        if (!statement.IsComplete)
        {
            report.Limits.Add(string.Create(CultureInfo.InvariantCulture, $"The export was cut: {statement.Matched:N0} entries matched, and the file holds the newest {statement.Count:N0}."));
        }
        report.Limits.Add("That nothing else in the log matched the filter is the service's word, not proved by this. Give the archive too, and it is proved.");
    }

    private static EntryHash HashOf(InputFile file)
    {
        var hash = EntryHash.Zero;
        file.Read(stream => hash = new EntryHash(SHA256.HashData(stream)));
        return hash;
    }
}
