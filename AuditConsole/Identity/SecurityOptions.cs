using System.Net;

namespace AuditConsole.Identity;

/// <summary>The section <c>Security</c> of the configuration.</summary>
public sealed class SecurityOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Security";

    /// <summary>Serve and sign in over plain http beyond this machine: passwords and sessions then travel readable.</summary>
    public bool AllowInsecureHttp { get; set; }

    /// <summary>The proxies whose X-Forwarded-* headers count: addresses, or networks as <c>10.0.0.0/8</c>.</summary>
    public IList<string> TrustedProxies { get; } = [];

    /// <summary>The most open pages (circuits) of one person.</summary>
    public int MaxConnectionsPerUser { get; set; } = 50;

    /// <summary>The most posts a minute of sign-in, setup and set-password together, from one address.</summary>
    public int SignInsPerMinute { get; set; } = 20;

    /// <summary>Everything that is wrong, each problem with its key.</summary>
    internal IEnumerable<string> Problems()
    {
        if (MaxConnectionsPerUser < 1)
        {
            yield return $"{Section}:{nameof(MaxConnectionsPerUser)} is {MaxConnectionsPerUser}; give at least 1.";
        }
        if (SignInsPerMinute < 1)
        {
            yield return $"{Section}:{nameof(SignInsPerMinute)} is {SignInsPerMinute}; give at least 1.";
        }
        foreach (var proxy in TrustedProxies)
        {
            if (!IPAddress.TryParse(proxy, out _) && !IPNetwork.TryParse(proxy, out _))
            {
                yield return $"{Section}:{nameof(TrustedProxies)} holds \"{proxy}\"; give addresses, or networks as 10.0.0.0/8.";
            }
        }
    }
}
