using AuditConsole.CommandLine;
using AuditConsole.Core;
using AuditConsole.Storage;
using AuditConsole.Tenants;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.CommandLine;

/// <summary>Reads a data directory as a command does, while no other process writes.</summary>
internal static class StoredEntries
{
    /// <summary>All readable entries of a tenant, oldest sequence first.</summary>
    public static async Task<IReadOnlyList<AuditEntry>> ReadAsync(string dataDirectory, string slug)
    {
        await using var app = ConsoleHost.BuildForCommand(WebApplication.CreateBuilder([$"--Storage:DataDirectory={dataDirectory}"]));
        await app.Services.GetRequiredService<StorageHost>().RequireReadableAsync(CancellationToken.None);
        var tenant = await app.Services.GetRequiredService<TenantService>().GetAsync(slug, CancellationToken.None);
        var filter = new EntryFilter { Scope = new ReadScope(tenant.Number, tenant.Id, DateTimeOffset.UnixEpoch) };
        var entries = new List<AuditEntry>();
        await foreach (var entry in app.Services.GetRequiredService<IEntryStore>().ReadAsync(filter, long.MaxValue, int.MaxValue, CancellationToken.None))
        {
            entries.Add(entry);
        }
        return [.. entries.OrderBy(entry => entry.Sequence)];
    }
}
