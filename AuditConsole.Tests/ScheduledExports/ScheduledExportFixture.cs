using AuditConsole.Core;
using AuditConsole.ScheduledExports;
using AuditConsole.Storage;
using AuditConsole.Streams;
using AuditConsole.Streams.Destinations;
using AuditConsole.Tenants;
using AuditConsole.Tests.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AuditConsole.Tests.ScheduledExports;

/// <summary>A started console whose clock stands still and whose exports run when a test lets them.</summary>
public sealed class ScheduledExportFixture : IAsyncLifetime
{
    public ConsoleFactory Console { get; } = new() { Settings = { ["Streams:AllowedNetworks:0"] = "127.0.0.0/8", ["Streams:Retries:0"] = "00:00:05", ["Retention:Months"] = "1200" } };

    /// <summary>A day in UTC; every test has a tenant of its own and may only set it forward.</summary>
    public FakeClock Clock { get; } = new(new DateTimeOffset(2026, 11, 2, 9, 0, 0, TimeSpan.Zero));

    internal MemoryBuckets Buckets { get; } = new();

    public ScheduledExportService Service => Console.Services.GetRequiredService<ScheduledExportService>();

    internal ScheduledExportRunner Runner => Console.Services.GetRequiredService<ScheduledExportRunner>();

    public Task InitializeAsync()
    {
        Console.ConfigureServices = services =>
        {
            services.AddSingleton<TimeProvider>(Clock);
            services.AddSingleton<IDestinationKind>(Buckets);
            services.Remove(services.Single(service => service.ImplementationType == typeof(ScheduledExportWorker)));
        };
        Console.StartServer();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await Console.DisposeAsync();

    internal async Task<ScheduledTenant> NewTenantAsync() => new(this, await Console.AddTenantAsync($"t-{Guid.NewGuid():N}"));
}

/// <summary>A tenant and its exports.</summary>
internal sealed class ScheduledTenant(ScheduledExportFixture fixture, Tenant tenant)
{
    public Tenant Tenant => tenant;

    public StreamOwner Owner { get; } = StreamOwner.Console(tenant);

    public IEntryStore Store => fixture.Console.Services.GetRequiredService<IEntryStore>();

    /// <summary>Daily at 06:00 UTC to a bucket in memory, everything so far too.</summary>
    public ScheduledExportDraft Draft(string format = "ndjson", string schedule = "daily 06:00") => new()
    {
        Name = "Every day",
        Kind = MemoryBuckets.KindName,
        Format = Enum.Parse<AuditConsole.Exports.ExportFormat>(format, ignoreCase: true),
        Schedule = schedule,
        Settings = new Dictionary<string, string> { ["bucket"] = tenant.Slug, ["secret"] = "a secret of the bucket" },
        Since = DateTimeOffset.UnixEpoch,
    };

    public MemoryBucket Bucket => fixture.Buckets.Of(tenant.Slug);

    public async Task<string> AddAsync(ScheduledExportDraft draft) => (await fixture.Service.AddAsync(Owner, draft, default)).Id;

    public Task<RunResult> RunAsync(string id) => fixture.Runner.RunAsync(id, default);

    /// <summary>Lets everything that is due run.</summary>
    public async Task<int> RunAllAsync(string id)
    {
        var runs = 0;
        while (await RunAsync(id) == RunResult.Done)
        {
            runs++;
        }
        return runs;
    }

    public Task<ScheduledExportView> GetAsync(string id) => fixture.Service.GetAsync(Owner, id, default);

    public Task<IReadOnlyList<ScheduledExportRun>> RunsAsync(string id) => fixture.Service.RunsAsync(Owner, id, null, 500, default);

    public async Task AppendAsync(params NewEntry[] entries) =>
        await Store.AppendAsync(TestEntries.Request(tenant.Number, entries) with { TenantId = tenant.Id }, default);

    public Task AppendAsync(int count, string action = "RulePublished") =>
        AppendAsync([.. Enumerable.Range(0, count).Select(i => TestEntries.Entry(action, slug: $"rule-{i}", ip: i % 3 == 0 ? null : $"203.0.113.{i % 250}", metadata: new { i }))]);

    public async Task<long> SizeAsync() => (await Store.ReadHeadAsync(tenant.Number, default)).Size;

    public Task<IReadOnlyList<AuditEntry>> EntriesAsync() => fixture.Console.EntriesAsync(tenant);
}
