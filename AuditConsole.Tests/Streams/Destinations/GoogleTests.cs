using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AuditConsole.Streams.Destinations;
using AuditConsole.Streams.Destinations.Google;
using AuditConsole.Streams.Destinations.ObjectStorage;
using AuditConsole.Streams.Destinations.Warehouse;
using AuditConsole.Tests.Streams.Formats;

namespace AuditConsole.Tests.Streams.Destinations;

/// <summary>Google Cloud Storage and BigQuery, against a stub that Google's own clients can use.</summary>
public sealed class GoogleTests(GoogleStub stub) : IClassFixture<GoogleStub>
{
    private static readonly GcsKind Gcs = new();
    private static readonly BigQueryKind BigQuery = new();

    [Fact]
    public async Task The_stub_is_one_that_the_official_clients_use()
    {
        var token = await NpmClient.RunAsync("google", new { url = stub.Address.ToString().TrimEnd('/'), email = GoogleStub.Email, key = stub.PrivateKey });
        Assert.StartsWith("ya29.", token!["access_token"]!.GetValue<string>(), StringComparison.Ordinal);

        var text = """{"id":"official-load"}""";
        var file = await NpmClient.RunAsync("gcs", new { url = stub.Address.ToString().TrimEnd('/'), bucket = "acme-audit", name = "official/one.ndjson", text });
        Assert.Equal((412, Convert.ToBase64String(MD5.HashData(Encoding.UTF8.GetBytes(text)))), (file!["again"]!.GetValue<int>(), file["md5"]!.GetValue<string>()));

        var job = await NpmClient.RunAsync("bigquery", new
        {
            url = stub.Address.ToString().TrimEnd('/'),
            dataset = "security",
            table = "audit_log",
            row = new { id = "official-insert" },
            source = "gs://acme-audit/official/one.ndjson",
            jobId = "official-1",
        });
        Assert.Equal(409, job!["again"]!.GetValue<int>());
        Assert.Null(job["error"]);
        Assert.Equal(["official-insert", "official-load"], stub.Tables["security.audit_log"].Select(row => row["id"]!.GetValue<string>()).Where(id => id.StartsWith("official", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Objects_arrive_once_and_an_ended_token_is_replaced()
    {
        await using var destination = Open(Gcs, ("prefix", "once"));
        var batch = DestinationRun.Batch(StreamFormat.Json, DestinationRun.Entries(20));
        Assert.Equal((DeliveryVerdict.Delivered, 200), await SendAsync(destination, batch));
        Assert.Equal((DeliveryVerdict.Delivered, 412), await SendAsync(destination, batch));
        var (name, bytes) = Assert.Single(stub.Objects, item => item.Key.StartsWith("acme-audit/once/", StringComparison.Ordinal));
        Assert.Equal($"acme-audit/once/org={FormatEntries.Tenant}/dt=2026-11-21/h=16/{1:D20}-{20:D20}.ndjson.gz", name);
        using var reader = new StreamReader(new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress));
        Assert.Equal(batch.Entries.Select(entry => Encoding.UTF8.GetString(entry.Body.Span) + "\n"), reader.ReadToEnd().Split('\n').SkipLast(1).Select(line => line + "\n"));
        stub.EndTokens();
        Assert.Equal(DeliveryVerdict.Delivered, (await destination.CheckAsync(default)).Verdict);
        Assert.Equal(2, stub.Requests.Count(line => line == "POST /token") - stub.Requests.TakeWhile(line => !line.Contains("once", StringComparison.Ordinal)).Count(line => line == "POST /token") + 1);
    }

    [Fact]
    public async Task Other_bytes_under_the_same_name_are_replaced_and_a_bucket_without_retention_says_so()
    {
        await using var destination = Open(Gcs, ("prefix", "other"));
        await destination.SendAsync(DestinationRun.Batch(StreamFormat.Json, FormatEntries.Published()), default);
        Assert.Equal(DeliveryVerdict.Delivered, (await destination.SendAsync(DestinationRun.Batch(StreamFormat.Json, FormatEntries.Published(reasoning: null)), default)).Verdict);
        await using var store = Gcs.OpenStore(new DestinationSettings(Settings(("bucket", "acme-audit"))), Context());
        using var content = new MemoryStream([1, 2, 3]);
        var (locked, _) = await store.PutAsync(new ObjectToPut("checkpoint", content, "text/plain") { LockedUntil = TimeProvider.System.GetUtcNow().AddDays(1) }, default);
        Assert.Equal((DeliveryVerdict.Stop, "bucket"), (locked.Verdict, locked.Field));
        Assert.Contains("retention", locked.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200, "[]")]
    [InlineData(200, "\"token\"")]
    [InlineData(200, "{}")]
    [InlineData(200, """{"access_token":5}""")]
    [InlineData(200, "<html>")]
    [InlineData(502, "[{}]")]
    [InlineData(502, """{"error_description":{}}""")]
    public async Task What_stands_between_and_answers_anything_is_told_and_tried_again(int status, string body)
    {
        await using var destination = Open(Gcs);
        stub.Next.Enqueue(new StubAnswer(status, body));
        var outcome = await destination.CheckAsync(default);
        Assert.NotEqual(DeliveryVerdict.Delivered, outcome.Verdict);
        Assert.NotEmpty(outcome.Message);
        Assert.Empty(stub.Next);
        Assert.Equal(DeliveryVerdict.Delivered, (await destination.CheckAsync(default)).Verdict);
    }

    [Theory]
    [InlineData("no-such-bucket", "bucket", "no bucket")]
    [InlineData("forbidden", "service_account", "Storage Object Creator")]
    public async Task A_bucket_that_Google_refuses_is_named(string bucket, string field, string words)
    {
        var outcome = await Open(Gcs, ("bucket", bucket)).CheckAsync(default);
        Assert.Equal((DeliveryVerdict.Stop, field), (outcome.Verdict, outcome.Field));
        Assert.Contains(words, outcome.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_clock_and_a_deleted_key_are_told_apart()
    {
        var ahead = new FakeClock(TimeProvider.System.GetUtcNow().AddHours(3));
        var outcome = await DestinationRun.Open(Gcs, stub.Client(), Settings(("bucket", "acme-audit")), clock: ahead).CheckAsync(default);
        Assert.Equal((DeliveryVerdict.Retry, null), (outcome.Verdict, outcome.Field));
        Assert.Contains("clock of this server", outcome.Message, StringComparison.Ordinal);
        using var other = RSA.Create(2048);
        var file = JsonNode.Parse(stub.KeyFile)!;
        file["private_key"] = other.ExportPkcs8PrivateKeyPem();
        outcome = await Open(Gcs, ("service_account", file.ToJsonString())).CheckAsync(default);
        Assert.Equal((DeliveryVerdict.Stop, "service_account"), (outcome.Verdict, outcome.Field));
    }

    [Theory]
    [InlineData(429, DeliveryVerdict.Retry)]
    [InlineData(503, DeliveryVerdict.Retry)]
    [InlineData(413, DeliveryVerdict.TooLarge)]
    [InlineData(0, DeliveryVerdict.Retry)]
    public async Task An_answer_becomes_a_verdict(int status, DeliveryVerdict verdict)
    {
        // The first is that of the token.
        stub.Next.Enqueue(new StubAnswer(200, """{"access_token":"t"}"""));
        stub.Next.Enqueue(new StubAnswer(status));
        Assert.Equal(verdict, (await Open(Gcs).CheckAsync(default)).Verdict);
    }

    [Fact]
    public async Task Load_jobs_append_each_batch_once_whatever_happens_between()
    {
        await using var destination = Open(BigQuery, ("table", "loaded"), ("prefix", "loads"));
        var batch = DestinationRun.Batch(StreamFormat.Json, DestinationRun.Entries(40));
        Assert.Equal(DeliveryVerdict.Delivered, (await destination.SendAsync(batch, default)).Verdict);
        // As after a crash before the cursor moved.
        await using (var restarted = Open(BigQuery, ("table", "loaded"), ("prefix", "loads")))
        {
            Assert.Equal(DeliveryVerdict.Delivered, (await restarted.SendAsync(batch, default)).Verdict);
        }
        Assert.Equal(Enumerable.Range(1, 40), stub.Tables["security.loaded"].Select(row => row["sequence"]!.GetValue<int>()));
        await using (var replay = BigQuery.Open(new DestinationSettings(Settings(("table", "replayed"), ("prefix", "loads"))), Context() with { Run = "_replay1" }))
        {
            // A load job of another way through the log: what the first one did counts for nothing here.
            Assert.Equal(DeliveryVerdict.Delivered, (await replay.SendAsync(batch, default)).Verdict);
            Assert.Equal(batch.Entries.Count, stub.Tables["security.replayed"].Count);
        }
        Assert.Equal("error", stub.Tables["security.loaded"].First()["metadata"]!["severity"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_load_job_that_failed_is_followed_by_another()
    {
        await using var destination = Open(BigQuery, ("table", "failed"), ("prefix", "failed"));
        var batch = DestinationRun.Batch(StreamFormat.Json, FormatEntries.Published(sequence: 77_001));
        stub.NextJobFails = "backendError";
        Assert.Equal(DeliveryVerdict.Retry, (await destination.SendAsync(batch, default)).Verdict);
        stub.NextJobFails = "accessDenied";
        var denied = await destination.SendAsync(batch, default);
        Assert.Equal((DeliveryVerdict.Stop, "service_account"), (denied.Verdict, denied.Field));
        Assert.Equal(DeliveryVerdict.Delivered, (await destination.SendAsync(batch, default)).Verdict);
        Assert.Single(stub.Tables["security.failed"]);
    }

    [Fact]
    public async Task Quick_rows_have_the_id_of_the_entry_and_JSON_as_text()
    {
        stub.Tables["security.quick"] = [];
        await using var destination = Open(BigQuery, ("table", "quick"), ("mode", "quick"));
        var batch = DestinationRun.Batch(StreamFormat.Json, DestinationRun.Entries(3));
        Assert.Equal(DeliveryVerdict.Delivered, (await destination.SendAsync(batch, default)).Verdict);
        Assert.Equal(DeliveryVerdict.Delivered, (await destination.SendAsync(batch, default)).Verdict);
        Assert.Equal(batch.Entries.Select(entry => entry.Entry.Id.ToString()), stub.Tables["security.quick"].Select(row => row["id"]!.GetValue<string>()));
        Assert.Equal("""{"severity":"error"}""", stub.Tables["security.quick"].First()["metadata"]!.GetValue<string>());
        Assert.Equal(DeliveryVerdict.Delivered, (await destination.CheckAsync(default)).Verdict);
        stub.Next.Enqueue(new StubAnswer(200, """{"insertErrors":[{"index":0,"errors":[{"reason":"stopped"}]},{"index":1,"errors":[{"reason":"invalid","message":"Could not parse"}]}]}"""));
        Assert.Equal(DeliveryVerdict.BadData, (await destination.SendAsync(batch, default)).Verdict);
    }

    [Theory]
    [InlineData("table", "nowhere", "quick", "table", "no table acme.security.nowhere")]
    [InlineData("dataset", "nowhere", "load", "dataset", "no dataset nowhere")]
    [InlineData("location", "US", "load", "location", "is in EU")]
    public async Task A_place_that_BigQuery_does_not_have_is_named(string field, string value, string mode, string wrong, string words)
    {
        var outcome = await Open(BigQuery, (field, value), ("mode", mode)).CheckAsync(default);
        Assert.Equal((DeliveryVerdict.Stop, wrong), (outcome.Verdict, outcome.Field));
        Assert.Contains(words, outcome.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "no JSON")]
    [InlineData("[]", "no key file")]
    [InlineData("""{"installed":{}}""", "OAuth client")]
    [InlineData("""{"type":"authorized_user"}""", "authorized_user")]
    [InlineData("""{"type":"service_account","client_email":"a"}""", "lacks")]
    [InlineData("""{"type":"service_account","client_email":"a","private_key":"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"}""", "can't be read")]
    public void A_malformed_key_file_says_what_is_wrong(string json, string words)
    {
        var problem = Assert.Single(Gcs.Check(new DestinationSettings(Settings(("bucket", "acme-audit"), ("service_account", json)))));
        Assert.Equal("service_account", problem.Field);
        Assert.Contains(words, problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dataset", "my-data")]
    [InlineData("bucket", "")]
    [InlineData("bucket", "gs://acme")]
    [InlineData("mode", "slow")]
    public void A_setting_that_can_not_hold_is_named(string field, string value) =>
        Assert.Equal(field, Assert.Single(BigQuery.Check(new DestinationSettings(Settings((field, value))))).Field);

    private static async Task<(DeliveryVerdict, int?)> SendAsync(IDestination destination, DeliveryBatch batch)
    {
        var outcome = await destination.SendAsync(batch, default);
        return (outcome.Verdict, outcome.Status);
    }

    private IDestination Open(IDestinationKind kind, params (string Name, string Value)[] settings) => DestinationRun.Open(kind, stub.Client(), Settings(settings));

    private DestinationContext Context() => new(DestinationRun.StreamId, FormatEntries.Tenant, StreamFormat.Json, stub.Client(), TimeProvider.System);

    private Dictionary<string, string> Settings(params (string Name, string Value)[] settings)
    {
        var all = new Dictionary<string, string>
        {
            ["bucket"] = "acme-audit",
            ["dataset"] = "security",
            ["location"] = "EU",
            ["service_account"] = stub.KeyFile,
        };
        foreach (var (name, value) in settings)
        {
            all[name] = value;
        }
        return all;
    }
}
