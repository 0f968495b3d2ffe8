using System.Diagnostics;
using System.Text.Json;
using AuditConsole.Tests.Core;
using AuditConsole.Verify;

namespace AuditConsole.Tests.Evidence;

/// <summary>Files to verify together.</summary>
/// <param name="Name">For whoever reads a failure.</param>
/// <param name="Files">Their paths.</param>
/// <param name="Keys">What <c>--key</c> is given.</param>
/// <param name="RowsAlone">Judge an export by its rows, whatever the hash of its file.</param>
/// <param name="IsDamaged">One verifier may say that it is forged and the other that it can't be read: proved it is for none.</param>
/// <param name="ProducerKeys">What <c>--producer-key</c> is given.</param>
internal sealed record VerifierCase(string Name, string[] Files, string[] Keys, bool RowsAlone = false, bool IsDamaged = false, string[]? ProducerKeys = null);

/// <summary>Runs docs/audit_verify.py and audit-verify over the same files, and brings what they say into one form.</summary>
internal static class PythonVerifier
{
    private const string Driver =
        """
        import json, sys
        sys.dont_write_bytecode = True
        sys.path.insert(0, sys.argv[1])
        import audit_verify
        for line in sys.stdin:
            case = json.loads(line)
            report = audit_verify.verify(case["files"], case["keys"], case["rowsAlone"], case["producerKeys"] or [])
            print(json.dumps([report.exit, {k: v for k, v in sorted(report.counts.items()) if v},
                sorted(([f["severity"], f["code"], f.get("sequence"), f.get("row"), ",".join(f.get("columns", []))] for f in report.findings if f["code"] not in ("unreadable", "truncated", "too_large", "usage", "columns", "key")), key=lambda f: json.dumps(f, separators=(",", ":")))], separators=(",", ":")))
        """;

    /// <summary>What the Python verifier says of each: verdict, counts and findings as JSON.</summary>
    public static async Task<IReadOnlyList<string>> RunAsync(IReadOnlyList<VerifierCase> cases)
    {
        using var run = Process.Start(new ProcessStartInfo("python3", ["-c", Driver, Path.Combine(RepositoryFile.Root, "docs")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        var output = run.StandardOutput.ReadToEndAsync();
        foreach (var @case in cases)
        {
            await run.StandardInput.WriteLineAsync(JsonSerializer.Serialize(@case, JsonSerializerOptions.Web));
        }
        run.StandardInput.Close();
        var lines = (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await run.WaitForExitAsync();
        Assert.Equal(0, run.ExitCode);
        return lines;
    }

    /// <summary>What audit-verify says, in the same form. What can't be read is told in other words, and perhaps earlier; that nothing can be told is the same.</summary>
    public static string Answer(VerifierCase @case)
    {
        var report = VerifyProgram.Verify(@case.Files, @case.Keys, @case.RowsAlone, @case.ProducerKeys);
        var findings = report.Findings.Where(finding => finding.Code is not ("unreadable" or "truncated" or "too_large" or "usage" or "columns" or "key"))
            .Select(finding => new object?[] { finding.Severity.ToString().ToLowerInvariant(), finding.Code, finding.Sequence, finding.Row, string.Join(',', finding.Columns ?? []) })
            .OrderBy(finding => JsonSerializer.Serialize(finding), StringComparer.Ordinal).ToList();
        return JsonSerializer.Serialize(new object[] { (int)report.Verdict, new SortedDictionary<string, long>(report.Counts.Where(count => count.Value > 0).ToDictionary(), StringComparer.Ordinal), findings });
    }

    /// <summary>The cases of which the two say different things.</summary>
    public static IReadOnlyList<string> FindDifferences(IReadOnlyList<VerifierCase> cases, IReadOnlyList<string> answers)
    {
        Assert.Equal(cases.Count, answers.Count);
        return [.. cases.Zip(answers)
            .Where(pair => Answer(pair.First) is var answer && (pair.First.IsDamaged ? answer[1] == '0' || pair.Second[1] == '0' : answer != pair.Second))
            .Select(pair => $"{pair.First.Name}\n  program {Answer(pair.First)}\n  Python  {pair.Second}")];
    }
}
