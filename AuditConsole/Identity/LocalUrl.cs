using AuditConsole.Query;

namespace AuditConsole.Identity;

/// <summary>Where to go after signing in: a place of this console, whatever a link says.</summary>
public static class LocalUrl
{
    private const int MaxLength = 4096;

    /// <summary>The address if it is a path of this server, else the log.</summary>
    public static string Or(string? url) =>
        url is { Length: > 0 and <= MaxLength } && url[0] == '/' && !(url.Length > 1 && url[1] is '/' or '\\') && !url.Any(char.IsControl)
            ? url
            : ConsoleUrls.AuditLogPath;
}
