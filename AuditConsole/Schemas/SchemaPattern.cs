using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;

namespace AuditConsole.Schemas;

/// <summary>
/// A pattern of a schema: ECMAScript's regular expressions with the flag u, as JSON Schema asks for, as far as they can
/// be matched in one pass. What needs backtracking (lookaround, references) is refused.
/// </summary>
internal sealed class SchemaPattern
{
    private const int OnStack = 512;

    private readonly string _source;
    private readonly Regex _regex;

    private SchemaPattern(string source, Regex regex) => (_source, _regex) = (source, regex);

    /// <summary>Reads a pattern.</summary>
    /// <param name="source">As the schema writes it.</param>
    /// <param name="reason">Why it can't be used, a sentence without its subject.</param>
    public static SchemaPattern? TryParse(string source, out string? reason)
    {
        try
        {
            var translated = new PatternTranslator(source).Translate();
            reason = null;
            return new SchemaPattern(source, new Regex(translated, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant));
        }
        catch (PatternException fault)
        {
            reason = fault.Message;
        }
        catch (NotSupportedException)
        {
            reason = PatternTranslator.TooLarge;
        }
        return null;
    }

    /// <summary>Whether a part of the text matches, or all of it where the pattern says so by <c>^</c> and <c>$</c>.</summary>
    public bool IsMatch(ReadOnlySpan<byte> utf8)
    {
        char[]? rented = null;
        var room = utf8.Length <= OnStack ? stackalloc char[OnStack] : rented = ArrayPool<char>.Shared.Rent(utf8.Length);
        var matches = _regex.IsMatch(room[..Encoding.UTF8.GetChars(utf8, room)]);
        if (rented is not null)
        {
            ArrayPool<char>.Shared.Return(rented);
        }
        return matches;
    }

    /// <summary>As the schema writes it.</summary>
    public override string ToString() => _source;
}

/// <summary>A pattern can't be used; the message says why, a sentence without its subject.</summary>
internal sealed class PatternException(string message) : Exception(message);
