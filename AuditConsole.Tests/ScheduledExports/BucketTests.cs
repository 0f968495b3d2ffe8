using System.Security.Cryptography;
using System.Text.Json;
using AuditConsole.Archives;
using AuditConsole.ScheduledExports;
using AuditConsole.Storage;
using AuditConsole.Tests.Evidence;
using AuditConsole.Tests.Streams.Destinations;
using AuditConsole.Verify.Reports;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.ScheduledExports;

/// <summary>Scheduled exports to buckets of a real server, verified by both verifiers with nothing but the files and the key.</summary>
[Collection(RadosGateway.Collection)]
public sealed class BucketTests(RadosGateway server, ScheduledExportFixture fixture) : IClassFixture<ScheduledExportFixture>, IDisposable
{
    private readonly EvidenceFolder _folder = new();

    [Theory]
    [InlineData("csv")]
    [InlineData("json")]
    [InlineData("ndjson")]
    public async Task Parts_are_proved_by_both_verifiers_and_together_they_are_the_log(string format)
    {
        var (tenant, bucket) = (await fixture.NewTenantAsync(), await server.NewBucketAsync());
        await tenant.AppendAsync(25);
        var draft = tenant.Draft(format) with
        {
            Kind = "s3-compatible",
            RowsPerPart = 10,
            Settings = new Dictionary<string, string>
            {
                ["endpoint"] = server.Address.ToString(),
                ["bucket"] = bucket,
                ["access_key_id"] = RadosGateway.KeyId,
                ["secret_access_key"] = RadosGateway.Secret,
            },
        };
        var id = await tenant.AddAsync(draft);
        fixture.Clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(1, await tenant.RunAllAsync(id));
        await tenant.AppendAsync(7);
        fixture.Clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(1, await tenant.RunAllAsync(id));

        var runs = await tenant.RunsAsync(id);
        Assert.Equal([(26L, 8L + 26), (0L, 26L)], runs.Select(run => (run.After, run.Until)));
        var key = _folder.Write("key.pem", await fixture.Console.NewClient().GetByteArrayAsync("/api/checkpoints/key"));
        var archive = Path.Combine(_folder.Root, "archive.ndjson.gz");
        await fixture.Console.Services.GetRequiredService<ArchiveService>().WriteAsync(tenant.Tenant.Number, archive, progress: null, default);
        var (cases, rows) = (new List<VerifierCase>(), 0L);
        foreach (var run in runs)
        {
            var manifest = JsonDocument.Parse(await server.ReadAsync(bucket, $"audit-log/org={tenant.Tenant.Id}/exports/{id}/{run.Due.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}/manifest.json")).RootElement;
            Assert.Equal(run.Rows, manifest.GetProperty("count").GetInt64());
            foreach (var part in manifest.GetProperty("parts").EnumerateArray())
            {
                var file = await ReadAsync(part);
                var receipt = await ReadAsync(part.GetProperty("receipt"));
                cases.Add(new VerifierCase($"{part}", [file, receipt, archive], [key]));
                rows += part.GetProperty("rows").GetInt64();
            }
        }
        Assert.Equal((4, runs[0].Until), (cases.Count, rows));
        foreach (var @case in cases)
        {
            var report = EvidenceFolder.Verify(key, @case.Files);
            Assert.True(report.Verdict == Verdict.Proved && report.Findings.Count == 0, string.Join('\n', report.Findings));
        }
        Assert.Empty(PythonVerifier.FindDifferences(cases, await PythonVerifier.RunAsync(cases)));

        async Task<string> ReadAsync(JsonElement named)
        {
            var bytes = await server.ReadAsync(bucket, $"audit-log/{named.GetProperty("key").GetString()}");
            Assert.Equal(
                (named.GetProperty("bytes").GetInt64(), named.GetProperty("sha256").GetString()), (bytes.LongLength, Convert.ToHexStringLower(SHA256.HashData(bytes))));
            var path = Path.Combine(_folder.Root, $"{Guid.NewGuid():n}-{Path.GetFileName(named.GetProperty("key").GetString())}");
            await File.WriteAllBytesAsync(path, bytes);
            return path;
        }
    }

    public void Dispose() => _folder.Dispose();
}
