namespace AuditConsole.Api;

/// <summary>How much one key may ask for: the section <c>RateLimits</c>.</summary>
public sealed class RateLimitOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "RateLimits";

    /// <summary>Reading requests a minute and key, where the account has no limit of its own.</summary>
    public int ReadsPerMinute { get; set; } = 600;

    /// <summary>Appending requests a minute and key, where the account has no limit of its own.</summary>
    public int WritesPerMinute { get; set; } = 60_000;

    /// <summary>Requests with a wrong key, a minute and address.</summary>
    public int WrongKeysPerMinute { get; set; } = 100;
}
