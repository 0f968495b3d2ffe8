using System.Buffers;
using System.Text;
using System.Text.Json;
using AuditConsole.Core;
using AuditConsole.Core.Evidence;
using AuditConsole.Verify.Reports;

namespace AuditConsole.Tests.Evidence;

public sealed class EntryProofTests : IDisposable
{
    private readonly EvidenceLog _log = new(21, seed: 4);
    private readonly EvidenceFolder _folder = new();

    internal static byte[] Proof(EvidenceLog log, int sequence, int size)
    {
        var entry = log.Entries[sequence - 1];
        var path = MerkleProof.InclusionAsync(log.Tree(), sequence - 1, size, default).GetAwaiter().GetResult();
        var output = new ArrayBufferWriter<byte>();
        EntryProofFormat.Write(
            output, EvidenceLog.HeadOf(entry), log.Withheld.Contains(sequence) ? null : EntryText.Details(entry.Content), entry.Salt, path, log.Checkpoint(size).Note);
        return output.WrittenSpan.ToArray();
    }

    internal static byte[] Consistency(EvidenceLog log, int from, int to)
    {
        var output = new ArrayBufferWriter<byte>();
        EntryProofFormat.WriteConsistency(output, from, to, MerkleProof.ConsistencyAsync(log.Tree(), from, to, default).GetAwaiter().GetResult());
        return output.WrittenSpan.ToArray();
    }

    [Fact]
    public void Every_entry_is_proved_by_its_bundle_however_the_JSON_is_written()
    {
        _log.Withheld.Add(3);
        for (var sequence = 1; sequence <= 21; sequence++)
        {
            var proof = Proof(_log, sequence, 21);
            Assert.Equal(Verdict.Proved, Verify(proof).Verdict);
            using var document = JsonDocument.Parse(proof);
            Assert.Equal(Verdict.Proved, Verify(JsonSerializer.SerializeToUtf8Bytes(document.RootElement, new JsonSerializerOptions { WriteIndented = true })).Verdict);
        }
        Assert.Equal(Verdict.Unknown, EvidenceFolder.Verify(null, _folder.Write("proof.json", Proof(_log, 5, 21))).Verdict);
    }

    [Fact]
    public void Changed_details_a_changed_head_and_another_entrys_path_are_found()
    {
        var proof = Encoding.UTF8.GetString(Proof(_log, 5, 21));
        AssertFound("proof_broken", proof.Replace("\"key:key_1\"", "\"key:key_2\"", StringComparison.Ordinal));
        AssertFound("details_altered", proof.Replace("\"metadata\":{", "\"metadata\":{\"$added\":1,", StringComparison.Ordinal).Replace(",}", "}", StringComparison.Ordinal));
        var other = Encoding.UTF8.GetString(Proof(_log, 6, 21));
        AssertFound("proof_broken", proof[..proof.IndexOf("\"proof\"", StringComparison.Ordinal)] + other[other.IndexOf("\"proof\"", StringComparison.Ordinal)..]);
        AssertFound("forged", proof.Replace("\\n21\\n", "\\n22\\n", StringComparison.Ordinal));
    }

    [Fact]
    public void A_checkpoint_that_does_not_continue_an_older_one_is_found()
    {
        using var anew = new EvidenceLog(21, seed: 8);
        var older = _folder.Write("older.txt", _log.Checkpoint(13).Note.ToString());
        var proof = _folder.Write("consistency.json", Consistency(_log, 13, 21));
        Assert.Equal(Verdict.Proved, EvidenceFolder.Verify(_log.Key, older, _folder.Write("newer.txt", _log.Checkpoint().Note.ToString()), proof).Verdict);
        var report = EvidenceFolder.Verify(_log.Key, older, _folder.Write("newer.txt", anew.Checkpoint(key: _log.Private).Note.ToString()), proof);
        Assert.Equal((Verdict.NotProved, "inconsistent"), (report.Verdict, report.Findings.Single(finding => finding.Severity == Severity.Fault).Code));
    }

    public void Dispose()
    {
        _log.Dispose();
        _folder.Dispose();
    }

    private void AssertFound(string code, string proof)
    {
        var report = Verify(Encoding.UTF8.GetBytes(proof));
        Assert.Equal(Verdict.NotProved, report.Verdict);
        Assert.Contains(report.Findings, finding => finding.Code == code);
    }

    private Report Verify(byte[] proof) => EvidenceFolder.Verify(_log.Key, _folder.Write("proof.json", proof));
}
