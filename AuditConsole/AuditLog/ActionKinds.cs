namespace AuditConsole.AuditLog;

/// <summary>What an action did, for the colour of its dot; the word beside it says the same.</summary>
public static class ActionKinds
{
    private static readonly (string Kind, string[] Words)[] Table =
    [
        ("publish", ["published", "publish", "released", "promoted"]),
        ("end",
        [
            "archived", "revoked", "deleted", "removed", "cancelled", "canceled", "deprecated", "retired", "disabled",
            "purged", "withheld", "destroyed", "failed", "denied", "suspended", "expired",
        ]),
        ("create",
        [
            "created", "added", "registered", "enqueued", "enabled", "unarchived", "invited", "placed", "accepted",
            "restored", "started",
        ]),
        ("edit", ["edited", "drafted", "changed", "updated", "renamed", "lifted", "rotated", "moved", "modified", "read"]),
    ];

    /// <summary><c>publish</c>, <c>create</c>, <c>edit</c>, <c>end</c>, or empty: by the last word of the action.</summary>
    public static string Of(string action)
    {
        // RuleUnarchived ends in both words: the longest one that fits is what was meant.
        var fits = from row in Table
                   from word in row.Words
                   where action.EndsWith(word, StringComparison.OrdinalIgnoreCase)
                   orderby word.Length descending
                   select row.Kind;
        return fits.FirstOrDefault("");
    }
}
