using System.Globalization;
using AuditConsole.Core;
using Microsoft.AspNetCore.Components;

namespace AuditConsole.Entities;

/// <summary>A published version: who published it, and what changed against the one before.</summary>
public sealed partial class VersionCard : ComponentBase
{
    /// <summary>The version.</summary>
    [Parameter, EditorRequired]
    public required PublishedVersion Version { get; set; }

    /// <summary>What occurred before this has expired.</summary>
    [Parameter, EditorRequired]
    public DateTimeOffset KeptSince { get; set; }

    /// <summary>The address of an entry in the log.</summary>
    [Parameter, EditorRequired]
    public required Func<AuditEntry, string> EntryUrl { get; set; }

    /// <summary>The tenant's slug, for links.</summary>
    [Parameter]
    public string? Tenant { get; set; }

    /// <summary>Whether the changes are shown from the start.</summary>
    [Parameter]
    public bool Open { get; set; }

    private IReadOnlyList<(string Text, string Tone)> Chips { get; set; } = [];

    private string RuleCount => ProfileDiff.ReadRules(Version.Entry.Content.Metadata) is { Count: > 0 } rules && Version.Entry.Content.Target.Type == "Profile"
        ? string.Create(CultureInfo.InvariantCulture, $" It holds {rules.Count:N0} {(rules.Count == 1 ? "rule" : "rules")}.")
        : "";

    /// <inheritdoc/>
    protected override void OnParametersSet() => Chips = [.. Summarise(Version)];

    private static IEnumerable<(string Text, string Tone)> Summarise(PublishedVersion version)
    {
        if (version.IsWithheld)
        {
            yield return ("withheld", "warn");
            yield break;
        }
        if (version.Before is null)
        {
            yield return (version.IsFirst ? "first version" : "nothing to compare with", "");
            yield break;
        }
        if (version.Rules is not { } diff)
        {
            var places = version.Changes.Count;
            yield return (places switch { 0 => "only the version", 1 => "1 place changed", _ => Count(places, "places changed") }, "");
            yield break;
        }
        foreach (var (kind, label) in Labels)
        {
            if (diff.Rules.Count(change => change.Kind == kind) is > 0 and var count)
            {
                yield return (Count(count, count > 1 && label == "severity" ? "severities" : label), "");
            }
        }
        if (diff.Rules.Count == 0)
        {
            yield return ("no rule changed", "");
        }
        var stricter = diff.Rules.Any(change => change.Effect == Strictness.Stricter);
        var looser = diff.Rules.Any(change => change.Effect == Strictness.Looser);
        if (stricter || looser)
        {
            yield return stricter && looser ? ("partly stricter", "warn") : stricter ? ("stricter", "bad") : ("looser", "good");
        }
    }

    private static string Count(int count, string label) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} {label}");

    private static readonly (RuleChangeKind Kind, string Label)[] Labels =
    [
        (RuleChangeKind.Added, "added"), (RuleChangeKind.Removed, "removed"), (RuleChangeKind.Pinned, "pinned"),
        (RuleChangeKind.Severity, "severity"), (RuleChangeKind.Disabled, "disabled"), (RuleChangeKind.Enabled, "enabled"),
        (RuleChangeKind.Settings, "settings"),
    ];
}
