using System.Security.Cryptography;
using AuditConsole.Core;
using AuditConsole.Exports;
using AuditConsole.Tests.Core;
using AuditConsole.Verify;
using AuditConsole.Verify.Reports;

namespace AuditConsole.Tests.Evidence;

/// <summary>Entries that their producers signed, verified with nothing but files and the producers' keys. Both verifiers say the same of each.</summary>
public sealed class ProducerSignatureTests : IAsyncLifetime
{
    private readonly EvidenceFolder _folder = new();
    private readonly ECDsa _web = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _batch = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly List<VerifierCase> _cases = [];
    private readonly List<EvidenceLog> _logs = [];

    [Fact]
    public void Signatures_of_given_keys_are_proved_in_every_kind_of_file()
    {
        var log = Log();
        foreach (var files in Files(log))
        {
            var report = Verify(log, Verdict.Proved, files, Pem(_web), Pem(_batch));
            Assert.Equal((files.Length == 1 && files[0].EndsWith("proof.json", StringComparison.Ordinal) ? 1 : 8, 0), (report.Counts["signatures_proved"], report.Counts.GetValueOrDefault("signatures_unknown")));
            Verify(log, Verdict.Proved, files, $"sgk_web={Pem(_web)}", $"sgk_batch={Pem(_batch)}");
        }
    }

    [Fact]
    public void Without_the_key_of_a_producer_its_entries_are_signed_by_somebody_unknown()
    {
        var log = Log(registered: true);
        var none = Verify(log, Verdict.Proved, [Archive(log)]);
        Assert.Equal(8, none.Counts["signatures_unknown"]);
        Assert.Contains(none.Limits, limit => limit.Contains("signer unknown", StringComparison.Ordinal));
        // The log's own word for the key, SigningKeyRegistered, is not trusted.
        Assert.DoesNotContain("signatures_proved", none.Counts.Keys);
        var part = Verify(log, Verdict.Proved, [Archive(log)], $"sgk_web={Pem(_web)}");
        Assert.Equal((5, 3), (part.Counts["signatures_proved"], part.Counts["signatures_unknown"]));
        // A key for any id is asked of every signature.
        Assert.Equal([9, 10, 11], Named(Verify(log, Verdict.Unknown, [Archive(log)], Pem(_web)), "signature_unknown"));
    }

    [Fact]
    public void A_wrong_key_proves_nothing()
    {
        var log = Log();
        foreach (var files in Files(log))
        {
            Assert.DoesNotContain("signatures_proved", Verify(log, Verdict.Unknown, files, Pem(_stranger)).Counts.Keys);
            Assert.NotEmpty(Named(Verify(log, Verdict.NotProved, files, $"sgk_web={Pem(_stranger)}"), "signature_forged"));
        }
        Assert.Contains(VerifyProgram.Verify([Archive(log)], [log.Key], producerKeys: [_folder.Write("private.pem", _web.ExportECPrivateKeyPem())]).Findings, finding => finding.Code == "key");
        Assert.Contains(VerifyProgram.Verify([Archive(log)], [log.Key], producerKeys: ["nowhere.pem"]).Findings, finding => finding.Code == "key");
    }

    [Theory]
    [InlineData("made up by another key")]
    [InlineData("of another entry")]
    [InlineData("over other details")]
    [InlineData("over another head")]
    [InlineData("of another tenant")]
    [InlineData("no signature at all")]
    public void A_signature_that_the_producer_did_not_make_over_this_entry_is_found_and_named(string how)
    {
        // Whoever runs the service recorded it so, with all hashes right.
        var log = Log((entries, other) => entries[6] = how switch
        {
            "made up by another key" => Sign(entries[6], _stranger, "sgk_web"),
            "of another entry" => entries[6] with { Signature = entries[5].Signature },
            "over other details" => entries[6] with { Reasoning = "Something else." },
            "over another head" => entries[6] with { EngineVersion = "9.9.9" },
            "of another tenant" => Sign(entries[6], _web, "sgk_web", Guid.NewGuid()),
            _ => entries[6] with { Signature = new EntrySignature("sgk_web", "AA==") },
        });
        foreach (var files in Files(log).Where(files => !files[0].EndsWith("proof.json", StringComparison.Ordinal)))
        {
            Assert.Equal([7], Named(Verify(log, Verdict.NotProved, files, Pem(_web), Pem(_batch)), "signature_forged"));
            Assert.Equal([7], Named(Verify(log, Verdict.NotProved, files, $"sgk_web={Pem(_web)}"), "signature_forged"));
        }
    }

