using AuditConsole.Core.Evidence;
using AuditConsole.Verify.Reports;

namespace AuditConsole.Verify;

/// <summary>The keys that the person who verifies trusts: those of <c>--key</c>, never one out of a file that is verified.</summary>
internal sealed class Trust(IReadOnlyList<CheckpointKey> keys)
{
    /// <summary>Checks who signed a note and says so.</summary>
    /// <param name="note">The note.</param>
    /// <param name="name">The name that it must be signed under.</param>
    /// <param name="what">What it is: <c>The checkpoint</c>.</param>
    /// <param name="report">Gets a finding unless a trusted key signed.</param>
    /// <returns>Whether a trusted key signed it.</returns>
    public bool Check(SignedNote note, string name, string what, Report report)
    {
        var answers = keys.Select(key => (Key: key, Trust: note.Check(key, name))).ToList();
        if (answers.Find(answer => answer.Trust == NoteTrust.Signed) is { Key: { } signer })
        {
            report.Fact("signed by", $"{name}, key {signer.IdText}");
            return true;
        }
        var signers = string.Join(", ", note.Signatures.Select(line => $"{line.KeyId:x8} as {line.Name}"));
        if (answers.Any(answer => answer.Trust == NoteTrust.Forged))
        {
            report.Fault("forged", $"{what} was changed or made up: its signature is not one of the given key.");
        }
        else if (keys.Count == 0)
        {
            report.Doubt("signer_unknown", $"{what} is signed by key {signers}, but no key was given, so who signed is unknown. Give the service's public key with --key; get it from the service itself, not with the file.");
        }
        else
        {
            report.Doubt("other_key", $"{what} is signed by key {signers}, not by the given key {string.Join(", ", keys.Select(Describe))}. Either it isn't this service's, or the key was changed since: get the newer key from the service, and verify with the old one the note in which it names the newer (rotation_note in /api/checkpoints/key).");
        }
        return false;
    }

    private static string Describe(CheckpointKey key) => key.Name is null ? key.IdText : $"{key.IdText} of {key.Name}";
}
