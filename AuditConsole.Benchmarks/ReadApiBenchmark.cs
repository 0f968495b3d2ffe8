using System.Diagnostics;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using AuditConsole.ApiKeys;
using AuditConsole.Demo;
using AuditConsole.Identity;
using AuditConsole.Reading;
using AuditConsole.Storage;
using AuditConsole.Tenants;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AuditConsole.Benchmarks;

/// <summary>
/// Measures the read API by key, through Kestrel: a page of 100 against the store's own page and the server's floor, and
/// NDJSON against the sqlite3 command line over the same file with the same output.
/// </summary>
internal static class ReadApiBenchmark
{
    private const int Rounds = 400;
    private const int StreamRounds = 12;

    // Each member as the wire has it; what is absent is left out.
    private const string Query =
        """
        SELECT printf('{"id":"%s-%s-%s-%s-%s","tenant_id":"%s","sequence":%d,"occurred_at":"%s.%03dZ","recorded_at":"%s.%03dZ","recorded_by":%s',
                substr(lower(hex(e.id)), 1, 8), substr(lower(hex(e.id)), 9, 4), substr(lower(hex(e.id)), 13, 4), substr(lower(hex(e.id)), 17, 4), substr(lower(hex(e.id)), 21),
                'TENANT', e.sequence, strftime('%Y-%m-%dT%H:%M:%S', e.occurred_at / 1000, 'unixepoch'), e.occurred_at % 1000,
                strftime('%Y-%m-%dT%H:%M:%S', e.recorded_at / 1000, 'unixepoch'), e.recorded_at % 1000, json_quote(r.value))
            || ',"actor":{"type":' || json_quote(at.value) || ',"id":' || json_quote(a.value) || coalesce(',"name":' || (details -> '$.actor.name'), '')
            || coalesce(',"metadata":' || (details -> '$.actor.metadata'), '') || '},"action":' || json_quote(c.value)
            || ',"target":{"type":' || json_quote(t.value) || ',"id":' || json_quote(i.value) || iif(s.value IS NULL, '', ',"slug":' || json_quote(s.value))
            || iif(v.value IS NULL, '', ',"version":' || json_quote(v.value)) || coalesce(',"name":' || (details -> '$.target.name'), '')
            || coalesce(',"metadata":' || (details -> '$.target.metadata'), '') || '}'
            || coalesce(',"targets":[' || (SELECT group_concat('{"type":' || (f.value -> '$.type') || ',"id":' || (f.value -> '$.id') || coalesce(',"slug":' || (f.value -> '$.slug'), '')
                || coalesce(',"version":' || (f.value -> '$.version'), '') || coalesce(',"name":' || (f.value -> '$.name'), '')
                || coalesce(',"metadata":' || (f.value -> '$.metadata'), '') || '}', ',') FROM json_each(details, '$.targets') f) || ']', '')
            || iif(g.value IS NULL, '', ',"engine_version":' || json_quote(g.value)) || coalesce(',"ip":' || (details -> '$.ip'), '') || coalesce(',"location":' || (details -> '$.location'), '')
            || coalesce(',"user_agent":' || (details -> '$.user_agent'), '') || coalesce(',"reasoning":' || (details -> '$.reasoning'), '')
            || coalesce(',"schema_version":' || e.schema_version, '') || iif(e.correlation_id IS NULL, '', ',"correlation_id":' || json_quote(e.correlation_id))
            || ',"metadata":' || (details -> '$.metadata') || coalesce(',"signature":' || (details -> '$.signature'), '')
            || ',"prev_hash":"' || coalesce((SELECT lower(hex(p.hash)) FROM entry p WHERE p.tenant = e.tenant AND p.sequence = e.sequence - 1), printf('%064d', 0))
            || '","hash":"' || lower(hex(e.hash)) || '"}'
        FROM entry e JOIN dictionary r ON r.id = e.recorded_by JOIN dictionary at ON at.id = e.actor_type JOIN dictionary a ON a.id = e.actor
            JOIN dictionary c ON c.id = e.action JOIN dictionary t ON t.id = e.entity_type JOIN dictionary i ON i.id = e.entity_id
            LEFT JOIN dictionary s ON s.id = e.entity_slug LEFT JOIN dictionary v ON v.id = e.entity_version LEFT JOIN dictionary g ON g.id = e.engine_version
        WHERE e.tenant = 1 ORDER BY e.occurred_at DESC, e.sequence DESC
        """;

