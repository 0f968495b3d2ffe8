using System.Net;
using AuditConsole.Core;

namespace AuditConsole.Tests.Core;

public sealed class IpTests
{
    [Theory]
    [InlineData("203.0.113.42", "203.0.113.42")]
    [InlineData("0.0.0.0", "0.0.0.0")]
    [InlineData("255.255.255.255", "255.255.255.255")]
    [InlineData("2001:DB8:0:0:0:0:0:1", "2001:db8::1")]
    [InlineData("2001:0db8::0001", "2001:db8::1")]
    [InlineData("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1")]
    [InlineData("2001:0:0:1:0:0:0:1", "2001:0:0:1::1")]
    [InlineData("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1")]
    [InlineData("::", "::")]
    [InlineData("::1", "::1")]
    [InlineData("::ffff:203.0.113.42", "203.0.113.42")]
    [InlineData("::FFFF:cb00:712a", "203.0.113.42")]
    [InlineData("0:0:0:0:0:ffff:203.0.113.42", "203.0.113.42")]
    public void An_address_has_one_form(string text, string normal)
    {
        Assert.True(EntryParser.TryParseIp(text, out var address));
        Assert.Equal(normal, address.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("1.2.3")]
    [InlineData("1.2.3.4.5")]
    [InlineData("256.1.1.1")]
    [InlineData("010.0.0.1")]
    [InlineData("0x7f.0.0.1")]
    [InlineData("2130706433")]
    [InlineData(" 203.0.113.42")]
    [InlineData("203.0.113.42 ")]
    [InlineData("203.0.113.42:80")]
    [InlineData("203.0.113.0/24")]
    [InlineData("[::1]")]
    [InlineData("[::1]:80")]
    [InlineData("::1]")]
    [InlineData("::1/64")]
    [InlineData("fe80::1%eth0")]
    [InlineData("fe80::1%3")]
    [InlineData("::1 ")]
    [InlineData(" ::1")]
    [InlineData(":::")]
    [InlineData("1::2::3")]
    [InlineData("2001:db8:0:0:0:0:0:0:1")]
    [InlineData("2001:db8::12345")]
    [InlineData("::ffff:010.0.0.1")]
    [InlineData("::ffff:256.0.0.1")]
    [InlineData("::1.2.3")]
    [InlineData("::0x1")]
    [InlineData("localhost")]
    [InlineData("\u0661.2.3.4")]
    public void What_is_no_address_is_refused(string text) => Assert.False(EntryParser.TryParseIp(text, out _));

    [Fact]
    public void The_normal_form_of_every_address_is_its_own_and_follows_RFC_5952() => Property.Holds(seed =>
    {
        var random = new Random(seed);
        var bytes = new byte[16];
        for (var i = 0; i < 16; i += 2)
        {
            if (random.Next(2) == 0)
            {
                (bytes[i], bytes[i + 1]) = (random.Next(2) == 0 ? (byte)0 : (byte)random.Next(256), (byte)random.Next(256));
            }
        }
        var normal = new IPAddress(bytes).ToString();
        return EntryParser.TryParseIp(normal, out var read)
            && read.GetAddressBytes().AsSpan().SequenceEqual(bytes) && read.ToString() == normal
            && !normal.Any(char.IsAsciiLetterUpper);
    }, times: 2000);
}
