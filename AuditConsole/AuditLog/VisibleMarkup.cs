using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;

namespace AuditConsole.AuditLog;

/// <summary>
/// Writes an entry's text as HTML in which nothing deceives the eye: controls, bidirectional and zero-width
/// characters, unusual spaces and letters without a shape stand as marks like <c>\u202E</c>.
/// </summary>
/// <remarks>Sources: Unicode's general categories, and UTR #36 and #39 for the letters that have no shape.</remarks>
public static class VisibleMarkup
{
    /// <summary>The HTML of a text.</summary>
    public static string Of(string text)
    {
        var html = new StringBuilder(text.Length + 16);
        Append(html, text);
        return html.ToString();
    }

    /// <summary>The text with escapes in place of what deceives, for places that can hold no markup.</summary>
    public static string ToPlain(string text)
    {
        if (!NeedsMarks(text))
        {
            return text;
        }
        var plain = new StringBuilder(text.Length + 16);
        for (var at = 0; at < text.Length;)
        {
            var whole = Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out var length) == System.Buffers.OperationStatus.Done;
            if (whole && !Deceives(rune))
            {
                plain.Append(text, at, length);
            }
            else
            {
                AppendEscapes(plain, text.AsSpan(at, length));
            }
            at += length;
        }
        return plain.ToString();
    }

    /// <summary>Whether the text holds something that is shown as a mark.</summary>
    public static bool NeedsMarks(string text) => text.EnumerateRunes().Any(Deceives) || HasLoneSurrogate(text);

    /// <summary>Appends the HTML of a text.</summary>
    public static void Append(StringBuilder html, ReadOnlySpan<char> text)
    {
        var plain = 0;
        for (var at = 0; at < text.Length;)
        {
            var whole = Rune.DecodeFromUtf16(text[at..], out var rune, out var length) == System.Buffers.OperationStatus.Done;
            if (whole && !Deceives(rune))
            {
                at += length;
                continue;
            }
            AppendPlain(html, text[plain..at]);
            AppendMark(html, text.Slice(at, length), whole ? rune : null);
            at += length;
            plain = at;
        }
        AppendPlain(html, text[plain..]);
    }

    /// <summary>The HTML of the value of an attribute, between quotation marks.</summary>
    public static string Encode(string value) => Encoder.Encode(value);

    /// <summary>Whether a character is invisible, moves its neighbours, or passes for a space.</summary>
    public static bool Deceives(Rune rune) => rune.Value switch
    {
        >= ' ' and <= '~' => false,
        // Fillers and a braille blank: letters by category, without a shape.
        0x115F or 0x1160 or 0x3164 or 0xFFA0 or 0x2800 or 0x17B4 or 0x17B5 or 0x034F => true,
        // Variation selectors change or hide nothing else; but a run of them can carry a hidden text.
        (>= 0x180B and <= 0x180F) or (>= 0xFE00 and <= 0xFE0E) or (>= 0xE0000 and <= 0xE0FFF) => true,
        // The ordinary space of Japanese and Chinese is wide, not hidden.
        0x3000 => false,
        _ => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator or UnicodeCategory.PrivateUse
            or UnicodeCategory.OtherNotAssigned,
    };

    private static void AppendPlain(StringBuilder html, ReadOnlySpan<char> text)
    {
        if (!text.IsEmpty)
        {
            html.Append(Encoder.Encode(text.ToString()));
        }
    }

    private static void AppendMark(StringBuilder html, ReadOnlySpan<char> units, Rune? rune)
    {
        html.Append("<span class=\"u-mark\" title=\"").Append(rune is { } known ? $"U+{known.Value:X4}" : "half a character").Append("\">");
        AppendEscapes(html, units);
        html.Append("</span>");
    }

    private static void AppendEscapes(StringBuilder output, ReadOnlySpan<char> units)
    {
        foreach (var unit in units)
        {
            output.Append(unit switch
            {
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                _ => $"\\u{(int)unit:X4}",
            });
        }
    }

    private static bool HasLoneSurrogate(string text)
    {
        for (var at = 0; at < text.Length; at++)
        {
            if (char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]))
            {
                at++;
            }
            else if (char.IsSurrogate(text[at]))
            {
                return true;
            }
        }
        return false;
    }

    // The default encoder would make letters of most of the world's scripts into references six times their size.
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(System.Text.Unicode.UnicodeRanges.All);
}
