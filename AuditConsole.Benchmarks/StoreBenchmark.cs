using System.Diagnostics;
using AuditConsole.Core;
using AuditConsole.Demo;
using AuditConsole.Exports;
using AuditConsole.Identity;
using AuditConsole.Storage;
using AuditConsole.Tenants;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AuditConsole.Benchmarks;

/// <summary>Measures the store as the service uses it: durable ingest, pages, counts and an export through Kestrel.</summary>
internal sealed class StoreBenchmark(IEntryStore store, Tenant tenant, DemoWorld world)
{
    private int _next;

    /// <summary>Runs everything over a store of its own and prints what it measured.</summary>
    public static async Task RunAsync(int entries)
    {
        var folder = Directory.CreateTempSubdirectory("audit-console-benchmark-").FullName;
        try
        {
            var builder = WebApplication.CreateBuilder([$"--Storage:DataDirectory={folder}", "--urls=http://127.0.0.1:0", "--environment=Development"]);
            builder.AddAuditConsole();
            builder.Logging.ClearProviders();
            builder.Services.Remove(builder.Services.Single(service => service.ImplementationType == typeof(SetupLinkPrinter)));
            await using var app = builder.Build();
            MapExport(app);
            await app.StartAsync();
            var tenant = await app.Services.GetRequiredService<TenantService>().AddAsync("bench", "Bench", null, default);
            var now = TimeProvider.System.GetUtcNow();
            var world = DemoWorld.Make(DemoWorld.Acme(entries), 1, now, now.AddMonths(-24).AddDays(2));
            Console.WriteLine($"{world.Entries.Count:N0} entries; a bare fsync of 4 KiB takes {Disk.Fsync(folder):0.00} ms (median); {Environment.ProcessorCount} processors");
            var benchmark = new StoreBenchmark(app.Services.GetRequiredService<IEntryStore>(), tenant, world);
            await benchmark.IngestAsync();
            await benchmark.ReadAsync();
            await ExportComparison.RunAsync(new Uri(app.Urls.First()), Path.Combine(folder, "audit-console.db"));
            await app.StopAsync();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task IngestAsync()
    {
        Console.WriteLine("\nDurable ingest, one entry an append:");
        var alone = await ProduceAsync(1, Math.Min(2_000, world.Entries.Count / 10));
        Print(1, alone, alone.Rate);
        Print(64, await ProduceAsync(64, world.Entries.Count * 4 / 10), alone.Rate);
        Print(512, await ProduceAsync(512, world.Entries.Count - _next), alone.Rate);

        static void Print(int producers, (double Rate, TimeSpan[] Waits) result, double alone) => Console.WriteLine(
            $"  {producers,3} producers: {result.Rate,8:N0} entries/s ({result.Rate / alone:0.0} times one), acknowledged after {Percentile(result.Waits, 0.5):0.00} ms (p50), {Percentile(result.Waits, 0.99):0.00} ms (p99)");
    }

    private async Task<(double Rate, TimeSpan[] Waits)> ProduceAsync(int producers, int count)
    {
        var beyond = _next + count;
        var waits = new TimeSpan[beyond];
        var first = _next;
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, producers).Select(_ => Task.Run(async () =>
        {
            for (var at = Interlocked.Increment(ref _next) - 1; at < beyond; at = Interlocked.Increment(ref _next) - 1)
            {
                var begin = Stopwatch.GetTimestamp();
                await store.AppendAsync(
                    new AppendRequest
                    {
                        Tenant = tenant.Number,
                        TenantId = tenant.Id,
                        RecordedBy = "key:bench",
                        Entries = [PreparedEntry.From(world.Entries[at])],
                    },
                    default);
                waits[at] = Stopwatch.GetElapsedTime(begin);
            }
        })));
        _next = beyond;
        return (count / watch.Elapsed.TotalSeconds, waits[first..]);
    }

    private async Task ReadAsync()
    {
        var all = new EntryFilter { Scope = new ReadScope(tenant.Number, tenant.Id, world.Entries[0].OccurredAt!.Value) };
        var head = await store.ReadHeadAsync(tenant.Number, default);
        var oldest = new EntryPosition(world.Entries[150].OccurredAt!.Value, long.MaxValue);
        Console.WriteLine("\nA page of 100:");
        await TimeAsync("the newest", () => store.ReadPageAsync(all, new PageRequest(100), default));
        await TimeAsync("the oldest", () => store.ReadPageAsync(all, new PageRequest(100, head.Size, OlderThan: oldest), default));
        await TimeAsync("of one rule's jobs", () => store.ReadPageAsync(all with { EntityType = "SpecJob", Slug = "no-async-void" }, new PageRequest(100), default));
        await TimeAsync("of one action", () => store.ReadPageAsync(all with { Action = "ProfilePublished" }, new PageRequest(100), default));
        Console.WriteLine("An exact count:");
        await TimeAsync("of all", () => store.CountAsync(all, head.Size, default));
        await TimeAsync("of the last 30 days", () => store.CountAsync(all with { From = world.Entries[^1].OccurredAt!.Value.AddDays(-30) }, head.Size, default));
        await TimeAsync("of one action", () => store.CountAsync(all with { Action = "ProfilePublished" }, head.Size, default));
        await TimeAsync("of one rule's jobs", () => store.CountAsync(all with { EntityType = "SpecJob", Slug = "no-async-void" }, head.Size, default));
    }

    private static async Task TimeAsync<T>(string what, Func<Task<T>> read)
    {
        var times = new TimeSpan[200];
        for (var i = -20; i < times.Length; i++)
        {
            var begin = Stopwatch.GetTimestamp();
            await read();
            if (i >= 0)
            {
                times[i] = Stopwatch.GetElapsedTime(begin);
            }
        }
        Console.WriteLine($"  {what,-20} {Percentile(times, 0.5),7:0.00} ms (p50) {Percentile(times, 0.99),7:0.00} ms (p99)");
    }

    // The real route needs a browser's session; this is what stands behind it, on the same server.
    private static void MapExport(WebApplication app) => app.MapGet("/benchmark/export", async (HttpContext context, IEntryStore store, TenantService tenants, ExportService exports) =>
    {
        var tenant = await tenants.GetAsync("bench", context.RequestAborted);
        var head = await store.ReadHeadAsync(tenant.Number, context.RequestAborted);
        var filter = new EntryFilter { Scope = new ReadScope(tenant.Number, tenant.Id, DateTimeOffset.UnixEpoch) };
        var member = new Member("usr_bench", "bench@example.com", tenant.Number, tenant.Id, tenant.Slug, tenant.Name, Role.Admin);
        await exports.WriteAsync(new ExportPlan(member, filter, head.Size, head.Size, ExportComparison.Entries), ExportFormat.Csv, context.Response.Body, context.RequestAborted);
    }).AllowAnonymous();

    private static double Percentile(TimeSpan[] times, double part)
    {
        var sorted = times.Order().ToArray();
        return sorted[(int)((sorted.Length - 1) * part)].TotalMilliseconds;
    }
}
