using System.Diagnostics;
using AuditConsole.Checkpoints;
using AuditConsole.Core;
using AuditConsole.Core.Evidence;
using AuditConsole.Demo;
using AuditConsole.Identity;
using AuditConsole.Storage;
using AuditConsole.Tenants;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AuditConsole.Benchmarks;

/// <summary>
/// What checkpoints and their tree cost ingest: the same entries go, in turns, into a store with them and into one
/// without, so that whatever else the machine does burdens both. Then a multiproof over scattered entries.
/// </summary>
internal static class CheckpointBenchmark
{
    private const int Rounds = 12;

    // Requests of ten entries, as a producer sends them that has some.
    private const int InRequest = 10;
    private const int Producers = 64;

    /// <summary>Runs it and prints the ratio.</summary>
    public static async Task RunAsync(int entries)
    {
        var now = TimeProvider.System.GetUtcNow();
        var world = DemoWorld.Make(DemoWorld.Acme(Math.Min(entries, 200_000)), 1, now, now.AddMonths(-24).AddDays(2)).Entries;
        await using var with = await Side.StartAsync(hasCheckpoints: true);
        await using var without = await Side.StartAsync(hasCheckpoints: false);
        var share = entries / Rounds / (Producers * InRequest) * (Producers * InRequest);
        await with.AppendAsync(world, share);
        await without.AppendAsync(world, share);
        var ratios = new List<double>();
        var (withTime, withoutTime) = (TimeSpan.Zero, TimeSpan.Zero);
        for (var round = 0; round < Rounds; round++)
        {
            // Now this one first, now that one.
            var (first, second) = round % 2 == 0 ? (with, without) : (without, with);
            var (a, b) = (await first.AppendAsync(world, share), await second.AppendAsync(world, share));
            var (mine, other) = round % 2 == 0 ? (a, b) : (b, a);
            ratios.Add(mine / other);
            (withTime, withoutTime) = (withTime + mine, withoutTime + other);
        }
        var count = (double)share * Rounds;
        Console.WriteLine($"{count:N0} entries in {Rounds} rounds, {Producers} producers, {InRequest} entries a request; {Environment.ProcessorCount} processors");
        Console.WriteLine($"  without checkpoints: {count / withoutTime.TotalSeconds:N0} entries/s");
        Console.WriteLine($"  with checkpoints:    {count / withTime.TotalSeconds:N0} entries/s, {await with.CountAsync()} checkpoints");
        Console.WriteLine($"  time with / without: {withTime / withoutTime:0.000}; by round, median {ratios.Order().ElementAt(Rounds / 2):0.000} ({ratios.Min():0.000} to {ratios.Max():0.000})");
        await with.ProveAsync();
    }

    private sealed class Side(WebApplication app, string folder, Tenant tenant) : IAsyncDisposable
    {
        private int _next;

        public static async Task<Side> StartAsync(bool hasCheckpoints)
        {
            var folder = Directory.CreateTempSubdirectory("audit-console-benchmark-").FullName;
            var builder = WebApplication.CreateBuilder([$"--Storage:DataDirectory={folder}", "--urls=http://127.0.0.1:0", "--environment=Development"]);
            builder.AddAuditConsole();
            builder.Logging.ClearProviders();
            foreach (var service in builder.Services.Where(service => IsLeftOut(service.ImplementationType, hasCheckpoints)).ToList())
            {
                builder.Services.Remove(service);
            }
            var app = builder.Build();
            await app.StartAsync();
            return new Side(app, folder, await app.Services.GetRequiredService<TenantService>().AddAsync("bench", "Bench", null, default));
        }

        public async Task<TimeSpan> AppendAsync(IReadOnlyList<NewEntry> world, int count)
        {
            var store = app.Services.GetRequiredService<IEntryStore>();
            var watch = Stopwatch.StartNew();
            await Task.WhenAll(Enumerable.Range(0, Producers).Select(_ => Task.Run(async () =>
            {
                for (var left = count / Producers / InRequest; left > 0; left--)
                {
                    var at = Interlocked.Add(ref _next, InRequest);
                    await store.AppendAsync(
                        new AppendRequest
                        {
                            Tenant = tenant.Number,
                            TenantId = tenant.Id,
                            RecordedBy = "key:bench",
                            Entries = [.. Enumerable.Range(at, InRequest).Select(i => PreparedEntry.From(world[i % world.Count]))],
                        },
                        default);
                }
            })));
            return watch.Elapsed;
        }

        public async Task<int> CountAsync() => (await app.Services.GetRequiredService<CheckpointReader>().ReadAsync(tenant.Number, 0, int.MaxValue, default)).Count;

        public async Task ProveAsync()
        {
            var trees = app.Services.GetRequiredService<ITreeStore>();
            var size = (await app.Services.GetRequiredService<IEntryStore>().ReadHeadAsync(tenant.Number, default)).Size;
            await trees.ExtendAsync(tenant.Number, size, default);
            var asked = Enumerable.Range(0, (int)(size / 100)).Select(i => i * 100L + i * 7919L % 100).ToList();
            var watch = Stopwatch.StartNew();
            var nodes = 0;
            await foreach (var _ in MerkleProof.MultiproofAsync(trees.OpenNodes(tenant.Number), asked, size, default))
            {
                nodes++;
            }
            Console.WriteLine($"  multiproof of {asked.Count:N0} entries scattered over {size:N0}: {nodes:N0} nodes, {nodes * 32 / 1e6:0.0} MB, {watch.Elapsed.TotalMilliseconds:N0} ms");
        }

        public async ValueTask DisposeAsync()
        {
            await app.StopAsync();
            await app.DisposeAsync();
            Directory.Delete(folder, recursive: true);
        }

        private static bool IsLeftOut(Type? service, bool hasCheckpoints) =>
            service == typeof(SetupLinkPrinter)
            || service?.Name is "VerificationWorker"
            || !hasCheckpoints && service?.Name is "CheckpointWorker" or "PublicationWorker";
    }
}
