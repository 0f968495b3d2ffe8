using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using AuditConsole.Core;
using AuditConsole.Demo;
using AuditConsole.Identity;
using AuditConsole.Storage;
using AuditConsole.Streams;
using AuditConsole.Streams.Reach;
using AuditConsole.Tenants;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AuditConsole.Benchmarks;

/// <summary>
/// Measures delivery by the HTTP kind to a Kestrel receiver on loopback: a backlog against a bare loop that posts the same
/// bytes, and how far five streams are behind at 1,000 entries a second.
/// </summary>
internal static class DeliverBenchmark
{
    private const int Streams = 5;
    private const int Seconds = 20;
    private const int PerTick = 50;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(50);

    /// <summary>Runs everything over a store of its own and prints what it measured.</summary>
    /// <param name="entries">How many entries the log has.</param>
    /// <param name="kind">One of <see cref="DeliverKinds.All"/>, or <c>all</c>: that kind alone; null for the HTTP kind with its lags.</param>
    public static async Task RunAsync(int entries, string? kind)
    {
        var folder = Directory.CreateTempSubdirectory("audit-console-benchmark-").FullName;
        try
        {
            var sizes = new ConcurrentQueue<int>();
            var lags = new ConcurrentQueue<double>();
            await using var kinds = await DeliverKinds.StartAsync();
            await using var receiver = await ReceiveAsync(sizes, lags);
            var builder = WebApplication.CreateBuilder([$"--Storage:DataDirectory={folder}", "--urls=http://127.0.0.1:0", "--environment=Development", "--Streams:AllowedNetworks:0=127.0.0.0/8"]);
            builder.AddAuditConsole();
            builder.Logging.ClearProviders();
            builder.Services.Remove(builder.Services.Single(service => service.ImplementationType == typeof(SetupLinkPrinter)));
            if (kind is not null)
            {
                builder.Services.AddSingleton(provider => new GuardedHttp(provider.GetRequiredService<IOptions<StreamOptions>>(), provider.GetRequiredService<IHostEnvironment>())
                {
                    Client = kinds.Client(),
                });
            }
            await using var app = builder.Build();
            await app.StartAsync();
            var tenant = await app.Services.GetRequiredService<TenantService>().AddAsync("bench", "Bench", null, default);
            var store = app.Services.GetRequiredService<IEntryStore>();
            var service = app.Services.GetRequiredService<StreamService>();
            var now = TimeProvider.System.GetUtcNow();
            var world = DemoWorld.Make(DemoWorld.Acme(entries), 1, now, now.AddMonths(-24).AddDays(2));
            foreach (var batch in world.Entries.Chunk(1000))
            {
                // Datadog takes nothing that is older than 18 hours.
                await AppendAsync(store, tenant, kind is null ? batch : [.. batch.Select(entry => entry with { OccurredAt = null })]);
            }
            if (kind is not null)
            {
                // The first delivery of a process is slow, whatever the kind: its code is compiled.
                await kinds.MeasureAsync(service, StreamOwner.Console(tenant), DeliverKinds.All[0]);
                foreach (var one in kind == "all" ? DeliverKinds.All : [kind])
                {
                    Console.WriteLine(await kinds.MeasureAsync(service, StreamOwner.Console(tenant), one));
                }
                await app.StopAsync();
                return;
            }
            var url = new Uri(receiver.Urls.First());
            await CompareAsync(service, StreamOwner.Console(tenant), url, world.Entries.Count, sizes);
            await FollowAsync(service, store, tenant, url, [.. world.Entries.Take(PerTick)], lags);
            await app.StopAsync();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task CompareAsync(StreamService service, StreamOwner owner, Uri url, int entries, ConcurrentQueue<int> sizes)
    {
        var started = Stopwatch.GetTimestamp();
        var id = (await service.AddAsync(owner, Draft("Backlog", url) with { Since = DateTimeOffset.UnixEpoch }, default)).Id;
        while ((await service.GetAsync(owner, id, default)).Status.Replay?.FinishedAt is null)
        {
            await Task.Delay(20);
        }
        var ours = Stopwatch.GetElapsedTime(started);
        await service.DeleteAsync(owner, id, default);
        var bodies = sizes.ToList();
        var bytes = new byte[bodies.Max()];
        using var client = new HttpClient();
        started = Stopwatch.GetTimestamp();
        foreach (var size in bodies)
        {
            using var content = new ByteArrayContent(bytes, 0, size);
            using var answer = await client.PostAsync(url, content);
        }
        var bare = Stopwatch.GetElapsedTime(started);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{entries:N0} entries in {bodies.Count:N0} batches, {bodies.Sum(size => (long)size) / 1e6:0.0} MB: {entries / ours.TotalSeconds:N0} entries/s; a bare loop with the same bytes {entries / bare.TotalSeconds:N0}, {ours / bare:0.0} times as fast"));
    }

    private static async Task FollowAsync(StreamService service, IEntryStore store, Tenant tenant, Uri url, NewEntry[] entries, ConcurrentQueue<double> lags)
    {
        var owner = StreamOwner.Console(tenant);
        for (var i = 0; i < Streams; i++)
        {
            await service.AddAsync(owner, Draft($"Stream {i}", url), default);
        }
        lags.Clear();
        var started = Stopwatch.GetTimestamp();
        var ticks = (int)(Seconds / Tick.TotalSeconds);
        for (var tick = 0; tick < ticks; tick++)
        {
            await AppendAsync(store, tenant, [.. entries.Select(entry => entry with { OccurredAt = null })]);
            var left = Tick * (tick + 1) - Stopwatch.GetElapsedTime(started);
            await Task.Delay(left > TimeSpan.Zero ? left : TimeSpan.Zero);
        }
        var rate = ticks * entries.Length / Stopwatch.GetElapsedTime(started).TotalSeconds;
        while ((await service.ListAsync(owner, default)).Any(view => view.Status.LagEntries > 0))
        {
            await Task.Delay(20);
        }
        var sorted = lags.Order().ToList();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Streams} streams at {rate:N0} entries/s: the oldest entry of a batch had waited {sorted[sorted.Count / 2]:0} ms (p50), {sorted[sorted.Count * 99 / 100]:0} ms (p99), {sorted[^1]:0} ms (most), in {sorted.Count:N0} batches"));
    }

    private static StreamDraft Draft(string name, Uri url) => new() { Name = name, Kind = "http", Settings = new Dictionary<string, string> { ["url"] = url.ToString() } };

    private static Task AppendAsync(IEntryStore store, Tenant tenant, IReadOnlyList<NewEntry> entries) => store.AppendAsync(
        new AppendRequest { Tenant = tenant.Number, TenantId = tenant.Id, RecordedBy = "key:bench", Entries = [.. entries.Select(PreparedEntry.From)] }, default);

    private static async Task<WebApplication> ReceiveAsync(ConcurrentQueue<int> sizes, ConcurrentQueue<double> lags)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapPost("/", async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            sizes.Enqueue((int)body.Length);
            if (context.Request.Headers.ContainsKey("webhook-id") && FirstRecorded(body.GetBuffer().AsSpan(0, (int)Math.Min(body.Length, 2048))) is { } recorded)
            {
                lags.Enqueue((TimeProvider.System.GetUtcNow() - recorded).TotalMilliseconds);
            }
        });
        await app.StartAsync();
        return app;
    }

    private static DateTimeOffset? FirstRecorded(ReadOnlySpan<byte> body)
    {
        var name = "\"recorded_at\":\""u8;
        var at = body.IndexOf(name);
        return at < 0 ? null : JsonSerializer.Deserialize<DateTimeOffset>([.. "\""u8, .. body.Slice(at + name.Length, 24), .. "\""u8]);
    }
}
