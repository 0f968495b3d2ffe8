using System.Text;
using System.Text.Json.Nodes;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Ingest;
using AuditConsole.Integrity;
using AuditConsole.Storage;
using AuditConsole.Tenants;
using AuditConsole.Tests.Core;
using AuditConsole.Verify.Reports;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Evidence;

/// <summary>Entries that hold anything at all are stored, read back, hashed again, exported, imported elsewhere and exported again.</summary>
[Collection(ServedEvidenceTests.Name)]
public sealed class ReimportTests(ServedEvidence served)
{
    private const int Entries = 60;

    // What the service makes; the rest is what a producer can send.
    private static readonly string[] Made = ["id", "tenant_id", "sequence", "recorded_at", "recorded_by", "prev_hash", "hash"];

    [Fact]
    public async Task Hostile_entries_come_through_export_and_import_as_they_were_and_every_file_is_proved()
    {
        for (var seed = 1; seed <= 5; seed++)
        {
            var (first, admin) = await AddTenantAsync();
            var random = new RandomEntry(seed * 7919);
            var contents = Enumerable.Range(0, Entries).Select(i => random.Content() with { OccurredAt = WireTime.Truncate(served.Clock.Now.AddHours(-i)) }).ToList();
            await served.Services.GetRequiredService<IEntryStore>().AppendAsync(
                new AppendRequest { Tenant = first.Number, TenantId = first.Id, RecordedBy = "key:key_1", Entries = [.. contents.Select(PreparedEntry.From)] }, default);
            var exported = await ProveAsync(first, admin);
            Assert.Equal(Entries, exported.Count);

            var (second, other) = await AddTenantAsync();
            using var file = new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', exported.Select(Sent))));
            var result = await served.Services.GetRequiredService<ImportService>().ImportAsync(second, file, skipExpired: false, _ => Task.CompletedTask, default);
            Assert.True(result.Problems.Count == 0, string.Join('\n', result.Problems));
            Assert.Equal(Entries, result.Appended);
            // In canonical form, and so to the last byte.
            Assert.Equal(exported.Select(Sent), (await ProveAsync(second, other)).Select(Sent));
        }
    }

    /// <summary>Verifies the log where it is stored and every file of it; gives the exported entries but those of memberships.</summary>
    private async Task<List<JsonObject>> ProveAsync(Tenant tenant, TestUser admin)
    {
        Assert.True((await served.Services.GetRequiredService<VerificationService>().VerifyAsync(tenant.Number, progress: null, default)).Holds);
        var (archive, _) = await served.ArchiveAsync(tenant);
        foreach (var format in new[] { "csv", "json" })
        {
            var (file, id) = await served.ExportAsync(tenant, admin, format);
            var report = EvidenceFolder.Verify(served.Key, file, await served.ReceiptAsync(tenant, admin, id), archive);
            Assert.True(report.Verdict == Verdict.Proved && report.Findings.Count == 0, string.Join('\n', report.Findings));
            Assert.Equal(Entries + 1, report.Counts["rows_proved"]);
            if (format == "json")
            {
                return [.. JsonNode.Parse(await File.ReadAllBytesAsync(file))!.AsArray().Select(entry => entry!.AsObject()).Where(entry => (string?)entry["action"] != "MemberAdded")];
            }
        }
        throw new InvalidOperationException("Nothing was exported as JSON.");
    }

    private static string Sent(JsonObject entry)
    {
        var sent = (JsonObject)entry.DeepClone();
        foreach (var name in Made)
        {
            sent.Remove(name);
        }
        return Encoding.UTF8.GetString(CanonicalJson.Canonicalize(System.Text.Json.JsonSerializer.SerializeToElement(sent)));
    }

    private async Task<(Tenant Tenant, TestUser Admin)> AddTenantAsync()
    {
        var tenant = await served.Console.AddTenantAsync($"r-{Guid.NewGuid():N}"[..20]);
        return (tenant, await served.Console.AddUserAsync(tenant, Role.Admin));
    }
}
