using System.Text;
using Microsoft.Extensions.Primitives;

namespace AuditConsole.Ingest;

/// <summary>The request header <c>Idempotency-Key</c>: 1 to 255 visible ASCII characters, bare or as a quoted string.</summary>
internal static class IdempotencyHeader
{
    public const string Name = "Idempotency-Key";

    /// <summary>The response header that says an answer was given before.</summary>
    public const string Replayed = "Idempotency-Replayed";

    private const int MaxLength = 255;

    /// <summary>Reads the header.</summary>
    /// <param name="values">What was sent.</param>
    /// <param name="key">The key without quotes; null if the header is missing.</param>
    /// <returns>What is wrong with it, or null.</returns>
    public static string? Read(StringValues values, out string? key)
    {
        key = null;
        if (values.Count == 0)
        {
            return null;
        }
        if (values.Count > 1)
        {
            return "was sent more than once";
        }
        var text = values[0] ?? "";
        if (text.Length > 0 && text[0] == '"')
        {
            if (Unquote(text) is not { } inner)
            {
                return "begins with a quote and doesn't end as a quoted string";
            }
            text = inner;
        }
        if (text.Length is 0 or > MaxLength || text.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            return $"must have 1 to {MaxLength} visible ASCII characters";
        }
        key = text;
        return null;
    }

    // RFC 8941, section 3.3.3: only the quote and the backslash are escaped.
    private static string? Unquote(string text)
    {
        var inner = new StringBuilder(text.Length);
        for (var i = 1; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '"':
                    return i == text.Length - 1 ? inner.ToString() : null;
                case '\\':
                    if (++i == text.Length || text[i] is not ('"' or '\\'))
                    {
                        return null;
                    }
                    inner.Append(text[i]);
                    break;
                default:
                    inner.Append(text[i]);
                    break;
            }
        }
        return null;
    }
}
