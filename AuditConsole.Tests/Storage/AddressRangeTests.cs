using System.Net;
using AuditConsole.Storage;

namespace AuditConsole.Tests.Storage;

public sealed class AddressRangeTests
{
    [Theory]
    [InlineData("203.0.113.42", "203.0.113.42", "203.0.113.42", "203.0.113.43")]
    [InlineData("203.0.113.42/24", "203.0.113.0/24", "203.0.113.255", "203.0.114.0")]
    [InlineData("0.0.0.0/0", "0.0.0.0/0", "255.255.255.255", "::1")]
    [InlineData("::/0", "::/0", "2001:db8::1", "203.0.113.42")]
    [InlineData("2001:DB8::1/33", "2001:db8::/33", "2001:db8:7fff:ffff::", "2001:db8:8000::")]
    [InlineData("::ffff:10.0.0.0/120", "10.0.0.0/24", "10.0.0.7", "10.0.1.0")]
    public void A_network_holds_its_addresses_alone(string text, string normalised, string inside, string outside)
    {
        Assert.True(AddressRange.TryParse(text, out var range));
        Assert.Equal(normalised, range.ToString());
        Assert.True(range.Contains(IPAddress.Parse(inside)));
        Assert.True(range.Contains(IPAddress.Parse(inside).MapToIPv6()));
        Assert.False(range.Contains(IPAddress.Parse(outside)));
    }

    [Theory]
    [InlineData("203.0.113.42/")]
    [InlineData("203.0.113.42/33")]
    [InlineData("203.0.113.42/-1")]
    [InlineData("203.0.113.42/08")]
    [InlineData("203.0.113.42/8/8")]
    [InlineData("/8")]
    [InlineData("2001:db8::/129")]
    [InlineData("::ffff:10.0.0.0/24")]
    [InlineData("10.0.0")]
    [InlineData("")]
    [InlineData(null)]
    public void What_is_no_network_is_refused(string? text) => Assert.False(AddressRange.TryParse(text, out _));
}
