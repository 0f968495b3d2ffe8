using System.Globalization;
using System.Text.Json;
using AuditConsole.Core;
using AuditConsole.Verify.Archives;
using AuditConsole.Verify.Reports;

namespace AuditConsole.Verify.Producers;

/// <summary>
/// Checks the signatures that producers made over their own entries, against the keys of <c>--producer-key</c>: those
/// with the signature's key id, and those without any. A key that stands in the log is never trusted; it can only tell
/// that a signature is none of the key that the log itself names.
/// </summary>
internal sealed class ProducerSignatures(IReadOnlyList<ProducerKey> keys, Report report) : IArchiveReader
{
    private const int MostIds = 10_000;

    private readonly Dictionary<string, Signer> _signers = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public void Place(long sequence, EntryHash leaf, ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> details)
    {
        if (!details.IsEmpty)
        {
            Check(sequence, head, details);
        }
    }

    /// <summary>Looks at an entry whose head and details are those that were recorded.</summary>
    /// <param name="sequence">Which.</param>
    /// <param name="head">Canonical.</param>
    /// <param name="details">Canonical.</param>
    /// <param name="row">The row of the exported file, from 1.</param>
    public void Check(long sequence, ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> details, long? row = null)
    {
        if (head.Span.IndexOf("\"SigningKeyRegistered\""u8) >= 0)
        {
            Register(head, details);
        }
        if (!SignedParts.MayBeIn(details.Span) || SignedParts.TryRead(head, details) is not { } signed)
        {
            return;
        }
        var signer = Of(signed.KeyId);
        var asked = keys.Where(key => key.KeyId is null || key.KeyId == signed.KeyId).ToList();
        if (asked.Find(key => key.Verifies(signed.Text, signed.Value)) is { } key)
        {
            signer.Key ??= key;
            report.Count("signatures_proved");
        }
        // The log's own word for what it took: it proves nothing if it holds, and everything if it doesn't.
        else if (asked.Any(known => known.KeyId is not null) || signer.Registered is { } spki && !ProducerKey.Verifies(spki, signed.Text, signed.Value))
        {
            Forged(signed.KeyId, sequence, row);
        }
        else
        {
            signer.Open.Add((sequence, row));
            signer.IsAsked |= asked.Count > 0;
        }
    }

    /// <summary>Says what became of the signatures that none of the keys verified.</summary>
    public void Finish()
    {
        foreach (var (id, signer) in _signers.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            foreach (var (sequence, row) in signer.Open.Kept)
            {
                if (signer.Key is not null)
                {
                    Forged(id, sequence, row);
                }
                else if (signer.IsAsked)
                {
                    report.Doubt("signature_unknown", Invariant($"Entry #{sequence:N0} is signed with the key {id}, and none of the given keys of producers made the signature."), sequence, row);
                }
            }
            if (signer.Key is null)
            {
                report.Count("signatures_unknown", signer.Open.Count);
            }
            else
            {
                report.Fact("producer", $"key {id}: SHA-256 {signer.Key.Fingerprint}");
            }
        }
        var proved = report.Counts.GetValueOrDefault("signatures_proved");
        if (proved > 0)
        {
            report.Proved.Add(proved == 1
                ? "1 entry was signed by its producer with a given key, and stands as it was sent."
                : Invariant($"{proved:N0} entries were signed by their producers with the given keys, and stand as they were sent."));
        }
        var unknown = _signers.Where(pair => pair.Value is { Key: null, IsAsked: false, Open.Count: > 0 }).ToList();
        if (unknown.Count > 0)
        {
            var open = unknown.Sum(pair => pair.Value.Open.Count);
            report.Limits.Add(Invariant(
                $"{open:N0} {(open == 1 ? "entry is signed by its producer" : "entries are signed by their producers")}, signer unknown: give the public key of {string.Join(", ", unknown.Take(5).Select(pair => pair.Key))}{(unknown.Count > 5 ? " …" : "")} with --producer-key; get it from the producer."));
        }
    }

    private void Forged(string id, long sequence, long? row)
    {
        report.Count("signatures_forged");
        report.Fault("signature_forged", Invariant($"Entry #{sequence:N0} is not what the producer's key {id} signed: it was made up, or changed before it was recorded."), sequence, row);
    }

    private void Register(ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> details)
    {
        using var known = JsonDocument.Parse(head);
        using var facts = JsonDocument.Parse(details);
        if (known.RootElement.TryGetProperty("action", out var action) && action.ValueEquals("SigningKeyRegistered"u8)
            && known.RootElement.TryGetProperty("target", out var target) && target.TryGetProperty("type", out var type) && type.ValueEquals("SigningKey"u8)
            && known.RootElement.TryGetProperty("recorded_by", out var by) && by.GetString() is { } credential && !credential.StartsWith("key:", StringComparison.Ordinal) && !credential.StartsWith("import:", StringComparison.Ordinal)
            && target.TryGetProperty("id", out var id) && facts.RootElement.TryGetProperty("metadata", out var metadata)
            && metadata.TryGetProperty("public_key", out var key) && key.ValueKind == JsonValueKind.String)
        {
            Of(id.GetString()!).Registered = key.GetString();
        }
    }

    private Signer Of(string id)
    {
        // Ids come from a stranger's file: memory stays bounded.
        id = _signers.Count < MostIds || _signers.ContainsKey(id) ? id : "…";
        if (!_signers.TryGetValue(id, out var signer))
        {
            _signers[id] = signer = new Signer();
        }
        return signer;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed class Signer
    {
        /// <summary>The given key that made one of its signatures.</summary>
        public ProducerKey? Key { get; set; }

        /// <summary>The key that the log names; not trusted.</summary>
        public string? Registered { get; set; }

        /// <summary>Whether a key was given that could have been this one.</summary>
        public bool IsAsked { get; set; }

        public OpenSignatures Open { get; } = new();
    }

    /// <summary>Signatures that no key verified yet; all are counted, the first are kept.</summary>
    private sealed class OpenSignatures
    {
        private readonly List<(long Sequence, long? Row)> _kept = [];

        public long Count { get; private set; }

        public IReadOnlyList<(long Sequence, long? Row)> Kept => _kept;

        public void Add((long Sequence, long? Row) place)
        {
            Count++;
            if (_kept.Count < Report.MostOfOneCode)
            {
                _kept.Add(place);
            }
        }
    }
}
