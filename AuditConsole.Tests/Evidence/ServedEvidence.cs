using AuditConsole.Archives;
using AuditConsole.Checkpoints;
using AuditConsole.Exports;
using AuditConsole.Storage;
using AuditConsole.Tenants;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Evidence;

/// <summary>Tests that share one served application whose clock they set.</summary>
[CollectionDefinition(Name)]
public sealed class ServedEvidenceTests : ICollectionFixture<ServedEvidence>
{
    public const string Name = "Served evidence";
}

/// <summary>A served application whose clock stands until a test sets it, and the files that it hands out.</summary>
public sealed class ServedEvidence : IAsyncLifetime
{
    private readonly EvidenceFolder _folder = new();
    private readonly HashSet<Guid> _exports = [];

    public FakeClock Clock { get; } = new();

    public ConsoleFactory Console { get; } = new() { Settings = { ["RateLimits:WritesPerMinute"] = "10000000", ["RateLimits:ReadsPerMinute"] = "10000000" } };

    /// <summary>The file with the service's public key, as the public route gives it.</summary>
    public string Key { get; private set; } = "";

    public IServiceProvider Services => Console.Services;

    public async Task InitializeAsync()
    {
        Console.ConfigureServices = services => services.AddSingleton<TimeProvider>(Clock);
        Console.StartServer();
        await Services.GetRequiredService<CheckpointService>().OpenAsync(default);
        using var client = Console.NewClient();
        Key = Write("key.pem", await client.GetByteArrayAsync("/api/checkpoints/key"));
    }

    public async Task DisposeAsync()
    {
        await Console.DisposeAsync();
        _folder.Dispose();
    }

    internal string Write(string name, byte[] bytes) => _folder.Write(name, bytes);

    /// <summary>Signs the tenant's newest entry and gives the checkpoint, as the public route gives it.</summary>
    public async Task<string> CheckpointAsync(Tenant tenant)
    {
        Assert.True(await Services.GetRequiredService<CheckpointService>().SignNowAsync(tenant.Number, default));
        using var client = Console.NewClient();
        return Write("checkpoint.txt", await client.GetByteArrayAsync($"/api/checkpoints?tenant_id={tenant.Id}&format=note"));
    }

    /// <summary>The tenant's whole log, as <c>export --archive</c> writes it.</summary>
    public async Task<(string File, ArchiveResult Result)> ArchiveAsync(Tenant tenant)
    {
        await CheckpointAsync(tenant);
        var file = Path.Combine(_folder.Root, $"{Guid.NewGuid():N}.ndjson.gz");
        return (file, await Services.GetRequiredService<ArchiveService>().WriteAsync(tenant.Number, file, progress: null, default));
    }

    /// <summary>Presses the button of the log page.</summary>
    public async Task<(string File, Guid Id)> ExportAsync(Tenant tenant, TestUser user, string format, params (string Name, string Value)[] filter)
    {
        using var answer = await Console.PostFormAsync(
            user, ExportEndpoint.Path, [("tenant", tenant.Slug), ("from", "2020-01-01"), ("to", "2030-01-01"), ("snapshot", "9999999"), ("format", format), .. filter]);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        var file = Write($"export.{format}", await answer.Content.ReadAsByteArrayAsync());
        await using var context = await Services.GetRequiredService<IDbContextFactory<ConsoleDbContext>>().CreateDbContextAsync();
        // The clock stands, so their order doesn't tell which is the newest.
        var ids = await context.Set<ExportRecord>().Where(record => record.TenantNumber == tenant.Number).Select(record => record.Id).ToListAsync();
        return (file, ids.Single(_exports.Add));
    }

    /// <summary>Downloads the receipt of an export.</summary>
    public async Task<string> ReceiptAsync(Tenant tenant, TestUser user, Guid export)
    {
        using var client = await Console.NewClientAsync(user);
        return Write("receipt.bin", await client.GetByteArrayAsync($"/exports/{export}/receipt?tenant={tenant.Slug}"));
    }

    /// <summary>Whether bytes stand anywhere in the database.</summary>
    public bool[] FindInFiles(IReadOnlyList<byte[]> wanted)
    {
        var found = new bool[wanted.Count];
        foreach (var path in Directory.GetFiles(Console.DataDirectory, "audit-console.db*").Where(path => !path.EndsWith("-shm", StringComparison.Ordinal)))
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var content = new byte[file.Length];
            file.ReadExactly(content);
            for (var i = 0; i < wanted.Count; i++)
            {
                found[i] |= content.AsSpan().IndexOf(wanted[i]) >= 0;
            }
        }
        return found;
    }
}
