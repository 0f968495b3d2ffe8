using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Amazon.S3;
using Amazon.S3.Model;
using AuditConsole.Core;
using AuditConsole.Streams.Destinations;
using AuditConsole.Streams.Destinations.ObjectStorage;
using AuditConsole.Streams.Destinations.S3;
using AuditConsole.Tests.Streams.Formats;

namespace AuditConsole.Tests.Streams.Destinations;

/// <summary>Objects in a bucket of a real server, Ceph's.</summary>
[Collection(RadosGateway.Collection)]
public sealed class S3Tests(RadosGateway server)
{
    private static readonly S3CompatibleKind Compatible = new();
    private static readonly DateTimeOffset At = new(2026, 11, 21, 16, 59, 59, 900, TimeSpan.Zero);

    [Fact]
    public async Task Entries_arrive_as_lines_in_an_object_for_each_hour_and_again_as_the_same_objects()
    {
        var bucket = await server.NewBucketAsync();
        await using var destination = Open(bucket);
        var batch = DestinationRun.Batch(StreamFormat.Json, DestinationRun.Entries(30, At));
        var outcome = await destination.SendAsync(batch, default);
        Assert.Equal((DeliveryVerdict.Delivered, 200), (outcome.Verdict, outcome.Status));
        var objects = await server.ListAsync(bucket);
        Assert.Equal(
            [
                $"logs/acme/org={FormatEntries.Tenant}/dt=2026-11-21/h=16/00000000000000000001-00000000000000000015.ndjson.gz",
                $"logs/acme/org={FormatEntries.Tenant}/dt=2026-11-21/h=17/00000000000000000016-00000000000000000030.ndjson.gz",
            ],
            objects.Select(item => item.Key));
        var lines = new List<string>();
        foreach (var item in objects)
        {
            lines.AddRange(Lines(await server.ReadAsync(bucket, item.Key)));
        }
        Assert.Equal(batch.Entries.Select(entry => Encoding.UTF8.GetString(entry.Body.Span)), lines);

        // After a crash the same batch comes again: the server says that it has it.
        Assert.Equal((DeliveryVerdict.Delivered, 412), (await Open(bucket).SendAsync(batch, default)) is var again ? (again.Verdict, again.Status) : default);
        Assert.Equal(objects.Select(item => (item.ETag, item.LastModified)), (await server.ListAsync(bucket)).Select(item => (item.ETag, item.LastModified)));
    }

