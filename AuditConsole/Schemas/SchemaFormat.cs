namespace AuditConsole.Schemas;

/// <summary>
/// The formats of strings, with the same answers as ajv-formats in its full mode, which is what schemas written for
/// WorkOS were tried with. All of them are ASCII; each reads its text once.
/// </summary>
internal sealed class SchemaFormat
{
    private delegate bool Test(ReadOnlySpan<byte> text);

    private readonly Test _test;

    private SchemaFormat(string name, Test test) => (Name, _test) = (name, test);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<SchemaFormat> All { get; } =
    [
        new("ipv4", IsIpv4), new("ipv6", IsIpv6), new("date-time", IsDateTime), new("uuid", IsUuid), new("email", IsEmail), new("uri", UriFormat.IsMatch),
    ];

    /// <summary>As schemas write it.</summary>
    public string Name { get; }

    /// <summary>The format of that name, or null.</summary>
    public static SchemaFormat? Find(string name) => All.FirstOrDefault(format => format.Name == name);

    /// <summary>Whether a text has it.</summary>
    public bool IsMatch(ReadOnlySpan<byte> utf8) => _test(utf8);

    internal static bool IsDigit(byte unit) => unit is >= (byte)'0' and <= (byte)'9';

    internal static bool IsHex(byte unit) => IsDigit(unit) || (byte)(unit | 0x20) is >= (byte)'a' and <= (byte)'f';

    internal static bool IsLetter(byte unit) => (byte)(unit | 0x20) is >= (byte)'a' and <= (byte)'z';

    // Four numbers up to 255, without zeros before them.
    internal static bool IsIpv4(ReadOnlySpan<byte> text)
    {
        for (var part = 0; part < 4; part++)
        {
            var digits = 0;
            var value = 0;
            while (digits < text.Length && digits < 4 && IsDigit(text[digits]))
            {
                value = value * 10 + text[digits++] - '0';
            }
            if (digits is 0 or > 3 || value > 255 || (digits > 1 && text[0] == '0'))
            {
                return false;
            }
            text = text[digits..];
            if (part < 3)
            {
                if (text.IsEmpty || text[0] != '.')
                {
                    return false;
                }
                text = text[1..];
            }
        }
        return text.IsEmpty;
    }

    // Eight groups of 16 bits, the last two perhaps as an IPv4 address; "::" once for one group of zeros or more.
    internal static bool IsIpv6(ReadOnlySpan<byte> text)
    {
        var groups = 0;
        var hasGap = false;
        if (text.StartsWith("::"u8))
        {
            hasGap = true;
            text = text[2..];
        }
        while (!text.IsEmpty)
        {
            var length = text.IndexOf((byte)':');
            var group = length < 0 ? text : text[..length];
            if (length < 0 && group.Contains((byte)'.'))
            {
                return IsIpv4(group) && (hasGap ? groups + 2 <= 7 : groups + 2 == 8);
            }
            if (group.Length is 0 or > 4 || !AreAll(group, IsHex) || ++groups > 8)
            {
                return false;
            }
            if (length < 0)
            {
                break;
            }
            text = text[(length + 1)..];
            if (text.IsEmpty)
            {
                return false;
            }
            if (text[0] == ':')
            {
                if (hasGap)
                {
                    return false;
                }
                hasGap = true;
                text = text[1..];
            }
        }
        return hasGap ? groups <= 7 : groups == 8;
    }

    private static bool IsUuid(ReadOnlySpan<byte> text)
    {
        if (text.Length == 45 && System.Text.Ascii.EqualsIgnoreCase(text[..9], "urn:uuid:"u8))
        {
            text = text[9..];
        }
        if (text.Length != 36)
        {
            return false;
        }
        for (var i = 0; i < text.Length; i++)
        {
            if (i is 8 or 13 or 18 or 23 ? text[i] != '-' : !IsHex(text[i]))
            {
                return false;
            }
        }
        return true;
    }

