using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using AuditConsole.Tests.Core;

namespace AuditConsole.Tests.Streams.Destinations;

/// <summary>Ceph's S3 server, one for all tests that need it: it takes some 10 s to start.</summary>
public sealed class RadosGateway : IAsyncLifetime
{
    public const string Collection = "radosgw";
    public const string KeyId = "AKAUDITAUDITAUDIT001";
    public const string Secret = "secretsecretsecretsecretsecretsecret0001";

    // Out of the range from which the system gives ports to whoever asks for any.
    private static readonly int OsdPort = 20_000 + Environment.ProcessId % 300 * 32;

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"radosgw-{Guid.NewGuid():n}");
    private Process? _process;
    private int _buckets;

    /// <summary>Where it listens.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>A client of its own, to make buckets and look into them.</summary>
    public AmazonS3Client Client { get; private set; } = null!;

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        var (monitor, s3) = (DestinationRun.FreePort(), DestinationRun.FreePort());
        Address = new Uri($"http://127.0.0.1:{s3}");
        string[] arguments = [Path.Combine(RepositoryFile.Root, "AuditConsole.Tests/Streams/Destinations/radosgw.sh"), _folder, Text(monitor), Text(OsdPort), Text(s3)];
        _process = Process.Start(new ProcessStartInfo("bash", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = _process.StandardError.ReadToEndAsync();
        var line = await _process.StandardOutput.ReadLineAsync();
        if (line != "ready")
        {
            throw new InvalidOperationException(
                $"radosgw does not start. Its packages are missing (apt-get install --no-install-recommends radosgw ceph-mon ceph-osd), or: {line} {await errors}");
        }
        Client = new AmazonS3Client(new BasicAWSCredentials(KeyId, Secret), new AmazonS3Config
        {
            ServiceURL = Address.ToString(),
            ForcePathStyle = true,
            UseHttp = true,
            AuthenticationRegion = "us-east-1",
        });

        static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
    }

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        Client?.Dispose();
        if (_process is not null)
        {
            // It ends, and what it started with it, when its input does.
            _process.StandardInput.Close();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }
    }

    /// <summary>A new bucket.</summary>
    public async Task<string> NewBucketAsync(bool locks = false)
    {
        var name = $"bucket-{Interlocked.Increment(ref _buckets)}";
        await Client.PutBucketAsync(new PutBucketRequest { BucketName = name, ObjectLockEnabledForBucket = locks });
        return name;
    }

    /// <summary>A role that may write below <c>audit-log</c> of a bucket; its ARN. Ceph 16 denies conditions on the external id, so there is none.</summary>
    public async Task<string> NewRoleAsync(string bucket)
    {
        var name = $"role-{bucket}";
        const string Trust = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam:::user/audit"]},"Action":["sts:AssumeRole"]}]}""";
        var answer = await IamAsync($"Action=CreateRole&RoleName={name}&Path=/&AssumeRolePolicyDocument={Uri.EscapeDataString(Trust)}");
        var policy = $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:PutObject"],"Resource":"arn:aws:s3:::{{bucket}}/audit-log/*"}]}""";
        await IamAsync($"Action=PutRolePolicy&RoleName={name}&PolicyName=write&PolicyDocument={Uri.EscapeDataString(policy)}");
        return System.Text.RegularExpressions.Regex.Match(answer, "<Arn>([^<]+)</Arn>").Groups[1].Value;
    }

    /// <summary>The objects of a bucket, by name.</summary>
    public async Task<IReadOnlyList<S3Object>> ListAsync(string bucket) =>
        (await Client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = bucket })).S3Objects ?? [];

    // Roles are made by IAM's interface, for which there is no client here: signed as AWS says (Signature Version 4).
    private async Task<string> IamAsync(string query)
    {
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        var (time, day) = (now.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture), now.ToString("yyyyMMdd", CultureInfo.InvariantCulture));
        var body = Convert.ToHexStringLower(SHA256.HashData(""u8));
        var sorted = string.Join('&', query.Split('&').Order(StringComparer.Ordinal).Select(pair => pair.Replace("/", "%2F", StringComparison.Ordinal)));
        var request = $"POST\n/\n{sorted}\nhost:{Address.Authority}\nx-amz-content-sha256:{body}\nx-amz-date:{time}\n\nhost;x-amz-content-sha256;x-amz-date\n{body}";
        var scope = $"{day}/us-east-1/iam/aws4_request";
        var text = $"AWS4-HMAC-SHA256\n{time}\n{scope}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(request)))}";
        var key = scope.Split('/').Aggregate(Encoding.UTF8.GetBytes("AWS4" + Secret), (by, part) => HMACSHA256.HashData(by, Encoding.UTF8.GetBytes(part)));
        using var client = new HttpClient();
        using var message = new HttpRequestMessage(HttpMethod.Post, new Uri($"{Address}?{sorted}"));
        message.Headers.Add("x-amz-date", time);
        message.Headers.Add("x-amz-content-sha256", body);
        message.Headers.TryAddWithoutValidation(
            "Authorization",
            $"AWS4-HMAC-SHA256 Credential={KeyId}/{scope}, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature={Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)))}");
        using var answer = await client.SendAsync(message);
        var said = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, said);
        return said;
    }

    /// <summary>What an object holds.</summary>
    public async Task<byte[]> ReadAsync(string bucket, string key)
    {
        using var answer = await Client.GetObjectAsync(bucket, key);
        using var bytes = new MemoryStream();
        await answer.ResponseStream.CopyToAsync(bytes);
        return bytes.ToArray();
    }
}

/// <summary>The tests that share the server.</summary>
[CollectionDefinition(RadosGateway.Collection)]
public sealed class RadosGatewayCollection : ICollectionFixture<RadosGateway>;
