using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;

namespace AuditConsole.Redaction;

/// <summary>
/// A place in an entry, written like a JSON Pointer (RFC 6901): <c>/metadata/user/ssn</c>, with <c>~1</c> for a slash
/// and <c>~0</c> for a tilde in a name. <c>*</c> is every element of an array, <c>**</c> is any depth, none included.
/// </summary>
internal sealed class RedactionPath
{
    /// <summary>The most characters.</summary>
    public const int MaxLength = 512;

    /// <summary>Every element of an array.</summary>
    public const string EachElement = "*";

    /// <summary>Any depth.</summary>
    public const string AnyDepth = "**";

    private static readonly string[][] Fields =
    [
        ["metadata"], ["reasoning"], ["user_agent"], ["location"], ["actor", "name"], ["actor", "metadata"],
        ["target", "name"], ["target", "metadata"], ["targets", EachElement, "name"], ["targets", EachElement, "metadata"],
    ];

    private RedactionPath(string text, string[] segments, int field)
    {
        (Text, Segments) = (text, segments);
        Mark = segments[field..].LastOrDefault(segment => segment is not (EachElement or AnyDepth) && !IsIndex(segment)) is { } name
            ? Encoding.UTF8.GetBytes($"{Canonical(name)}:")
            : null;
    }

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>The names on the way, unescaped.</summary>
    public IReadOnlyList<string> Segments { get; }

    /// <summary>
    /// What stands in canonical text before the value (the last name and a colon), so that most entries need no closer
    /// look; null where any text may hold the place.
    /// </summary>
    public byte[]? Mark { get; }

    /// <summary>Reads a path.</summary>
    /// <param name="text">What was written.</param>
    /// <param name="path">The path.</param>
    /// <param name="refusal">What is wrong, a sentence.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out RedactionPath? path, [NotNullWhen(false)] out string? refusal)
    {
        path = null;
        refusal = null;
        if (text.Length is 0 or > MaxLength || text[0] != '/')
        {
            refusal = $"A path begins with / and has up to {MaxLength} characters, as /metadata/user/ssn.";
            return false;
        }
        var segments = text[1..].Split('/');
        if (segments.Any(segment => segment.Length == 0 || !IsEscaped(segment)))
        {
            refusal = "A path has a name between two slashes, and writes ~1 for a slash and ~0 for a tilde in a name.";
            return false;
        }
        segments = [.. segments.Select(segment => segment.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))];
        if (segments is [.., AnyDepth] || segments.Zip(segments.Skip(1)).Any(pair => pair is { First: AnyDepth, Second: AnyDepth }))
        {
            refusal = "** stands for any depth between two names, as /metadata/**/password.";
            return false;
        }
        if (Fields.FirstOrDefault(candidate => StartsWith(segments, candidate)) is not { } field)
        {
            refusal = "A path begins with /metadata, /actor/metadata, /actor/name, /target/metadata, /target/name, /targets/*/metadata, /targets/*/name, " +
                "/reasoning, /user_agent or /location. Other fields identify the entry: leave secrets out of them where it is sent.";
            return false;
        }
        if (field[^1] != "metadata" && segments.Length > field.Length)
        {
            refusal = "Only metadata has members.";
            return false;
        }
        path = new RedactionPath(text, segments, field.Length);
        return true;
    }

    /// <summary>How many segments stand for a field of the entry.</summary>
    /// <param name="field">The way to the field, as <c>targets</c>, <c>0</c>, <c>metadata</c>.</param>
    /// <returns>Null if the path leads elsewhere.</returns>
    public int? Within(ReadOnlySpan<string> field)
    {
        if (Segments.Count < field.Length)
        {
            return null;
        }
        for (var i = 0; i < field.Length; i++)
        {
            if (Segments[i] != field[i] && !(Segments[i] == EachElement && IsIndex(field[i])))
            {
                return null;
            }
        }
        return field.Length;
    }

    private static bool StartsWith(string[] segments, string[] field) =>
        segments.Length >= field.Length
        && segments.Zip(field).All(pair => pair.First == pair.Second || (pair.Second == EachElement && IsIndex(pair.First)));

    private static bool IsIndex(string segment) => segment.Length <= 6 && segment.All(char.IsAsciiDigit);

    private static bool IsEscaped(string segment)
    {
        for (var at = segment.IndexOf('~'); at >= 0; at = segment.IndexOf('~', at + 1))
        {
            if (at + 1 == segment.Length || segment[at + 1] is not ('0' or '1'))
            {
                return false;
            }
        }
        return true;
    }

    private static string Canonical(string name)
    {
        using var document = JsonDocument.Parse(JsonSerializer.SerializeToUtf8Bytes(name));
        return Encoding.UTF8.GetString(Core.CanonicalJson.Canonicalize(document.RootElement));
    }
}
