using System.Diagnostics.CodeAnalysis;
using AuditConsole.Core.Evidence;

namespace AuditConsole.Checkpoints;

/// <summary>Reads notes and tells whose they are.</summary>
internal static class CheckpointNotes
{
    /// <summary>Reads a checkpoint that one of the keys signed.</summary>
    public static bool TryRead(string note, IEnumerable<CheckpointKey> keys, [NotNullWhen(true)] out Checkpoint? statement)
    {
        statement = null;
        try
        {
            var signed = SignedCheckpoint.Parse(note);
            if (keys.Any(key => signed.Check(key) == NoteTrust.Signed))
            {
                statement = signed.Statement;
            }
        }
        catch (FormatException)
        {
            // Not a checkpoint, so nobody's.
        }
        return statement is not null;
    }
}
