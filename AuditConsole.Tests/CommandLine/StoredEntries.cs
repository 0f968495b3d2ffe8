using AuditConsole.CommandLine;
using AuditConsole.Core;
using AuditConsole.Storage;
using AuditConsole.Tenants;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.CommandLine;

/// <summary>A tenant's log in a data directory as a command reads it, while no other process writes.</summary>
internal sealed class StoredLog : IAsyncDisposable
{
    private readonly WebApplication _app;

    private StoredLog(WebApplication app, Tenant tenant) => (_app, Scope) = (app, new ReadScope(tenant.Number, tenant.Id, DateTimeOffset.UnixEpoch));

    public IEntryStore Store => _app.Services.GetRequiredService<IEntryStore>();

    /// <summary>All of it.</summary>
    public ReadScope Scope { get; }

    public static async Task<StoredLog> OpenAsync(string dataDirectory, string slug)
    {
        var app = ConsoleHost.BuildForCommand(WebApplication.CreateBuilder([$"--Storage:DataDirectory={dataDirectory}"]));
        app.Services.GetRequiredService<StorageHost>().RequireReadable();
        return new StoredLog(app, await app.Services.GetRequiredService<TenantService>().GetAsync(slug, CancellationToken.None));
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}

internal static class StoredEntries
{
    /// <summary>All readable entries of a tenant, oldest sequence first.</summary>
    public static async Task<IReadOnlyList<AuditEntry>> ReadAsync(string dataDirectory, string slug)
    {
        await using var log = await StoredLog.OpenAsync(dataDirectory, slug);
        var entries = new List<AuditEntry>();
        await foreach (var entry in log.Store.ReadAsync(new EntryFilter { Scope = log.Scope }, long.MaxValue, int.MaxValue, CancellationToken.None))
        {
            entries.Add(entry);
        }
        return [.. entries.OrderBy(entry => entry.Sequence)];
    }
}
