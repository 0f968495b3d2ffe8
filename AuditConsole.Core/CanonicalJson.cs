using System.Buffers;
using System.Text;
using System.Text.Json;

namespace AuditConsole.Core;

/// <summary>
/// Canonical JSON: RFC 8785 (JSON Canonicalization Scheme) over I-JSON (RFC 7493).
/// Members are sorted by the UTF-16 code units of their names, nothing stands between tokens, numbers have the
/// form of ECMAScript's Number::toString, strings escape only what JSON requires.
/// </summary>
/// <remarks>
/// Narrower than RFC 8785 in what it takes: U+0000, lone surrogates, duplicate names, integers beyond 2^53−1 and
/// numbers that a double does not hold exactly are refused, so that no two readers can understand one text differently.
/// </remarks>
public static class CanonicalJson
{
    /// <summary>The canonical UTF-8 text of <paramref name="value"/>.</summary>
    /// <exception cref="CanonicalJsonException">The value has no canonical form; the exception names the place.</exception>
    public static byte[] Canonicalize(JsonElement value)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        Write(value, buffer, path: "", depth: 1, maxDepth: int.MaxValue);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Appends the canonical text of <paramref name="value"/> to <paramref name="output"/>.</summary>
    /// <param name="value">Any JSON value.</param>
    /// <param name="output">Receives UTF-8.</param>
    /// <param name="path">Where the value stands, for error messages: <c>metadata</c>, <c>[3].metadata</c>.</param>
    /// <param name="depth">The depth at which the value itself stands; the outermost object is at 1.</param>
    /// <param name="maxDepth">The deepest level at which an object or array may stand.</param>
    /// <exception cref="CanonicalJsonException">The value has no canonical form, or is nested too deep.</exception>
    public static void Write(JsonElement value, ArrayBufferWriter<byte> output, string path, int depth, int maxDepth)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                RequireDepth(path, depth, maxDepth);
                WriteObject(value, output, path, depth, maxDepth);
                break;
            case JsonValueKind.Array:
                RequireDepth(path, depth, maxDepth);
                output.Write("["u8);
                var index = 0;
                foreach (var item in value.EnumerateArray())
                {
                    if (index > 0)
                    {
                        output.Write(","u8);
                    }
                    Write(item, output, $"{path}[{index}]", depth + 1, maxDepth);
                    index++;
                }
                output.Write("]"u8);
                break;
            case JsonValueKind.String:
                WriteString(ReadString(value, path), output, path);
                break;
            case JsonValueKind.Number:
                var text = CanonicalNumber.Format(value.GetRawText(), out var refusal);
                if (text is null)
                {
                    throw new CanonicalJsonException(path, refusal!);
                }
                output.Write(Encoding.ASCII.GetBytes(text));
                break;
            case JsonValueKind.True:
                output.Write("true"u8);
                break;
            case JsonValueKind.False:
                output.Write("false"u8);
                break;
            case JsonValueKind.Null:
                output.Write("null"u8);
                break;
            default:
                throw new CanonicalJsonException(path, "is not a JSON value");
        }
    }

    /// <summary>Appends <paramref name="value"/> as a canonical JSON string, quotes included.</summary>
    /// <exception cref="CanonicalJsonException">The text holds U+0000 or a lone surrogate.</exception>
    public static void WriteString(string value, ArrayBufferWriter<byte> output, string path = "")
    {
        if (FindRefusal(value) is { } refusal)
        {
            throw new CanonicalJsonException(path, refusal);
        }
        // Six bytes for each character would be 192 MiB for the longest body: worth counting where it could matter.
        var span = output.GetSpan(2 + (value.Length <= 1024 ? value.Length * 6 : Encoding.UTF8.GetByteCount(value) + 5 * CountEscaped(value)));
        span[0] = (byte)'"';
        var at = 1;
        var rest = value.AsSpan();
        while (!rest.IsEmpty)
        {
            var plain = rest.IndexOfAny(Escaped);
            var run = plain < 0 ? rest : rest[..plain];
            at += Encoding.UTF8.GetBytes(run, span[at..]);
            if (plain < 0)
            {
                break;
            }
            at += Escape(rest[plain], span[at..]);
            rest = rest[(plain + 1)..];
        }
        span[at++] = (byte)'"';
        output.Advance(at);
    }

    /// <summary>Why <paramref name="value"/> cannot stand in a canonical text, or null if it can.</summary>
    public static string? FindRefusal(string value)
    {
        var suspicious = value.AsSpan().IndexOfAny(SurrogateOrNul);
        if (suspicious < 0)
        {
            return null;
        }
        for (var i = suspicious; i < value.Length; i++)
        {
            var c = value[i];
            if (c == '\0')
            {
                return "holds the character U+0000, which is refused";
            }
            if (char.IsHighSurrogate(c) && i + 1 < value.Length && char.IsLowSurrogate(value[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(c))
            {
                return $"holds a lone surrogate (U+{(int)c:X4}), which is not a character";
            }
        }
        return null;
    }

    /// <summary>The text of a JSON string.</summary>
    /// <exception cref="CanonicalJsonException">It escapes half of a surrogate pair.</exception>
    internal static string ReadString(JsonElement value, string path)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new CanonicalJsonException(path, "holds a lone surrogate, which is not a character");
        }
    }

    /// <summary>The name of a member.</summary>
    /// <exception cref="CanonicalJsonException">It escapes half of a surrogate pair.</exception>
    internal static string ReadName(JsonProperty member, string path)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            throw new CanonicalJsonException(path, "has a member whose name holds a lone surrogate");
        }
    }

    private static readonly SearchValues<char> Escaped = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(i => (char)i), '"', '\\']);

    private static readonly SearchValues<char> SurrogateOrNul = SearchValues.Create(
        [.. Enumerable.Range(0xD800, 0x800).Select(i => (char)i), '\0']);

    private static int CountEscaped(ReadOnlySpan<char> text)
    {
        var count = 0;
        for (var at = text.IndexOfAny(Escaped); at >= 0; at = text.IndexOfAny(Escaped))
        {
            count++;
            text = text[(at + 1)..];
        }
        return count;
    }

    private static int Escape(char c, Span<byte> output)
    {
        output[0] = (byte)'\\';
        var letter = c switch
        {
            '"' => (byte)'"',
            '\\' => (byte)'\\',
            '\b' => (byte)'b',
            '\t' => (byte)'t',
            '\n' => (byte)'n',
            '\f' => (byte)'f',
            '\r' => (byte)'r',
            _ => (byte)0,
        };
        if (letter != 0)
        {
            output[1] = letter;
            return 2;
        }
        "u00"u8.CopyTo(output[1..]);
        output[4] = (byte)(c >> 4 == 0 ? '0' : '1');
        output[5] = "0123456789abcdef"u8[c & 0xF];
        return 6;
    }

    private static void WriteObject(JsonElement value, ArrayBufferWriter<byte> output, string path, int depth, int maxDepth)
    {
        var members = new List<(string Name, JsonElement Value)>();
        foreach (var member in value.EnumerateObject())
        {
            members.Add((ReadName(member, path), member.Value));
        }
        members.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        output.Write("{"u8);
        for (var i = 0; i < members.Count; i++)
        {
            var (name, member) = members[i];
            var memberPath = Join(path, name);
            if (i > 0)
            {
                if (members[i - 1].Name == name)
                {
                    throw new CanonicalJsonException(memberPath, "stands twice in one object") { IsUnreadable = true };
                }
                output.Write(","u8);
            }
            WriteString(name, output, memberPath);
            output.Write(":"u8);
            Write(member, output, memberPath, depth + 1, maxDepth);
        }
        output.Write("}"u8);
    }

    private static void RequireDepth(string path, int depth, int maxDepth)
    {
        if (depth > maxDepth)
        {
            throw new CanonicalJsonException(path, $"is nested deeper than {maxDepth} levels");
        }
    }

    internal static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}

/// <summary>A value that has no canonical form.</summary>
/// <param name="field">The place of the value, as <c>metadata.rules[2].severity</c>.</param>
/// <param name="reason">What is wrong with it, a phrase that follows the name of the field.</param>
public sealed class CanonicalJsonException(string field, string reason) : Exception($"{field} {reason}".TrimStart())
{
    /// <summary>The place of the value, as <c>metadata.rules[2].severity</c>.</summary>
    public string Field { get; } = field;

    /// <summary>What is wrong with it, a phrase that follows the name of the field.</summary>
    public string Reason { get; } = reason;

    /// <summary>True where the text is ambiguous as JSON (a name twice), rather than readable and refused.</summary>
    public bool IsUnreadable { get; init; }
}
