using AuditConsole.Streams.Destinations;
using AuditConsole.Streams.Destinations.Datadog;
using AuditConsole.Tests.Streams.Formats;

namespace AuditConsole.Tests.Streams.Destinations;

/// <summary>Datadog, against a stub that its own client can write to.</summary>
public sealed class DatadogTests(DatadogStub stub) : IClassFixture<DatadogStub>
{
    private static readonly DatadogKind Kind = new();

    [Fact]
    public async Task The_stub_is_one_that_the_official_client_writes_to()
    {
        var results = await NpmClient.RunAsync("datadog", new
        {
            name = stub.Address.Authority,
            calls = new[] { Call("plain", null), Call("packed", "gzip"), Call("wrong", null, new string('e', 32)) },
        });
        Assert.Equal([202, 202, 403], results!.AsArray().Select(status => status!.GetValue<int>()));
        Assert.Equal(
            ["plain", "packed"],
            stub.Logs.Where(log => log["ddsource"]!.GetValue<string>() == "official").Select(log => log["message"]!.GetValue<string>()));

        static object Call(string message, string? encoding, string key = DatadogStub.Key) =>
            new { key, encoding, logs = new[] { new { ddsource = "official", ddtags = "a:b", hostname = "h", message, service = "s" } } };
    }

    [Theory]
    [InlineData(StreamFormat.Json)]
    [InlineData(StreamFormat.Ocsf)]
    [InlineData(StreamFormat.Cef)]
    [InlineData(StreamFormat.Syslog)]
    public async Task Entries_arrive_in_order_with_the_standard_attributes(StreamFormat format)
    {
        await using var destination = Open(format);
        var entries = DestinationRun.Entries(250).Select(entry => entry with { TenantId = FormatEntries.Tenant, RecordedBy = $"key:{format}" }).ToList();
        var before = stub.Logs.Count;
        var outcome = await destination.SendAsync(DestinationRun.Batch(format, entries), default);
        Assert.Equal((DeliveryVerdict.Delivered, 202), (outcome.Verdict, outcome.Status));
        var logs = stub.Logs.Skip(before).ToList();
        Assert.Equal(250, logs.Count);
        var log = logs[41];
        Assert.Equal("usr_41", log["usr"]!["id"]!.GetValue<string>());
        Assert.Equal("203.0.113.42", log["network"]!["client"]!["ip"]!.GetValue<string>());
        Assert.Equal("2026-11-21T16:42:07.318Z", log["timestamp"]!.GetValue<string>());
        Assert.Equal($"tenant:{FormatEntries.Tenant},env:test", log["ddtags"]!.GetValue<string>());
        switch (format)
        {
            case StreamFormat.Json:
                Assert.Equal(Enumerable.Range(1, 250), logs.Select(each => each["audit"]!["sequence"]!.GetValue<int>()));
                break;
            case StreamFormat.Ocsf:
                OcsfClass.Check(log["ocsf"]!.AsObject());
                break;
            case StreamFormat.Cef:
                Assert.Equal("42", CefLine.Parse(log["message"]!.GetValue<string>()).Extension["cn1"]);
                break;
            default:
                Assert.Equal("RulePublished", SyslogLine.Parse(log["message"]!.GetValue<string>()).MessageId);
                break;
        }
    }

    [Fact]
    public async Task A_full_batch_of_great_entries_is_taken_and_no_log_is_cut()
    {
        await using var destination = Open();
        var great = DestinationRun.Entries(4, metadata: new { text = new string('x', (int)destination.Limits.EntryBytes - 1200) });
        Assert.Equal(DeliveryVerdict.Delivered, (await destination.SendAsync(DestinationRun.Batch(StreamFormat.Json, great), default)).Verdict);
        Assert.Equal(0, stub.Cut);
        var tooGreat = DestinationRun.Entries(1, metadata: new { text = new string('x', DatadogDestination.MaxLog) });
        Assert.Equal(DeliveryVerdict.TooLarge, (await destination.SendAsync(DestinationRun.Batch(StreamFormat.Json, tooGreat), default)).Verdict);
        // Text that JSON escapes grows: the batch is halved rather than refused by the other side.
        var escaped = DestinationRun.Batch(StreamFormat.Syslog, DestinationRun.Entries(9, metadata: new { text = new string('"', 240_000) }));
        Assert.True(escaped.Entries.Sum(entry => entry.Body.Length) <= destination.Limits.Bytes);
        Assert.Equal(DeliveryVerdict.TooLarge, (await Open(StreamFormat.Syslog).SendAsync(escaped, default)).Verdict);
    }

