using System.Security.Cryptography;
using AuditConsole.Core.Evidence;
using AuditConsole.Verify.Reports;

namespace AuditConsole.Tests.Evidence;

/// <summary>The note with which a key names the next one.</summary>
public sealed class KeyChangeTests : IDisposable
{
    private readonly EvidenceLog _log = new(3);
    private readonly EvidenceFolder _folder = new();
    private readonly ECDsa _next = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private string Line => CheckpointKey.From(_next).ToLine(EvidenceLog.Service);

    private string Note => SignedNote.Sign($"{EvidenceLog.Service}\nkey {Line}\ntime 1795365728402\n", EvidenceLog.Service, _log.Private).ToString();

    [Fact]
    public void The_old_key_proves_the_note_and_the_new_key_is_told()
    {
        var report = EvidenceFolder.Verify(_log.Key, _folder.Write("note.txt", Note));
        Assert.Equal(Verdict.Proved, report.Verdict);
        Assert.Contains(Line, Assert.Single(report.Proved), StringComparison.Ordinal);
        Assert.Equal(Verdict.Unknown, EvidenceFolder.Verify(Line, _folder.Write("note.txt", Note)).Verdict);
        Assert.Equal(Verdict.NotProved, EvidenceFolder.Verify(_log.Key, _folder.Write("note.txt", Note.Replace("402\n", "403\n", StringComparison.Ordinal))).Verdict);
    }

    [Fact]
    public void No_key_out_of_a_note_is_trusted()
    {
        var signed = _folder.Write("checkpoint.txt", _log.Checkpoint(key: _next).Note.ToString());
        var report = EvidenceFolder.Verify(_log.Key, _folder.Write("note.txt", Note), signed);
        Assert.Equal(Verdict.Unknown, report.Verdict);
        Assert.Contains(report.Findings, finding => finding.Code == "other_key");
    }

    public void Dispose()
    {
        _log.Dispose();
        _folder.Dispose();
        _next.Dispose();
    }
}
