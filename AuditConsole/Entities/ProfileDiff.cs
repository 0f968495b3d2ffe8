using System.Text.Json;
using AuditConsole.Core;

namespace AuditConsole.Entities;

/// <summary>What a published profile says about one rule.</summary>
/// <param name="Slug">The rule.</param>
/// <param name="Version">The version it is pinned to; null if it isn't.</param>
/// <param name="Severity">The profile's own severity; null for the rule's.</param>
/// <param name="Disabled">Whether the profile turns the rule off.</param>
/// <param name="Settings">What else the profile says about the rule.</param>
public sealed record ProfileRule(string Slug, string? Version, string? Severity, bool Disabled, CanonicalObject Settings);

/// <summary>How a rule's part of a profile changed.</summary>
public enum RuleChangeKind
{
    /// <summary>The rule is new in the profile.</summary>
    Added,

    /// <summary>The rule is gone from the profile.</summary>
    Removed,

    /// <summary>Another version is pinned.</summary>
    Pinned,

    /// <summary>The severity override was set, changed or lifted.</summary>
    Severity,

    /// <summary>The rule was turned off.</summary>
    Disabled,

    /// <summary>The rule was turned on again.</summary>
    Enabled,

    /// <summary>Something else about the rule.</summary>
    Settings,
}

/// <summary>What a change does to a build that uses the profile, as far as the log alone tells.</summary>
public enum Strictness
{
    /// <summary>The log doesn't tell.</summary>
    Unknown,

    /// <summary>More is reported, or more severely.</summary>
    Stricter,

    /// <summary>Less is reported, or less severely.</summary>
    Looser,
}

/// <summary>One change of one rule.</summary>
/// <param name="Kind">What changed.</param>
/// <param name="Old">The rule before; null for an added one.</param>
/// <param name="New">The rule now; null for a removed one.</param>
public sealed record RuleChange(RuleChangeKind Kind, ProfileRule? Old, ProfileRule? New)
{
    private static readonly string[] Severities = ["off", "none", "hidden", "hint", "info", "suggestion", "warning", "error"];

    /// <summary>The rule.</summary>
    public string Slug => (New ?? Old)!.Slug;

    /// <summary>What it does to a build.</summary>
    public Strictness Effect => Kind switch
    {
        RuleChangeKind.Added when !New!.Disabled => Strictness.Stricter,
        RuleChangeKind.Removed when !Old!.Disabled => Strictness.Looser,
        RuleChangeKind.Enabled => Strictness.Stricter,
        RuleChangeKind.Disabled => Strictness.Looser,
        RuleChangeKind.Severity => Compare(Rank(Old!.Severity), Rank(New!.Severity)),
        _ => Strictness.Unknown,
    };

    private static int Rank(string? severity) => Array.IndexOf(Severities, severity?.ToLowerInvariant());

    // Without an override the rule's own severity holds, and that stands elsewhere.
    private static Strictness Compare(int old, int @new) =>
        old < 0 || @new < 0 || old == @new ? Strictness.Unknown : @new > old ? Strictness.Stricter : Strictness.Looser;
}

/// <summary>What changed between two published versions of a profile.</summary>
/// <param name="Rules">Rule by rule, in the order of the new version; removed ones last.</param>
/// <param name="Others">What changed outside the rules.</param>
public sealed record ProfileDiff(IReadOnlyList<RuleChange> Rules, IReadOnlyList<PayloadChange> Others)
{
    private static readonly HashSet<string> Known = ["slug", "version", "severity", "disabled"];

    /// <summary>Reads the rules of a profile's payload.</summary>
    /// <returns>Null if the payload doesn't follow the convention: then only its structure can be compared.</returns>
    public static IReadOnlyList<ProfileRule>? ReadRules(CanonicalObject payload)
    {
        using var document = payload.Parse();
        if (!document.RootElement.TryGetProperty("rules", out var rules) || rules.ValueKind != JsonValueKind.Array)
        {
            return null;
        }
        var read = new List<ProfileRule>();
        var slugs = new HashSet<string>(StringComparer.Ordinal);
        foreach (var element in rules.EnumerateArray())
        {
            if (ReadRule(element) is not { } rule || !slugs.Add(rule.Slug))
            {
                return null;
            }
            read.Add(rule);
        }
        return read;
    }

    /// <summary>The differences.</summary>
    /// <returns>Null if one of the payloads doesn't follow the convention.</returns>
    public static ProfileDiff? Between(CanonicalObject old, CanonicalObject @new)
    {
        if (ReadRules(old) is not { } before || ReadRules(@new) is not { } after)
        {
            return null;
        }
        var changes = new List<RuleChange>();
        var oldRules = before.ToDictionary(rule => rule.Slug, StringComparer.Ordinal);
        foreach (var rule in after)
        {
            if (oldRules.Remove(rule.Slug, out var was))
            {
                changes.AddRange(Compare(was, rule));
            }
            else
            {
                changes.Add(new RuleChange(RuleChangeKind.Added, null, rule));
            }
        }
        changes.AddRange(before.Where(rule => oldRules.ContainsKey(rule.Slug)).Select(rule => new RuleChange(RuleChangeKind.Removed, rule, null)));
        var others = PayloadDiff.Between(old, @new).Where(change => change.Steps is not [{ Name: "rules" }, ..]);
        return new ProfileDiff(changes, [.. others]);
    }

    private static IEnumerable<RuleChange> Compare(ProfileRule old, ProfileRule @new)
    {
        if (old.Version != @new.Version)
        {
            yield return new RuleChange(RuleChangeKind.Pinned, old, @new);
        }
        if (old.Severity != @new.Severity)
        {
            yield return new RuleChange(RuleChangeKind.Severity, old, @new);
        }
        if (old.Disabled != @new.Disabled)
        {
            yield return new RuleChange(@new.Disabled ? RuleChangeKind.Disabled : RuleChangeKind.Enabled, old, @new);
        }
        if (!old.Settings.Equals(@new.Settings))
        {
            yield return new RuleChange(RuleChangeKind.Settings, old, @new);
        }
    }

    private static ProfileRule? ReadRule(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object
            || !TryText(element, "slug", out var slug) || slug is null
            || !TryText(element, "version", out var version)
            || !TryText(element, "severity", out var severity))
        {
            return null;
        }
        var disabled = false;
        if (element.TryGetProperty("disabled", out var flag))
        {
            if (flag.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            {
                return null;
            }
            disabled = flag.GetBoolean();
        }
        var settings = element.EnumerateObject().Where(member => !Known.Contains(member.Name)).ToDictionary(member => member.Name, member => member.Value);
        return new ProfileRule(slug, version, severity, disabled, settings.Count == 0 ? CanonicalObject.Empty : ToCanonical(settings));
    }

    private static CanonicalObject ToCanonical(Dictionary<string, JsonElement> members) =>
        CanonicalObject.From(JsonSerializer.SerializeToElement(members));

    // True if the member is a text or isn't there.
    private static bool TryText(JsonElement element, string name, out string? text)
    {
        text = null;
        if (!element.TryGetProperty(name, out var value))
        {
            return true;
        }
        if (value.ValueKind != JsonValueKind.String)
        {
            return value.ValueKind == JsonValueKind.Null;
        }
        text = value.GetString();
        return true;
    }
}
