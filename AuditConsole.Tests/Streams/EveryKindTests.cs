using System.Collections.Concurrent;
using System.Net;
using AuditConsole.Streams;
using AuditConsole.Streams.Destinations;
using AuditConsole.Streams.Reach;
using AuditConsole.Tests.Streams.Destinations;
using AuditConsole.Tests.Streams.Formats;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace AuditConsole.Tests.Streams;

/// <summary>Nobody reaches inside, whatever kind of destination is set up: by a name that leads there, or by a redirect.</summary>
public sealed class EveryKindTests(EveryKindFixture fixture) : IClassFixture<EveryKindFixture>
{
    private const string Metadata = "169.254.169.254";
    private const string Other = "of-others.s3.eu-central-1.amazonaws.com";

    [Fact]
    public void None_is_left_out() =>
        Assert.Equal(fixture.Kinds.Select(kind => kind.Name).Order(StringComparer.Ordinal), EveryKindFixture.Cases.Select(one => one.Split(' ')[0]).Distinct().Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_name_that_leads_inside_is_refused_before_a_connection_is_made(string one)
    {
        var asked = new List<string>();
        using var http = fixture.Guarded((host, _) =>
        {
            asked.Add(host);
            return Task.FromResult<IPAddress[]>([IPAddress.Parse("1.1.1.1"), IPAddress.Parse(Metadata)]);
        });
        await using var destination = fixture.Open(one, http.Client);
        foreach (var outcome in new[] { await destination.CheckAsync(default), await SendAsync(destination) })
        {
            Assert.Equal(DeliveryVerdict.Stop, outcome.Verdict);
            Assert.Contains(Metadata, outcome.Message, StringComparison.Ordinal);
            Assert.Contains("Streams:AllowedNetworks", outcome.Message, StringComparison.Ordinal);
        }
        Assert.NotEmpty(asked);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_redirect_leads_nowhere(string one)
    {
        // Inside, and to another place of a vendor, which its library might take for a hint.
        foreach (var (status, location) in new[] { 301, 302, 307, 308 }.SelectMany(status => new[] { $"http://{Metadata}/latest/meta-data/", $"https://{Other}/o" }.Select(location => (status, location))))
        {
            var outer = fixture.Receivers.Add(_ => new Answer(status, Location: location));
            using var http = fixture.Guarded(null, "127.0.0.0/8");
            var to = new To(outer.Address) { InnerHandler = http.Handler };
            using var client = new HttpClient(to, disposeHandler: false);
            await using var destination = fixture.Open(one, client);
            foreach (var outcome in new[] { await destination.CheckAsync(default), await SendAsync(destination) })
            {
                Assert.Contains(outcome.Verdict, new[] { DeliveryVerdict.Retry, DeliveryVerdict.Stop });
            }
            Assert.NotEmpty(outer.All);
            Assert.DoesNotContain(Metadata, to.Hosts);
            Assert.DoesNotContain(Other, to.Hosts);
        }
    }

    public static TheoryData<string> Cases => [.. EveryKindFixture.Cases];

    private static Task<DeliveryOutcome> SendAsync(IDestination destination) =>
        destination.SendAsync(DestinationRun.Batch(StreamFormat.Json, FormatEntries.Published()), default);

    // What would go to the vendor arrives where it is answered with a redirect.
    private sealed class To(Uri address) : DelegatingHandler
    {
        public ConcurrentQueue<string> Hosts { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Hosts.Enqueue(request.RequestUri!.Host);
            request.RequestUri = address;
            return base.SendAsync(request, cancellationToken);
        }
    }
}

/// <summary>Every kind that a served console offers, with settings that hold.</summary>
public sealed class EveryKindFixture : StreamFixture
{
    private readonly GoogleStub _google = new();
    private readonly SnowflakeStub _snowflake = new();

    public EveryKindFixture()
    {
        Console.Settings["Streams:Aws:AccessKeyId"] = "AKIAEXAMPLE000000001";
        Console.Settings["Streams:Aws:SecretAccessKey"] = "secret";
        Console.Settings["Streams:Aws:Principal"] = "arn:aws:iam::999999999999:user/audit-console";
    }

    /// <summary>A kind, and what of it is reached another way.</summary>
    public static IReadOnlyList<string> Cases { get; } =
        ["http", "splunk-hec", "datadog", "s3", "s3 role", "s3-compatible", "gcs", "bigquery", "bigquery quick", "snowflake", "webhook"];

    public IReadOnlyList<IDestinationKind> Kinds => Service.Kinds;

    internal GuardedHttp Guarded(LookUp? lookUp, params string[] allowed)
    {
        var options = new StreamOptions();
        Array.ForEach(allowed, options.AllowedNetworks.Add);
        return new GuardedHttp(Options.Create(options), Console.Services.GetRequiredService<IHostEnvironment>(), lookUp);
    }

    internal IDestination Open(string one, HttpClient client)
    {
        var kind = Kinds.Single(kind => kind.Name == one.Split(' ')[0]);
        var settings = kind.Fields.Where(field => field.Default is not null).ToDictionary(field => field.Name, field => field.Default!);
        foreach (var (name, value) in SettingsOf(one))
        {
            settings[name] = value;
        }
        return DestinationRun.Open(kind, client, settings);
    }

    private (string Name, string Value)[] SettingsOf(string one) => one switch
    {
        "http" => [("url", "https://siem.example.com/audit")],
        "webhook" => [("url", "https://siem.example.com/hook"), ("secret", "whsec_" + Convert.ToBase64String(new byte[32]))],
        "splunk-hec" => [("url", "https://splunk.example.com:8088"), ("token", SplunkStub.Token)],
        "datadog" => [("api_key", DatadogStub.Key)],
        "s3" => [("bucket", "acme-audit-log"), ("region", "eu-central-1"), ("access_key_id", "AKIAEXAMPLE000000000"), ("secret_access_key", "secret")],
        "s3 role" =>
        [
            ("bucket", "acme-audit-log"), ("region", "eu-central-1"), ("access", "role"), ("role_arn", "arn:aws:iam::123456789012:role/audit-console"),
            ("external_id", "ac-00000000000000000000000000000000"),
        ],
        "s3-compatible" => [("endpoint", "https://s3.example.com"), ("bucket", "acme-audit-log"), ("access_key_id", "AKIAEXAMPLE000000000"), ("secret_access_key", "secret")],
        "gcs" => [("bucket", "acme-audit"), ("service_account", _google.KeyFile)],
        "bigquery" => [("dataset", "security"), ("location", "EU"), ("bucket", "acme-audit"), ("service_account", _google.KeyFile)],
        "bigquery quick" => [("dataset", "security"), ("location", "EU"), ("mode", "quick"), ("service_account", _google.KeyFile)],
        _ => [("account", "acme-prod1"), ("user", "audit_console"), ("private_key", _snowflake.PrivateKey), ("database", "security")],
    };
}
