namespace AuditConsole.Entities;

/// <summary>How a state is to be seen.</summary>
public enum StateTone
{
    /// <summary>Neither good nor bad.</summary>
    Neutral,

    /// <summary>In use.</summary>
    Good,

    /// <summary>In use, not for long.</summary>
    Warn,

    /// <summary>Out of use.</summary>
    Bad,
}

/// <summary>What an entity's last action left it in, as far as the log tells.</summary>
/// <param name="Text">As <c>Published</c>.</param>
/// <param name="Tone">How it is to be seen.</param>
public sealed record EntityState(string Text, StateTone Tone)
{
    /// <summary>The state after an action, or null where the action doesn't tell.</summary>
    /// <param name="action">The last action.</param>
    /// <param name="hasPublished">Whether the log holds a published version.</param>
    /// <remarks>A spec job's slug is its rule's, so that many jobs stand under one slug and have no one state.</remarks>
    public static EntityState? After(string action, bool hasPublished) => action switch
    {
        "RuleCreated" or "ProfileCreated" => new("Created, not published", StateTone.Neutral),
        "RuleEdited" => hasPublished ? new("Published, edited since", StateTone.Good) : new("Edited, not published", StateTone.Neutral),
        "ProfileDrafted" => hasPublished ? new("Published, with a newer draft", StateTone.Good) : new("Draft, not published", StateTone.Neutral),
        "RulePublished" or "ProfilePublished" => new("Published", StateTone.Good),
        "RuleArchived" or "ProfileArchived" => new("Archived", StateTone.Bad),
        "RuleUnarchived" or "ProfileUnarchived" => hasPublished ? new("Published, out of the archive", StateTone.Good) : new("Out of the archive", StateTone.Neutral),
        "ApiKeyCreated" => new("Active", StateTone.Good),
        "ApiKeyRevoked" => new("Revoked", StateTone.Bad),
        "EngineVersionRegistered" => new("Registered", StateTone.Good),
        "EngineVersionDeprecated" => new("Deprecated", StateTone.Warn),
        "EngineVersionRetired" => new("Retired", StateTone.Bad),
        _ => null,
    };
}
