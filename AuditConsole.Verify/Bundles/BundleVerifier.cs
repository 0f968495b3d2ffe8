using System.Globalization;
using System.Text.Json;
using AuditConsole.Core;
using AuditConsole.Core.Evidence;
using AuditConsole.Verify.Input;
using AuditConsole.Verify.Producers;
using AuditConsole.Verify.Reports;

namespace AuditConsole.Verify.Bundles;

/// <summary>Verifies what is small enough to be read at once: the proof of one entry, and the consistency of two checkpoints.</summary>
internal static class BundleVerifier
{
    private const int MostBytes = 128 * 1024 * 1024;

    /// <summary>Verifies the proof of one entry. It is hashed in its canonical form, so white space and order don't matter.</summary>
    public static void VerifyEntry(InputFile file, Trust trust, ProducerSignatures signatures, Report report)
    {
        byte[] head;
        byte[]? details;
        var salt = new byte[DetailsSalt.Size];
        SignedCheckpoint checkpoint;
        EntryHash[] path;
        HeadFacts facts;
        try
        {
            using var document = JsonDocument.Parse(file.ReadText(MostBytes));
            var root = document.RootElement;
            head = CanonicalJson.Canonicalize(root.GetProperty("head"));
            details = root.TryGetProperty("details", out var texts) ? CanonicalJson.Canonicalize(texts) : null;
            salt = details is null ? salt : Hex(root.GetProperty("salt"), DetailsSalt.Size);
            path = ReadPath(root);
            checkpoint = SignedCheckpoint.Parse(root.GetProperty("checkpoint").GetString() ?? "");
            facts = HeadFacts.Read(head);
        }
        catch (Exception fault) when (IsForm(fault))
        {
            throw new UnreadableException($"{file.Name} can't be read as the proof of an entry: {fault.Message}", inner: fault);
        }
        var statement = checkpoint.Statement;
        if (statement.TenantId != facts.TenantId)
        {
            report.Fault("other_tenant", $"The entry is of the tenant {facts.TenantId:D} and the checkpoint of {statement.TenantId:D}.");
            return;
        }
        report.Fact("entry", string.Create(CultureInfo.InvariantCulture, $"#{facts.Sequence:N0} of tenant {facts.TenantId:D}"));
        report.Fact("checkpoint", string.Create(CultureInfo.InvariantCulture, $"{statement.Time:yyyy-MM-dd HH:mm:ss} UTC, {statement.Size:N0} entries"));
        trust.Check(checkpoint.Note, statement.Origin, "The checkpoint", report);
        if (details is not null && HashChain.HashDetails(new DetailsSalt(salt), details) != facts.DetailsHash)
        {
            report.Fault("details_altered", string.Create(CultureInfo.InvariantCulture, $"Entry #{facts.Sequence:N0} was altered: its details are not those that were recorded."), facts.Sequence);
        }
        if (MerkleProof.RootOfInclusion(new LeafHasher().Hash(head), facts.Sequence - 1, statement.Size, path) != statement.Root)
        {
            report.Fault("proof_broken", string.Create(CultureInfo.InvariantCulture, $"Entry #{facts.Sequence:N0}, as it stands here, is not in the log that the checkpoint states: it was altered, or the proof is of another one."), facts.Sequence);
        }
        if (details is not null)
        {
            signatures.Check(facts.Sequence, head, details);
        }
        report.Count(details is null ? "withheld" : "entries");
        report.Proved.Add(string.Create(
            CultureInfo.InvariantCulture, $"Entry #{facts.Sequence:N0} is in the log as the service signed it at {statement.Time:yyyy-MM-dd HH:mm:ss} UTC{(details is null ? "; its details were destroyed" : "")}."));
    }

    /// <summary>Verifies that the newer of two checkpoints continues the older one.</summary>
    /// <param name="checkpoints">Two; their signatures are checked elsewhere.</param>
    /// <param name="file">The proof; null where none was given.</param>
    /// <param name="report">Gets what is found.</param>
    public static void VerifyConsistency(IReadOnlyList<SignedCheckpoint> checkpoints, InputFile? file, Report report)
    {
        var sorted = checkpoints.Select(checkpoint => checkpoint.Statement).OrderBy(statement => statement.Size).ThenBy(statement => statement.Time).ToList();
        var (older, newer) = (sorted[0], sorted[1]);
        if (older.Origin != newer.Origin)
        {
            report.Fault("other_tenant", $"The checkpoints are of different logs: {older.Origin} and {newer.Origin}.");
            return;
        }
        EntryHash[] proof = [];
        if (file is not null)
        {
            (var from, var to, proof) = ReadConsistency(file);
            if ((from, to) != (older.Size, newer.Size))
            {
                report.Doubt("other_proof", "The proof of consistency is of other sizes than the checkpoints.");
                return;
            }
        }
        else if (older.Size != 0 && older.Size != newer.Size)
        {
            report.Doubt("usage", "Give the proof of consistency of the two checkpoints, or an archive that reaches to the newer one.");
            return;
        }
        if (!MerkleProof.IsConsistent(older.Size, older.Root, newer.Size, newer.Root, proof) || (older.Size == newer.Size && older.Chain != newer.Chain))
        {
            report.Fault("inconsistent", "The newer checkpoint is not a continuation of the older one: entries were changed or removed in between.");
        }
        report.Proved.Add(string.Create(CultureInfo.InvariantCulture, $"The log of {newer.Size:N0} entries is a continuation of that of {older.Size:N0} entries: nothing that was there then was changed or removed."));
    }

    private static (long From, long To, EntryHash[] Proof) ReadConsistency(InputFile file)
    {
        try
        {
            using var document = JsonDocument.Parse(file.ReadText(MostBytes));
            return (document.RootElement.GetProperty("from").GetInt64(), document.RootElement.GetProperty("to").GetInt64(), ReadPath(document.RootElement));
        }
        catch (Exception fault) when (IsForm(fault))
        {
            throw new UnreadableException($"{file.Name} can't be read as a proof of consistency: {fault.Message}", inner: fault);
        }
    }

    private static EntryHash[] ReadPath(JsonElement root) => [.. root.GetProperty("proof").EnumerateArray().Select(node => new EntryHash(Hex(node, EntryHash.Size)))];

    private static byte[] Hex(JsonElement element, int bytes) =>
        element.GetString() is { } text && text.Length == 2 * bytes && text.All(c => c is >= '0' and <= '9' or >= 'a' and <= 'f')
            ? Convert.FromHexString(text) : throw new FormatException($"it has something else where {2 * bytes} hexadecimal digits should be.");

    private static bool IsForm(Exception fault) =>
        fault is JsonException or FormatException or InvalidOperationException or KeyNotFoundException or CanonicalJsonException;
}
