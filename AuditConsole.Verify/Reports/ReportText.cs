using System.Globalization;
using System.Text;

namespace AuditConsole.Verify.Reports;

/// <summary>A report as an auditor reads it.</summary>
internal static class ReportText
{
    private const int MostLines = 100;

    private static readonly Dictionary<string, string> Names = new()
    {
        ["entries"] = "entries with all their details",
        ["withheld"] = "entries withheld: who did what and when stands, their details were destroyed",
        ["purged"] = "places purged or expired: the entries are gone, their leaves stand",
        ["purged_unrecorded"] = "of them named by no record of a purge",
        ["withheld_unrecorded"] = "withheld entries of which no record says who withheld them",
        ["purged_beginning"] = "entries purged from the beginning of the log, leaves too",
        ["rows_proved"] = "rows proved",
        ["rows_altered"] = "rows altered",
        ["rows_withheld"] = "rows of entries whose details were destroyed since",
        ["rows_not_covered"] = "rows that can't be told any more",
        ["rows_foreign"] = "rows that were not exported like this",
        ["rows_missing"] = "exported rows that are missing",
        ["signatures_proved"] = "signatures of producers: made with the given keys",
        ["signatures_unknown"] = "signatures of producers: signer unknown",
        ["signatures_forged"] = "signatures of producers: forged",
        ["matching"] = "entries of the archive match the filter",
    };

    public static void Write(Report report, TextWriter output)
    {
        output.WriteLine(report.Verdict switch
        {
            Verdict.Proved => "PROVED",
            Verdict.NotProved => "NOT PROVED",
            _ => "COULD NOT TELL",
        });
        if (report.Verdict == Verdict.Proved)
        {
            foreach (var sentence in report.Proved)
            {
                output.WriteLine(Printable(sentence));
            }
        }
        output.WriteLine();
        foreach (var (name, value) in report.Facts)
        {
            output.WriteLine($"  {name,-12} {Printable(value)}");
        }
        foreach (var (what, count) in report.Counts.Where(pair => pair.Value > 0))
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {count,12:N0} {Names.GetValueOrDefault(what, what)}"));
        }
        Findings(report, output);
        if (report.Verdict != Verdict.NotProved && report.Limits.Count > 0)
        {
            output.WriteLine();
            foreach (var sentence in report.Limits)
            {
                output.WriteLine(Printable(sentence));
            }
        }
    }

    /// <summary>The text without what could steer a terminal; files are written by strangers.</summary>
    public static string Printable(string text)
    {
        var safe = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            var category = Rune.GetUnicodeCategory(rune);
            safe.Append(category is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
                ? "\uFFFD" : rune.ToString());
        }
        return safe.ToString();
    }

    private static void Findings(Report report, TextWriter output)
    {
        // What does not hold first, then what could not be told.
        var findings = report.Findings.OrderByDescending(finding => finding.Severity).ToList();
        if (findings.Count > 0)
        {
            output.WriteLine();
        }
        foreach (var finding in findings.Take(MostLines))
        {
            output.WriteLine($"  {Mark(finding.Severity)} {Printable(finding.Message)}");
        }
        var rest = report.Found.Values.Sum() - Math.Min(findings.Count, MostLines);
        if (rest > 0)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  … and {rest:N0} more; --json lists up to {Report.MostOfOneCode:N0} of each kind."));
        }
    }

    private static string Mark(Severity severity) => severity switch
    {
        Severity.Fault => "[x]",
        Severity.Doubt => "[?]",
        _ => "[i]",
    };
}
