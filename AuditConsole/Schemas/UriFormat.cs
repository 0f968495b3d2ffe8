namespace AuditConsole.Schemas;

/// <summary>An absolute URI (RFC 3986), as lenient as ajv-formats: a quotation mark may stand in hosts, paths and queries.</summary>
internal static class UriFormat
{
    /// <summary>Whether a text is one.</summary>
    public static bool IsMatch(ReadOnlySpan<byte> text)
    {
        var colon = text.IndexOf((byte)':');
        if (colon <= 0 || !SchemaFormat.IsLetter(text[0]) || !SchemaFormat.AreAll(text[..colon], IsScheme))
        {
            return false;
        }
        var rest = text[(colon + 1)..];
        var fragment = rest.IndexOf((byte)'#');
        if (fragment >= 0)
        {
            if (!IsEscapedText(rest[(fragment + 1)..], "/?:@\""u8))
            {
                return false;
            }
            rest = rest[..fragment];
        }
        var query = rest.IndexOf((byte)'?');
        if (query >= 0)
        {
            if (!IsEscapedText(rest[(query + 1)..], "/?:@\""u8))
            {
                return false;
            }
            rest = rest[..query];
        }
        if (rest.IsEmpty)
        {
            return false;
        }
        // All that an authority without brackets may hold may stand in a path, too, and ajv-formats takes it as one.
        return IsEscapedText(rest, "/:@\""u8)
            || (rest.StartsWith("//"u8) && IsAuthorityAndPath(rest[2..]))
            || (rest[0] == '/' && IsAuthorityAndPath(rest[1..]));
    }

    private static bool IsAuthorityAndPath(ReadOnlySpan<byte> text)
    {
        var slash = text.IndexOf((byte)'/');
        var authority = slash < 0 ? text : text[..slash];
        if (slash >= 0 && !IsEscapedText(text[slash..], "/:@\""u8))
        {
            return false;
        }
        var at = authority.IndexOf((byte)'@');
        if (at >= 0)
        {
            if (!IsEscapedText(authority[..at], ":"u8))
            {
                return false;
            }
            authority = authority[(at + 1)..];
        }
        var end = authority is [(byte)'[', ..] ? authority.IndexOf((byte)']') + 1 : authority.IndexOf((byte)':') is >= 0 and var port ? port : authority.Length;
        var host = authority[..end];
        var rest = authority[end..];
        if (host.IsEmpty && authority is [(byte)'[', ..])
        {
            return false;
        }
        var isHost = host is [(byte)'[', .., (byte)']'] ? IsLiteral(host[1..^1]) : IsEscapedText(host, "\""u8);
        return isHost && (rest.IsEmpty || (rest[0] == ':' && SchemaFormat.AreAll(rest[1..], SchemaFormat.IsDigit)));
    }

    private static bool IsLiteral(ReadOnlySpan<byte> text)
    {
        if (text is not [(byte)'v' or (byte)'V', ..])
        {
            return SchemaFormat.IsIpv6(text);
        }
        var dot = text.IndexOf((byte)'.');
        return dot > 1 && SchemaFormat.AreAll(text[1..dot], SchemaFormat.IsHex) && dot + 1 < text.Length
            && !text[(dot + 1)..].Contains((byte)'%') && IsEscapedText(text[(dot + 1)..], ":"u8);
    }

    private static bool IsScheme(byte unit) => SchemaFormat.IsLetter(unit) || SchemaFormat.IsDigit(unit) || "+-."u8.Contains(unit);

    // Unreserved characters, sub-delims, percent-encoded bytes and what else is named.
    private static bool IsEscapedText(ReadOnlySpan<byte> text, ReadOnlySpan<byte> also)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var unit = text[i];
            if (unit == '%')
            {
                if (i + 2 >= text.Length || !SchemaFormat.IsHex(text[i + 1]) || !SchemaFormat.IsHex(text[i + 2]))
                {
                    return false;
                }
                i += 2;
            }
            else if (!SchemaFormat.IsLetter(unit) && !SchemaFormat.IsDigit(unit) && !"-._~!$&'()*+,;="u8.Contains(unit) && !also.Contains(unit))
            {
                return false;
            }
        }
        return true;
    }
}
