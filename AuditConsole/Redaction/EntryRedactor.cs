using System.Text;
using AuditConsole.Core;
using AuditConsole.Storage;

namespace AuditConsole.Redaction;

/// <summary>A value that a rule kept out of an entry.</summary>
/// <param name="Path">Where it stood, a JSON Pointer (RFC 6901) into the entry.</param>
/// <param name="Rule">The rule's name.</param>
/// <param name="Sealed">The value, if the rule seals.</param>
internal readonly record struct Finding(string Path, string Rule, SealedValue? Sealed = null)
{
    // A path repeats the names of all members above, which a producer chooses: a kilobyte a value, thousands of values.
    private const int MaxPaths = 100;
    private const int MaxPathsLength = 8 * 1024;

    /// <summary>The places of some findings; where they are very many, the fields that hold them.</summary>
    public static IReadOnlyList<string> PathsOf(IReadOnlyList<Finding> findings)
    {
        var paths = findings.Select(finding => finding.Path).Distinct(StringComparer.Ordinal).ToList();
        return paths.Count <= MaxPaths && paths.Sum(path => path.Length) <= MaxPathsLength
            ? paths
            : [.. paths.Select(FieldOf).Distinct(StringComparer.Ordinal)];
    }

    private static string FieldOf(string path)
    {
        var segments = path.Split('/');
        return string.Join('/', segments.Take(segments[1] switch { "actor" or "target" => 3, "targets" => 4, _ => 2 }));
    }
}

/// <summary>Encrypts a value and commits to it.</summary>
/// <param name="rule">The rule's name.</param>
/// <param name="path">Where the value stood.</param>
/// <param name="canonicalValue">The value as canonical JSON.</param>
internal delegate SealedValue SealValue(string rule, string path, ReadOnlySpan<byte> canonicalValue);

/// <summary>
/// Takes out of one entry what the rules find. In metadata <c>{"$redacted":"rule"}</c> or <c>{"$sealed":"…"}</c> stands
/// for the whole value; in plain text <c>[redacted: rule]</c> for what was found, and for the whole of an identifier.
/// </summary>
internal sealed class EntryRedactor
{
    // A text with more of them is no text that somebody would miss.
    private const int MaxInText = 16;

    private readonly RuleSet _rules;
    private readonly ObjectRedactor _objects;
    private readonly List<Finding> _findings = [];
    private readonly SealValue _seal;

    private EntryRedactor(RuleSet rules, SealValue seal)
    {
        (_rules, _seal) = (rules, seal);
        _objects = new ObjectRedactor(rules, seal, _findings);
    }

    /// <summary>The entry as it may be recorded.</summary>
    /// <returns>The very entry, and no findings, where the rules found nothing.</returns>
    public static (NewEntry Entry, IReadOnlyList<Finding> Findings) Apply(RuleSet rules, NewEntry entry, SealValue seal)
    {
        var redactor = new EntryRedactor(rules, seal);
        var redacted = redactor.Apply(entry);
        return redactor._findings.Count == 0 ? (entry, []) : (redacted, redactor._findings);
    }

    /// <summary>A text outside of any entry, as the fields for people to read are treated.</summary>
    public static (string Text, IReadOnlyList<Finding> Findings) Apply(RuleSet rules, string text, SealValue seal)
    {
        var redactor = new EntryRedactor(rules, seal);
        return (redactor.Text(text, "reasoning")!, redactor._findings);
    }

    private NewEntry Apply(NewEntry entry) => entry with
    {
        Action = Identifier(entry.Action, "action")!,
        Actor = new Actor(
            Identifier(entry.Actor.Type, "actor", "type")!, Identifier(entry.Actor.Id, "actor", "id")!,
            Text(entry.Actor.Name, "actor", "name"), Metadata(entry.Actor.Metadata, "actor", "metadata")),
        Target = Resource(entry.Target, "target"),
        Targets = entry.Targets.Count == 0
            ? entry.Targets
            : [.. entry.Targets.Select((target, index) => Resource(target, "targets", index.ToString(System.Globalization.CultureInfo.InvariantCulture)))],
        EngineVersion = Identifier(entry.EngineVersion, "engine_version"),
        Location = Text(entry.Location, "location"),
        UserAgent = Text(entry.UserAgent, "user_agent"),
        Reasoning = Text(entry.Reasoning, "reasoning"),
        CorrelationId = Identifier(entry.CorrelationId, "correlation_id"),
        Metadata = Metadata(entry.Metadata, "metadata")!,
    };

