namespace AuditConsole.Storage;

/// <summary>Actions of the service's own entries that other parts of it rely on.</summary>
public static class ServiceActions
{
    /// <summary>An entry's details were destroyed.</summary>
    public const string EntryWithheld = "EntryWithheld";

    /// <summary>A legal hold begins.</summary>
    public const string HoldPlaced = "HoldPlaced";

    /// <summary>A legal hold ends.</summary>
    public const string HoldLifted = "HoldLifted";

    /// <summary>A value that a rule had sealed was destroyed.</summary>
    public const string SealedValueDestroyed = "SealedValueDestroyed";

    /// <summary>Expired entries were deleted.</summary>
    public const string AuditLogPurged = "AuditLogPurged";

    /// <summary>An older copy of the database was put back, and an operator went on with it.</summary>
    public const string RestoreAccepted = "RestoreAccepted";

    /// <summary>Checkpoints are signed by another key from here on.</summary>
    public const string CheckpointKeyRotated = "CheckpointKeyRotated";

    /// <summary>Whether an entry explains a gap in the log: such a one is never withheld.</summary>
    /// <param name="action">The entry's action.</param>
    /// <param name="recordedBy">The credential that wrote it: a producer may use the same words.</param>
    public static bool ExplainsGaps(string action, string recordedBy) =>
        action is EntryWithheld or SealedValueDestroyed or HoldPlaced or HoldLifted or AuditLogPurged or RestoreAccepted or CheckpointKeyRotated && !IsProducer(recordedBy);

    /// <summary>Whether a credential is a producer's, not the service's or a member's.</summary>
    public static bool IsProducer(string recordedBy) =>
        recordedBy.StartsWith("key:", StringComparison.Ordinal) || recordedBy.StartsWith("import:", StringComparison.Ordinal);
}
