using System.Net;
using AuditConsole.Archives;
using AuditConsole.Core;
using AuditConsole.Exports;
using AuditConsole.Storage;
using AuditConsole.Tenants;
using AuditConsole.Tests.Exports;
using AuditConsole.Verify;
using AuditConsole.Verify.Reports;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Evidence;

/// <summary>What a running service hands out, verified with nothing but the files and the key.</summary>
[Collection(ExportTestsCollection.Name)]
public sealed class ServiceEvidenceTests(ExportFixture fixture) : IDisposable
{
    private readonly EvidenceFolder _folder = new();

    [Theory]
    [InlineData("csv")]
    [InlineData("json")]
    public async Task Hostile_entries_are_exported_and_proved_with_the_receipt_and_the_archive(string format)
    {
        var (file, receipt) = await ExportAsync(fixture.Small, fixture.Admin, format);
        var archive = await ArchiveAsync(fixture.Small, $"{format}.ndjson.gz");
        var key = await KeyAsync();
        var report = EvidenceFolder.Verify(key, file, receipt, archive);
        Assert.True(report.Verdict == Verdict.Proved, string.Join('\n', report.Findings));
        Assert.Empty(report.Findings);
        Assert.Equal((HostileText.All.Count, HostileText.All.Count), (report.Counts["rows_proved"], report.Counts["matching"]));
        Assert.Equal(Verdict.Unknown, EvidenceFolder.Verify(null, file, receipt, archive).Verdict);

        // The same file in another spelling, judged by its rows.
        if (format == "csv")
        {
            var again = _folder.Write("again.csv", Csv.Write(Csv.Read(await File.ReadAllBytesAsync(file)), ';', "\n", bom: false));
            Assert.Equal(HostileText.All.Count, EvidenceFolder.Verify(key, again, receipt).Counts["rows_proved"]);
        }
    }

    [Fact]
    public async Task A_receipt_of_100000_rows_proves_them_and_says_that_the_file_is_cut()
    {
        var (file, receipt) = await ExportAsync(fixture.Big, fixture.Auditor, "csv");
        var report = EvidenceFolder.Verify(await KeyAsync(), file, receipt);
        Assert.True(report.Verdict == Verdict.Proved, string.Join('\n', report.Findings));
        Assert.Equal(100_000, report.Counts["rows_proved"]);
        Assert.Contains(report.Limits, limit => limit.Contains("was cut", StringComparison.Ordinal));
        // Rows that stand together need few nodes: what is left is head, salt and hash of each.
        Assert.InRange(new FileInfo(receipt).Length, 1, 14_000_000);
    }

    [Fact]
    public async Task Exports_are_seen_by_who_may_export_and_by_nobody_else()
    {
        await ExportAsync(fixture.Small, fixture.Admin, "csv");
        var id = (await RecordAsync(fixture.Small)).Id;
        using var admin = await fixture.Console.NewClientAsync(fixture.Admin);
        using var answer = await admin.GetAsync($"/exports/{id}/receipt?tenant={fixture.Small.Slug}");
        Assert.Equal((HttpStatusCode.OK, "application/gzip"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.Equal("audit-log_small_2026-05-08_2026-05-08.csv.receipt.ndjson.gz", answer.Content.Headers.ContentDisposition?.FileName?.Trim('"'));
        foreach (var (user, tenant, status) in new[]
        {
            (fixture.Admin, fixture.Big.Slug, HttpStatusCode.NotFound),
            (fixture.Auditor, fixture.Small.Slug, HttpStatusCode.NotFound),
            (fixture.Viewer, fixture.Big.Slug, HttpStatusCode.Forbidden),
            (fixture.Stranger, fixture.Small.Slug, HttpStatusCode.NotFound),
        })
        {
            using var client = await fixture.Console.NewClientAsync(user);
            using var refused = await client.GetAsync($"/exports/{id}/receipt?tenant={tenant}");
            Assert.Equal(status, refused.StatusCode);
        }
    }

    [Fact]
    public void Sequences_come_back_as_they_were_packed()
    {
        long[] sequences = [long.MaxValue, 1, 2, 3, 100_000, 99_999, 5, long.MaxValue - 1];
        Assert.Equal(sequences, SequenceList.Unpack(SequenceList.Pack(sequences), sequences.Length));
        Assert.Equal([], SequenceList.Unpack(SequenceList.Pack([]), 0));
    }

    public void Dispose() => _folder.Dispose();

    private async Task<(string File, string Receipt)> ExportAsync(Tenant tenant, TestUser user, string format)
    {
        using var answer = await fixture.PostAsync(user, fixture.Form(tenant, format));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var file = _folder.Write($"export.{format}", await answer.Content.ReadAsByteArrayAsync());
        var record = await RecordAsync(tenant);
        using var client = await fixture.Console.NewClientAsync(user);
        var receipt = Path.Combine(_folder.Root, $"{record.Id}.receipt.ndjson.gz");
        await File.WriteAllBytesAsync(receipt, await client.GetByteArrayAsync($"/exports/{record.Id}/receipt?tenant={tenant.Slug}"));
        return (file, receipt);
    }

    private async Task<ExportRecord> RecordAsync(Tenant tenant)
    {
        await using var context = await fixture.Console.Services.GetRequiredService<IDbContextFactory<ConsoleDbContext>>().CreateDbContextAsync();
        return await context.Set<ExportRecord>().AsNoTracking().Where(record => record.TenantNumber == tenant.Number).OrderByDescending(record => record.Id).FirstAsync();
    }

    private async Task<string> ArchiveAsync(Tenant tenant, string name)
    {
        var file = Path.Combine(_folder.Root, name);
        await fixture.Console.Services.GetRequiredService<ArchiveService>().WriteAsync(tenant.Number, file, progress: null, default);
        return file;
    }

    private async Task<string> KeyAsync()
    {
        using var client = fixture.Console.NewClient();
        return _folder.Write("key.pem", await client.GetByteArrayAsync("/api/checkpoints/key"));
    }
}
