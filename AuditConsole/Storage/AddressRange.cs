using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using AuditConsole.Core;

namespace AuditConsole.Storage;

/// <summary>One client address, or a network of them in CIDR form, as filters give it.</summary>
public readonly record struct AddressRange
{
    private readonly IPAddress _address;

    private AddressRange(IPAddress address, int? length) => (_address, Length) = (address, length);

    /// <summary>The length of the network's prefix in bits; null for one address.</summary>
    public int? Length { get; }

    /// <summary>Reads <c>203.0.113.42</c>, <c>2001:db8::1</c>, <c>203.0.113.0/24</c> or <c>2001:db8::/32</c>; bits behind the prefix are cleared.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out AddressRange range)
    {
        range = default;
        if (text is null)
        {
            return false;
        }
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (!EntryParser.TryParseIp(slash < 0 ? text : text[..slash], out var address))
        {
            return false;
        }
        if (slash < 0)
        {
            range = new AddressRange(address, null);
            return true;
        }
        if (!int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var length) || text[slash + 1] == '0' && text.Length > slash + 2)
        {
            return false;
        }
        // An IPv4 address in IPv6's form was made IPv4: so is its network.
        if (address.AddressFamily == AddressFamily.InterNetwork && text.AsSpan(0, slash).Contains(':'))
        {
            length -= 96;
        }
        var bytes = address.GetAddressBytes();
        if (length < 0 || length > bytes.Length * 8)
        {
            return false;
        }
        Fill(bytes, length, 0);
        range = new AddressRange(new IPAddress(bytes), length);
        return true;
    }

    /// <summary>Whether an address is in it.</summary>
    public bool Contains(IPAddress address)
    {
        var key = KeyOf(address);
        return key.AsSpan().SequenceCompareTo(First()) >= 0 && key.AsSpan().SequenceCompareTo(Last()) <= 0;
    }

    /// <summary>The key of the first address.</summary>
    public byte[] First() => KeyOf(_address);

    /// <summary>The key of the last address.</summary>
    public byte[] Last()
    {
        var bytes = _address.GetAddressBytes();
        Fill(bytes, Length ?? bytes.Length * 8, 0xFF);
        return KeyOf(new IPAddress(bytes));
    }

    /// <summary>By what addresses are ordered, so that a network is a range: the family (4 or 6), then the address's bytes.</summary>
    public static byte[] KeyOf(IPAddress address)
    {
        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return [(byte)(address.AddressFamily == AddressFamily.InterNetwork ? 4 : 6), .. address.GetAddressBytes()];
    }

    /// <summary>What <see cref="TryParse"/> reads, normalised.</summary>
    public override string ToString() =>
        Length is { } length ? string.Create(CultureInfo.InvariantCulture, $"{_address}/{length}") : _address.ToString();

    private static void Fill(byte[] bytes, int from, byte value)
    {
        for (var bit = from; bit < bytes.Length * 8; bit++)
        {
            var mask = (byte)(0x80 >> bit % 8);
            bytes[bit / 8] = (byte)(value == 0 ? bytes[bit / 8] & ~mask : bytes[bit / 8] | mask);
        }
    }
}
