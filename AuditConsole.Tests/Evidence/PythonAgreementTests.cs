using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AuditConsole.Core;
using AuditConsole.Core.Evidence;
using AuditConsole.Exports;

namespace AuditConsole.Tests.Evidence;

/// <summary>
/// The second verifier, docs/audit_verify.py, on the same files: verdict, counts and findings are the same.
/// <c>AGREEMENT_MUTANTS</c> says of how many changed files of each kind (25).
/// </summary>
public sealed class PythonAgreementTests : IDisposable
{
    private static readonly int Mutants = int.Parse(Environment.GetEnvironmentVariable("AGREEMENT_MUTANTS") ?? "25", CultureInfo.InvariantCulture);

    private readonly EvidenceFolder _folder = new();
    private readonly EvidenceLog _log = new(24, seed: 5, repeat: true);
    private readonly List<VerifierCase> _cases = [];

    [Fact]
    public async Task Both_verifiers_say_the_same_of_the_same_files()
    {
        AddArchives();
        AddExports(ExportFormat.Csv);
        AddExports(ExportFormat.Json);
        AddExports(ExportFormat.Ndjson);
        AddParts();
        AddGaps();
        AddKeyChanges();
        AddProofs();
        AddHostile();
        var answers = await PythonVerifier.RunAsync(_cases);
        var differing = PythonVerifier.FindDifferences(_cases, answers);
        Assert.True(differing.Count == 0, string.Join('\n', differing.Take(5)));
        Assert.True(_cases.Count >= 150, $"{_cases.Count} cases");
        Assert.Equal([0, 1, 2], answers.Select(answer => answer[1] - '0').Distinct().Order());
    }

    public void Dispose()
    {
        _log.Dispose();
        _folder.Dispose();
    }

    private void Add(string name, params string[] files) => _cases.Add(new VerifierCase(name, files, [_log.Key], RowsAlone: false));

    private void AddArchives()
    {
        var good = _log.Archive();
        Add("archive", _folder.Write("a.ndjson.gz", good));
        Add("archive after a purge", _folder.Write("a.ndjson", _log.Archive(purgedBeginning: 11)), _folder.Write("kept.txt", _log.Checkpoint(15).Note.ToString()));
        Add("a kept checkpoint outside", _folder.Write("a.ndjson", _log.Archive(purgedBeginning: 11)), _folder.Write("kept.txt", _log.Checkpoint(5).Note.ToString()));
        _cases.Add(new VerifierCase("no key", [_folder.Write("a.ndjson", good)], [], false));
        _cases.Add(new VerifierCase("PEM", [_folder.Write("a.ndjson", good)], [_folder.Write("key.pem", CheckpointKey.From(_log.Private).ToPem())], false));
        var random = new Random(1);
        for (var i = 0; i < Mutants; i++)
        {
            var lines = _log.Archive();
            switch (i % 5)
            {
                case 0:
                    lines.RemoveAt(random.Next(1, lines.Count));
                    break;
                case 1:
                    lines.Insert(random.Next(1, lines.Count), lines[random.Next(1, lines.Count)]);
                    break;
                default:
                    var line = lines[random.Next(lines.Count)];
                    line[random.Next(line.Length - 1)] ^= (byte)(1 << random.Next(7));
                    break;
            }
            Add($"changed archive {i}", _folder.Write("a.ndjson", lines));
        }
    }

    private void AddParts()
    {
        var archive = _folder.Write("a.ndjson.gz", _log.Archive());
        var (middle, network) = (_log.Entries[11].Content, _log.Entries.Select(entry => entry.Content.Ip).First(ip => ip is not null)!);
        (string Name, string Value)[] filters =
        [
            ("actions", JsonSerializer.Serialize(new[] { middle.Action, "workspace.*" })), ("actions", "[]"), ("actions", "no list"), ("entitySlug", middle.Target.ShownSlug),
            ("network", $"{network}/{(network.AddressFamily == AddressFamily.InterNetwork ? 32 : 128)}"), ("network", "0.0.0.0/0"), ("network", "::/0"), ("network", "none"), ("other", "x"),
        ];
        foreach (var format in new[] { ExportFormat.Csv, ExportFormat.Ndjson })
        {
            foreach (var (first, last, after) in new[] { (6L, 15L, 5L), (6L, 15L, 6L), (8L, 15L, 5L), (1L, 24L, 0L) })
            {
                var part = new ExportedFile(_log, format, entry => entry.Sequence >= first && entry.Sequence <= last);
                var receipt = _folder.Write("x.receipt.ndjson.gz", part.Receipt(statement => statement with { After = after, Snapshot = last }));
                Add($"{format} {first} to {last} after {after}", _folder.Write("part", part.Bytes), receipt, archive);
            }
            foreach (var (name, value) in filters)
            {
                var part = new ExportedFile(_log, format, entry => entry.Content.Action == middle.Action);
                part.Filter[name] = value;
                Add($"{format} by {name} {value}", _folder.Write("part", part.Bytes), _folder.Write("x.receipt.ndjson.gz", part.Receipt()), archive);
            }
        }
    }

