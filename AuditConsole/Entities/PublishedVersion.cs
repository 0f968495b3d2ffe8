using AuditConsole.Core;

namespace AuditConsole.Entities;

/// <summary>A version that was published, beside the one before it in the log.</summary>
/// <param name="Entry">The entry that published it.</param>
/// <param name="Before">The entry that published the version before; null if the log holds none (any more).</param>
/// <param name="IsFirst">Whether the log shows that there was none before.</param>
public sealed record PublishedVersion(AuditEntry Entry, AuditEntry? Before, bool IsFirst)
{
    /// <summary>What the version is called.</summary>
    public string Name => NameOf(Entry);

    /// <summary>Whether a payload that is needed to tell what changed is withheld.</summary>
    public bool IsWithheld => Entry.Withheld is not null || Before?.Withheld is not null;

    /// <summary>What changed rule by rule; null if that can't be told: no version before, no profile, payloads of another form or withheld ones.</summary>
    public ProfileDiff? Rules { get; } = Before is { Withheld: null } && Entry.Withheld is null && Entry.Content.Target.Type == "Profile"
        ? ProfileDiff.Between(Before.Content.Metadata, Entry.Content.Metadata)
        : null;

    /// <summary>What else changed, place by place; the names of the two versions are left out, since they stand above.</summary>
    public IReadOnlyList<PayloadChange> Changes => _changes ??= Before is null || IsWithheld
        ? []
        : [.. (Rules?.Others ?? PayloadDiff.Between(Before.Content.Metadata, Entry.Content.Metadata)).Where(change => change.Path != "version")];

    /// <summary>What the version before is called.</summary>
    public string? NameBefore => Before is null ? null : NameOf(Before);

    private IReadOnlyList<PayloadChange>? _changes;

    private static string NameOf(AuditEntry entry) => entry.Content.Target.Version ?? $"#{entry.Sequence}";
}
