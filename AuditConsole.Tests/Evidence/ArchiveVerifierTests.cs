using System.Text;
using AuditConsole.Core;
using AuditConsole.Core.Evidence;
using AuditConsole.Verify.Reports;

namespace AuditConsole.Tests.Evidence;

public sealed class ArchiveVerifierTests : IDisposable
{
    private readonly EvidenceLog _log = new(40);
    private readonly EvidenceFolder _folder = new();

    [Theory]
    [InlineData("archive.ndjson", 0)]
    [InlineData("archive.ndjson.gz", 0)]
    [InlineData("archive.ndjson.gz", 13)]
    [InlineData("archive.ndjson", 40)]
    public void An_untouched_archive_is_proved(string name, int purgedBeginning)
    {
        _log.Withheld.UnionWith([15, 20]);
        _log.Purged.UnionWith([16, 17, 40]);
        var report = Verify(_log.Archive(purgedBeginning: purgedBeginning), name);
        Assert.Empty(report.Findings);
        Assert.Equal(Verdict.Proved, report.Verdict);
        Assert.Equal(40, report.Counts.Where(count => !count.Key.EndsWith("_unrecorded", StringComparison.Ordinal)).Sum(count => count.Value));
    }

    [Fact]
    public void Places_that_no_record_explains_are_told()
    {
        var (admin, rule) = (new Actor("user", "usr_admin"), new Resource("Rule", "rul_1"));
        NewEntry Entry(string action, object metadata, Actor? actor = null) =>
            new() { Actor = actor ?? admin, Action = action, Target = rule, OccurredAt = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), Metadata = CanonicalObject.From(System.Text.Json.JsonSerializer.SerializeToElement(metadata)) };
        using var log = new EvidenceLog(
        [
            .. Enumerable.Range(1, 12).Select(i => Entry("RuleCreated", new { i })),
            Entry("AuditLogPurged", new { ranges = new[] { new { first = 1, last = 3 }, new { first = 6, last = 6 } } }),
            Entry("EntryWithheld", new { sequence = 7 }),
            // A producer's word explains nothing.
            Entry("EntryWithheld", new { sequence = 8 }, new Actor("user", "usr_1")),
        ]);
        log.Purged.UnionWith([6]);
        log.Withheld.UnionWith([7]);
        var explained = _folder.Write("explained.ndjson", log.Archive(purgedBeginning: 3));
        log.Purged.UnionWith([9, 10]);
        log.Withheld.UnionWith([8]);
        var left = _folder.Write("left.ndjson", log.Archive(purgedBeginning: 4));