    private static bool IsEmail(ReadOnlySpan<byte> text)
    {
        var at = text.LastIndexOf((byte)'@');
        return at > 0 && AreLabels(text[..at], 1, label => !label.IsEmpty && AreAll(label, IsAtom)) && AreLabels(text[(at + 1)..], 2, IsDomainLabel);
    }

    private static bool AreLabels(ReadOnlySpan<byte> text, int atLeast, Test isLabel)
    {
        for (var labels = 1; ; labels++)
        {
            var end = text.IndexOf((byte)'.');
            if (!isLabel(end < 0 ? text : text[..end]))
            {
                return false;
            }
            if (end < 0)
            {
                return labels >= atLeast;
            }
            text = text[(end + 1)..];
        }
    }

    private static bool IsDomainLabel(ReadOnlySpan<byte> label) =>
        !label.IsEmpty && label[0] != '-' && label[^1] != '-' && AreAll(label, unit => IsLetter(unit) || IsDigit(unit) || unit == '-');

    private static bool IsAtom(byte unit) => IsLetter(unit) || IsDigit(unit) || "!#$%&'*+/=?^_`{|}~-"u8.Contains(unit);

    // RFC 3339, with a space for T, and offsets as +01 and +0100, as ajv-formats takes them.
    private static bool IsDateTime(ReadOnlySpan<byte> text)
    {
        if (text.Length < 20 || !(text[10] is (byte)'T' or (byte)'t' or (byte)' ') || text[4] != '-' || text[7] != '-' || text[13] != ':' || text[16] != ':'
            || !TryNumber(text[..4], out var year) || !TryNumber(text[5..7], out var month) || !TryNumber(text[8..10], out var day)
            || !TryNumber(text[11..13], out var hour) || !TryNumber(text[14..16], out var minute) || !TryNumber(text[17..19], out var second)
            || month is 0 or > 12 || day == 0 || day > DaysOf(year, month))
        {
            return false;
        }
        var rest = text[19..];
        if (rest[0] == '.')
        {
            var decimals = 1;
            while (decimals < rest.Length && IsDigit(rest[decimals]))
            {
                decimals++;
            }
            if (decimals == 1)
            {
                return false;
            }
            rest = rest[decimals..];
        }
        if (!TryOffset(rest, out var offsetHours, out var offsetMinutes))
        {
            return false;
        }
        if (hour <= 23 && minute <= 59 && second < 60)
        {
            return true;
        }
        // A leap second ends a day of UTC.
        var utcMinute = minute - offsetMinutes;
        var utcHour = hour - offsetHours - (utcMinute < 0 ? 1 : 0);
        return utcHour is 23 or -1 && utcMinute is 59 or -1 && second < 61;
    }

    private static bool TryOffset(ReadOnlySpan<byte> text, out int hours, out int minutes)
    {
        (hours, minutes) = (0, 0);
        if (text is [(byte)'Z' or (byte)'z'])
        {
            return true;
        }
        if (text.Length is not (3 or 5 or 6) || text[0] is not ((byte)'+' or (byte)'-') || !TryNumber(text[1..3], out hours)
            || (text.Length == 6 && text[3] != ':') || (text.Length > 3 && !TryNumber(text[^2..], out minutes)) || hours > 23 || minutes > 59)
        {
            return false;
        }
        if (text[0] == '-')
        {
            (hours, minutes) = (-hours, -minutes);
        }
        return true;
    }

    // The year 0000 is one here, as in the RFC's grammar.
    private static int DaysOf(int year, int month) => month switch
    {
        2 => year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28,
        4 or 6 or 9 or 11 => 30,
        _ => 31,
    };

    private static bool TryNumber(ReadOnlySpan<byte> digits, out int number)
    {
        number = 0;
        foreach (var digit in digits)
        {
            if (!IsDigit(digit))
            {
                return false;
            }
            number = number * 10 + digit - '0';
        }
        return true;
    }

    internal static bool AreAll(ReadOnlySpan<byte> text, Func<byte, bool> test)
    {
        foreach (var unit in text)
        {
            if (!test(unit))
            {
                return false;
            }
        }
        return true;
    }
}
