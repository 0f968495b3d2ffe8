using System.Text;
using System.Text.Json;
using AuditConsole.Core;
using AuditConsole.Core.Evidence;
using AuditConsole.Exports;
using AuditConsole.Verify.Reports;

namespace AuditConsole.Tests.Evidence;

public sealed class ExportVerifierTests : IDisposable
{
    private readonly EvidenceLog _log = new(60);
    private readonly EvidenceFolder _folder = new();

    public static TheoryData<bool, bool> Formats => new() { { true, true }, { true, false }, { false, true }, { false, false } };

    [Theory]
    [MemberData(nameof(Formats))]
    public void An_untouched_export_is_proved_with_its_receipt(bool isCsv, bool ignoreFileHash)
    {
        var export = Export(isCsv, entry => entry.Sequence % 3 != 0);
        var report = Verify(export.Bytes, export.Receipt(), isCsv, ignoreFileHash);
        Assert.Empty(report.Findings);
        Assert.Equal((Verdict.Proved, 40L), (report.Verdict, report.Counts["rows_proved"]));
        Assert.Contains(report.Limits, limit => limit.Contains("archive", StringComparison.Ordinal));
    }

    [Fact]
    public void The_archive_proves_that_nothing_was_left_out()
    {
        var action = _log.Entries[7].Content.Action;
        var export = Export(isCsv: true, entry => entry.Content.Action == action);
        export.Filter["action"] = action;
        var archive = _folder.Write("archive.ndjson.gz", _log.Archive());
        var whole = EvidenceFolder.Verify(_log.Key, _folder.Write("export.csv", export.Bytes), _folder.Write("x.receipt.ndjson.gz", export.Receipt()), archive);
        Assert.Equal(Verdict.Proved, whole.Verdict);
        Assert.Contains(whole.Proved, sentence => sentence.Contains("left out", StringComparison.Ordinal));

        // The service left a row out and signed so: only the archive tells.
        export = Export(isCsv: true, entry => entry.Sequence != 33);
        var file = _folder.Write("export.csv", export.Bytes);
        var receipt = _folder.Write("x.receipt.ndjson.gz", export.Receipt());
        Assert.Equal(Verdict.Proved, EvidenceFolder.Verify(_log.Key, file, receipt).Verdict);
        Assert.Equal(33, AssertFound(EvidenceFolder.Verify(_log.Key, file, receipt, archive), Verdict.NotProved, "left_out").Sequence);
        var older = _folder.Write("archive.ndjson", _log.Archive(size: 50));
        AssertFound(EvidenceFolder.Verify(_log.Key, _folder.Write("export.csv", Export(true).Bytes), _folder.Write("x.receipt.ndjson.gz", Export(true).Receipt()), older), Verdict.Unknown, "archive_older");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_part_is_held_to_the_places_behind_the_one_before_it_and_to_its_filter(int format)
    {
        var (first, last) = (21L, 40L);
        var (action, other) = (_log.Entries[25].Content.Action, _log.Entries[28].Content.Action);
        bool Selects(AuditEntry entry) => entry.Sequence >= first && entry.Sequence <= last && (entry.Content.Action == action || entry.Content.Action == other);
        var archive = _folder.Write("archive.ndjson.gz", _log.Archive());
        Assert.Equal(Verdict.Proved, Verified(Selects, first - 1).Verdict);
        // Said to begin earlier, it lacks entries; said to begin later, it holds others'.
        AssertFound(Verified(Selects, 0), Verdict.NotProved, "left_out");
        AssertFound(Verified(Selects, 30), Verdict.NotProved, "receipt_altered");
        var left = _log.Entries.First(entry => Selects(entry) && entry.Sequence > first);
        Assert.Equal(left.Sequence, AssertFound(Verified(entry => Selects(entry) && entry != left, first - 1), Verdict.NotProved, "left_out").Sequence);

        Report Verified(Func<AuditEntry, bool> selects, long after)
        {
            var part = new ExportedFile(_log, (ExportFormat)format, selects);
            part.Filter["actions"] = JsonSerializer.Serialize(new[] { action, other });
            var receipt = part.Receipt(statement => statement with { After = after, Snapshot = last });
            return EvidenceFolder.Verify(_log.Key, _folder.Write("part", part.Bytes), _folder.Write("x.receipt.ndjson.gz", receipt), archive);
        }
    }

    [Fact]
    public void An_export_by_a_name_holds_the_entries_of_which_a_further_target_has_it()
    {
        var (named, name) = _log.Entries.Where(entry => entry.Content.Targets.Count > 0)
            .Select(entry => (Entry: entry, entry.Content.Targets[^1].Id))
            .First(item => item.Id != item.Entry.Content.Target.Id && item.Id != item.Entry.Content.Target.Slug);
        bool Selects(AuditEntry entry) => entry.Content.Targets.Prepend(entry.Content.Target).Any(target => name == target.Id || name == target.Slug);
        var archive = _folder.Write("archive.ndjson.gz", _log.Archive());
        var export = Export(isCsv: true, Selects);
        export.Filter["slug"] = name;
        var whole = EvidenceFolder.Verify(_log.Key, _folder.Write("export.csv", export.Bytes), _folder.Write("x.receipt.ndjson.gz", export.Receipt()), archive);
        Assert.Equal((Verdict.Proved, 0), (whole.Verdict, whole.Findings.Count));

        export = Export(isCsv: true, entry => Selects(entry) && entry != named);
        export.Filter["slug"] = name;
        var (file, receipt) = (_folder.Write("export.csv", export.Bytes), _folder.Write("x.receipt.ndjson.gz", export.Receipt()));
        Assert.Equal(named.Sequence, AssertFound(EvidenceFolder.Verify(_log.Key, file, receipt, archive), Verdict.NotProved, "left_out").Sequence);

        // Its names went with its details: nobody can tell any more.
        _log.Withheld.Add(named.Sequence);
        archive = _folder.Write("archive.ndjson.gz", _log.Archive());
        var report = EvidenceFolder.Verify(_log.Key, file, receipt, archive);
        Assert.DoesNotContain(report.Findings, finding => finding.Code == "left_out");
        Assert.Contains(report.Findings, finding => finding.Code == "match_unknown" && finding.Sequence == named.Sequence);
    }

    [Theory]
    [InlineData(0, "occurredAt")]
    [InlineData(1, "actor")]
    [InlineData(2, "entityType")]
    [InlineData(3, "entitySlug")]
    [InlineData(4, "entityVersion")]
    [InlineData(5, "action")]
    [InlineData(6, "engineVersion")]
    [InlineData(7, "clientIp")]
    [InlineData(8, "payload")]
    public void An_altered_cell_is_named_with_its_column(int column, string name)
    {
        var export = Export(isCsv: true);
        var rows = Csv.Read(export.Bytes);
        rows[5][column] += column == 7 && rows[5][7].Length > 0 ? "" : "x";
        rows[5][column] = column == 7 ? "203.0.113.99" : rows[5][column];
        var finding = AssertFound(Verify(Csv.Write(rows), export.Receipt()), Verdict.NotProved, "row_altered");
        Assert.Equal((5L, export.Entries[4].Sequence, name), (finding.Row, finding.Sequence, string.Join(',', finding.Columns!)));
    }

    [Fact]
    public void A_number_that_a_spreadsheet_shortened_is_named_and_explained()
    {
        var export = Export(isCsv: true);
        var rows = Csv.Read(export.Bytes);
        rows[3][4] = "1.1";
        var report = Verify(Csv.Write(rows), export.Receipt());
        AssertFound(report, Verdict.NotProved, "row_altered");
        Assert.Contains("1.10 becomes 1.1", AssertFound(report, Verdict.NotProved, "spreadsheet").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Requoted_and_reordered_rows_stay_proved()
    {
        var export = Export(isCsv: true);
        var rows = Csv.Read(export.Bytes);
        var shuffled = rows.Skip(1).OrderBy(row => row[8].Length).ThenBy(row => row[0], StringComparer.Ordinal).Prepend(rows[0]).ToList();
        foreach (var bytes in new[] { Csv.Write(shuffled), Csv.Write(shuffled, ';', "\n", bom: false), Csv.Write(shuffled, '\t', "\r\n", bom: true, quoteAll: true) })
        {
            var report = Verify(bytes, export.Receipt());
            Assert.Equal((Verdict.Proved, 60L), (report.Verdict, report.Counts["rows_proved"]));
            AssertFound(report, Verdict.Proved, "file_changed");
        }
        var json = Export(isCsv: false);
        using var document = JsonDocument.Parse(json.Bytes);
        var pretty = JsonSerializer.SerializeToUtf8Bytes(document.RootElement.EnumerateArray().Reverse(), new JsonSerializerOptions { WriteIndented = true });
        Assert.Equal((Verdict.Proved, 60L), (Verify(pretty, json.Receipt(), isCsv: false).Verdict, Verify(pretty, json.Receipt(), isCsv: false).Counts["rows_proved"]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Removed_inserted_and_repeated_rows_are_named(bool isCsv)
    {
        var export = Export(isCsv);
        var removed = export.Entries[10];
        var report = Verify(export.Write(export.Entries.Except([removed])), export.Receipt(), isCsv);
        Assert.Equal(removed.Sequence, AssertFound(report, Verdict.NotProved, "row_missing").Sequence);
        using var other = new EvidenceLog(61, seed: 9);
        report = Verify(export.Write([.. export.Entries.Take(4), other.Entries[60], .. export.Entries.Skip(4)]), export.Receipt(), isCsv);
        Assert.Equal(5, AssertFound(report, Verdict.NotProved, "row_foreign").Row);
        Assert.Equal(60, report.Counts["rows_proved"]);
        report = Verify(export.Write([.. export.Entries, export.Entries[3]]), export.Receipt(), isCsv);
        Assert.Equal(61, AssertFound(report, Verdict.NotProved, "row_foreign").Row);
    }

    [Theory]
    [InlineData("action")]
    [InlineData("metadata")]
    [InlineData("reasoning")]
    [InlineData("hash")]
    [InlineData("actor")]
    [InlineData("extra")]
    [InlineData("recorded_at")]
    public void An_altered_member_of_a_JSON_entry_is_named(string member)
    {
        var export = Export(isCsv: false);
        var entries = JsonSerializer.Deserialize<List<Dictionary<string, object>>>(export.Bytes)!;
        entries[20][member] = member switch
        {
            "metadata" => new { x = 1 },
            "hash" => new string('a', 64),
            "actor" => new { type = "user", id = "somebody" },
            _ => "2027-01-01T00:00:00.000Z",
        };
        var finding = AssertFound(Verify(JsonSerializer.SerializeToUtf8Bytes(entries), export.Receipt(), isCsv: false), Verdict.NotProved, "row_altered");
        Assert.Equal((21L, member), (finding.Row, string.Join(',', finding.Columns!)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Rows_whose_entries_were_withheld_or_purged_since_raise_no_false_alarm(bool isCsv)
    {
        var export = Export(isCsv);
        _log.Withheld.UnionWith([4, 17]);
        _log.Purged.UnionWith([5, 6, 40]);
        var report = Verify(export.Bytes, export.Receipt(), isCsv);
        Assert.Equal((Verdict.Proved, 55L, 2L, 3L), (report.Verdict, report.Counts["rows_proved"], report.Counts["rows_withheld"], report.Counts["rows_not_covered"]));
        // Saved again: then only what the log still knows can be told.
        var again = isCsv ? Csv.Write(Csv.Read(export.Bytes), ';') : [.. export.Bytes, (byte)' '];
        report = Verify(again, export.Receipt(), isCsv);
        Assert.Equal((Verdict.Unknown, 55L, 2L, 3L), (report.Verdict, report.Counts["rows_proved"], report.Counts["rows_withheld"], report.Counts["rows_not_covered"]));
    }

    [Fact]
    public void A_receipt_with_a_row_its_line_and_the_count_dropped_is_found()
    {
        var export = Export(isCsv: true);
        var lines = export.Receipt();
        lines.RemoveAt(8);
        var file = export.Write(export.Entries.Except([export.Entries[6]]));
        AssertFound(Verify(file, lines), Verdict.NotProved, "receipt_altered");
        // Its bytes too: the lines are those of a receipt without the row.
        var dropped = export.Entries[6].Sequence;
        lines = [lines[0], .. Export(isCsv: true, entry => entry.Sequence != dropped).Receipt()[1..61], .. lines[61..]];
        AssertFound(Verify(file, lines), Verdict.NotProved, "receipt_altered");
        // The statement's count and hash made to fit: then its signature doesn't.
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData([.. lines.Skip(1).SelectMany(line => line)]));
        var statement = System.Text.RegularExpressions.Regex.Replace(Encoding.UTF8.GetString(lines[0]), "lines_sha256\\\\\":\\\\\"[0-9a-f]{64}", $"lines_sha256\\\":\\\"{hash}");
        lines[0] = Encoding.UTF8.GetBytes(statement.Replace("\\\"count\\\":60", "\\\"count\\\":59", StringComparison.Ordinal));
        AssertFound(Verify(file, lines), Verdict.NotProved, "forged");
    }

    [Fact]
    public void Receipts_of_another_file_another_tenant_or_another_key_are_found()
    {
        var export = Export(isCsv: true, entry => entry.Sequence <= 30);
        AssertFound(Verify(export.Bytes, Export(isCsv: true, entry => entry.Sequence > 30).Receipt()), Verdict.NotProved, "other_file");
        AssertFound(Verify(export.Bytes, Export(isCsv: false).Receipt()), Verdict.NotProved, "other_file");
        using var other = new EvidenceLog(60, seed: 1, tenant: Guid.Parse("00000000-0000-7000-8000-000000000002"));
        var foreign = new ExportedFile(other, ExportFormat.Csv);
        Assert.Equal(Verdict.NotProved, Verify(export.Bytes, foreign.Receipt(key: _log.Private, checkpoint: other.Checkpoint(key: _log.Private))).Verdict);
        AssertFound(Verify(export.Bytes, foreign.Receipt(change: statement => statement with { TenantId = _log.Tenant }, key: _log.Private)), Verdict.Unknown, "unreadable");
        AssertFound(Verify(export.Bytes, export.Receipt(key: other.Private)), Verdict.Unknown, "other_key");
        AssertFound(Verify(export.Bytes, export.Receipt(checkpoint: _log.Checkpoint(key: other.Private))), Verdict.Unknown, "other_key");
    }

    [Fact]
    public void Another_tenants_archive_is_named_and_its_entries_are_held_against_no_row()
    {
        var export = Export(isCsv: true, entry => entry.Sequence <= 30);
        using var other = new EvidenceLog(60, seed: 1, tenant: Guid.Parse("00000000-0000-7000-8000-000000000002"));
        var report = AuditConsole.Verify.VerifyProgram.Verify(
            [_folder.Write("export.csv", export.Bytes), _folder.Write("x.receipt.ndjson.gz", export.Receipt()), _folder.Write("a.ndjson.gz", other.Archive())], [_log.Key, other.Key]);
        AssertFound(report, Verdict.NotProved, "other_tenant");
        Assert.Equal(["other_tenant"], report.Findings.Select(finding => finding.Code));
        Assert.DoesNotContain("matching", report.Counts.Keys);
    }

    [Fact]
    public void Rows_that_the_checkpoint_does_not_hold_are_not_proved()
    {
        var export = Export(isCsv: true);
        using var same = new EvidenceLog(60, seed: 2);
        AssertFound(Verify(export.Bytes, export.Receipt(checkpoint: same.Checkpoint(key: _log.Private))), Verdict.NotProved, "proof_broken");
    }

    [Fact]
    public void A_key_smuggled_into_the_receipt_is_not_trusted()
    {
        var export = Export(isCsv: true);
        using var forger = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        var lines = export.Receipt(key: forger, checkpoint: _log.Checkpoint(key: forger));
        Assert.Equal(Verdict.Unknown, Verify(export.Bytes, lines).Verdict);
        lines[0] = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(lines[0]).TrimEnd('\n', '}') + ",\"key\":\"" + CheckpointKey.From(forger).ToLine(EvidenceLog.Service) + "\"}\n");
        AssertFound(Verify(export.Bytes, lines), Verdict.Unknown, "unreadable");
        Assert.Equal(Verdict.Unknown, EvidenceFolder.Verify(null, _folder.Write("export.csv", export.Bytes), _folder.Write("x.receipt.ndjson.gz", export.Receipt())).Verdict);
    }

    [Fact]
    public void A_statement_is_never_taken_for_a_checkpoint_nor_the_other_way_round()
    {
        var statement = SignedNote.Parse(JsonSerializer.Deserialize<Dictionary<string, string>>(Export(isCsv: true).Receipt()[0])!["statement"]);
        Assert.Throws<FormatException>(() => Checkpoint.Parse(statement));
        Assert.Throws<FormatException>(() => ReceiptStatement.Parse(_log.Checkpoint().Note));
    }

    public void Dispose()
    {
        _log.Dispose();
        _folder.Dispose();
    }

    private static Finding AssertFound(Report report, Verdict verdict, string code)
    {
        Assert.True(report.Findings.Any(finding => finding.Code == code), string.Join('\n', report.Findings));
        Assert.Equal(verdict, report.Verdict);
        return report.Findings.First(finding => finding.Code == code);
    }

    private ExportedFile Export(bool isCsv, Func<AuditEntry, bool>? filter = null) => new(_log, isCsv ? ExportFormat.Csv : ExportFormat.Json, filter);

    private Report Verify(byte[] file, List<byte[]> receipt, bool isCsv = true, bool ignoreFileHash = false) => AuditConsole.Verify.VerifyProgram.Verify(
        [_folder.Write(isCsv ? "export.csv" : "export.json", file), _folder.Write("x.receipt.ndjson.gz", receipt)], [_log.Key], ignoreFileHash);
}
