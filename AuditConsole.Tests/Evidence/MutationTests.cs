using System.Globalization;
using AuditConsole.Exports;
using AuditConsole.Verify;
using AuditConsole.Verify.Reports;

namespace AuditConsole.Tests.Evidence;

/// <summary>
/// Files changed at random, judged by their rows alone. 1,000 of them in an ordinary run; AUDIT_MUTATIONS=10000 makes
/// it more.
/// </summary>
public sealed class MutationTests : IDisposable
{
    private static readonly int Times = int.Parse(Environment.GetEnvironmentVariable("AUDIT_MUTATIONS") ?? "1000", CultureInfo.InvariantCulture);

    private readonly EvidenceFolder _folder = new();

    [Fact]
    public void No_altered_row_is_called_proved_and_every_unchanged_row_is()
    {
        var proved = 0L;
        var altered = 0L;
        for (var group = 0; group < 10; group++)
        {
            using var log = new EvidenceLog(24, seed: group, repeat: true);
            foreach (var format in new[] { ExportFormat.Csv, ExportFormat.Json })
            {
                var export = new ExportedFile(log, format);
                var receipt = _folder.Write("x.receipt.ndjson.gz", export.Receipt());
                var path = Path.Combine(_folder.Root, "mutant");
                for (var i = 0; i < Times / 20; i++)
                {
                    var mutant = new Mutant(export, format, (group << 20) + i);
                    File.WriteAllBytes(path, mutant.Bytes);
                    var report = VerifyProgram.Verify([path, receipt], [log.Key], ignoreFileHash: true);
                    var place = $"{format}, log {group}, mutant {i}: {string.Join('\n', report.Findings)}";
                    Assert.True(report.Found.Keys.All(code => code is not ("unreadable" or "truncated" or "too_large" or "columns")), place);
                    Assert.True(report.Counts.GetValueOrDefault("rows_proved") == mutant.Unchanged, place);
                    Assert.True((report.Verdict == Verdict.Proved) == (mutant.Unchanged == mutant.Rows && mutant.Unchanged == export.Entries.Count), place);
                    proved += mutant.Unchanged;
                    altered += mutant.Rows - mutant.Unchanged;
                }
            }
        }
        // The mutants are worth their name.
        Assert.InRange(altered, Times, proved);
    }

    [Fact]
    public void A_receipt_with_any_byte_changed_proves_nothing()
    {
        using var log = new EvidenceLog(6, seed: 3);
        foreach (var format in new[] { ExportFormat.Csv, ExportFormat.Json })
        {
            var export = new ExportedFile(log, format);
            var file = _folder.Write($"export.{format}", export.Bytes);
            var receipt = export.Receipt().SelectMany(line => line).ToArray();
            var path = Path.Combine(_folder.Root, "changed");
            var random = new Random(7);
            for (var i = 0; i < Times / 4; i++)
            {
                var changed = receipt.ToArray();
                changed[random.Next(changed.Length)] ^= (byte)(1 << random.Next(8));
                File.WriteAllBytes(path, changed);
                var report = VerifyProgram.Verify([file, path], [log.Key], ignoreFileHash: true);
                Assert.True(report.Verdict != Verdict.Proved, $"{format} {i}");
            }
        }
    }

    [Fact]
    public void Of_untouched_files_none_is_rejected()
    {
        for (var seed = 100; seed < 130; seed++)
        {
            using var log = new EvidenceLog(1 + seed % 13, seed, repeat: true);
            var archive = _folder.Write("archive.ndjson.gz", log.Archive());
            foreach (var format in new[] { ExportFormat.Csv, ExportFormat.Json })
            {
                var export = new ExportedFile(log, format, entry => entry.Sequence % 2 == seed % 2);
                var report = EvidenceFolder.Verify(log.Key, _folder.Write($"export.{format}", export.Bytes), _folder.Write("x.receipt.ndjson.gz", export.Receipt()));
                Assert.True(report.Verdict == Verdict.Proved && report.Findings.Count == 0, string.Join('\n', report.Findings));
            }
            Assert.Equal(Verdict.Proved, EvidenceFolder.Verify(log.Key, archive).Verdict);
        }
    }

    public void Dispose() => _folder.Dispose();
}
