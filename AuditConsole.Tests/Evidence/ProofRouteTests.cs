using System.Net;
using System.Text.Json;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Query;
using AuditConsole.Tenants;
using AuditConsole.Tests.CommandLine;
using AuditConsole.Tests.Ingest;
using AuditConsole.Tests.Signatures;
using AuditConsole.Verify;
using AuditConsole.Verify.Reports;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Evidence;

/// <summary>Every way to be given a proof, from the route to audit-verify.</summary>
[Collection(ServedEvidenceTests.Name)]
public sealed class ProofRouteTests(ServedEvidence served)
{
    [Fact]
    public async Task Two_checkpoints_are_consistent_by_the_proof_that_anybody_is_given()
    {
        using var producer = await Producer.CreateAsync(served.Console);
        await producer.SendAsync(Bodies.Batch(6));
        var older = await served.CheckpointAsync(producer.Tenant);
        await producer.SendAsync(Bodies.Batch(30));
        var newer = await served.CheckpointAsync(producer.Tenant);
        var proof = await ConsistencyAsync(producer.Tenant, SizeOf(older), SizeOf(newer));
        AssertProved(newer, older, proof);
        // It joins those two alone.
        await producer.SendAsync(Bodies.Batch(3));
        var newest = await served.CheckpointAsync(producer.Tenant);
        Assert.Equal(Verdict.Unknown, VerifyProgram.Verify([older, newest, proof], [served.Key]).Verdict);
        using var other = await Producer.CreateAsync(served.Console);
        await other.SendAsync(Bodies.Batch((int)SizeOf(newer) - 1));
        var foreign = await served.CheckpointAsync(other.Tenant);
        Assert.Equal(SizeOf(newer), SizeOf(foreign));
        Assert.Equal(Verdict.NotProved, VerifyProgram.Verify([older, foreign, proof], [served.Key]).Verdict);
    }

    [Theory]
    [InlineData("from=1&to=2", 400, "tenant_id")]
    [InlineData("tenant_id=acme&from=1&to=2", 400, "tenant_id")]
    [InlineData("tenant_id=T&to=2", 400, "from")]
    [InlineData("tenant_id=T&from=0&to=2", 400, "from")]
    [InlineData("tenant_id=T&from=2&to=1", 400, "to")]
    [InlineData("tenant_id=T&from=1&to=99999999999999999999", 400, "to")]
    [InlineData("tenant_id=T&from=1&to=900", 404, null)]
    [InlineData("tenant_id=6f1c2f8e-3f53-4f0e-9c39-2f1d4ad0c0de&from=1&to=2", 404, null)]
    public async Task What_is_not_signed_or_no_size_is_refused(string query, int status, string? field)
    {
        using var producer = await Producer.CreateAsync(served.Console);
        await served.CheckpointAsync(producer.Tenant);
        using var client = served.Console.NewClient();
        using var answer = await client.GetAsync($"/api/checkpoints/consistency?{query.Replace("=T", $"={producer.Tenant.Id}", StringComparison.Ordinal)}");
        using var error = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(field is null ? [] : [field], error.RootElement.GetProperty("details").EnumerateArray().Select(detail => detail.GetProperty("field").GetString()));
    }

    [Fact]
    public async Task An_entry_is_proved_by_key_and_by_session_with_its_producers_signature()
    {
        using var producer = await Producer.CreateAsync(served.Console);
        using var signer = await Signer.RegisterAsync(served.Console, producer);
        var entry = Signer.Entry();
        entry["occurred_at"] = WireTime.Format(served.Clock.Now);
        var place = (await producer.SendAsync(signer.Sign(entry, producer).ToJsonString())).Places[0];
        var viewer = await served.Console.AddUserAsync(producer.Tenant, Role.Viewer);
        var pem = served.Write("producer.pem", System.Text.Encoding.ASCII.GetBytes(signer.PublicPem));

        using var reader = served.Console.NewClient(await served.Console.AddReadKeyAsync(producer.Tenant));
        AssertSigned(served.Write("by-key.json", await reader.GetByteArrayAsync($"/api/audit-log/{place.Id}?proof=true")));
        using var session = await served.Console.NewClientAsync(viewer);
        AssertSigned(served.Write("by-session.json", await session.GetByteArrayAsync($"/audit-log/{place.Sequence}/proof?tenant={producer.Tenant.Slug}")));

        void AssertSigned(string proof)
        {
            var report = VerifyProgram.Verify([proof], [served.Key], producerKeys: [$"{signer.KeyId}={pem}"]);
            Assert.True(report.Verdict == Verdict.Proved, string.Join('\n', report.Findings));
            Assert.Equal((1, 1), (report.Counts["entries"], report.Counts["signatures_proved"]));
            Assert.Equal(Verdict.Unknown, VerifyProgram.Verify([proof], []).Verdict);
        }
    }

