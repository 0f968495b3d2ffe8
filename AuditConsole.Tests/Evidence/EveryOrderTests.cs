using AuditConsole.Integrity;
using AuditConsole.Verify;
using AuditConsole.Verify.Reports;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Evidence;

/// <summary>Purge, hold, withhold and seal, late and imported entries, in any order: no file of an untouched log raises an alarm.</summary>
[Collection(ServedEvidenceTests.Name)]
public sealed class EveryOrderTests(ServedEvidence served)
{
    private static readonly int Rounds = int.Parse(Environment.GetEnvironmentVariable("AUDIT_EVIDENCE_ROUNDS") ?? "2", System.Globalization.CultureInfo.InvariantCulture);

    private readonly List<VerifierCase> _cases = [];
    private int _withheld;
    private int _gone;

    [Fact]
    public async Task Whatever_was_purged_held_withheld_and_sealed_every_file_is_proved_and_what_is_missing_is_named()
    {
        for (var seed = 1; seed <= Rounds; seed++)
        {
            using var log = await LivedLog.CreateAsync(served, seed);
            await log.LiveAsync(20);
            var values = await log.ReadSealedAsync();
            await log.LiveAsync(30);
            await log.AssertSealedAsync();
            await AssertGoneAsync(log, values);
            await VerifyAsync(log, seed);
        }
        var differences = PythonVerifier.FindDifferences(_cases, await PythonVerifier.RunAsync(_cases));
        Assert.True(differences.Count == 0, string.Join('\n', differences.Take(5)));
        // A round in which nothing went proves nothing.
        Assert.True(_withheld > 0 && _gone > 0, $"{_withheld} withheld and {_gone} purged or expired rows");
    }

    private async Task VerifyAsync(LivedLog log, int seed)
    {
        var verified = await served.Services.GetRequiredService<VerificationService>().VerifyAsync(log.Tenant.Number, progress: null, default);
        Assert.True(verified.Holds, $"Round {seed}: {verified.Fault}\nafter\n{string.Join('\n', log.Story)}");
        var (archive, result) = await served.ArchiveAsync(log.Tenant);
        var report = Verify(log, seed, Verdict.Proved, "archive", archive);
        var readable = log.Readable();
        var places = log.Model.Entries.Where(entry => entry.Sequence > result.Base).ToList();
        Assert.Equal(
            (result.Base, places.Count(entry => readable.Contains(entry.Sequence) && !entry.IsWithheld), places.Count(entry => readable.Contains(entry.Sequence) && entry.IsWithheld),
                places.Count(entry => !readable.Contains(entry.Sequence))),
            (report.Counts["purged_beginning"], report.Counts.GetValueOrDefault("entries"), report.Counts.GetValueOrDefault("withheld"), report.Counts.GetValueOrDefault("purged")));
        foreach (var checkpoint in log.Checkpoints.Where(file => SizeOf(file) >= result.Base))
        {
            Verify(log, seed, Verdict.Proved, "archive with a kept checkpoint", archive, checkpoint);
        }
        foreach (var export in log.Exports)
        {
            var receipt = await served.ReceiptAsync(log.Tenant, log.Admin, export.Id);
            var rows = export.Rows.ToLookup(row => !readable.Contains(row.Sequence) ? "not covered" : row.IsWithheld ? "withheld" : "proved");
            var (proved, withheld, gone) = (rows["proved"].Count(), rows["withheld"].Count(), rows["not covered"].Count());
            (_withheld, _gone) = (_withheld + withheld, _gone + gone);
            var name = $"{export.Format} [{export.Filter}]";
            foreach (var with in new[] { Verify(log, seed, Verdict.Proved, name, export.File, receipt), Verify(log, seed, Verdict.Proved, name + " with archive", export.File, receipt, archive) })
            {
                var counted = (with.Counts.GetValueOrDefault("rows_proved"), with.Counts.GetValueOrDefault("rows_withheld"), with.Counts.GetValueOrDefault("rows_not_covered"));
                Assert.True((proved, withheld, gone) == counted, $"Round {seed}, {name}: {counted}, not {(proved, withheld, gone)}\nafter\n{string.Join('\n', log.Story)}");
            }
            // As if it had been saved again: what is gone can't be told any more, but nothing is said to be wrong.
            Verify(log, seed, withheld + gone > 0 ? Verdict.Unknown : Verdict.Proved, name + " by its rows", rowsAlone: true, export.File, receipt);
        }
    }

    private Report Verify(LivedLog log, int seed, Verdict expected, string name, params string[] files) => Verify(log, seed, expected, name, rowsAlone: false, files);

    private Report Verify(LivedLog log, int seed, Verdict expected, string name, bool rowsAlone, params string[] files)
    {
        _cases.Add(new VerifierCase(name, files, [served.Key], rowsAlone));
        var report = VerifyProgram.Verify(files, [served.Key], rowsAlone);
        Assert.True(
            report.Verdict == expected && !report.Findings.Any(finding => finding.Severity == Severity.Fault),
            $"Round {seed}, {name}: {report.Verdict}\n{string.Join('\n', report.Findings)}\nafter\n{string.Join('\n', log.Story)}");
        return report;
    }

    // Purging and withholding take what was sealed along, off the disk.
    private async Task AssertGoneAsync(LivedLog log, List<byte[]> values)
    {
        var kept = (await log.ReadSealedAsync()).Select(Convert.ToHexString).ToHashSet();
        var found = served.FindInFiles(values);
        for (var i = 0; i < values.Count; i++)
        {
            Assert.Equal(kept.Contains(Convert.ToHexString(values[i])), found[i]);
        }
    }

    private static long SizeOf(string checkpoint) => long.Parse(File.ReadLines(checkpoint).ElementAt(1), System.Globalization.CultureInfo.InvariantCulture);
}
