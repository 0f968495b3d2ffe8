using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;

namespace AuditConsole.Benchmarks.Scale;

/// <summary>Writing and exporting over HTTP, at the whole service.</summary>
internal static class HttpRows
{
    private const int Connections = 16;
    private const int EntriesInBatch = 100;
    private static readonly TimeSpan _warming = TimeSpan.FromSeconds(30);

    /// <summary>POST /api/audit-log in batches over several connections.</summary>
    /// <returns>Entries a second.</returns>
    public static async Task<double> IngestAsync(ServiceProcess service, ScaleLog log, string key)
    {
        const int entries = 150_000;
        using var client = Client(service, key);
        var bodies = Enumerable.Range(0, entries / EntriesInBatch).AsParallel()
            .Select(batch => JsonSerializer.SerializeToUtf8Bytes(Enumerable.Range(batch * EntriesInBatch, EntriesInBatch).Select(index => log.Wire(index)))).ToList();
        // A service that has just started compiles its code twice, first to watch it, which takes half a minute of all processors.
        var (warm, measured) = (bodies[..(bodies.Count / 3)], bodies[(bodies.Count / 3)..]);
        for (var warming = Stopwatch.StartNew(); warming.Elapsed < _warming;)
        {
            await PostAsync(client, warm);
        }
        var watch = Stopwatch.StartNew();
        await PostAsync(client, measured);
        return measured.Count * EntriesInBatch / watch.Elapsed.TotalSeconds;
    }

    /// <summary>CSV of a whole tenant, by its key, and how far the service's memory grows.</summary>
    public static async Task ExportAsync(ServiceProcess service, string key)
    {
        using var client = Client(service, key);
        client.DefaultRequestHeaders.Accept.ParseAdd("text/csv");
        // Of one action first: what a first export needs isn't growth.
        await ReadAsync(client, "/api/audit-log?action=RuleArchived");
        var before = service.Resident;
        service.ForgetPeak();
        var watch = Stopwatch.StartNew();
        var (bytes, rows) = await ReadAsync(client, "/api/audit-log");
        Console.WriteLine($"CSV of a tenant, {rows - 1:N0} entries, {bytes / 1e6:N0} MB: {watch.Elapsed.TotalSeconds:0.0} s, memory grew by {Math.Max(0, service.Peak - before) / 1e6:0.0} MB");
    }

    private static async Task PostAsync(HttpClient client, List<byte[]> bodies)
    {
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => Task.Run(async () =>
        {
            for (var at = Interlocked.Increment(ref next); at < bodies.Count; at = Interlocked.Increment(ref next))
            {
                using var content = new ByteArrayContent(bodies[at]) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
                using var answer = await client.PostAsync("/api/audit-log", content);
                if (!answer.IsSuccessStatusCode)
                {
                    throw new InvalidOperationException(await answer.Content.ReadAsStringAsync());
                }
            }
        })));
    }

    private static async Task<(long Bytes, long Rows)> ReadAsync(HttpClient client, string url)
    {
        using var answer = await client.GetAsync(url, HttpCompletionOption.ResponseHeadersRead);
        answer.EnsureSuccessStatusCode();
        await using var body = await answer.Content.ReadAsStreamAsync();
        var (buffer, bytes, rows) = (new byte[81920], 0L, 0L);
        for (var read = await body.ReadAsync(buffer); read > 0; read = await body.ReadAsync(buffer))
        {
            bytes += read;
            rows += buffer.AsSpan(0, read).Count((byte)'\n');
        }
        return (bytes, rows);
    }

    private static HttpClient Client(ServiceProcess service, string key)
    {
        var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = Connections }) { BaseAddress = service.Address, Timeout = TimeSpan.FromMinutes(10) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }
}