    [Fact]
    public void What_is_older_than_18_hours_is_not_for_Datadog() => Assert.Equal(TimeSpan.FromHours(18), Open().Limits.OldestOccurredAt);

    [Fact]
    public async Task A_check_writes_a_test_log()
    {
        Assert.Equal(DeliveryVerdict.Delivered, (await Open().CheckAsync(default)).Verdict);
        Assert.Contains(stub.Logs, log => log["message"]!.GetValue<string>().StartsWith("A test from AuditConsole", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_key_that_Datadog_does_not_know_names_its_field_and_is_never_repeated()
    {
        var key = new string('f', 32);
        stub.Next.Enqueue(new StubAnswer(403, $"no such key: {key}"));
        var outcome = await Open(key: key).CheckAsync(default);
        Assert.Equal((DeliveryVerdict.Stop, "api_key", 403), (outcome.Verdict, outcome.Field, outcome.Status));
        Assert.DoesNotContain(key, outcome.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(408, DeliveryVerdict.Retry)]
    [InlineData(429, DeliveryVerdict.Retry)]
    [InlineData(500, DeliveryVerdict.Retry)]
    [InlineData(503, DeliveryVerdict.Retry)]
    [InlineData(413, DeliveryVerdict.TooLarge)]
    [InlineData(400, DeliveryVerdict.BadData)]
    [InlineData(401, DeliveryVerdict.Stop)]
    [InlineData(302, DeliveryVerdict.Retry)]
    [InlineData(200, DeliveryVerdict.Retry)]
    public async Task An_answer_becomes_a_verdict(int status, DeliveryVerdict verdict)
    {
        stub.Next.Enqueue(new StubAnswer(status, "{}", ("Retry-After", "7")));
        var outcome = await Open().SendAsync(DestinationRun.Batch(StreamFormat.Json, DestinationRun.Entries(1)), default);
        Assert.Equal(verdict, outcome.Verdict);
        Assert.Equal(TimeSpan.FromSeconds(7), outcome.RetryAfter);
        Assert.NotEmpty(outcome.Message);
    }

    [Fact]
    public async Task A_cut_connection_and_a_host_that_is_not_there_are_tried_again()
    {
        stub.Next.Enqueue(StubAnswer.Cut);
        Assert.Equal(DeliveryVerdict.Retry, (await Open().CheckAsync(default)).Verdict);
        using var nowhere = new HttpClient(new SocketsHttpHandler { UseProxy = false, ConnectCallback = (_, _) => throw new System.Net.Sockets.SocketException(11001) });
        var outcome = await DestinationRun.Open(Kind, nowhere, Settings()).CheckAsync(default);
        Assert.Equal((DeliveryVerdict.Retry, "site"), (outcome.Verdict, outcome.Field));
        Assert.Contains("http-intake.logs.datadoghq.eu", outcome.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("api_key", "0123456789abcdef0123456789abcdef01234567")]
    [InlineData("api_key", " 0123456789abcdef0123456789abcdef")]
    [InlineData("api_key", "")]
    [InlineData("site", "example.com")]
    public void A_setting_that_can_not_hold_is_named(string field, string value)
    {
        var settings = Settings();
        settings[field] = value;
        Assert.Equal(field, Assert.Single(Kind.Check(new DestinationSettings(settings))).Field);
    }

    private IDestination Open(StreamFormat format = StreamFormat.Json, string key = DatadogStub.Key) =>
        DestinationRun.Open(Kind, stub.Client(), Settings(key), format);

    private static Dictionary<string, string> Settings(string key = DatadogStub.Key) => new() { ["site"] = "datadoghq.eu", ["api_key"] = key, ["tags"] = "env:test" };
}
