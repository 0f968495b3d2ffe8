using System.Buffers;
using System.Globalization;
using System.Text;

namespace AuditConsole.Streams.Formats;

/// <summary>
/// Text within one line that others split, escape and show. What could end the line or steer a terminal never gets
/// through: C0 controls and DEL become <c>#</c> and three octal digits, as syslog daemons write them (RFC 5424, section
/// 6.4), C1 controls and the line and paragraph separators U+FFFD.
/// </summary>
internal static class LineText
{
    /// <summary>The text, each character of <paramref name="escaped"/> behind a backslash.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="escaped">What the format escapes, the backslash among it.</param>
    /// <param name="output">Where it goes.</param>
    /// <param name="keepsLines">Whether line ends become <c>\n</c> and <c>\r</c>, where the format has them.</param>
    public static void Write(ReadOnlySpan<char> text, SearchValues<char> escaped, StringBuilder output, bool keepsLines = false)
    {
        foreach (var c in text)
        {
            if (escaped.Contains(c))
            {
                output.Append('\\').Append(c);
            }
            else if (keepsLines && c is '\n' or '\r')
            {
                output.Append(c == '\n' ? "\\n" : "\\r");
            }
            else if (c < ' ' || c == '\x7f')
            {
                output.Append('#').Append(Convert.ToString(c, 8).PadLeft(3, '0'));
            }
            else
            {
                output.Append(EndsLine(c) ? '\uFFFD' : c);
            }
        }
    }

    /// <summary>The first characters, at most as many UTF-16 units, never half a pair.</summary>
    public static string Cut(string text, int length) =>
        text.Length <= length ? text : text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];

    /// <summary>Whether a character beyond ASCII ends a line, or steers what shows it.</summary>
    public static bool EndsLine(char c) => c is (>= '\u0080' and <= '\u009f') or '\u2028' or '\u2029';

    /// <summary>An integer as text.</summary>
    public static string Of(long value) => value.ToString(CultureInfo.InvariantCulture);
}
