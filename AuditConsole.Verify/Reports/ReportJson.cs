using System.Text.Encodings.Web;
using System.Text.Json;

namespace AuditConsole.Verify.Reports;

/// <summary>A report for programs: one JSON object, described in docs/proofs.md.</summary>
internal static class ReportJson
{
    public static void Write(Report report, Stream output)
    {
        // Escapes everything beyond ASCII, so that the output is the same in every terminal's encoding.
        using var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.Default });
        json.WriteStartObject();
        json.WriteString("verdict", report.Verdict switch { Verdict.Proved => "proved", Verdict.NotProved => "not_proved", _ => "unknown" });
        json.WriteNumber("exit", (int)report.Verdict);
        json.WriteStartArray("proved");
        foreach (var sentence in report.Verdict == Verdict.Proved ? report.Proved : [])
        {
            json.WriteStringValue(sentence);
        }
        json.WriteEndArray();
        json.WriteStartArray("limits");
        foreach (var sentence in report.Limits)
        {
            json.WriteStringValue(sentence);
        }
        json.WriteEndArray();
        json.WriteStartObject("facts");
        foreach (var group in report.Facts.GroupBy(fact => fact.Name))
        {
            json.WriteString(group.Key, string.Join("; ", group.Select(fact => fact.Value)));
        }
        json.WriteEndObject();
        Numbers(json, "counts", report.Counts);
        Numbers(json, "found", report.Found);
        json.WriteStartArray("findings");
        foreach (var finding in report.Findings)
        {
            Write(json, finding);
        }
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        output.Write("\n"u8);
    }

    private static void Numbers(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, long> numbers)
    {
        json.WriteStartObject(name);
        foreach (var (key, number) in numbers.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            json.WriteNumber(key, number);
        }
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Finding finding)
    {
        json.WriteStartObject();
        json.WriteString("severity", finding.Severity switch { Severity.Fault => "fault", Severity.Doubt => "doubt", _ => "note" });
        json.WriteString("code", finding.Code);
        if (finding.Sequence is { } sequence)
        {
            json.WriteNumber("sequence", sequence);
        }
        if (finding.Row is { } row)
        {
            json.WriteNumber("row", row);
        }
        if (finding.Columns is { } columns)
        {
            json.WriteStartArray("columns");
            foreach (var column in columns)
            {
                json.WriteStringValue(column);
            }
            json.WriteEndArray();
        }
        json.WriteString("message", finding.Message);
        json.WriteEndObject();
    }
}
