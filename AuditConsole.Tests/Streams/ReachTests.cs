using System.Net;
using AuditConsole.Storage;
using AuditConsole.Streams;
using AuditConsole.Streams.Destinations;
using AuditConsole.Streams.Reach;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace AuditConsole.Tests.Streams;

/// <summary>Nobody reaches inside by a stream's address.</summary>
public sealed class ReachTests : IAsyncLifetime
{
    private ReceiverHost _receivers = null!;

    public async Task InitializeAsync() => _receivers = await ReceiverHost.StartAsync();

    public async Task DisposeAsync() => await _receivers.DisposeAsync();

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("0.1.2.3")]
    [InlineData("10.0.0.1")]
    [InlineData("100.64.0.1")]
    [InlineData("100.100.100.200")]
    [InlineData("127.0.0.1")]
    [InlineData("127.255.255.254")]
    [InlineData("168.63.129.16")]
    [InlineData("169.254.169.254")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.0.0.192")]
    [InlineData("192.168.1.1")]
    [InlineData("198.18.0.1")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::127.0.0.1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("::ffff:0:127.0.0.1")]
    [InlineData("64:ff9b::7f00:1")]
    [InlineData("64:ff9b::a9fe:a9fe")]
    [InlineData("64:ff9b:1::1")]
    [InlineData("2001:0:4136:e378:8000:63bf:3fff:fdd2")]
    [InlineData("2002:7f00:1::1")]
    [InlineData("2002:a9fe:a9fe::")]
    [InlineData("fc00::1")]
    [InlineData("fd00:ec2::254")]
    [InlineData("fe80::1")]
    [InlineData("fe80::1%2")]
    [InlineData("fec0::1")]
    [InlineData("ff02::1")]
    public void An_address_that_is_not_public_is_refused(string address)
    {
        Assert.NotNull(AddressGuard.WhyRefused(IPAddress.Parse(address)));
        var problem = Assert.Single(Entered($"https://{(address.Contains(':', StringComparison.Ordinal) ? $"[{address.Replace("%", "%25", StringComparison.Ordinal)}]" : address)}:8443/audit"));
        Assert.Equal("url", problem.Field);
        Assert.Contains("Streams:AllowedNetworks", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.1.1.1")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.0")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.0")]
    [InlineData("169.253.255.255")]
    [InlineData("223.255.255.255")]
    [InlineData("::ffff:1.1.1.1")]
    [InlineData("2606:4700:4700::1111")]
    [InlineData("2a00:1450::1")]
    public void A_public_address_is_not(string address) => Assert.Null(AddressGuard.WhyRefused(IPAddress.Parse(address)));

    [Theory]
    // However loopback and the metadata address are written: what the system makes of it counts.
    [InlineData("http://127.0.0.1/")]
    [InlineData("https://127.0.0.1/")]
    [InlineData("http://2130706433/")]
    [InlineData("http://0177.0.0.1/")]
    [InlineData("http://0x7f.1/")]
    [InlineData("http://127.1/")]
    [InlineData("http://localhost/")]
    [InlineData("http://[::1]/")]
    [InlineData("http://[::ffff:127.0.0.1]/")]
    [InlineData("http://[::ffff:7f00:1]/")]
    [InlineData("http://[64:ff9b::7f00:1]/")]
    [InlineData("http://[2002:7f00:1::]/")]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    [InlineData("http://2852039166/latest/meta-data/")]
    [InlineData("http://[fd00:ec2::254]/latest/meta-data/")]
    [InlineData("http://0/")]
    public async Task Every_way_to_write_an_inner_address_is_refused_before_a_connection_is_made(string url)
    {
        Assert.Equal("url", Assert.Single(Entered(url)).Field);
        using var http = Http([]);
        var fault = await Assert.ThrowsAsync<HttpRequestException>(() => http.Client.GetAsync(new Uri(url)));
        var refused = Assert.IsType<AddressRefusedException>(fault.InnerException);
        Assert.Contains("Streams:AllowedNetworks", refused.Message, StringComparison.Ordinal);
        Assert.Equal(DeliveryVerdict.Stop, HttpOutcomes.Of(fault, "there")!.Verdict);
    }

    [Fact]
    public async Task A_name_with_one_inner_address_among_public_ones_is_refused_and_the_message_names_it()
    {
        var receiver = _receivers.Add();
        using var http = Http([], (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse("1.1.1.1"), IPAddress.Loopback]));
        var fault = await Assert.ThrowsAsync<HttpRequestException>(() => http.Client.GetAsync(new Uri($"https://siem.example.com:{receiver.Address.Port}/")));
        Assert.Contains("siem.example.com leads to 127.0.0.1", fault.InnerException!.Message, StringComparison.Ordinal);
        Assert.Empty(receiver.All);
    }

    [Fact]
    public async Task A_public_address_is_reached_by_https_alone()
    {
        using var http = Http([], (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse("1.1.1.1")]));
        var fault = await Assert.ThrowsAsync<HttpRequestException>(() => http.Client.GetAsync(new Uri("http://siem.example.com/")));
        Assert.Contains("without encryption", Assert.IsType<AddressRefusedException>(fault.InnerException).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_name_is_looked_up_once_and_the_connection_goes_to_that_address()
    {
        var receiver = _receivers.Add();
        var answers = new Queue<IPAddress>([IPAddress.Loopback, IPAddress.Parse("169.254.169.254")]);
        using var http = Http(["127.0.0.0/8"], (_, _) => Task.FromResult<IPAddress[]>([answers.Dequeue()]));
        using var answer = await http.Client.GetAsync(new Uri($"http://rebinding.example.com:{receiver.Address.Port}{receiver.Address.AbsolutePath}"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Single(receiver.All);
        Assert.Single(answers);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_is_not_followed(int status)
    {
        var inner = _receivers.Add();
        var receiver = _receivers.Add(_ => new Answer(status, Location: inner.Address.ToString()));
        using var http = Http(["127.0.0.0/8"]);
        using var answer = await http.Client.GetAsync(receiver.Address);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Empty(inner.All);
    }

    [Fact]
    public async Task No_proxy_of_the_environment_is_asked_and_no_cookie_is_kept()
    {
        using var http = Http(["127.0.0.0/8"]);
        Assert.False(http.Handler.UseProxy);
        Assert.False(http.Handler.UseCookies);
        Assert.False(http.Handler.AllowAutoRedirect);
        await Task.CompletedTask;
    }

    [Theory]
    [InlineData("https://siem.example.com/audit")]
    [InlineData("https://1.1.1.1/")]
    [InlineData("https://[2606:4700:4700::1111]:8443/")]
    [InlineData("http://10.20.0.1/", "10.20.0.0/16")]
    [InlineData("http://localhost:8080/", "127.0.0.0/8")]
    // A name may lead there: what it leads to is looked at when a connection is made.
    [InlineData("http://siem.example.com/", "10.20.0.0/16")]
    public void An_address_that_may_be_reached_is_taken(string url, params string[] allowed) => Assert.Empty(Entered(url, allowed));

    [Theory]
    [InlineData("http://1.1.1.1/", "https alone")]
    [InlineData("http://siem.example.com/", "https alone")]
    [InlineData("http://10.21.0.1/", "10.21.0.1 is private", "10.20.0.0/16")]
    [InlineData("https://a.localhost/", "leads to 127.0.0.1")]
    [InlineData("https://127.0.0.1./", "127.0.0.1")]
    public void What_is_refused_is_said_in_words_with_the_key_that_allows_it(string url, string words, params string[] allowed)
    {
        var message = Assert.Single(Entered(url, allowed)).Message;
        Assert.Contains(words, message, StringComparison.Ordinal);
        Assert.Contains("Streams:AllowedNetworks", message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_allowed_network_allows_nothing_beside_it()
    {
        var guard = new AddressGuard([Range("10.20.0.0/16")]);
        guard.Require("a", [IPAddress.Parse("10.20.255.255")], isEncrypted: false);
        guard.Require("a", [IPAddress.Parse("::ffff:10.20.0.1")], isEncrypted: false);
        Assert.Throws<AddressRefusedException>(() => guard.Require("a", [IPAddress.Parse("10.21.0.0")], isEncrypted: true));
        Assert.Throws<AddressRefusedException>(() => guard.Require("a", [IPAddress.Parse("10.20.0.1"), IPAddress.Parse("10.21.0.0")], isEncrypted: true));
    }

    private static AddressRange Range(string text) => AddressRange.TryParse(text, out var range) ? range : throw new FormatException(text);

    /// <summary>What is said where an address is entered.</summary>
    private static IReadOnlyList<FieldProblem> Entered(string url, params string[] allowed) =>
        new AddressChecks(Allowing(allowed)).Check(new HttpKind(), new DestinationSettings(new Dictionary<string, string> { ["url"] = url }));

    private static IOptions<StreamOptions> Allowing(string[] allowed)
    {
        var options = new StreamOptions();
        foreach (var network in allowed)
        {
            options.AllowedNetworks.Add(network);
        }
        return Options.Create(options);
    }

    private static GuardedHttp Http(string[] allowed, LookUp? lookUp = null) => new(Allowing(allowed), new NoEnvironment(), lookUp);

    private sealed class NoEnvironment : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = "Test";

        public string ApplicationName { get; set; } = "AuditConsole";

        public string ContentRootPath { get; set; } = "/";

        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }
}
