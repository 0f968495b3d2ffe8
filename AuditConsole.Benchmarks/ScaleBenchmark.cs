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

namespace AuditConsole.Benchmarks;

/// <summary>The store at ten million entries: ingest, pages, counts, histograms, start, space and memory.</summary>
internal sealed class ScaleBenchmark : IAsyncDisposable
{
    private static readonly DateTimeOffset _start = new(2024, 11, 24, 0, 0, 0, TimeSpan.Zero);

    private readonly string _folder;
    private readonly bool _keep;
    private readonly long _entries;
    private readonly ScaleLog _log;
    private readonly Tenant[] _tenants = new Tenant[ScaleLog.Tenants];
    private ServiceProvider _services;

    private ScaleBenchmark(string folder, bool keep, long entries)
    {
        (_folder, _keep, _entries) = (folder, keep, entries);
        _log = new ScaleLog(entries, 1, _start);
        _services = Build(folder);
    }

    private IEntryStore Store => _services.GetRequiredService<IEntryStore>();

    /// <summary>Runs all of it.</summary>
    /// <param name="entries">How many.</param>
    /// <param name="folder">Keeps the data set there, and takes it from there if it is complete; null for a temporary one.</param>
    public static async Task RunAsync(long entries, string? folder)
    {
        await using var benchmark = new ScaleBenchmark(
            folder ?? Directory.CreateTempSubdirectory("audit-console-scale-").FullName, folder is not null, entries);
        await benchmark.OpenAsync();
        Console.WriteLine($"{entries:N0} entries, {ScaleLog.Tenants} tenants; a bare fsync of 4 KiB: {Disk.Fsync(benchmark._folder):0.00} ms; {Environment.ProcessorCount} processors");
        await benchmark.FillAsync();
        await benchmark.ReopenAsync();
        await benchmark.ReadAsync();
        benchmark.Weigh();
    }