    [Fact]
    public async Task An_entry_withheld_between_two_attempts_replaces_the_object()
    {
        var bucket = await server.NewBucketAsync();
        await using var destination = Open(bucket);
        var entry = FormatEntries.Published(reasoning: "to be forgotten");
        await destination.SendAsync(DestinationRun.Batch(StreamFormat.Json, entry), default);
        var withheld = entry with { Content = entry.Content with { Reasoning = null } };
        Assert.Equal(DeliveryVerdict.Delivered, (await destination.SendAsync(DestinationRun.Batch(StreamFormat.Json, withheld), default)).Verdict);
        var item = Assert.Single(await server.ListAsync(bucket));
        Assert.DoesNotContain("forgotten", Assert.Single(Lines(await server.ReadAsync(bucket, item.Key))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task On_AWS_the_bucket_is_part_of_the_host_and_every_body_is_plain_with_its_MD5()
    {
        var bucket = await server.NewBucketAsync();
        using var client = new Recorded(server.Address);
        await using var destination = DestinationRun.Open(Aws(), client.Client, AwsSettings(bucket));
        Assert.Equal(DeliveryVerdict.Delivered, (await destination.SendAsync(DestinationRun.Batch(StreamFormat.Json, DestinationRun.Entries(3)), default)).Verdict);
        var put = Assert.Single(client.Requests);
        Assert.Equal($"https://{bucket}.s3.eu-west-1.amazonaws.com", put.Address.GetLeftPart(UriPartial.Authority));
        Assert.StartsWith("/audit-log/org%3D", put.Address.AbsolutePath, StringComparison.Ordinal);
        Assert.Equal("*", put.Header("If-None-Match"));
        Assert.Equal(Convert.ToBase64String(MD5.HashData(put.Body)), put.Header("Content-MD5"));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(put.Body)), put.Header("X-Amz-Content-SHA256"));
        Assert.DoesNotContain(put.Headers, header => header.StartsWith("x-amz-checksum", StringComparison.OrdinalIgnoreCase)
            || header.StartsWith("x-amz-trailer", StringComparison.OrdinalIgnoreCase) || header.Contains("aws-chunked", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task A_role_is_assumed_with_the_external_id_once_for_many_batches()
    {
        var bucket = await server.NewBucketAsync();
        var role = await server.NewRoleAsync(bucket);
        using var client = new Recorded(server.Address);
        var settings = AwsSettings(bucket, ("access", "role"), ("role_arn", role), ("external_id", "ac-0123456789abcdef"));
        await using var destination = DestinationRun.Open(Aws(server.Address), client.Client, settings);
        for (var batch = 1; batch <= 2; batch++)
        {
            var outcome = await destination.SendAsync(DestinationRun.Batch(StreamFormat.Json, FormatEntries.Published(sequence: batch)), default);
            Assert.True(outcome.Verdict == DeliveryVerdict.Delivered, outcome.ToString());
        }
        var assume = Assert.Single(client.Requests, request => request.Address.Host == server.Address.Host);
        var body = Encoding.UTF8.GetString(assume.Body);
        Assert.Contains("Action=AssumeRole", body, StringComparison.Ordinal);
        Assert.Contains("ExternalId=ac-0123456789abcdef", body, StringComparison.Ordinal);
        Assert.All(client.Requests.Where(request => request != assume), put => Assert.NotNull(put.Header("X-Amz-Security-Token")));
        Assert.Equal(2, (await server.ListAsync(bucket)).Count);

        // The role may write below audit-log only.
        var outside = await DestinationRun.Open(Aws(server.Address), client.Client, new Dictionary<string, string>(settings) { ["prefix"] = "elsewhere" }).CheckAsync(default);
        Assert.Equal((DeliveryVerdict.Stop, "role_arn"), (outside.Verdict, outside.Field));
    }

    [Fact]
    public async Task A_locked_object_can_not_be_deleted_and_a_bucket_without_locks_says_so()
    {
        var bucket = await server.NewBucketAsync(locks: true);
        var until = TimeProvider.System.GetUtcNow().AddDays(1);
        Assert.Equal(DeliveryVerdict.Delivered, (await PutLockedAsync(bucket, until)).Delivery.Verdict);
        var version = Assert.Single((await server.Client.ListVersionsAsync(bucket)).Versions);
        await Assert.ThrowsAsync<AmazonS3Exception>(() => server.Client.DeleteObjectAsync(bucket, version.Key, version.VersionId));
        var (without, _) = await PutLockedAsync(await server.NewBucketAsync(), until);
        Assert.Equal((DeliveryVerdict.Stop, "bucket"), (without.Verdict, without.Field));
        Assert.Contains("Object Lock", without.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bucket", "no-such-bucket", "bucket", "no bucket no-such-bucket")]
    [InlineData("access_key_id", "AKUNKNOWNUNKNOWN0001", "access_key_id", "refuses these credentials")]
    [InlineData("secret_access_key", "another secret", "access_key_id", "refuses these credentials")]
    public async Task A_setting_that_the_server_refuses_is_named(string field, string value, string wrong, string words)
    {
        // Ceph with STS denies access whatever is wrong with the keys; S3AnswerTests has what AWS tells apart.
        var outcome = await Open(field == "bucket" ? value : await server.NewBucketAsync(), (field, value)).CheckAsync(default);
        Assert.True((DeliveryVerdict.Stop, wrong) == (outcome.Verdict, outcome.Field), outcome.ToString());
        Assert.Contains(words, outcome.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("another secret", outcome.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_check_writes_a_small_object()
    {
        var bucket = await server.NewBucketAsync();
        Assert.Equal(DeliveryVerdict.Delivered, (await Open(bucket).CheckAsync(default)).Verdict);
        Assert.Equal($"logs/acme/org={FormatEntries.Tenant}/check.txt", Assert.Single(await server.ListAsync(bucket)).Key);
    }

    private static IEnumerable<string> Lines(byte[] compressed)
    {
        using var reader = new StreamReader(new GZipStream(new MemoryStream(compressed), CompressionMode.Decompress));
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private async Task<PutOutcome> PutLockedAsync(string bucket, DateTimeOffset until)
    {
        using var content = new MemoryStream("a checkpoint"u8.ToArray());
        using var client = new HttpClient();
        await using var store = Compatible.OpenStore(
            new DestinationSettings(Settings(bucket)), new DestinationContext("str_1", FormatEntries.Tenant, StreamFormat.Json, client, TimeProvider.System));
        return await store.PutAsync(new ObjectToPut("checkpoint", content, "text/plain") { IfAbsent = true, LockedUntil = until }, default);
    }

    private IDestination Open(string bucket, params (string Name, string Value)[] settings) =>
        DestinationRun.Open(Compatible, new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }), Settings(bucket, settings));

    private Dictionary<string, string> Settings(string bucket, params (string Name, string Value)[] settings) => With(settings, new()
    {
        ["endpoint"] = server.Address.ToString(),
        ["bucket"] = bucket,
        ["prefix"] = "logs/acme/",
        ["access_key_id"] = RadosGateway.KeyId,
        ["secret_access_key"] = RadosGateway.Secret,
    });

    private static S3Kind Aws(Uri? sts = null) => new(Microsoft.Extensions.Options.Options.Create(new AwsOptions
    {
        Principal = "arn:aws:iam::123456789012:user/audit-console",
        AccessKeyId = RadosGateway.KeyId,
        SecretAccessKey = RadosGateway.Secret,
        StsEndpoint = sts?.ToString(),
    }));

    private static Dictionary<string, string> AwsSettings(string bucket, params (string Name, string Value)[] settings) => With(settings, new()
    {
        ["bucket"] = bucket,
        ["region"] = "eu-west-1",
        ["access_key_id"] = RadosGateway.KeyId,
        ["secret_access_key"] = RadosGateway.Secret,
    });

    private static Dictionary<string, string> With((string Name, string Value)[] settings, Dictionary<string, string> all)
    {
        foreach (var (name, value) in settings)
        {
            all[name] = value;
        }
        return all;
    }
}