    private void AddExports(ExportFormat format)
    {
        var export = new ExportedFile(_log, format);
        // Its rows are those of JSON: few will do.
        var fewer = format == ExportFormat.Ndjson ? 5 : 1;
        var receipt = _folder.Write("x.receipt.ndjson.gz", export.Receipt());
        var file = _folder.Write($"export.{format}", export.Bytes);
        Add($"{format}", file, receipt);
        Add($"{format} with archive", file, receipt, _folder.Write("a.ndjson.gz", _log.Archive()));
        Add($"{format} with older archive", file, receipt, _folder.Write("a.ndjson.gz", _log.Archive(size: 9)));
        using (var foreign = new EvidenceLog(24, seed: 5, tenant: Guid.Parse("00000000-0000-7000-8000-000000000002")))
        {
            Add($"{format} with another tenant's archive", file, receipt, _folder.Write("a.ndjson.gz", foreign.Archive()));
        }
        Add($"{format} without receipt", file);
        Add($"receipt of {format} alone", receipt);
        for (var i = 0; i < Mutants / fewer; i++)
        {
            _cases.Add(new VerifierCase($"{format} mutant {i}", [_folder.Write("mutant", new Mutant(export, format, i).Bytes), receipt], [_log.Key], RowsAlone: i % 2 == 0));
        }
        var part = new ExportedFile(_log, format, entry => entry.Sequence % 2 == 0);
        Add($"{format}, incomplete", _folder.Write("part", part.Bytes), _folder.Write("x.receipt.ndjson", part.Receipt()), _folder.Write("a.ndjson.gz", _log.Archive()));
        foreach (var name in _log.Entries.SelectMany(entry => entry.Content.Targets).Select(target => target.Id).Distinct().Take(3))
        {
            part.Filter["slug"] = name;
            Add($"{format} by {name}, incomplete", _folder.Write("part", part.Bytes), _folder.Write("x.receipt.ndjson", part.Receipt()), _folder.Write("a.ndjson.gz", _log.Archive()));
        }
        part.Filter.Clear();
        Add($"{format} with another's receipt", file, _folder.Write("x.receipt.ndjson", part.Receipt()));
        _log.Withheld.UnionWith([3, 8]);
        _log.Purged.UnionWith([5, 9, 20]);
        Add($"{format}, withheld and purged", file, _folder.Write("x.receipt.ndjson.gz", export.Receipt()), _folder.Write("a.ndjson.gz", _log.Archive()));
        for (var i = 0; i < 20 / fewer; i++)
        {
            Add($"{format} mutant {i}, withheld and purged", _folder.Write("mutant", new Mutant(export, format, i).Bytes), _folder.Write("x.receipt.ndjson.gz", export.Receipt()));
        }
        var random = new Random(2);
        for (var i = 0; i < 20 / fewer; i++)
        {
            var lines = export.Receipt();
            var line = lines[random.Next(lines.Count)];
            line[random.Next(line.Length - 1)] ^= (byte)(1 << random.Next(7));
            _cases.Add(new VerifierCase($"changed receipt {i} of {format}", [file, _folder.Write("x.receipt.ndjson", lines)], [_log.Key], RowsAlone: false, IsDamaged: true));
        }
        _log.Withheld.Clear();
        _log.Purged.Clear();
    }

    private void AddKeyChanges()
    {
        using var next = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string Body(string service, string named, string time = "time 1795365728402") => $"{service}\nkey {CheckpointKey.From(next).ToLine(named)}\n{time}\n";
        foreach (var (name, body, signer) in new (string, string, string)[]
        {
            ("good", Body(EvidenceLog.Service, EvidenceLog.Service), EvidenceLog.Service), ("other service", Body(EvidenceLog.Service, "other.example.com"), EvidenceLog.Service),
            ("other signer", Body(EvidenceLog.Service, EvidenceLog.Service), "other.example.com"), ("time", Body(EvidenceLog.Service, EvidenceLog.Service, "time x"), EvidenceLog.Service),
            ("more", Body(EvidenceLog.Service, EvidenceLog.Service) + "more\n", EvidenceLog.Service),
        })
        {
            var note = SignedNote.Sign(body, signer, _log.Private).ToString();
            Add($"key change, {name}", _folder.Write("note.txt", note));
            Add($"key change, {name}, with a checkpoint", _folder.Write("note.txt", note), _folder.Write("kept.txt", _log.Checkpoint(15).Note.ToString()));
            Add($"key change, {name}, forged", _folder.Write("note.txt", note.Replace("402\n", "403\n", StringComparison.Ordinal)));
            _cases.Add(new VerifierCase($"key change, {name}, no key", [_folder.Write("note.txt", note)], []));
            _cases.Add(new VerifierCase($"key change, {name}, another key", [_folder.Write("note.txt", note)], [CheckpointKey.From(next).ToLine(EvidenceLog.Service)]));
        }
    }

