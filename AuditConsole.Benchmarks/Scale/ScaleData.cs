using System.Collections.Concurrent;
using System.Diagnostics;
using AuditConsole.Checkpoints;
using AuditConsole.Core;
using AuditConsole.Integrity;
using AuditConsole.Retention;
using AuditConsole.Storage;
using AuditConsole.Tenants;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;

namespace AuditConsole.Benchmarks.Scale;

/// <summary>A store of four tenants in a folder, in this process, with the entries of a <see cref="ScaleLog"/>.</summary>
internal sealed class ScaleData : IAsyncDisposable
{
    /// <summary>When the oldest entry occurred.</summary>
    public static readonly DateTimeOffset Start = new(2024, 11, 24, 0, 0, 0, TimeSpan.Zero);

    private readonly ScaleLog _log;
    private readonly ServiceProvider _services;
    private bool _closed;

    private ScaleData(string folder, long entries)
    {
        (Folder, Entries) = (folder, entries);
        _log = new ScaleLog(entries, 1, Start);
        _services = Build(folder);
    }

    public string Folder { get; }

    /// <summary>How many the data set has when it is full.</summary>
    public long Entries { get; }

    public IServiceProvider Services => _services;

    public IEntryStore Store => _services.GetRequiredService<IEntryStore>();

    public string DatabaseFile => _services.GetRequiredService<DataDirectory>().DatabaseFile;

    public IReadOnlyList<Tenant> Tenants { get; private set; } = [];

    /// <summary>Opens the store of a folder, with its tenants, which are made if they aren't there.</summary>
    public static async Task<ScaleData> OpenAsync(string folder, long entries)
    {
        Directory.CreateDirectory(folder);
        var data = new ScaleData(folder, entries);
        await data._services.GetRequiredService<StorageHost>().StartAsync(default);
        await using var context = await data._services.GetRequiredService<IDbContextFactory<ConsoleDbContext>>().CreateDbContextAsync();
        var tenants = new List<Tenant>();
        for (var i = 0; i < ScaleLog.Tenants; i++)
        {
            var slug = $"tenant-{i + 1}";
            var tenant = await context.Tenants.SingleOrDefaultAsync(tenant => tenant.Slug == slug);
            if (tenant is null)
            {
                tenant = new Tenant { Id = Guid.CreateVersion7(), Slug = slug, Name = slug, CreatedAt = Start, AppliedRetention = "24 months" };
                context.Tenants.Add(tenant);
                await context.SaveChangesAsync();
            }
            tenants.Add(tenant);
        }
        data.Tenants = tenants;
        return data;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_closed)
        {
            _closed = true;
            await _services.GetRequiredService<StorageHost>().StopAsync(default);
            await _services.DisposeAsync();
        }
    }

    /// <summary>How many entries are stored.</summary>
    public async Task<long> CountAsync()
    {
        var stored = 0L;
        foreach (var tenant in Tenants)
        {
            stored += (await Store.ReadHeadAsync(tenant.Number, default)).Size;
        }
        return stored;
    }

    /// <summary>All that a tenant, from 0, may read: nothing has expired.</summary>
    public ReadScope Scope(int tenant) => new(Tenants[tenant].Number, Tenants[tenant].Id, Start.AddDays(-1));

    /// <summary>Appends entries one by one, each producer waiting for its commit.</summary>
    /// <param name="producers">How many at once.</param>
    /// <param name="first">The index of the first entry.</param>
    /// <param name="count">How many.</param>
    /// <returns>Entries a second, and how long each waited.</returns>
    public async Task<(double Rate, TimeSpan[] Waits)> ProduceAsync(int producers, long first, int count)
    {
        // Making the data isn't what is measured.
        var prepared = new PreparedEntry[count];
        Parallel.For(0, count, i => prepared[i] = PreparedEntry.From(_log.Entry(first + i)));
        var waits = new TimeSpan[count];
        var next = -1;
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, producers).Select(_ => Task.Run(async () =>
        {
            for (var at = Interlocked.Increment(ref next); at < count; at = Interlocked.Increment(ref next))
            {
                var begin = Stopwatch.GetTimestamp();
                await Store.AppendAsync(Request(first + at, [prepared[at]]), default);
                waits[at] = Stopwatch.GetElapsedTime(begin);
            }
        })));
        return (count / watch.Elapsed.TotalSeconds, waits);
    }

    /// <summary>Appends entries in batches, four at once, made as they go.</summary>
    /// <returns>Entries a second.</returns>
    public async Task<double> ImportAsync(long first, long end)
    {
        const int batch = 500;
        var watch = Stopwatch.StartNew();
        var starts = new ConcurrentQueue<long>();
        for (var at = first; at < end; at += batch * ScaleLog.Tenants)
        {
            starts.Enqueue(at);
        }
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (starts.TryDequeue(out var at))
            {
                var indexes = Enumerable.Range(0, (int)Math.Min(batch * ScaleLog.Tenants, end - at)).Select(i => at + i);
                foreach (var ofTenant in indexes.GroupBy(ScaleLog.TenantOf))
                {
                    await Store.AppendAsync(Request(ofTenant.First(), [.. ofTenant.Select(index => PreparedEntry.From(_log.Entry(index)))]), default);
                }
            }
        })));
        return (end - first) / watch.Elapsed.TotalSeconds;
    }

    private AppendRequest Request(long index, IReadOnlyList<PreparedEntry> entries)
    {
        var tenant = Tenants[ScaleLog.TenantOf(index)];
        return new AppendRequest { Tenant = tenant.Number, TenantId = tenant.Id, RecordedBy = "key:bench", Entries = entries };
    }

    private static ServiceProvider Build(string folder)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create("Storage:DataDirectory", (string?)folder)]).Build();
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<IConfiguration>(configuration);
        services.AddSingleton<IHostEnvironment>(new Place(folder));
        services.AddSingleton(TimeProvider.System);
        services.AddStorage(configuration);
        services.AddRetention(configuration);
        services.AddCheckpoints(configuration);
        services.AddIntegrity(configuration);
        return services.BuildServiceProvider();
    }

    private sealed class Place(string root) : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = "Benchmark";

        public string ApplicationName { get; set; } = "AuditConsole";

        public string ContentRootPath { get; set; } = root;

        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }
}
