using System.Net;
using System.Net.Sockets;
using AuditConsole.Storage;

namespace AuditConsole.Streams.Reach;

/// <summary>Which addresses streams may reach: public ones, and those that the operator allows.</summary>
internal sealed class AddressGuard(IReadOnlyList<AddressRange> allowed)
{
    /// <summary>The key of the configuration by which an operator allows networks.</summary>
    internal const string Key = $"{StreamOptions.Section}:{nameof(StreamOptions.AllowedNetworks)}";

    // The registries of special-purpose addresses (RFC 6890), forms that carry an IPv4 address inside, and where clouds
    // answer their machines.
    private static readonly (AddressRange Range, string Name)[] Refused =
    [
        Of("0.0.0.0/8", "unspecified"), Of("10.0.0.0/8", "private"), Of("100.64.0.0/10", "a carrier's own"), Of("127.0.0.0/8", "this machine's own"),
        Of("169.254.0.0/16", "link-local, where clouds keep their metadata"), Of("172.16.0.0/12", "private"), Of("192.0.0.0/24", "reserved"),
        Of("192.0.2.0/24", "for documentation"), Of("192.88.99.0/24", "a relay's"), Of("192.168.0.0/16", "private"), Of("198.18.0.0/15", "for measurements"),
        Of("198.51.100.0/24", "for documentation"), Of("203.0.113.0/24", "for documentation"), Of("224.0.0.0/4", "multicast"), Of("240.0.0.0/4", "reserved"),
        Of("168.63.129.16/32", "where a cloud answers its machines"),
        // The whole of ::/96 holds ::, ::1 and IPv4 addresses in disguise.
        Of("::/96", "this machine's own, or an IPv4 address in disguise"), Of("::ffff:0:0:0/96", "an IPv4 address in disguise"),
        Of("64:ff9b::/96", "an IPv4 address in disguise"), Of("64:ff9b:1::/48", "an IPv4 address in disguise"), Of("100::/64", "for discarding"),
        Of("2001::/23", "reserved"), Of("2001:db8::/32", "for documentation"), Of("2002::/16", "an IPv4 address in disguise"),
        Of("3fff::/20", "for documentation"), Of("5f00::/16", "reserved"),
        Of("fc00::/7", "private"), Of("fe80::/10", "link-local"), Of("fec0::/10", "private"), Of("ff00::/8", "multicast"),
    ];

    /// <summary>Whether the operator names the address.</summary>
    public bool IsAllowed(IPAddress address) => allowed.Any(range => range.Contains(address));

    /// <summary>Refuses a host if any of its addresses may not be reached, whichever would have been used.</summary>
    /// <param name="host">As it stands in the settings.</param>
    /// <param name="addresses">All that it leads to.</param>
    /// <param name="isEncrypted">Whether TLS will be spoken.</param>
    /// <exception cref="AddressRefusedException">One of them may not be reached.</exception>
    public void Require(string host, IReadOnlyList<IPAddress> addresses, bool isEncrypted)
    {
        foreach (var address in addresses)
        {
            if (Refusal(host, address, isEncrypted) is { } refusal)
            {
                throw new Destinations.AddressRefusedException(refusal);
            }
        }
    }

    /// <summary>Why an address may not be reached, a sentence with what to do; null where it may.</summary>
    /// <param name="host">As it stands in the settings.</param>
    /// <param name="address">What it leads to.</param>
    /// <param name="isEncrypted">Whether TLS will be spoken.</param>
    public string? Refusal(string host, IPAddress address, bool isEncrypted)
    {
        if (IsAllowed(address))
        {
            return null;
        }
        var isItself = host.Trim('[', ']') == address.ToString();
        if (WhyRefused(address) is { } why)
        {
            return $"{host} {(isItself ? "is" : $"leads to {address}, which is")} {why}: streams reach public addresses alone. Enter another address, or have who runs this server add it to {Key}.";
        }
        return isEncrypted ? null : $"{host} {(isItself ? "is reached by https alone" : $"leads to {address} without encryption")}. Use https, or have who runs this server add it to {Key}.";
    }

    /// <summary>What an address is that isn't public; null for a public one.</summary>
    public static string? WhyRefused(IPAddress address)
    {
        if (address.AddressFamily is not (AddressFamily.InterNetwork or AddressFamily.InterNetworkV6))
        {
            return "no internet address";
        }
        // An IPv4 address in IPv6's form is the IPv4 address.
        foreach (var (range, name) in Refused)
        {
            if (range.Contains(address))
            {
                return name;
            }
        }
        return null;
    }

    private static (AddressRange Range, string Name) Of(string network, string name)
    {
        var parsed = AddressRange.TryParse(network, out var range);
        System.Diagnostics.Debug.Assert(parsed);
        return (range, name);
    }
}