    private Resource Resource(Resource resource, params ReadOnlySpan<string> field) => new(
        Identifier(resource.Type, [.. field, "type"])!, Identifier(resource.Id, [.. field, "id"])!,
        Identifier(resource.Slug, [.. field, "slug"]), Identifier(resource.Version, [.. field, "version"]),
        Text(resource.Name, [.. field, "name"]), Metadata(resource.Metadata, [.. field, "metadata"]));

    private CanonicalObject? Metadata(CanonicalObject? value, params ReadOnlySpan<string> field) =>
        value is null ? null : _objects.Apply(value, field);

    /// <summary>A field that identifies: part of one would name something else, so all of it goes.</summary>
    private string? Identifier(string? value, params ReadOnlySpan<string> field)
    {
        if (value is null)
        {
            return null;
        }
        var suspects = _rules.Suspect(value);
        if (suspects == 0 && _rules.Own.IsEmpty)
        {
            return value;
        }
        var found = Matching(value, suspects).ToList();
        return found.Count == 0 ? value : ReplaceWhole(found.Find(rule => !rule.Seals) ?? found[0], value, field);
    }

    /// <summary>A field for people to read.</summary>
    private string? Text(string? value, params ReadOnlySpan<string> field)
    {
        if (value is null)
        {
            return null;
        }
        foreach (var rule in _rules.Paths)
        {
            if (rule.Path.Within(field) == rule.Path.Segments.Count)
            {
                return rule.Seals ? Seal(rule.Name, value, field) : Redacted(rule.Name, field);
            }
        }
        var suspects = _rules.Suspect(value);
        if (suspects == 0 && _rules.Own.IsEmpty)
        {
            return value;
        }
        var found = Matching(value, suspects).ToList();
        var text = ReplaceParts(value, found.Where(rule => !rule.Seals), field);
        return found.Find(rule => rule.Seals) is { } sealing ? Seal(sealing.Name, text, field) : text;
    }

    private IEnumerable<ValueRule> Matching(string value, ulong suspects) =>
        _rules.BuiltInOf(suspects).Concat(_rules.Own).Where(rule => rule.IsIn(value));

    private string ReplaceWhole(ValueRule rule, string value, ReadOnlySpan<string> field) =>
        rule.Seals ? Seal(rule.Name, value, field) : Redacted(rule.Name, field);

    private string ReplaceParts(string value, IEnumerable<ValueRule> rules, ReadOnlySpan<string> field)
    {
        var parts = rules.SelectMany(rule => rule.Find(value).Select(part => (part.Index, End: part.Index + part.Length, rule.Name)))
            .OrderBy(part => part.Index).Take(MaxInText + 1).ToList();
        if (parts.Count == 0)
        {
            return value;
        }
        foreach (var name in parts.Select(part => part.Name).Distinct())
        {
            _findings.Add(new Finding(ObjectRedactor.Pointer(field), name));
        }
        if (parts.Count > MaxInText)
        {
            return Placeholder(parts[0].Name);
        }
        var text = new StringBuilder(value.Length);
        var end = 0;
        foreach (var part in parts)
        {
            // What two rules find is named by the one that finds it first.
            if (part.Index >= end)
            {
                text.Append(value, end, part.Index - end).Append(Placeholder(part.Name));
            }
            end = Math.Max(end, part.End);
        }
        return text.Append(value, end, value.Length - end).ToString();
    }

    private string Redacted(string rule, ReadOnlySpan<string> field)
    {
        _findings.Add(new Finding(ObjectRedactor.Pointer(field), rule));
        return Placeholder(rule);
    }

    private string Seal(string rule, string value, ReadOnlySpan<string> field)
    {
        var path = ObjectRedactor.Pointer(field);
        var canonical = new System.Buffers.ArrayBufferWriter<byte>(value.Length + 16);
        CanonicalJson.WriteString(value, canonical);
        var kept = _seal(rule, path, canonical.WrittenSpan);
        _findings.Add(new Finding(path, rule, kept));
        return $"[sealed: {kept.Commitment}]";
    }

    private static string Placeholder(string rule) => $"[redacted: {rule}]";
}