    private void AddGaps()
    {
        var none = Array.Empty<object>();
        object Of(params (long First, long Last)[] ranges) => ranges.Select(range => new { first = range.First, last = range.Last });
        object Digest(params (long First, long Last)[] ranges) => PurgedDigest.Of(ranges).ToString();
        object[] records =
        [
            new { ranges = Of((1, 3), (6, 6)), count = 4 },
            new { ranges = Of((1, 3)), count = 6 },
            new { ranges = Of((2, 2)), count = 1, total = new { count = 5, digest = Digest((1, 4), (6, 6)), ranges = none } },
            new { ranges = Of((2, 2)), count = 1, total = new { count = 9, digest = Digest((1, 9)), ranges = Of((1, 4)), ranges_complete = false } },
            new { ranges = Of((2, 2)), count = 1, total = new { count = 7, digest = Digest((1, 7)), ranges = Of((1, 7)), ranges_complete = true } },
            new { ranges = "x", count = 1, total = "x", unexplained = "x" },
            new { ranges = new object[] { 3, new { first = -1, last = 4 }, new { first = 5, last = 1 } }, count = -1 },
            new { ranges = Of((1, 4)), count = 4, unexplained = 3 },
        ];
        for (var i = 0; i < records.Length; i++)
        {
            foreach (var by in new[] { "usr_admin", "usr_1" })
            {
                var (admin, rule) = (new Actor("user", by), new Resource("Rule", "rul_1"));
                using var log = new EvidenceLog(
                [
                    .. Enumerable.Range(1, 10).Select(_ => new NewEntry { Actor = admin, Action = "RuleCreated", Target = rule, OccurredAt = DateTimeOffset.UnixEpoch }),
                    .. new[] { records[Math.Max(0, i - 1)], records[i] }.Select(metadata => new NewEntry { Actor = admin, Action = "AuditLogPurged", Target = rule, OccurredAt = DateTimeOffset.UnixEpoch, Metadata = CanonicalObject.From(metadata) }),
                    new() { Actor = admin, Action = "EntryWithheld", Target = rule, OccurredAt = DateTimeOffset.UnixEpoch, Metadata = CanonicalObject.From(new { sequence = 9 }) },
                ]);
                foreach (var (start, gone) in new (int, long[])[] { (0, []), (4, [6]), (3, [4, 6, 7]), (2, [4, 5, 6, 8, 10]), (7, []) })
                {
                    log.Purged.Clear();
                    log.Withheld.Clear();
                    log.Purged.UnionWith(gone);
                    log.Withheld.UnionWith([8, 9]);
                    _cases.Add(new VerifierCase($"gaps {i} {by} {start} {string.Join(' ', gone)}", [_folder.Write("gaps.ndjson", log.Archive(purgedBeginning: start))], [log.Key]));
                }
            }
        }
    }

    private void AddProofs()
    {
        foreach (var sequence in new[] { 1, 7, 24 })
        {
            var proof = Encoding.UTF8.GetString(EntryProofTests.Proof(_log, sequence, size: 24));
            Add($"proof of #{sequence}", _folder.Write("proof.json", proof));
            Add($"changed proof of #{sequence}", _folder.Write("proof.json", proof.Replace("\"recorded_by\":\"key:key_1\"", "\"recorded_by\":\"key:key_2\"", StringComparison.Ordinal)));
        }
        foreach (var (from, to) in new[] { (5, 24), (16, 24), (24, 24), (0, 24) })
        {
            var (older, newer) = (_folder.Write("older.txt", _log.Checkpoint(from).Note.ToString()), _folder.Write("newer.txt", _log.Checkpoint(to).Note.ToString()));
            Add($"consistency of {from} and {to}", older, newer, _folder.Write("consistency.json", EntryProofTests.Consistency(_log, from, to)));
            Add($"{from} and {to} without a proof", older, newer);
            Add($"{from} and {to} with another proof", older, newer, _folder.Write("consistency.json", EntryProofTests.Consistency(_log, 6, to)));
        }
    }

    private void AddHostile()
    {
        foreach (var text in new[] { "", "{", "[", "[]", "{}", "occurredAt\n", "{\"format\":\"audit-console/archive/v1\"}\n", "{\"statement\":1}\n", "{\"format\":\"audit-console/entry-proof/v1\"}", "a\n\n\u2014 b c\n", new string('[', 50_000) })
        {
            Add($"hostile {text.Length}", _folder.Write("hostile", text));
        }
        Add("no file", Path.Combine(_folder.Root, "nowhere"));
        var gzip = File.ReadAllBytes(_folder.Write("a.ndjson.gz", _log.Archive()));
        // How much of it can be read before the cut depends on the reader's buffers.
        _cases.Add(new VerifierCase("cut gzip", [_folder.Write("cut", gzip[..(gzip.Length / 2)])], [_log.Key], RowsAlone: false, IsDamaged: true));
        _cases.Add(new VerifierCase("no good key", [_folder.Write("a.ndjson", _log.Archive())], ["nonsense"], false));
    }
}
