using System.Text.RegularExpressions;

namespace AuditConsole.Redaction;

/// <summary>A rule that finds by a regular expression.</summary>
internal sealed class ValueRule
{
    private const string SecretGroup = "secret";

    private readonly Regex _regex;
    private readonly Func<string, bool> _accepts;
    private readonly int _group;

    private ValueRule(string name, bool seals, Regex regex, SecretShape? shape)
    {
        (Name, Seals, _regex, Shape) = (name, seals, regex, shape);
        _accepts = shape?.Accepts ?? (_ => true);
        _group = regex.GroupNumberFromName(SecretGroup);
    }

    /// <summary>What stands in entries.</summary>
    public string Name { get; }

    /// <summary>Whether it seals rather than redacts.</summary>
    public bool Seals { get; }

    /// <summary>The known shape; null for a tenant's own pattern.</summary>
    public SecretShape? Shape { get; }

    /// <summary>A built-in rule.</summary>
    public static ValueRule Of(SecretShape shape, bool seals) => new(shape.Name, seals, Compiled(shape), shape);

    /// <summary>A tenant's own rule.</summary>
    public static ValueRule Of(string name, bool seals, string pattern) => new(name, seals, SecretShapes.Compile(pattern), null);

    /// <summary>Whether it finds something. Allocates nothing where the expression alone decides.</summary>
    public bool IsIn(ReadOnlySpan<char> text) => _regex.IsMatch(text) && (Shape is null || Find(text.ToString()).Any());

    /// <summary>What it finds in plain text.</summary>
    public IEnumerable<(int Index, int Length)> Find(string text)
    {
        for (var match = _regex.Match(text); match.Success; match = match.NextMatch())
        {
            var found = _group >= 0 && match.Groups[_group].Success ? match.Groups[_group] : (Capture)match;
            if (found.Length > 0 && _accepts(found.Value))
            {
                yield return (found.Index, found.Length);
            }
        }
    }

    // Compiled once for all tenants.
    private static Regex Compiled(SecretShape shape) => Shapes.GetOrAdd(shape.Name, _ => SecretShapes.Compile(shape.Pattern));

    private static readonly System.Collections.Concurrent.ConcurrentDictionary<string, Regex> Shapes = new(StringComparer.Ordinal);
}
