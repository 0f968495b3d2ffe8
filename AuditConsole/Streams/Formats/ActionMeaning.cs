using System.Collections.Frozen;
using AuditConsole.Storage;

namespace AuditConsole.Streams.Formats;

/// <summary>What an action did to its target; the numbers are those of <c>activity_id</c> in OCSF 1.3.0's class Entity Management.</summary>
internal enum ActionKind
{
    /// <summary>Created it.</summary>
    Create = 1,

    /// <summary>Read it.</summary>
    Read = 2,

    /// <summary>Changed it.</summary>
    Update = 3,

    /// <summary>Deleted it, or ended what it was for.</summary>
    Delete = 4,

    /// <summary>Gave it another name or place.</summary>
    Move = 5,

    /// <summary>Took it in.</summary>
    Enroll = 6,

    /// <summary>Let it go.</summary>
    Unenroll = 7,

    /// <summary>Turned it on, for good.</summary>
    Enable = 8,

    /// <summary>Turned it off, for good.</summary>
    Disable = 9,

    /// <summary>Turned it on, for now.</summary>
    Activate = 10,

    /// <summary>Turned it off, for now.</summary>
    Deactivate = 11,

    /// <summary>Made it rest.</summary>
    Suspend = 12,

    /// <summary>Let it go on.</summary>
    Resume = 13,

    /// <summary>Something that its name doesn't tell.</summary>
    Other = 99,
}

/// <summary>How much an action deserves a look; the numbers are those of OCSF's <c>severity_id</c>.</summary>
internal enum ActionSeverity
{
    /// <summary>The ordinary case.</summary>
    Informational = 1,

    /// <summary>Something was deleted, or who may do what was changed.</summary>
    Low = 2,

    /// <summary>What the log holds, keeps or proves was changed.</summary>
    Medium = 3,
}

/// <summary>Tells from the name of an action what SIEMs ask of every event (docs/siem-formats.md).</summary>
internal static class ActionMeaning
{
    private static readonly FrozenDictionary<string, ActionKind>.AlternateLookup<ReadOnlySpan<char>> ByWord = new Dictionary<ActionKind, string>
    {
        [ActionKind.Create] = "create created add added register registered enqueue enqueued invite invited import imported upload uploaded issue issued place placed",
        [ActionKind.Read] = "read view viewed get list listed search searched export exported download downloaded access accessed",
        [ActionKind.Update] =
            "update updated edit edited change changed modify modified publish published unpublish unpublished draft drafted archive archived unarchive unarchived " +
            "restore restored rotate rotated deprecate deprecated retire retired approve approved reject rejected " +
            "assign assigned unassign unassigned grant granted lift lifted",
        [ActionKind.Delete] = "delete deleted remove removed revoke revoked purge purged destroy destroyed cancel cancelled canceled withhold withheld",
        [ActionKind.Move] = "move moved rename renamed",
        [ActionKind.Enroll] = "enroll enrolled",
        [ActionKind.Unenroll] = "unenroll unenrolled",
        [ActionKind.Enable] = "enable enabled",
        [ActionKind.Disable] = "disable disabled",
        [ActionKind.Activate] = "activate activated",
        [ActionKind.Deactivate] = "deactivate deactivated",
        [ActionKind.Suspend] = "suspend suspended",
        [ActionKind.Resume] = "resume resumed unsuspend unsuspended",
    }.SelectMany(kind => kind.Value.Split(' ').Select(word => (word, kind.Key)))
        .ToFrozenDictionary(pair => pair.word, pair => pair.Key, StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();

    // The service's own, whoever uses the words: a producer's entry of the same name deserves the same look.
    private static readonly FrozenDictionary<string, ActionSeverity> Named = new Dictionary<string, ActionSeverity>
    {
        [ServiceActions.EntryWithheld] = ActionSeverity.Medium,
        [ServiceActions.SealedValueDestroyed] = ActionSeverity.Medium,
        [ServiceActions.HoldLifted] = ActionSeverity.Medium,
        [ServiceActions.RestoreAccepted] = ActionSeverity.Medium,
        [ServiceActions.CheckpointKeyRotated] = ActionSeverity.Medium,
        ["RetentionChanged"] = ActionSeverity.Medium,
        ["ProgrammaticReadingEnabled"] = ActionSeverity.Medium,
        ["RedactionRulesChanged"] = ActionSeverity.Medium,
        ["StreamChanged"] = ActionSeverity.Medium,
        ["StreamDeleted"] = ActionSeverity.Medium,
        ["ApiKeyCreated"] = ActionSeverity.Low,
        ["MemberAdded"] = ActionSeverity.Low,
        ["MemberRoleChanged"] = ActionSeverity.Low,
        ["PortalLinkCreated"] = ActionSeverity.Low,
        ["SealedValueRead"] = ActionSeverity.Low,
        ["StreamCreated"] = ActionSeverity.Low,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>What an action did, by the last word of its name: <c>RulePublished</c>, <c>workspace.member.role_changed</c>.</summary>
    public static ActionKind KindOf(string action) => ByWord.TryGetValue(LastWord(action), out var kind) ? kind : ActionKind.Other;

    /// <summary>How much it deserves a look.</summary>
    public static ActionSeverity SeverityOf(string action) =>
        Named.TryGetValue(action, out var severity) ? severity
        : KindOf(action) == ActionKind.Delete ? ActionSeverity.Low
        : ActionSeverity.Informational;

    private static ReadOnlySpan<char> LastWord(string action)
    {
        var start = action.Length;
        while (start > 0 && char.IsAsciiLetterLower(action[start - 1]))
        {
            start--;
        }
        // RulePublished: the capital belongs to the word. DELETED: all of them do.
        while (start > 0 && char.IsAsciiLetterUpper(action[start - 1]))
        {
            start--;
            if (start + 1 < action.Length && char.IsAsciiLetterLower(action[start + 1]))
            {
                break;
            }
        }
        return action.AsSpan(start);
    }
}
