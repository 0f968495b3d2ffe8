namespace AuditConsole.Streams.Destinations;

/// <summary>The addresses that streams are pointed at.</summary>
internal static class HttpUrl
{
    private const int MaxLength = 2000;

    /// <summary>What is wrong with an address; null for nothing.</summary>
    public static string? Problem(string? text)
    {
        if (text is null)
        {
            return "Enter an address, as https://siem.example.com/audit.";
        }
        if (text.Length > MaxLength || !Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("https" or "http"))
        {
            return "That is no address. It begins with https://, as https://siem.example.com/audit.";
        }
        if (url.UserInfo.Length > 0)
        {
            return "An address with a name or password in it can't be kept secret. Enter credentials in their own field.";
        }
        return url.Fragment.Length > 0 ? "Leave out what comes behind #: it isn't sent." : null;
    }
}