    [Fact]
    public void A_signature_that_is_not_of_the_key_in_the_log_is_found_without_any_key()
    {
        var log = Log((entries, _) => entries[6] = Sign(entries[6], _stranger, "sgk_web"), registered: true);
        Assert.Equal([7], Named(Verify(log, Verdict.NotProved, [Archive(log)]), "signature_forged"));
        // A producer can't register a key by an entry of its own.
        var honest = Log((entries, _) => entries[2] = Registered("sgk_web", _stranger) with { Actor = new Actor("user", "usr_evil") }, registered: true);
        Verify(honest, Verdict.Proved, [Archive(honest)]);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        var differences = PythonVerifier.FindDifferences(_cases, await PythonVerifier.RunAsync(_cases));
        _logs.ForEach(log => log.Dispose());
        _folder.Dispose();
        _web.Dispose();
        _batch.Dispose();
        _stranger.Dispose();
        Assert.True(differences.Count == 0, string.Join('\n', differences.Take(5)));
    }

    // Of 12 entries, the 4th to the 8th are signed by one producer, the 9th to the 11th by another.
    private EvidenceLog Log(Action<List<NewEntry>, Guid>? change = null, bool registered = false)
    {
        var entries = Enumerable.Range(0, 12).Select(i => new RandomEntry(i + 40).Content()).ToList();
        for (var i = 3; i < 8; i++)
        {
            entries[i] = Sign(entries[i], _web, "sgk_web");
        }
        for (var i = 8; i < 11; i++)
        {
            entries[i] = Sign(entries[i], _batch, "sgk_batch");
        }
        if (registered)
        {
            entries[0] = Registered("sgk_web", _web);
            entries[1] = Registered("sgk_batch", _batch);
        }
        change?.Invoke(entries, EvidenceLog.DefaultTenant);
        var log = new EvidenceLog(entries);
        _logs.Add(log);
        return log;
    }

    private static NewEntry Sign(NewEntry entry, ECDsa key, string keyId, Guid? tenant = null) => entry with
    {
        Signature = new EntrySignature(keyId, Convert.ToBase64String(
            key.SignData(EntrySignature.SignedText(entry, tenant ?? EvidenceLog.DefaultTenant), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence))),
    };

    private static NewEntry Registered(string id, ECDsa key) => new()
    {
        OccurredAt = DateTimeOffset.UnixEpoch,
        Actor = new Actor("user", "usr_admin"),
        Action = "SigningKeyRegistered",
        Target = new Resource("SigningKey", id),
        Metadata = CanonicalObject.From(new { public_key = Convert.ToBase64String(key.ExportSubjectPublicKeyInfo()) }),
    };

    private IEnumerable<string[]> Files(EvidenceLog log)
    {
        yield return [Archive(log)];
        foreach (var format in new[] { ExportFormat.Csv, ExportFormat.Json })
        {
            var export = new ExportedFile(log, format);
            yield return [_folder.Write($"export.{format}", export.Bytes), _folder.Write("receipt.ndjson", export.Receipt())];
        }
        yield return [_folder.Write("proof.json", EntryProofTests.Proof(log, 5, 12))];
    }

    private string Archive(EvidenceLog log) => _folder.Write("archive.ndjson.gz", log.Archive());

    private string Pem(ECDsa key) => _folder.Write("producer.pem", key.ExportSubjectPublicKeyInfoPem());

    private Report Verify(EvidenceLog log, Verdict expected, string[] files, params string[] producerKeys)
    {
        _cases.Add(new VerifierCase(string.Join(' ', files.Select(Path.GetFileName)), files, [log.Key], ProducerKeys: producerKeys));
        var report = VerifyProgram.Verify(files, [log.Key], producerKeys: producerKeys);
        Assert.True(report.Verdict == expected, $"{report.Verdict}, not {expected}\n{string.Join('\n', report.Findings)}");
        return report;
    }

    private static IEnumerable<long> Named(Report report, string code) =>
        report.Findings.Where(finding => finding.Code == code).Select(finding => finding.Sequence!.Value).Distinct().Order();
}
