namespace AuditConsole.Api;

/// <summary>How much one key may ask for.</summary>
internal sealed class RateLimitOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "RateLimits";

    /// <summary>Appending requests a minute and key.</summary>
    public int WritesPerMinute { get; set; } = 60_000;
}
