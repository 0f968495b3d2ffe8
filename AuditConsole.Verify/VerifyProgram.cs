using AuditConsole.Core.Evidence;
using AuditConsole.Verify.Archives;
using AuditConsole.Verify.Bundles;
using AuditConsole.Verify.Exports;
using AuditConsole.Verify.Input;
using AuditConsole.Verify.Producers;
using AuditConsole.Verify.Reports;

namespace AuditConsole.Verify;

/// <summary>Looks at what was given, and verifies what it is together.</summary>
internal static class VerifyProgram
{
    private const int MaxNoteFile = 1024 * 1024;

    /// <summary>Verifies the files. Throws nothing: whatever is wrong with them is a finding.</summary>
    /// <param name="paths">Files of any kind and order.</param>
    /// <param name="keys">For each <c>--key</c>, a file or the key's line itself.</param>
    /// <param name="ignoreFileHash">For tests: judge an export by its rows alone.</param>
    /// <param name="producerKeys">For each <c>--producer-key</c>, a file, or a key id, <c>=</c> and a file.</param>
    public static Report Verify(
        IReadOnlyList<string> paths, IReadOnlyList<string> keys, bool ignoreFileHash = false, IReadOnlyList<string>? producerKeys = null)
    {
        var report = new Report();
        var producers = new List<ProducerKey>();
        try
        {
            var trust = new Trust([.. keys.Select(ReadKey)]);
            foreach (var key in producerKeys ?? [])
            {
                producers.Add(ProducerKey.Read(key));
            }
            var signatures = new ProducerSignatures(producers, report);
            Verify([.. paths.Select(InputFile.Open)], trust, signatures, report, ignoreFileHash);
            signatures.Finish();
        }
        catch (UnreadableException fault)
        {
            report.Doubt(fault.Code, fault.Message);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            report.Doubt("unreadable", $"The files can't be read: {fault.Message}");
        }
        catch (OutOfMemoryException)
        {
            report.Doubt("too_large", "The files need more memory than there is.");
        }
        finally
        {
            producers.ForEach(key => key.Dispose());
        }
        return report;
    }

    private static void Verify(IReadOnlyList<InputFile> files, Trust trust, ProducerSignatures signatures, Report report, bool ignoreFileHash)
    {
        foreach (var file in files)
        {
            report.Fact("file", $"{file.Name} ({Describe(file.Kind)})");
        }
        foreach (var file in files.Where(file => file.Kind == FileKind.Unknown))
        {
            throw new UnreadableException(file.Format is null
                ? $"{file.Name} is none of the files that this program verifies: archive, CSV, JSON or NDJSON export, receipt, entry proof, checkpoint, consistency proof, note of a new key."
                : $"{file.Name} has the format {file.Format}, which this version of the program doesn't know.");
        }
        var checkpoints = files.Where(file => file.Kind == FileKind.Checkpoint).Select(ReadCheckpoint).ToList();
        foreach (var checkpoint in checkpoints)
        {
            trust.Check(checkpoint.Note, checkpoint.Statement.Origin, "The checkpoint", report);
        }
        var archive = One(files, FileKind.Archive);
        var export = One(files, FileKind.Csv, FileKind.Json, FileKind.Ndjson);
        var receipt = One(files, FileKind.Receipt) is { } receiptFile ? VerifyExport(export, receiptFile, trust, archive is null ? signatures : null, report, ignoreFileHash) : null;
        if (export is not null && receipt is null)
        {
            throw new UnreadableException($"{export.Name} proves nothing by itself. Give its receipt too: the console keeps it for 30 days under Exports.", "usage");
        }
        if (archive is not null)
        {
            var completeness = receipt is not { Holds: true } || export is null ? null : new Completeness(receipt, report);
            var gaps = new GapRecords(report);
            var verifier = new ArchiveVerifier(report, trust, checkpoints, completeness is null ? [signatures, gaps] : [signatures, gaps, completeness]);
            completeness?.Follow(verifier);
            verifier.Verify(archive);
            gaps.Finish(verifier.Base.Size);
            completeness?.Finish();
        }
        var proofs = files.Where(file => file.Kind == FileKind.EntryProof).ToList();
        foreach (var proof in proofs)
        {
            BundleVerifier.VerifyEntry(proof, trust, signatures, report);
        }
        var changes = files.Where(file => file.Kind == FileKind.KeyChange).ToList();
        foreach (var change in changes)
        {
            KeyChange.Verify(change, trust, report);
        }
        var consistency = One(files, FileKind.ConsistencyProof);
        if (archive is null && checkpoints.Count == 2)
        {
            BundleVerifier.VerifyConsistency(checkpoints, consistency, report);
        }
        else if (archive is null && receipt is null && proofs.Count == 0 && (changes.Count == 0 || checkpoints.Count > 0))
        {
            VerifyCheckpoint(checkpoints, report);
        }
    }

    private static void VerifyCheckpoint(IReadOnlyList<SignedCheckpoint> checkpoints, Report report)
    {
        if (checkpoints.Count != 1)
        {
            report.Doubt("usage", "There is nothing to verify in these files together.");
            return;
        }
        report.Proved.Add("The checkpoint is signed. Keep it: a later archive, or a later checkpoint with a proof of consistency, can be held against it.");
    }

    private static Receipt VerifyExport(
        InputFile? export, InputFile receiptFile, Trust trust, ProducerSignatures? signatures, Report report, bool ignoreFileHash)
    {
        var receipt = Receipt.Read(receiptFile, trust, report);
        if (!receipt.Holds)
        {
            return receipt;
        }
        if (export is null)
        {
            report.Doubt("usage", "The receipt holds. Give the exported file too, to verify its rows.");
        }
        else
        {
            ExportVerifier.Verify(export, receipt, signatures, report, ignoreFileHash);
        }
        return receipt;
    }

    private static InputFile? One(IReadOnlyList<InputFile> files, params FileKind[] kinds)
    {
        var found = files.Where(file => kinds.Contains(file.Kind)).ToList();
        return found.Count <= 1 ? found.FirstOrDefault() : throw new UnreadableException($"There are {found.Count} files of the kind {Describe(found[0].Kind)}. Give one of them at a time.", "usage");
    }

    private static SignedCheckpoint ReadCheckpoint(InputFile file)
    {
        try
        {
            return SignedCheckpoint.Parse(file.ReadText(MaxNoteFile));
        }
        catch (FormatException fault)
        {
            throw new UnreadableException($"{file.Name}: {fault.Message}", inner: fault);
        }
    }

    private static CheckpointKey ReadKey(string value)
    {
        try
        {
            return CheckpointKey.Parse(File.Exists(value) || Directory.Exists(value) ? InputFile.Open(value).ReadText(MaxNoteFile) : value);
        }
        catch (FormatException fault)
        {
            throw new UnreadableException(
                value.Contains('+', StringComparison.Ordinal) || File.Exists(value) ? $"The key of --key can't be used: {fault.Message}" : $"There is no file {value} to read a key from.", "key", fault);
        }
    }

    private static string Describe(FileKind kind) => kind switch
    {
        FileKind.Archive => "archive",
        FileKind.Receipt => "receipt of an export",
        FileKind.Csv => "CSV export",
        FileKind.Json => "JSON export",
        FileKind.Ndjson => "NDJSON export",
        FileKind.EntryProof => "proof of one entry",
        FileKind.Checkpoint => "checkpoint",
        FileKind.KeyChange => "note of a new key",
        FileKind.ConsistencyProof => "proof of consistency",
        _ => "unknown",
    };
}
