using System.Text.Json.Nodes;
using AuditConsole.Streams.Destinations;
using AuditConsole.Streams.Destinations.Splunk;
using AuditConsole.Tests.Streams.Formats;

namespace AuditConsole.Tests.Streams.Destinations;

/// <summary>Splunk, against a stub that its own client can write to.</summary>
public sealed class SplunkTests(SplunkStub stub) : IClassFixture<SplunkStub>
{
    private static readonly SplunkKind Kind = new();

    [Fact]
    public async Task The_stub_is_one_that_the_official_client_writes_to()
    {
        var answer = await NpmClient.RunAsync("splunk", new
        {
            url = stub.Address.ToString(),
            token = SplunkStub.Token,
            events = new[] { new { message = new { hello = "official 1" } }, new { message = new { hello = "official 2" } } },
        });
        Assert.Equal(0, answer!["code"]!.GetValue<int>());
        Assert.Equal(
            ["official 1", "official 2"],
            stub.Events.Select(item => item["event"]).OfType<JsonObject>().Select(item => item["message"]).OfType<JsonObject>().Select(message => message["hello"]!.GetValue<string>()));
    }

    [Theory]
    [InlineData(StreamFormat.Json, "audit-console:entry")]
    [InlineData(StreamFormat.Ocsf, "audit-console:ocsf")]
    [InlineData(StreamFormat.Cef, "cef")]
    [InlineData(StreamFormat.Syslog, "syslog")]
    public async Task Entries_arrive_in_order_with_their_time_and_indexed_fields(StreamFormat format, string sourceType)
    {
        var before = stub.Events.Count;
        var outcome = await Open(format: format).SendAsync(DestinationRun.Batch(format, DestinationRun.Entries(120)), default);
        Assert.Equal((DeliveryVerdict.Delivered, 200), (outcome.Verdict, outcome.Status));
        var events = stub.Events.Skip(before).ToList();
        Assert.Equal(Enumerable.Range(1, 120).Select(number => $"{number}"), events.Select(item => item["fields"]!["entry_sequence"]!.GetValue<string>()));
        var first = events[0];
        Assert.Equal("1795279327.318", first["time"]!.ToJsonString());
        Assert.Equal(("audit", sourceType, "audit-console"), (first["index"]!.GetValue<string>(), first["sourcetype"]!.GetValue<string>(), first["source"]!.GetValue<string>()));
        Assert.Equal(format is StreamFormat.Json or StreamFormat.Ocsf, first["event"] is JsonObject);
    }

    [Fact]
    public async Task Without_compression_the_same_events_arrive()
    {
        var before = stub.Events.Count;
        Assert.Equal(DeliveryVerdict.Delivered, (await Open(("compression", "off")).SendAsync(DestinationRun.Batch(StreamFormat.Json, DestinationRun.Entries(3)), default)).Verdict);
        Assert.Equal(3, stub.Events.Count - before);
    }

    [Fact]
    public async Task A_full_batch_stays_below_what_Splunk_takes()
    {
        var destination = Open();
        var entries = DestinationRun.Entries(1000, metadata: new { text = new string('x', 1) });
        var batch = DestinationRun.Batch(StreamFormat.Json, entries);
        var kept = batch with { Entries = [.. batch.Entries.Take((int)(destination.Limits.Bytes / batch.Entries[0].Body.Length))] };
        Assert.Equal(DeliveryVerdict.Delivered, (await destination.SendAsync(kept, default)).Verdict);
        var tooMuch = DestinationRun.Batch(StreamFormat.Json, DestinationRun.Entries(2, metadata: new { text = new string('x', 600_000) }));
        Assert.Equal(DeliveryVerdict.TooLarge, (await destination.SendAsync(tooMuch, default)).Verdict);
        var one = DestinationRun.Batch(StreamFormat.Json, DestinationRun.Entries(1, metadata: new { text = new string('x', (int)destination.Limits.EntryBytes - 1200) }));
        Assert.Equal(DeliveryVerdict.Delivered, (await destination.SendAsync(one, default)).Verdict);
    }