        Assert.DoesNotContain(EvidenceFolder.Verify(log.Key, explained).Limits, limit => limit.StartsWith("No record", StringComparison.Ordinal));
        var report = EvidenceFolder.Verify(log.Key, left);
        Assert.Equal(Verdict.Proved, report.Verdict);
        Assert.Contains(report.Limits, limit => limit.StartsWith("No record of a purge in this archive names 3 of the places without an entry, the first of them #4", StringComparison.Ordinal));
        Assert.Contains(report.Limits, limit => limit.StartsWith("No record in this archive says who withheld the details of 1 entries, the first of them #8", StringComparison.Ordinal));
        Assert.Contains("but for what is counted below as purged or withheld", Assert.Single(report.Proved));
    }

    [Theory]
    [InlineData(400, 0, "")]
    [InlineData(401, 1, "which are among those from #3 on")]
    [InlineData(403, 3, "which are among those from #3 on")]
    public void Of_a_purge_of_many_ranges_more_places_than_it_took_are_told(int gone, long unrecorded, string where)
    {
        // Of 400 ranges the first is told, as of 10,000 the first 1,000 are.
        var (admin, rule) = (new Actor("user", "usr_admin"), new Resource("Rule", "rul_1"));
        using var log = new EvidenceLog(
        [
            .. Enumerable.Range(1, 810).Select(_ => new NewEntry { Actor = admin, Action = "RuleCreated", Target = rule, OccurredAt = DateTimeOffset.UnixEpoch }),
            new() { Actor = admin, Action = "AuditLogPurged", Target = rule, OccurredAt = DateTimeOffset.UnixEpoch, Metadata = CanonicalObject.From(new { ranges = new[] { new { first = 1, last = 1 } }, count = 400, ranges_complete = false }) },
        ]);
        log.Purged.UnionWith(Enumerable.Range(0, gone).Select(i => 2L * i + 1));
        var report = EvidenceFolder.Verify(log.Key, _folder.Write("many.ndjson", log.Archive()));
        Assert.Equal((Verdict.Proved, gone, unrecorded), (report.Verdict, report.Counts["purged"], report.Counts.GetValueOrDefault("purged_unrecorded")));
        Assert.Equal(unrecorded > 0, report.Limits.Any(limit => limit.StartsWith("No record of a purge", StringComparison.Ordinal) && limit.Contains(where, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public void The_newest_record_alone_explains_what_all_purges_took(bool oneMore, long unrecorded)
    {
        var (admin, rule) = (new Actor("user", "usr_admin"), new Resource("Rule", "rul_1"));
        var ranges = Enumerable.Range(2, 100).Select(i => (2L * i, 2L * i)).Prepend((1L, 2L)).ToList();
        using var log = new EvidenceLog(
        [
            .. Enumerable.Range(1, 210).Select(_ => new NewEntry { Actor = admin, Action = "RuleCreated", Target = rule, OccurredAt = DateTimeOffset.UnixEpoch }),
            new()
            {
                Actor = admin, Action = "AuditLogPurged", Target = rule, OccurredAt = DateTimeOffset.UnixEpoch,
                Metadata = CanonicalObject.From(new { ranges = new[] { new { first = 202, last = 202 } }, count = 1, total = new { count = 102, digest = PurgedDigest.Of(ranges).ToString(), ranges = new[] { new { first = 1, last = 2 } }, ranges_complete = false } }),
            },
        ]);
        log.Purged.UnionWith(ranges.Skip(1).Select(range => range.Item1));
        if (oneMore)
        {
            log.Purged.Add(209);
        }
        var report = EvidenceFolder.Verify(log.Key, _folder.Write("all.ndjson", log.Archive(purgedBeginning: 2)));
        Assert.Equal((Verdict.Proved, unrecorded), (report.Verdict, report.Counts.GetValueOrDefault("purged_unrecorded")));
    }

    [Fact]
    public void A_record_that_says_that_entries_were_removed_before_it_is_told()
    {
        var (admin, rule) = (new Actor("user", "usr_admin"), new Resource("Rule", "rul_1"));
        using var log = new EvidenceLog([new() { Actor = admin, Action = "AuditLogPurged", Target = rule, OccurredAt = DateTimeOffset.UnixEpoch, Metadata = CanonicalObject.From(new { unexplained = 7 }) }]);
        Assert.Equal([7L], AssertFound(EvidenceFolder.Verify(log.Key, _folder.Write("archive.ndjson", log.Archive())), Verdict.NotProved, "removed"));
    }

    [Fact]
    public void A_folder_is_told_to_be_one()
    {
        using var empty = new EvidenceFolder();
        foreach (var report in new[] { EvidenceFolder.Verify(_log.Key, empty.Root), EvidenceFolder.Verify(empty.Root, _folder.Write("archive.ndjson", _log.Archive())) })
        {
            Assert.Equal(Verdict.Unknown, report.Verdict);
            Assert.Contains($"{empty.Root} is a folder. Give the file", Assert.Single(report.Findings).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Without_a_key_or_with_another_one_nobody_is_known_to_have_signed()
    {
        using var other = new EvidenceLog(1);
        var file = _folder.Write("archive.ndjson", _log.Archive());
        AssertFound(EvidenceFolder.Verify(null, file), Verdict.Unknown, "signer_unknown");
        AssertFound(EvidenceFolder.Verify(other.Key, file), Verdict.Unknown, "other_key");
        Assert.Equal(Verdict.Proved, EvidenceFolder.Verify(CheckpointKey.From(_log.Private).ToPem(), file).Verdict);
        Assert.Equal(Verdict.Proved, EvidenceFolder.Verify(_folder.Write("key.pem", CheckpointKey.From(_log.Private).ToPem()), file).Verdict);
    }

    [Fact]
    public void Edited_details_are_named()
    {
        var lines = _log.Archive();
        var salt = lines[8].AsSpan().LastIndexOf("\"salt\":\""u8) + 8;
        lines[8][salt] = (byte)(lines[8][salt] == '0' ? '1' : '0');
        Assert.Equal([8L], AssertFound(Verify(lines), Verdict.NotProved, "details_altered"));
    }

    [Fact]
    public void An_edited_head_is_named()
    {
        var lines = _log.Archive();
        Replace(lines, 9, "\"recorded_by\":\"key:key_1\"", "\"recorded_by\":\"key:key_2\"");
        Assert.Equal([9L], AssertFound(Verify(lines), Verdict.NotProved, "altered"));
    }

    [Fact]
    public void Removed_inserted_and_swapped_lines_are_named()
    {
        var lines = _log.Archive();
        lines.RemoveRange(11, 2);
        Assert.Equal([11L], AssertFound(Verify(lines), Verdict.NotProved, "missing"));

        lines = _log.Archive();
        lines.Insert(12, lines[11]);
        Assert.Equal([11L], AssertFound(Verify(lines), Verdict.NotProved, "out_of_order"));

        lines = _log.Archive();
        (lines[20], lines[21]) = (lines[21], lines[20]);
        var report = Verify(lines);
        Assert.Equal([20L], AssertFound(report, Verdict.NotProved, "missing"));
        Assert.Equal([20L], AssertFound(report, Verdict.NotProved, "out_of_order"));
    }

    [Fact]
    public void Entries_that_were_hashed_anew_disagree_with_the_checkpoint()
    {
        var lines = _log.Archive();
        var hash = _log.Entries[28].Hash;
        for (var i = 30; i <= 40; i++)
        {
            var entry = _log.Entries[i - 1];
            lines[i] = _log.Forge(i == 30 ? entry with { RecordedBy = "console" } : entry, hash, out hash);
        }
        AssertFound(Verify(lines), Verdict.NotProved, "checkpoint_disagrees");
    }

    [Fact]
    public void A_cut_head_and_a_cut_tail_are_named()
    {
        var lines = _log.Archive();
        lines.RemoveRange(1, 5);
        Assert.Equal([1L], AssertFound(Verify(lines), Verdict.NotProved, "missing"));

        lines = _log.Archive();
        lines.RemoveRange(36, 5);
        Assert.Equal([36L], AssertFound(Verify(lines), Verdict.NotProved, "missing"));

        // The beginning given out as purged: the base's hash is that of entry 5, the tree's frontier made up.
        lines = _log.Archive(purgedBeginning: 5);
        Replace(lines, 0, _log.Entries[4].Leaf.ToString(), _log.Entries[3].Leaf.ToString());
        AssertFound(Verify(lines), Verdict.NotProved, "checkpoint_disagrees");
    }

    [Fact]
    public void Purging_with_the_wrong_leaf_is_named()
    {
        _log.Purged.Add(7);
        var lines = _log.Archive();
        Replace(lines, 7, _log.Entries[6].Leaf.ToString(), _log.Entries[5].Leaf.ToString());
        Assert.Equal([7L], AssertFound(Verify(lines), Verdict.NotProved, "altered"));
    }

    [Fact]
    public void Forged_older_swapped_and_foreign_checkpoints_are_named()
    {
        var lines = _log.Archive();
        lines[^1] = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(lines[^1]).Replace("\\n40\\n", "\\n41\\n", StringComparison.Ordinal));
        AssertFound(Verify(lines), Verdict.NotProved, "forged");

        lines = _log.Archive();
        lines[^1] = _log.Archive(size: 30)[^1];
        AssertFound(Verify(lines), Verdict.NotProved, "behind_checkpoint");

        using var other = new EvidenceLog(40, seed: 2, tenant: Guid.Parse("00000000-0000-7000-8000-000000000002"));
        lines = _log.Archive();
        lines[^1] = Line(other.Checkpoint(key: _log.Private));
        AssertFound(Verify(lines), Verdict.NotProved, "other_tenant");

        using var same = new EvidenceLog(40, seed: 2);
        lines = _log.Archive();
        lines[^1] = Line(same.Checkpoint(key: _log.Private));
        AssertFound(Verify(lines), Verdict.NotProved, "checkpoint_disagrees");
    }

    [Fact]
    public void A_checkpoint_that_was_kept_finds_a_log_that_was_made_anew_and_signed()
    {
        using var anew = new EvidenceLog(40, seed: 2);
        var lines = anew.Archive();
        lines[^1] = Line(anew.Checkpoint(key: _log.Private));
        Assert.Equal(Verdict.Proved, Verify(lines).Verdict);
        var file = _folder.Write("archive.ndjson", lines);
        var kept = _folder.Write("kept.txt", _log.Checkpoint(17).Note.ToString());
        Assert.Equal([17L], AssertFound(EvidenceFolder.Verify(_log.Key, file, kept), Verdict.NotProved, "checkpoint_disagrees"));
        var good = EvidenceFolder.Verify(_log.Key, _folder.Write("archive.ndjson", _log.Archive()), kept);
        Assert.Equal((Verdict.Proved, 1), (good.Verdict, good.Counts["checkpoints_agree"]));
    }

    [Fact]
    public void Every_flipped_byte_is_noticed()
    {
        var bytes = _log.Archive(size: 3).SelectMany(line => line).ToArray();
        var path = Path.Combine(_folder.Root, "flipped.ndjson");
        for (var i = 0; i < bytes.Length; i++)
        {
            var changed = bytes.ToArray();
            changed[i] ^= (byte)(1 << (i % 7));
            File.WriteAllBytes(path, changed);
            var report = EvidenceFolder.Verify(_log.Key, path);
            Assert.True(report.Verdict != Verdict.Proved, $"byte {i}");
            Assert.NotEmpty(report.Findings);
        }
    }

    [Fact]
    public void A_file_cut_off_anywhere_could_not_be_told_or_is_not_proved()
    {
        var bytes = _log.Archive(size: 2).SelectMany(line => line).ToArray();
        var path = Path.Combine(_folder.Root, "cut.ndjson");
        for (var length = 0; length < bytes.Length; length += 7)
        {
            File.WriteAllBytes(path, bytes[..length]);
            Assert.Equal(Verdict.Unknown, EvidenceFolder.Verify(_log.Key, path).Verdict);
        }
        var gzip = File.ReadAllBytes(_folder.Write("archive.ndjson.gz", _log.Archive()));
        // Of the checksum at its end nothing depends: all lines are there before it.
        for (var length = 0; length < gzip.Length - 8; length += 97)
        {
            File.WriteAllBytes(path, gzip[..length]);
            Assert.Equal(Verdict.Unknown, EvidenceFolder.Verify(_log.Key, path).Verdict);
        }
    }

    [Fact]
    public void Hostile_files_get_a_sentence()
    {
        byte[][] files =
        [
            [], [0x1f, 0x8b], [0xff, 0xfe, 0], "{"u8.ToArray(), "{\"format\":\"audit-console/archive/v1\"}\n"u8.ToArray(),
            "{\"format\":\"audit-console/archive/v9\"}\n"u8.ToArray(), "{\"statement\":{}}\n"u8.ToArray(), "occurredAt\n"u8.ToArray(), "[[[["u8.ToArray(),
            Encoding.UTF8.GetBytes(new string('[', 100_000)), "{\"format\":\"audit-console/archive/v1\",\"tenant_id\":\"6f1c2f8e-3f53-4f0e-9c39-2f1d4ad0c0de\",\"base\":{\"size\":0,\"hash\":\"\",\"frontier\":3}}\n"u8.ToArray(),
            "a\n\n\u2014 b c\n"u8.ToArray(),
        ];
        foreach (var bytes in files)
        {
            var report = EvidenceFolder.Verify(_log.Key, _folder.Write("hostile", bytes));
            Assert.Equal(Verdict.Unknown, report.Verdict);
            Assert.DoesNotContain(report.Findings, finding => finding.Message.Contains("   at ", StringComparison.Ordinal) || finding.Message.Contains("Exception", StringComparison.Ordinal));
        }
        Assert.Equal(Verdict.Unknown, EvidenceFolder.Verify(_log.Key, Path.Combine(_folder.Root, "nowhere")).Verdict);
        Assert.Equal(Verdict.Unknown, EvidenceFolder.Verify("nonsense", _folder.Write("archive.ndjson", _log.Archive())).Verdict);
    }

    [Fact]
    public void A_zip_bomb_ends_at_the_longest_line_there_can_be()
    {
        var path = Path.Combine(_folder.Root, "bomb.ndjson.gz");
        using (var gzip = new System.IO.Compression.GZipStream(File.Create(path), System.IO.Compression.CompressionLevel.Fastest))
        {
            gzip.Write(_log.Archive()[0]);
            gzip.Write("{\"details\":\""u8);
            var zeros = Encoding.ASCII.GetBytes(new string('0', 1024 * 1024));
            for (var i = 0; i < 80; i++)
            {
                gzip.Write(zeros);
            }
        }
        AssertFound(EvidenceFolder.Verify(_log.Key, path), Verdict.Unknown, "too_large");
    }

    public void Dispose()
    {
        _log.Dispose();
        _folder.Dispose();
    }

    private static byte[] Line(SignedCheckpoint checkpoint)
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        ArchiveFormat.WriteCheckpoint(output, checkpoint.Note);
        return output.WrittenSpan.ToArray();
    }

    private static void Replace(List<byte[]> lines, int index, string old, string fresh)
    {
        var text = Encoding.UTF8.GetString(lines[index]);
        Assert.Contains(old, text, StringComparison.Ordinal);
        lines[index] = Encoding.UTF8.GetBytes(text.Replace(old, fresh, StringComparison.Ordinal));
    }

    private static IEnumerable<long?> AssertFound(Report report, Verdict verdict, string code)
    {
        Assert.True(report.Findings.Any(finding => finding.Code == code), string.Join('\n', report.Findings));
        Assert.Equal(verdict, report.Verdict);
        return report.Findings.Where(finding => finding.Code == code).Select(finding => finding.Sequence);
    }

    private Report Verify(List<byte[]> lines, string name = "archive.ndjson") => EvidenceFolder.Verify(_log.Key, _folder.Write(name, lines));
}