    [Fact]
    public async Task Proofs_and_receipts_are_recorded_where_reads_are()
    {
        using var producer = await Producer.CreateAsync(served.Console);
        var place = (await producer.SendAsync(Bodies.Entry())).Places[0];
        var admin = await served.Console.AddUserAsync(producer.Tenant, Role.Admin);
        await served.Services.GetRequiredService<TenantSettingsService>().SetReadLoggingAsync(admin.Id, producer.Tenant.Slug, true, Client.Unknown, default);
        var (_, export) = await served.ExportAsync(producer.Tenant, admin, "csv");
        await served.ReceiptAsync(producer.Tenant, admin, export);
        using var session = await served.Console.NewClientAsync(admin);
        for (var i = 0; i < 2; i++)
        {
            await session.GetByteArrayAsync($"/audit-log/{place.Sequence}/proof?tenant={producer.Tenant.Slug}");
        }
        var records = (await served.Console.EntriesAsync(producer.Tenant)).Where(entry => entry.Content.Action is ReadRecords.Viewed or ReadRecords.Exported).OrderBy(entry => entry.Sequence)
            .Select(entry => JsonDocument.Parse(entry.Content.Metadata.ToString()).RootElement).ToList();
        Assert.Equal(["csv", "receipt", "proof"], records.Select(record => record.TryGetProperty("format", out var format) ? format.GetString() : record.GetProperty("through").GetString()));
        Assert.Equal(export.ToString(), records[1].GetProperty("filter").GetProperty("export").GetString());
        Assert.Equal(place.Id.ToString(), records[2].GetProperty("filter").GetProperty("id").GetString());
    }

    [Theory]
    [InlineData("whole.ndjson.gz")]
    [InlineData("whole.ndjson")]
    public async Task The_command_writes_an_archive_beside_the_server_that_is_proved(string name)
    {
        using var producer = await Producer.CreateAsync(served.Console);
        await producer.SendAsync(Bodies.Batch(5));
        await served.CheckpointAsync(producer.Tenant);
        var file = Path.Combine(Path.GetDirectoryName(served.Key)!, name);
        var result = await ConsoleProcess.RunAsync(served.Console.DataDirectory, null, "export", "--archive", file, "--tenant", producer.Tenant.Slug);
        Assert.True(result.Exit == 0, result.Error);
        var report = AssertProved(file);
        Assert.Equal(6, report.Counts["entries"]);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
    }

    private Report AssertProved(params string[] files)
    {
        var report = VerifyProgram.Verify(files, [served.Key]);
        Assert.True(report.Verdict == Verdict.Proved && report.Findings.Count == 0, string.Join('\n', report.Findings));
        return report;
    }

    private async Task<string> ConsistencyAsync(Tenant tenant, long from, long to)
    {
        using var anybody = served.Console.NewClient();
        using var answer = await anybody.GetAsync($"/api/checkpoints/consistency?tenant_id={tenant.Id}&from={from}&to={to}");
        Assert.Equal((HttpStatusCode.OK, "application/json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        return served.Write("consistency.json", await answer.Content.ReadAsByteArrayAsync());
    }

    private static long SizeOf(string checkpoint) => long.Parse(File.ReadLines(checkpoint).ElementAt(1), System.Globalization.CultureInfo.InvariantCulture);
}
