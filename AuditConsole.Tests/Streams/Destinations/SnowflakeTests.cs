using System.Security.Cryptography;
using AuditConsole.Streams.Destinations;
using AuditConsole.Streams.Destinations.Snowflake;
using AuditConsole.Tests.Streams.Formats;

namespace AuditConsole.Tests.Streams.Destinations;

/// <summary>Snowflake, against a stub; the key-pair JWT is held to that of the official driver.</summary>
public sealed class SnowflakeTests(SnowflakeStub stub) : IClassFixture<SnowflakeStub>
{
    private static readonly SnowflakeKind Kind = new();

    [Fact]
    public async Task The_official_driver_names_account_user_and_key_as_the_stub_asks_for()
    {
        var jwt = await NpmClient.RunAsync("snowflake", new { account = "acme-prod1", user = "audit_console", key = stub.PrivateKey });
        Assert.Null(stub.Refuse(jwt!.GetValue<string>(), inSeconds: false));
        Assert.Null(stub.Refuse(new SnowflakeApi(new DestinationSettings(Settings()), Context()).SignedJwt()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Rows_arrive_once_and_count_once_they_are_committed(bool bare)
    {
        stub.Bare = bare;
        var first = bare ? 1001 : 1;
        var batch = DestinationRun.Batch(StreamFormat.Json, Enumerable.Range(first, 25).Select(sequence => FormatEntries.Published(sequence: sequence)));
        await using (var destination = Open())
        {
            Assert.Equal(DeliveryVerdict.Delivered, (await destination.SendAsync(batch, default)).Verdict);
        }
        // As after a crash before the cursor moved: the channel tells that it has them.
        await using var restarted = Open();
        var asked = stub.Requests.Count;
        Assert.Equal(DeliveryVerdict.Delivered, (await restarted.SendAsync(batch, default)).Verdict);
        Assert.DoesNotContain(stub.Requests.Skip(asked), line => line.Contains("/rows", StringComparison.Ordinal));
        // An older range is no repetition: a replay sends it again.
        stub.EndToken();
        Assert.Equal(DeliveryVerdict.Delivered, (await restarted.SendAsync(DestinationRun.Batch(StreamFormat.Json, FormatEntries.Published(sequence: first)), default)).Verdict);
        var rows = stub.Rows.Where(row => row["SEQUENCE"]!.GetValue<int>() >= first && row["SEQUENCE"]!.GetValue<int>() < first + 25).ToList();
        Assert.Equal([.. Enumerable.Range(first, 25), first], rows.Select(row => row["SEQUENCE"]!.GetValue<int>()));
        Assert.Equal("error", rows[0]["METADATA"]!["severity"]!.GetValue<string>());
    }

    [Fact]
    public async Task The_pieces_of_a_long_batch_do_not_wait_for_each_other_and_count_once_all_are_committed()
    {
        await using var destination = Open("_long");
        var asked = stub.Requests.Count;
        Assert.Equal(DeliveryVerdict.Delivered, (await destination.SendAsync(Long(11001), default)).Verdict);
        var lines = stub.Requests.Skip(asked).ToList();
        var pieces = lines.FindAll(line => line.Contains("/rows?", StringComparison.Ordinal));
        Assert.Equal(3, pieces.Count);
        Assert.Contains("startOffsetToken=00000000000000011001&endOffsetToken=00000000000000011002", pieces[0], StringComparison.Ordinal);
        Assert.Contains("startOffsetToken=00000000000000011005&endOffsetToken=00000000000000011005", pieces[2], StringComparison.Ordinal);
        // The stub commits at the second question.
        Assert.Equal(2, lines.FindLastIndex(line => line.Contains("bulk-channel-status", StringComparison.Ordinal)) - lines.IndexOf(pieces[2]));
        Assert.Equal(Enumerable.Range(11001, 5), Rows(11001));
    }

    [Fact]
    public async Task What_was_committed_of_a_long_batch_is_not_sent_again_and_what_was_not_is()
    {
        stub.AppendsLeft = 2;
        await using (var destination = Open("_cut"))
        {
            Assert.Equal(DeliveryVerdict.Retry, (await destination.SendAsync(Long(12001), default)).Verdict);
        }
        Assert.Equal(Enumerable.Range(12001, 4), Rows(12001));
        await using var restarted = Open("_cut");
        Assert.Equal(DeliveryVerdict.Delivered, (await restarted.SendAsync(Long(12001), default)).Verdict);
        Assert.Equal(Enumerable.Range(12001, 5), Rows(12001));
    }

    [Fact]
    public async Task A_row_that_was_left_out_does_not_make_what_comes_behind_it_come_twice()
    {
        stub.Unfit = FormatEntries.Published(sequence: 13001).Id.ToString();
        await using (var destination = Open("_before"))
        {
            Assert.Equal(DeliveryVerdict.BadData, (await destination.SendAsync(DestinationRun.Batch(StreamFormat.Json, FormatEntries.Published(sequence: 13001)), default)).Verdict);
            Assert.Equal(DeliveryVerdict.Delivered, (await destination.SendAsync(DestinationRun.Batch(StreamFormat.Json, FormatEntries.Published(sequence: 13002)), default)).Verdict);
        }
        await using var restarted = Open("_before");
        Assert.Contains("already", (await restarted.SendAsync(DestinationRun.Batch(StreamFormat.Json, FormatEntries.Published(sequence: 13002)), default)).Message, StringComparison.Ordinal);
        Assert.Equal([13002], Rows(13001));
    }

    [Fact]
    public async Task A_row_that_does_not_fit_is_bad_data_until_it_stands_alone()
    {
        await using var destination = Open("_unfit");
        var entries = Enumerable.Range(5001, 2).Select(sequence => FormatEntries.Published(sequence: sequence)).ToList();
        stub.Unfit = entries[1].Id.ToString();
        Assert.Equal(DeliveryVerdict.BadData, (await destination.SendAsync(DestinationRun.Batch(StreamFormat.Json, entries), default)).Verdict);
        Assert.Equal(DeliveryVerdict.Delivered, (await destination.SendAsync(DestinationRun.Batch(StreamFormat.Json, entries[0]), default)).Verdict);
        var alone = await destination.SendAsync(DestinationRun.Batch(StreamFormat.Json, entries[1]), default);
        Assert.Equal((DeliveryVerdict.BadData, "table"), (alone.Verdict, alone.Field));
        Assert.Contains("not recognized", alone.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_channel_that_somebody_else_opened_is_opened_again()
    {
        await using var one = Open();
        await using var two = Open();
        var batch = DestinationRun.Batch(StreamFormat.Json, FormatEntries.Published(sequence: 7001));
        await one.CheckAsync(default);
        await two.CheckAsync(default);
        Assert.Equal(DeliveryVerdict.Retry, (await one.SendAsync(batch, default)).Verdict);
        Assert.Equal(DeliveryVerdict.Delivered, (await one.SendAsync(batch, default)).Verdict);
    }

    [Fact]
    public async Task A_replay_has_a_channel_of_its_own_and_takes_no_row_for_one_that_the_live_lane_sent()
    {
        var batch = DestinationRun.Batch(StreamFormat.Json, Enumerable.Range(9001, 3).Select(sequence => FormatEntries.Published(sequence: sequence)));
        foreach (var run in new[] { "", "_replay1", "_replay2" })
        {
            await using var destination = Kind.Open(new DestinationSettings(Settings()), Context() with { Run = run });
            Assert.Equal(DeliveryVerdict.Delivered, (await destination.SendAsync(batch, default)).Verdict);
        }
        Assert.Equal(9, stub.Rows.Count(row => row["SEQUENCE"]!.GetValue<int>() is > 9000 and < 10000));
        // The live lane still has its place: what it sent last is known.
        await using var restarted = Open();
        Assert.Contains("already", (await restarted.SendAsync(batch, default)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("account", "acme-other", "account", "no account")]
    [InlineData("user", "SOMEBODY", "private_key", "doesn't take the key")]
    [InlineData("table", "NOWHERE", "table", "no table SECURITY.PUBLIC.NOWHERE")]
    public async Task A_setting_that_Snowflake_refuses_is_named(string field, string value, string wrong, string words)
    {
        var outcome = await Open((field, value)).CheckAsync(default);
        Assert.Equal((DeliveryVerdict.Stop, wrong), (outcome.Verdict, outcome.Field));
        Assert.Contains(words, outcome.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_clock_is_told()
    {
        var ahead = new FakeClock(TimeProvider.System.GetUtcNow().AddHours(3));
        var outcome = await DestinationRun.Open(Kind, stub.Client(), Settings(), clock: ahead).CheckAsync(default);
        Assert.Equal((DeliveryVerdict.Retry, null), (outcome.Verdict, outcome.Field));
        Assert.Contains("clock of this server", outcome.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(429, DeliveryVerdict.Retry)]
    [InlineData(503, DeliveryVerdict.Retry)]
    [InlineData(0, DeliveryVerdict.Retry)]
    public async Task An_answer_becomes_a_verdict(int status, DeliveryVerdict verdict)
    {
        stub.Next.Enqueue(new StubAnswer(status));
        Assert.Equal(verdict, (await Open().CheckAsync(default)).Verdict);
    }

    [Fact]
    public void An_encrypted_key_needs_its_passphrase_and_gives_the_same_public_key()
    {
        using var key = RSA.Create();
        key.ImportFromPem(stub.PrivateKey);
        var pem = key.ExportEncryptedPkcs8PrivateKeyPem("open sesame", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000));
        Assert.Equal("passphrase", Assert.Single(Kind.Check(new DestinationSettings(Settings(("private_key", pem))))).Field);
        Assert.Equal("passphrase", Assert.Single(Kind.Check(new DestinationSettings(Settings(("private_key", pem), ("passphrase", "wrong"))))).Field);
        var settings = new DestinationSettings(Settings(("private_key", pem), ("passphrase", "open sesame")));
        Assert.Empty(Kind.Check(settings));
        Assert.Null(stub.Refuse(new SnowflakeApi(settings, Context()).SignedJwt()));
        Assert.Contains(Kind.SetupTexts(settings), text => text.Text == $"ALTER USER AUDIT_CONSOLE SET RSA_PUBLIC_KEY='{Convert.ToBase64String(key.ExportSubjectPublicKeyInfo())}';");
    }

    [Theory]
    [InlineData("account", "https://acme-prod1.snowflakecomputing.com")]
    [InlineData("private_key", "-----BEGIN PUBLIC KEY-----")]
    [InlineData("database", "1st")]
    [InlineData("table", "a;b")]
    public void A_setting_that_can_not_hold_is_named(string field, string value) =>
        Assert.Equal(field, Assert.Single(Kind.Check(new DestinationSettings(Settings((field, value))))).Field);

    /// <summary>Five entries that are too long for less than three requests.</summary>
    private static DeliveryBatch Long(int first) => DestinationRun.Batch(
        StreamFormat.Json, Enumerable.Range(first, 5).Select(sequence => FormatEntries.Published(sequence: sequence, metadata: new { padding = new string('x', 1_200_000) })));

    private IEnumerable<int> Rows(int first) => stub.Rows.Select(row => row["SEQUENCE"]!.GetValue<int>()).Where(sequence => sequence >= first && sequence < first + 1000);

    /// <summary>Opens a channel of its own.</summary>
    private IDestination Open(string run) => Kind.Open(new DestinationSettings(Settings()), Context() with { Run = run });

    private IDestination Open(params (string Name, string Value)[] settings) => DestinationRun.Open(Kind, stub.Client(), Settings(settings));

    private DestinationContext Context() => new(DestinationRun.StreamId, FormatEntries.Tenant, StreamFormat.Json, stub.Client(), TimeProvider.System);

    private Dictionary<string, string> Settings(params (string Name, string Value)[] settings)
    {
        var all = new Dictionary<string, string>
        {
            ["account"] = "acme-prod1",
            ["user"] = "audit_console",
            ["private_key"] = stub.PrivateKey,
            ["database"] = "security",
        };
        foreach (var (name, value) in settings)
        {
            all[name] = value;
        }
        return all;
    }
}
