using System.Text;
using System.Text.Json;
using AuditConsole.Core;

namespace AuditConsole.AuditLog;

/// <summary>
/// Formats a payload as highlighted HTML. Its text is JSON again, the same value: what deceives the eye stands as a
/// JSON escape, so that the shown text can be copied and read by a program.
/// </summary>
public static class JsonMarkup
{
    /// <summary>Objects and arrays without others inside stand on one line up to this many characters.</summary>
    private const int LineLength = 92;

    /// <summary>The HTML of a payload.</summary>
    public static string Of(CanonicalObject payload)
    {
        using var document = payload.Parse();
        return Of(document.RootElement);
    }

    /// <summary>The HTML of any value.</summary>
    public static string Of(JsonElement value)
    {
        var html = new StringBuilder(1024);
        Append(html, value, indent: 0, room: LineLength);
        return html.ToString();
    }

    private static void Append(StringBuilder html, JsonElement value, int indent, int room)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                AppendObject(html, value, indent, FitsLine(value, room));
                break;
            case JsonValueKind.Array:
                AppendArray(html, value, indent, FitsLine(value, room));
                break;
            case JsonValueKind.String:
                html.Append("<span class=\"s\">");
                AppendString(html, value.GetString()!);
                html.Append("</span>");
                break;
            default:
                html.Append("<span class=\"n\">").Append(value.GetRawText()).Append("</span>");
                break;
        }
    }

    private static void AppendObject(StringBuilder html, JsonElement value, int indent, bool line)
    {
        var first = true;
        html.Append('{');
        foreach (var member in value.EnumerateObject())
        {
            Separate(html, first, indent + 1, line);
            html.Append("<span class=\"k\">");
            AppendString(html, member.Name);
            html.Append("</span>: ");
            Append(html, member.Value, indent + 1, LineLength - 2 * indent - member.Name.Length - 6);
            first = false;
        }
        End(html, first, indent, line);
        html.Append('}');
    }

    private static void AppendArray(StringBuilder html, JsonElement value, int indent, bool line)
    {
        var first = true;
        html.Append('[');
        foreach (var item in value.EnumerateArray())
        {
            Separate(html, first, indent + 1, line);
            Append(html, item, indent + 1, LineLength - 2 * indent - 2);
            first = false;
        }
        End(html, first, indent, line);
        html.Append(']');
    }

    private static void Separate(StringBuilder html, bool first, int indent, bool line)
    {
        html.Append(first ? "" : ",");
        if (line)
        {
            html.Append(' ');
        }
        else
        {
            html.Append('\n').Append(' ', 2 * indent);
        }
    }

    private static void End(StringBuilder html, bool empty, int indent, bool line)
    {
        if (!empty && line)
        {
            html.Append(' ');
        }
        else if (!empty)
        {
            html.Append('\n').Append(' ', 2 * indent);
        }
    }

    private static bool FitsLine(JsonElement value, int room)
    {
        // The outermost object always opens; canonical text has no spaces, so the line is a little longer than it.
        var length = value.GetRawText().Length;
        if (room >= LineLength || length > room)
        {
            return false;
        }
        return value.ValueKind == JsonValueKind.Object
            ? !value.EnumerateObject().Any(member => IsNested(member.Value))
            : !value.EnumerateArray().Any(IsNested);
    }

    private static bool IsNested(JsonElement value) => value.ValueKind is JsonValueKind.Object or JsonValueKind.Array;

    private static void AppendString(StringBuilder html, string text)
    {
        html.Append("&quot;");
        var plain = 0;
        for (var at = 0; at < text.Length; at++)
        {
            var escape = text[at] switch
            {
                '"' => "\\&quot;",
                '\\' => "\\\\",
                '\b' => "\\b",
                '\f' => "\\f",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                _ => null,
            };
            if (escape is not null)
            {
                VisibleMarkup.Append(html, text.AsSpan(plain, at - plain));
                html.Append(escape);
                plain = at + 1;
            }
        }
        VisibleMarkup.Append(html, text.AsSpan(plain));
        html.Append("&quot;");
    }
}