    /// <summary>Fills the data set, if it isn't there, and verifies it.</summary>
    public static async Task VerifyAsync(long entries, string? folder)
    {
        await using var benchmark = new ScaleBenchmark(
            folder ?? Directory.CreateTempSubdirectory("audit-console-scale-").FullName, folder is not null, entries);
        await benchmark.OpenAsync();
        await benchmark.FillAsync();
        await benchmark.ReopenAsync();
        var file = benchmark._services.GetRequiredService<DataDirectory>().DatabaseFile;
        await VerifyBenchmark.RunAsync(file, [.. benchmark._tenants.Select(tenant => tenant.Number)], benchmark._services);
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        if (!_keep)
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private async Task OpenAsync()
    {
        await _services.GetRequiredService<StorageHost>().StartAsync(default);
        await using var context = await _services.GetRequiredService<IDbContextFactory<ConsoleDbContext>>().CreateDbContextAsync();
        for (var i = 0; i < _tenants.Length; i++)
        {
            var slug = $"tenant-{i + 1}";
            var tenant = await context.Tenants.SingleOrDefaultAsync(tenant => tenant.Slug == slug);
            if (tenant is null)
            {
                tenant = new Tenant { Id = Guid.CreateVersion7(), Slug = slug, Name = slug, CreatedAt = _start, AppliedRetention = "24 months" };
                context.Tenants.Add(tenant);
                await context.SaveChangesAsync();
            }
            _tenants[i] = tenant;
        }
    }

    private async Task CloseAsync()
    {
        await _services.GetRequiredService<StorageHost>().StopAsync(default);
        await _services.DisposeAsync();
    }

    private async Task FillAsync()
    {
        var stored = 0L;
        foreach (var tenant in _tenants)
        {
            stored += (await Store.ReadHeadAsync(tenant.Number, default)).Size;
        }
        if (stored >= _entries)
        {
            return;
        }
        var measured = Math.Min(200_000, _entries / 5);
        Console.WriteLine("Durable ingest, each entry acknowledged by itself:");
        if (stored == 0)
        {
            await ProduceAsync(64, 0, measured / 2);
            await ProduceAsync(512, measured / 2, measured);
            stored = measured;
        }
        await ImportAsync(stored, _entries - measured);
        await ProduceAsync(512, Math.Max(stored, _entries - measured), _entries);
    }

    private async Task ProduceAsync(int producers, long first, long end)
    {
        // Making the data isn't what is measured.
        var prepared = new PreparedEntry[end - first];
        Parallel.For(0, prepared.Length, i => prepared[i] = PreparedEntry.From(_log.Entry(first + i)));
        var waits = new TimeSpan[prepared.Length];
        var next = -1;
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, producers).Select(_ => Task.Run(async () =>
        {
            for (var at = Interlocked.Increment(ref next); at < prepared.Length; at = Interlocked.Increment(ref next))
            {
                var begin = Stopwatch.GetTimestamp();
                await Store.AppendAsync(Request(first + at, [prepared[at]]), default);
                waits[at] = Stopwatch.GetElapsedTime(begin);
            }
        })));
        Console.WriteLine(
            $"  {producers,3} producers from entry {first:N0} on: {prepared.Length / watch.Elapsed.TotalSeconds:N0} entries/s, acknowledged after {Percentiles.Of(waits)}");
    }

    private async Task ImportAsync(long first, long end)
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
        Console.WriteLine($"  filled with {end - first:N0} more, made as they go, at {(end - first) / watch.Elapsed.TotalSeconds:N0} entries/s");
    }

    private AppendRequest Request(long index, IReadOnlyList<PreparedEntry> entries)
    {
        var tenant = _tenants[ScaleLog.TenantOf(index)];
        return new AppendRequest { Tenant = tenant.Number, TenantId = tenant.Id, RecordedBy = "key:bench", Entries = entries };
    }

    private async Task ReopenAsync()
    {
        // Segments that are still small are put together first.
        await Task.Delay(2000);
        await CloseAsync();
        GC.Collect();
        _services = Build(_folder);
        var watch = Stopwatch.StartNew();
        await OpenAsync();
        Console.WriteLine($"Start: ready after {watch.ElapsedMilliseconds:N0} ms");
        watch.Restart();
        await Store.ReadPageAsync(new EntryFilter { Scope = Scope(0) }, new PageRequest(100), default);
        Console.WriteLine($"First page after the start: {watch.Elapsed.TotalMilliseconds:0.0} ms (the program's code not yet compiled)");
        watch.Restart();
        await Store.ReadPageAsync(new EntryFilter { Scope = Scope(1) }, new PageRequest(100), default);
        Console.WriteLine($"First page of the next tenant: {watch.Elapsed.TotalMilliseconds:0.0} ms");
    }

    private async Task ReadAsync()
    {
        var random = new Random(7);
        var filters = Enumerable.Range(0, 500).Select(_ => RandomFilter(random)).ToList();
        // Warm: every part of the index has been read once.
        foreach (var filter in filters)
        {
            await Store.CountAsync(filter, long.MaxValue, default);
        }
        var (first, last, counts, days) = (new List<TimeSpan>(), new List<TimeSpan>(), new List<TimeSpan>(), new List<TimeSpan>());
        foreach (var filter in filters)
        {
            var size = (await Store.ReadHeadAsync(filter.Scope.Tenant, default)).Size;
            first.Add(await TimeAsync(() => Store.ReadPageAsync(filter, new PageRequest(100), default)));
            var place = new EntryPosition(_start.AddDays(random.Next(1, 40)), long.MaxValue);
            last.Add(await TimeAsync(() => Store.ReadPageAsync(filter, new PageRequest(100, size, OlderThan: place), default)));
            counts.Add(await TimeAsync(() => Store.CountAsync(filter, size, default)));
            days.Add(await TimeAsync(() => Store.CountByDayAsync(filter, size, default)));
        }
        Console.WriteLine($"Random filters of {filters.Count}, warm:");
        Console.WriteLine($"  first page of 100   {Percentiles.Of(first)}");
        Console.WriteLine($"  last pages of 100   {Percentiles.Of(last)}");
        Console.WriteLine($"  exact count         {Percentiles.Of(counts)}");
        Console.WriteLine($"  daily histogram     {Percentiles.Of(days)}");
        var nothing = new EntryFilter { Scope = Scope(0), Action = "RulePublished", EntityType = "SpecJob" };
        var none = new List<TimeSpan>();
        for (var i = 0; i < 200; i++)
        {
            none.Add(await TimeAsync(() => Store.ReadPageAsync(nothing, new PageRequest(100), default)));
        }
        Console.WriteLine($"  two that match none {Percentiles.Of(none)}");
    }

    private static async Task<TimeSpan> TimeAsync<T>(Func<Task<T>> read)
    {
        var begin = Stopwatch.GetTimestamp();
        await read();
        return Stopwatch.GetElapsedTime(begin);
    }

    private EntryFilter RandomFilter(Random random)
    {
        var (type, action, _) = ScaleLog.Kinds[random.Next(ScaleLog.Kinds.Length)];
        var from = random.Next(4) == 0 ? _start.AddDays(random.Next(700)) : (DateTimeOffset?)null;
        return new EntryFilter
        {
            Scope = Scope(random.Next(ScaleLog.Tenants)),
            From = from,
            To = from is not null && random.Next(2) == 0 ? from.Value.AddDays(1 + random.Next(60)) : null,
            EntityType = random.Next(2) == 0 ? type : null,
            Action = random.Next(3) == 0 ? action : null,
            Slug = random.Next(3) == 0 ? ScaleLog.SlugOf(random) : null,
            Actor = random.Next(4) == 0 ? ScaleLog.ActorOf(random) : null,
            Ip = random.Next(5) == 0 ? ScaleLog.AddressOf(random) : null,
        };
    }

    private void Weigh()
    {
        var bytes = new DirectoryInfo(_folder).EnumerateFiles("audit-console.db*").Sum(file => file.Length);
        using var process = Process.GetCurrentProcess();
        Console.WriteLine($"Space: {bytes / 1e6:N0} MB, {bytes / (double)_entries:0} bytes an entry");
        Console.WriteLine($"Memory: {process.WorkingSet64 / 1e6:N0} MB resident, {GC.GetTotalMemory(forceFullCollection: true) / 1e6:N0} MB managed");
    }

    private ReadScope Scope(int tenant) => new(_tenants[tenant].Number, _tenants[tenant].Id, _start.AddDays(-1));

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
