namespace AuditConsole.Portal;

/// <summary>The section <c>Portal</c> of the configuration.</summary>
public sealed class PortalOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Portal";

    /// <summary>The origins to which a portal may lead back, as <c>https://app.example.com</c>; none where empty.</summary>
    public IList<string> ReturnOrigins { get; } = [];

    /// <summary>Everything that is wrong, each problem with its key.</summary>
    internal IEnumerable<string> Problems() => ReturnOrigins
        .Where(origin => OriginOf(origin) is not { } found || found != origin.TrimEnd('/'))
        .Select(origin => $"{Section}:{nameof(ReturnOrigins)} holds \"{origin}\"; give origins, as https://app.example.com, without a path.");

    /// <summary>Whether an address is one of those origins'.</summary>
    internal bool Allows(string url) => OriginOf(url) is { } origin && ReturnOrigins.Any(allowed => allowed.TrimEnd('/') == origin);

    /// <summary>The origin of an absolute http address as browsers write it; null for any other text.</summary>
    internal static string? OriginOf(string url) =>
        // A name or password in front of the host is how addresses deceive.
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.UserInfo.Length == 0 && !url.Any(char.IsControl) && !url.Contains('\\', StringComparison.Ordinal)
            ? uri.GetLeftPart(UriPartial.Authority)
            : null;
}