    [Fact]
    public async Task With_acknowledgement_the_batch_counts_only_once_the_indexers_have_it()
    {
        stub.AcknowledgeAfter = 3;
        var asked = stub.Requests.Count;
        var outcome = await Open(("token", SplunkStub.AcknowledgedToken), ("indexer_acknowledgement", "on"))
            .SendAsync(DestinationRun.Batch(StreamFormat.Json, DestinationRun.Entries(2)), default);
        Assert.Equal(DeliveryVerdict.Delivered, outcome.Verdict);
        Assert.Equal(3, stub.Requests.Skip(asked).Count(line => line.StartsWith("POST /services/collector/ack?channel=", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_replay_and_what_is_sent_again_ask_in_channels_of_their_own()
    {
        // One acknowledgement more or less in a channel that two share, and one of them takes the other's for its own.
        var channels = new List<string>();
        foreach (var run in new[] { "", "_replay1", "_again", "" })
        {
            var settings = Settings(("url", stub.Address.ToString()), ("token", SplunkStub.AcknowledgedToken), ("indexer_acknowledgement", "on"));
            var context = new DestinationContext(DestinationRun.StreamId, FormatEntries.Tenant, StreamFormat.Json, stub.Client(), TimeProvider.System) { Run = run };
            var asked = stub.Requests.Count;
            await using var destination = Kind.Open(new DestinationSettings(settings), context);
            Assert.Equal(DeliveryVerdict.Delivered, (await destination.SendAsync(DestinationRun.Batch(StreamFormat.Json, DestinationRun.Entries(1)), default)).Verdict);
            channels.Add(Assert.Single(stub.Requests.Skip(asked).Where(line => line.Contains("/ack?channel=", StringComparison.Ordinal)).Distinct()));
        }
        Assert.Equal(3, channels.Distinct().Count());
        Assert.Equal(channels[0], channels[3]);
    }

    [Theory]
    [InlineData("token", "99999999-2222-3333-4444-555555555555", "token", "doesn't know the token")]
    [InlineData("token", SplunkStub.DisabledToken, "token", "disabled")]
    [InlineData("index", "nowhere", "index", "no such index")]
    [InlineData("token", SplunkStub.AcknowledgedToken, "indexer_acknowledgement", "Turn on")]
    [InlineData("indexer_acknowledgement", "on", "indexer_acknowledgement", "Enable it in the token's settings")]
    [InlineData("url", "/nothing/here", "url", "no HTTP Event Collector")]
    public async Task A_setting_that_Splunk_refuses_is_named(string field, string value, string wrong, string words)
    {
        var outcome = await Open((field, field == "url" ? stub.Address + value.TrimStart('/') : value)).CheckAsync(default);
        Assert.Equal((DeliveryVerdict.Stop, wrong), (outcome.Verdict, outcome.Field));
        Assert.Contains(words, outcome.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(403, 4, DeliveryVerdict.Stop)]
    [InlineData(400, 6, DeliveryVerdict.BadData)]
    [InlineData(400, 15, DeliveryVerdict.BadData)]
    [InlineData(500, 8, DeliveryVerdict.Retry)]
    [InlineData(503, 9, DeliveryVerdict.Retry)]
    [InlineData(503, 18, DeliveryVerdict.Retry)]
    [InlineData(400, 21, DeliveryVerdict.Stop)]
    [InlineData(503, 23, DeliveryVerdict.Retry)]
    [InlineData(429, 25, DeliveryVerdict.Retry)]
    [InlineData(413, null, DeliveryVerdict.TooLarge)]
    [InlineData(429, null, DeliveryVerdict.Retry)]
    [InlineData(502, null, DeliveryVerdict.Retry)]
    [InlineData(404, null, DeliveryVerdict.Stop)]
    [InlineData(200, null, DeliveryVerdict.Stop)]
    [InlineData(0, null, DeliveryVerdict.Retry)]
    public async Task An_answer_becomes_a_verdict(int status, int? code, DeliveryVerdict verdict)
    {
        stub.Next.Enqueue(new StubAnswer(status, code is null ? "<html>" : $$"""{"text":"said","code":{{code}}}"""));
        var outcome = await Open().SendAsync(DestinationRun.Batch(StreamFormat.Json, DestinationRun.Entries(1)), default);
        Assert.Equal(verdict, outcome.Verdict);
    }

    [Fact]
    public async Task A_server_that_does_not_run_is_told_from_one_that_is_not_there()
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        var port = DestinationRun.FreePort();
        var outcome = await DestinationRun.Open(Kind, client, Settings(("url", $"http://127.0.0.1:{port}"))).CheckAsync(default);
        Assert.Equal((DeliveryVerdict.Retry, "url"), (outcome.Verdict, outcome.Field));
        Assert.Contains($"127.0.0.1:{port} refuses connections", outcome.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("url", "splunk.example.com")]
    [InlineData("url", "http://splunk.example.com:8088")]
    [InlineData("url", "https://splunk.example.com:8088/services/collector")]
    [InlineData("url", "https://me:you@splunk.example.com:8088")]
    [InlineData("token", "not a token")]
    [InlineData("index", "Audit Log")]
    [InlineData("compression", "zip")]
    public void A_setting_that_can_not_hold_is_named(string field, string value) =>
        Assert.Equal(field, Assert.Single(Kind.Check(new DestinationSettings(Settings((field, value))))).Field);

    private IDestination Open(params (string Name, string Value)[] settings) => Open(StreamFormat.Json, settings);

    private IDestination Open(StreamFormat format, params (string Name, string Value)[] settings) =>
        DestinationRun.Open(Kind, new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }), Settings([("url", stub.Address.ToString()), .. settings]), format);

    private static Dictionary<string, string> Settings(params (string Name, string Value)[] settings)
    {
        var all = new Dictionary<string, string> { ["url"] = "https://splunk.example.com:8088", ["token"] = SplunkStub.Token, ["index"] = "audit" };
        foreach (var (name, value) in settings)
        {
            all[name] = value;
        }
        return all;
    }
}
