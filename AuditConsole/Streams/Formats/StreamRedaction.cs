using System.Diagnostics.CodeAnalysis;
using AuditConsole.Core;
using AuditConsole.Redaction;
using AuditConsole.Storage;

namespace AuditConsole.Streams.Formats;

/// <summary>
/// What a stream leaves out of the entries that it sends: places in the wire entry, written as in the rules of redaction
/// (<see cref="RedactionPath"/>) and, beyond those, the fields of <see cref="Identifiers"/>. Applied before an entry is
/// written in any format, so that the columns of warehouses lack it too. Immutable; serves all threads.
/// </summary>
internal sealed class StreamRedaction
{
    /// <summary>The most paths of a stream.</summary>
    public const int MaxPaths = 50;

    /// <summary>Stands in <c>{"$redacted":"stream"}</c> and <c>[redacted: stream]</c>.</summary>
    public const string Mark = "stream";

    /// <summary>Identifying fields that may be left out, which the log itself can't.</summary>
    public static readonly IReadOnlyList<string> Identifiers =
        ["/actor/id", "/target/id", "/target/slug", "/target/version", "/ip", "/engine_version", "/correlation_id"];

    private const string Replacement = $"[redacted: {Mark}]";

    private readonly RuleSet? _rules;
    private readonly HashSet<string> _identifiers;

    private StreamRedaction(RuleSet? rules, HashSet<string> identifiers) => (_rules, _identifiers) = (rules, identifiers);

    /// <summary>Of a stream that leaves nothing out.</summary>
    public static StreamRedaction None { get; } = new(null, []);

    /// <summary>Reads the paths of a stream.</summary>
    /// <param name="paths">As <c>/metadata/user/ssn</c>, <c>/metadata/**/password</c>, <c>/ip</c>.</param>
    /// <param name="redaction">What to apply.</param>
    /// <param name="problem">What is wrong, a sentence that names the path.</param>
    public static bool TryParse(
        IReadOnlyCollection<string> paths, [NotNullWhen(true)] out StreamRedaction? redaction, [NotNullWhen(false)] out string? problem)
    {
        (redaction, problem) = (null, null);
        if (paths.Count > MaxPaths)
        {
            problem = $"A stream leaves out up to {MaxPaths} places; these are {paths.Count}.";
            return false;
        }
        foreach (var path in paths)
        {
            if (!Identifiers.Contains(path) && !RedactionPath.TryParse(path, out _, out var refusal))
            {
                problem = $"{path}: {refusal} A stream can also leave out {string.Join(", ", Identifiers)}.";
                return false;
            }
        }
        var places = paths.Where(path => !Identifiers.Contains(path)).Distinct(StringComparer.Ordinal).ToList();
        redaction = paths.Count == 0 ? None : new StreamRedaction(places.Count == 0 ? null : Rules(places), paths.Intersect(Identifiers).ToHashSet(StringComparer.Ordinal));
        return true;
    }

    /// <summary>
    /// The entry as the stream sends it: the very entry where nothing of it is left out. Else the hashes can't be checked
    /// by whoever receives it, and a producer's signature is left out too: with it, short values could be guessed.
    /// </summary>
    public AuditEntry Apply(AuditEntry entry)
    {
        if (_rules is null && _identifiers.Count == 0)
        {
            return entry;
        }
        var content = entry.Content;
        var redacted = ApplyIdentifiers(content);
        if (_rules is not null)
        {
            (redacted, _) = EntryRedactor.Apply(_rules, redacted, Seals);
        }
        return ReferenceEquals(redacted, content)
            ? entry
            : entry with { Content = redacted with { Signature = null }, RecordedBy = RecordedBy(entry) };
    }

    // user:usr_41 and key:key_7 name the actor again.
    private string RecordedBy(AuditEntry entry) =>
        _identifiers.Contains("/actor/id") && entry.RecordedBy.EndsWith(":" + entry.Head.Actor.Id, StringComparison.Ordinal)
            ? string.Concat(entry.RecordedBy.AsSpan(0, entry.RecordedBy.IndexOf(':') + 1), Replacement)
            : entry.RecordedBy;

    private NewEntry ApplyIdentifiers(NewEntry content)
    {
        if (_identifiers.Count == 0)
        {
            return content;
        }
        var target = content.Target;
        var redacted = content with
        {
            Actor = content.Actor with { Id = Of("/actor/id", content.Actor.Id)! },
            Target = target with { Id = Of("/target/id", target.Id)!, Slug = Of("/target/slug", target.Slug), Version = Of("/target/version", target.Version) },
            // An address can't be a text that isn't one.
            Ip = _identifiers.Contains("/ip") ? null : content.Ip,
            EngineVersion = Of("/engine_version", content.EngineVersion),
            CorrelationId = Of("/correlation_id", content.CorrelationId),
        };
        return redacted == content ? content : redacted;
    }

    private string? Of(string path, string? value) => value is not null && _identifiers.Contains(path) ? Replacement : value;

    // No path of a stream seals.
    private static SealedValue Seals(string rule, string path, ReadOnlySpan<byte> value) => throw new InvalidOperationException("A stream seals nothing.");

    // What the built-in rules find is left to the rules of the account: here the paths alone count.
    private static RuleSet Rules(IReadOnlyList<string> paths) => RuleSet.Of(
    [
        .. SecretShapes.All.Select(shape => Rule(shape.Name, RuleKind.BuiltIn, "", RuleAct.Off)),
        .. paths.Select(path => Rule(Mark, RuleKind.Path, path, RuleAct.Redact)),
    ]);

    private static RedactionRule Rule(string name, RuleKind kind, string expression, RuleAct act) =>
        new() { Id = "", Name = name, Kind = kind, Expression = expression, Act = act, ChangedBy = "" };
}