    /// <summary>Runs everything over a store of its own and prints what it measured.</summary>
    public static async Task RunAsync(int entries)
    {
        var folder = Directory.CreateTempSubdirectory("audit-console-benchmark-").FullName;
        try
        {
            var builder = WebApplication.CreateBuilder(
                [$"--Storage:DataDirectory={folder}", "--urls=http://127.0.0.1:0", "--environment=Development", "--RateLimits:ReadsPerMinute=100000000"]);
            builder.AddAuditConsole();
            builder.Logging.ClearProviders();
            builder.Services.Remove(builder.Services.Single(service => service.ImplementationType == typeof(SetupLinkPrinter)));
            await using var app = builder.Build();
            app.UseIdentity();
            app.MapReading();
            byte[] floor = [];
            app.MapGet("/benchmark/floor", async (HttpContext context) =>
            {
                context.Response.ContentType = "application/json";
                context.Response.ContentLength = floor.Length;
                await context.Response.Body.WriteAsync(floor);
            }).AllowAnonymous();
            await app.StartAsync();
            var tenant = await app.Services.GetRequiredService<TenantService>().AddAsync("bench", "Bench", null, default);
            var store = app.Services.GetRequiredService<IEntryStore>();
            var now = TimeProvider.System.GetUtcNow();
            var world = DemoWorld.Make(DemoWorld.Acme(entries), 1, now, now.AddMonths(-24).AddDays(2));
            foreach (var batch in world.Entries.Chunk(1000))
            {
                await store.AppendAsync(
                    new AppendRequest { Tenant = tenant.Number, TenantId = tenant.Id, RecordedBy = "key:bench", Entries = [.. batch.Select(Core.PreparedEntry.From)] }, default);
            }
            await app.Services.GetRequiredService<TenantSettingsService>().SetProgrammaticReadingAsync(tenant.Number, true, Acting.Console, default);
            var key = await app.Services.GetRequiredService<ApiKeyService>().CreateFromConsoleAsync(
                tenant, "bench", [ApiKeyPolicies.EventsReadScope, ApiKeyPolicies.ExportsReadScope], KeyExpiry.None, default);
            using var client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key.Text);
            floor = await client.GetByteArrayAsync("/api/audit-log");
            Console.WriteLine($"{world.Entries.Count:N0} entries; a page of 100 has {floor.Length / 1024.0:0.0} KiB");
            await ComparePageAsync(client, store, new EntryFilter { Scope = new ReadScope(tenant.Number, tenant.Id, DateTimeOffset.UnixEpoch) });
            await CompareStreamAsync(client, Path.Combine(folder, "audit-console.db"), tenant.Id);
            await app.StopAsync();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // The three in turns, so that what else the machine does meets all of them alike.
    private static async Task ComparePageAsync(HttpClient client, IEntryStore store, EntryFilter filter)
    {
        var (own, bare, api) = (new double[Rounds], new double[Rounds], new double[Rounds]);
        for (var i = -40; i < Rounds; i++)
        {
            var at = Math.Max(i, 0);
            own[at] = await TimeAsync(() => store.ReadPageAsync(filter, new PageRequest(100), default));
            bare[at] = await TimeAsync(() => client.GetByteArrayAsync("/benchmark/floor"));
            api[at] = await TimeAsync(() => client.GetByteArrayAsync("/api/audit-log"));
        }
        var (page, floor, asked) = (Median(own), Median(bare), Median(api));
        Console.WriteLine($"page of 100, p50: the store {page:0.00} ms, Kestrel with the same bytes {floor:0.00} ms, the API {asked:0.00} ms: {asked / (page + floor):0.00} times their sum");
    }

    private static async Task CompareStreamAsync(HttpClient client, string database, Guid tenant)
    {
        client.DefaultRequestHeaders.Accept.ParseAdd("application/x-ndjson");
        var (ours, lines) = await BestAsync(() => client.GetByteArrayAsync("/api/audit-log"));
        Console.WriteLine($"NDJSON: the API {ours:N0} ms, {lines.Length / 1e6:0.0} MB");
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "sqlite3"))))
        {
            Console.WriteLine("sqlite3 is not on PATH: nothing to compare with.");
            return;
        }
        var (theirs, other) = await BestAsync(() => SqliteAsync(database, Query.Replace("TENANT", tenant.ToString(), StringComparison.Ordinal)));
        var same = SHA256.HashData(lines).SequenceEqual(SHA256.HashData(other));
        Console.WriteLine($"        the sqlite3 command line {theirs:N0} ms: {theirs / ours:0.0} times as long; the output is {(same ? "the same" : $"NOT the same: {Difference(lines, other)}")}");
    }

    private static string Difference(byte[] ours, byte[] theirs)
    {
        var at = ours.AsSpan().CommonPrefixLength(theirs);
        return $"{Around(ours)} | {Around(theirs)}";

        string Around(byte[] text) => System.Text.Encoding.UTF8.GetString(text.AsSpan()[Math.Clamp(at - 60, 0, text.Length)..Math.Min(at + 60, text.Length)]);
    }

    private static async Task<byte[]> SqliteAsync(string database, string query)
    {
        using var run = Process.Start(new ProcessStartInfo("sqlite3", ["-readonly", "-list", database, query]) { RedirectStandardOutput = true })!;
        using var output = new MemoryStream();
        await run.StandardOutput.BaseStream.CopyToAsync(output);
        await run.WaitForExitAsync();
        return output.ToArray();
    }

    private static async Task<(double, byte[])> BestAsync(Func<Task<byte[]>> run)
    {
        var (best, output) = (double.MaxValue, Array.Empty<byte>());
        for (var i = 0; i < StreamRounds; i++)
        {
            best = Math.Min(best, await TimeAsync(async () => output = await run()));
        }
        return (best, output);
    }

    private static async Task<double> TimeAsync(Func<Task> run)
    {
        var begin = Stopwatch.GetTimestamp();
        await run();
        return Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
    }

    private static double Median(double[] times) => times.Order().ElementAt(times.Length / 2);
}
