using AuditConsole.Exports;
using AuditConsole.ScheduledExports;
using AuditConsole.Streams;
using AuditConsole.Tenants;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.ScheduledExports;

/// <summary>What the pages show.</summary>
internal static class ScheduledExportPagesTests
{
    /// <summary>An export with a run that is through, and one that can't be.</summary>
    /// <returns>The id of the first.</returns>
    public static async Task<string> SeedAsync(ConsoleFactory console, Tenant tenant)
    {
        var (service, runner, owner) = (console.Services.GetRequiredService<ScheduledExportService>(), console.Services.GetRequiredService<ScheduledExportRunner>(), StreamOwner.Console(tenant));
        var draft = new ScheduledExportDraft
        {
            Name = "For the auditors",
            Kind = ScheduledExport.Download,
            Format = ExportFormat.Csv,
            Schedule = "monthly 31 23:00",
            TimeZone = "Europe/Berlin",
            Since = DateTimeOffset.UnixEpoch,
        };
        var id = (await service.AddAsync(owner, draft, default)).Id;
        await service.RunNowAsync(owner, id, default);
        var broken = await service.AddAsync(owner, draft with
        {
            Name = "To a bucket",
            Kind = "s3-compatible",
            Format = ExportFormat.Ndjson,
            Schedule = "weekly monday 06:00",
            Settings = new Dictionary<string, string> { ["endpoint"] = "https://s3.invalid", ["bucket"] = "acme-audit-log", ["access_key_id"] = "AKIAAAAAAAAAAAAAAAAA", ["secret_access_key"] = "a secret of the bucket" },
        }, default);
        await service.RunNowAsync(owner, broken.Id, default);
        // Whoever is first, the worker or this: until both have come to something.
        foreach (var one in new[] { id, broken.Id })
        {
            while ((await service.RunsAsync(owner, one, null, 1, default))[0] is { State: RunState.Running or RunState.Waiting })
            {
                await runner.RunAsync(one, default);
                await Task.Delay(20);
            }
        }
        return id;
    }
}
