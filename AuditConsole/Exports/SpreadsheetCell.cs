using System.Buffers;

namespace AuditConsole.Exports;

/// <summary>How a text becomes a cell that a spreadsheet shows and never runs.</summary>
/// <remarks>
/// The apostrophe itself is escaped too, so that a leading apostrophe of a cell is always the added one, and taking it
/// off gives the text back.
/// </remarks>
internal static class SpreadsheetCell
{
    /// <summary>Stands before a text that a spreadsheet would otherwise take for a formula.</summary>
    public const char Escape = '\'';

    private static readonly SearchValues<char> Dangerous = SearchValues.Create("=+-@\t\r'");

    // Semicolon and tab, because a spreadsheet may be set to split at them as well.
    private static readonly SearchValues<char> NeedsQuotes = SearchValues.Create("\",;\t\r\n\v\f\u0085\u2028\u2029");

    /// <summary>The cell's text: with one leading apostrophe if it begins with <c>= + - @</c>, TAB, CR or <c>'</c>.</summary>
    public static string Of(string? text) =>
        string.IsNullOrEmpty(text) ? "" : Dangerous.Contains(text[0]) ? Escape + text : text;

    /// <summary>The text that <see cref="Of"/> was given.</summary>
    public static string Unescape(string cell) => cell.Length > 0 && cell[0] == Escape ? cell[1..] : cell;

    /// <summary>Whether the cell stands in quotes.</summary>
    public static bool IsQuoted(string cell) =>
        cell.Length > 0 && (char.IsWhiteSpace(cell[0]) || char.IsWhiteSpace(cell[^1]) || cell.AsSpan().ContainsAny(NeedsQuotes));
}
