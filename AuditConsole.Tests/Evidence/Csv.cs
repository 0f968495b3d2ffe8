using System.Text;
using AuditConsole.Verify.Exports;

namespace AuditConsole.Tests.Evidence;

/// <summary>Reads a CSV file to cells and writes it again, in any of the ways in which programs do.</summary>
internal static class Csv
{
    public static List<string[]> Read(byte[] bytes)
    {
        using var stream = new MemoryStream(bytes);
        var reader = new CsvRows(stream);
        var rows = new List<string[]> { reader.ReadHeader() };
        while (reader.Read() is { } row)
        {
            rows.Add(row);
        }
        return rows;
    }

    public static byte[] Write(IEnumerable<string[]> rows, char separator = ',', string newLine = "\r\n", bool bom = true, bool quoteAll = false)
    {
        var text = new StringBuilder(bom ? "\uFEFF" : "");
        foreach (var row in rows)
        {
            text.Append(string.Join(separator, row.Select(cell => quoteAll || cell.AsSpan().IndexOfAny("\"\r\n") >= 0 || cell.Contains(separator, StringComparison.Ordinal)
                ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : cell))).Append(newLine);
        }
        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
