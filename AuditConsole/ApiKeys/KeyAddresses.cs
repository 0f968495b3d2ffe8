using AuditConsole.Identity;
using AuditConsole.Storage;

namespace AuditConsole.ApiKeys;

/// <summary>The list of addresses from which a key may be used.</summary>
internal static class KeyAddresses
{
    /// <summary>The most entries of a list.</summary>
    public const int Most = 50;

    /// <summary>The list with its addresses normalised and separated by spaces; null where it is empty.</summary>
    /// <param name="text">Addresses and networks, separated by blanks, commas or line ends.</param>
    /// <exception cref="RefusedException">One of them is no address, or they are too many.</exception>
    public static string? Check(string? text)
    {
        var ranges = new List<string>();
        foreach (var part in (text ?? "").Split([' ', ',', ';', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (!AddressRange.TryParse(part, out var range))
            {
                throw new RefusedException($"\"{part}\" is no address. Write one as 203.0.113.42, or a network as 203.0.113.0/24 or 2001:db8::/32.");
            }
            ranges.Add(range.ToString());
        }
        return ranges.Count switch
        {
            0 => null,
            > Most => throw new RefusedException($"A key takes up to {Most} addresses. Name networks instead."),
            _ => string.Join(' ', ranges.Distinct()),
        };
    }
}
