using System.Buffers;
using System.Collections.Immutable;

namespace AuditConsole.Redaction;

/// <summary>A rule that finds by place.</summary>
internal sealed record PathRule(string Name, bool Seals, RedactionPath Path);

/// <summary>A tenant's rules, compiled. Immutable; serves all threads.</summary>
internal sealed class RuleSet
{
    /// <summary>A URL without credentials is no reason for a closer look.</summary>
    private const string UrlAnchor = "://";

    private static readonly SearchValues<char> EndOfAuthority = SearchValues.Create("/?# \t\"'<>");

    private readonly SearchValues<string> _anchors;
    private readonly ImmutableArray<(string Text, ulong Rules)> _byAnchor;

    private RuleSet(ImmutableArray<ValueRule> builtIn, ImmutableArray<ValueRule> own, ImmutableArray<PathRule> paths)
    {
        (BuiltIn, Own, Paths) = (builtIn, own, paths);
        _byAnchor = [.. builtIn
            .SelectMany((rule, index) => rule.Shape!.Anchors.Select(anchor => (Anchor: anchor, Rule: 1UL << index)))
            .GroupBy(pair => pair.Anchor, (anchor, pairs) => (anchor, pairs.Aggregate(0UL, (rules, pair) => rules | pair.Rule)))];
        _anchors = SearchValues.Create([.. _byAnchor.Select(anchor => anchor.Text)], StringComparison.Ordinal);
    }

    /// <summary>The rules of a tenant that changed nothing.</summary>
    public static RuleSet Default { get; } = Of([]);

    /// <summary>The built-in rules that are on, in their order.</summary>
    public ImmutableArray<ValueRule> BuiltIn { get; }

    /// <summary>The tenant's own patterns, by name.</summary>
    public ImmutableArray<ValueRule> Own { get; }

    /// <summary>The tenant's paths, by name.</summary>
    public ImmutableArray<PathRule> Paths { get; }

    /// <summary>Compiles what a tenant has set.</summary>
    /// <param name="stored">Its rows: own rules, and built-in ones that are not as they are by default.</param>
    public static RuleSet Of(IReadOnlyCollection<RedactionRule> stored)
    {
        var acts = stored.Where(rule => rule.Kind == RuleKind.BuiltIn).ToDictionary(rule => rule.Name, rule => rule.Act, StringComparer.Ordinal);
        var own = stored.Where(rule => rule.Act != RuleAct.Off && rule.Kind != RuleKind.BuiltIn).OrderBy(rule => rule.Name, StringComparer.Ordinal).ToList();
        return new RuleSet(
            [.. SecretShapes.All.Select(shape => (Shape: shape, Act: acts.GetValueOrDefault(shape.Name, RuleAct.Redact)))
                .Where(rule => rule.Act != RuleAct.Off).Select(rule => ValueRule.Of(rule.Shape, rule.Act == RuleAct.Seal))],
            [.. own.Where(rule => rule.Kind == RuleKind.Pattern).Select(rule => ValueRule.Of(rule.Name, rule.Act == RuleAct.Seal, rule.Expression))],
            [.. own.Where(rule => rule.Kind == RuleKind.Path).Select(rule => new PathRule(
                rule.Name, rule.Act == RuleAct.Seal,
                RedactionPath.TryParse(rule.Expression, out var path, out var refusal) ? path : throw new FormatException(refusal)))]);
    }

    /// <summary>Which built-in rules may find something, as bits by their index. The one test that every text goes through.</summary>
    public ulong Suspect(ReadOnlySpan<char> text)
    {
        var suspects = 0UL;
        for (var at = text.IndexOfAny(_anchors); at >= 0; at = text.IndexOfAny(_anchors))
        {
            text = text[at..];
            foreach (var (anchor, rules) in _byAnchor)
            {
                if (text.StartsWith(anchor, StringComparison.Ordinal) && (anchor != UrlAnchor || HasUserInfo(text)))
                {
                    suspects |= rules;
                }
            }
            text = text[1..];
        }
        return suspects;
    }

    /// <summary>The built-in rules of some bits.</summary>
    public IEnumerable<ValueRule> BuiltInOf(ulong suspects)
    {
        for (var i = 0; suspects != 0; i++, suspects >>= 1)
        {
            if ((suspects & 1) == 1)
            {
                yield return BuiltIn[i];
            }
        }
    }

    private static bool HasUserInfo(ReadOnlySpan<char> url)
    {
        var authority = url[UrlAnchor.Length..];
        var end = authority.IndexOfAny(EndOfAuthority);
        return (end < 0 ? authority : authority[..end]).Contains('@');
    }
}
