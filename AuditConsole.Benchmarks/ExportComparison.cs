using System.Diagnostics;
using CsvHelper;

namespace AuditConsole.Benchmarks;

/// <summary>The same CSV from the service, through Kestrel, and from the sqlite3 command line over the same file.</summary>
internal static class ExportComparison
{
    /// <summary>As many as one export holds.</summary>
    public const int Entries = 100_000;

    private const string Query =
        """
        SELECT strftime('%Y-%m-%dT%H:%M:%S', e.occurred_at / 1000, 'unixepoch') || printf('.%03d', e.occurred_at % 1000) AS occurredAt,
            CASE at.value WHEN 'api_key' THEN 'API key: ' || coalesce(nullif(json_extract(e.details, '$.actor.name'), ''), a.value) ELSE a.value END AS actor,
            t.value AS entityType, s.value AS entitySlug, v.value AS entityVersion, c.value AS action, g.value AS engineVersion, i.value AS clientIp,
            json_extract(e.details, '$.metadata') AS payload
        FROM entry e JOIN dictionary a ON a.id = e.actor JOIN dictionary at ON at.id = e.actor_type JOIN dictionary t ON t.id = e.entity_type
            JOIN dictionary s ON s.id = e.shown_slug JOIN dictionary c ON c.id = e.action LEFT JOIN dictionary v ON v.id = e.entity_version
            LEFT JOIN dictionary g ON g.id = e.engine_version LEFT JOIN dictionary i ON i.id = e.ip
        WHERE e.tenant = 1 ORDER BY e.occurred_at DESC, e.sequence DESC LIMIT 100000
        """;

    public static async Task RunAsync(Uri address, string database)
    {
        Console.WriteLine("\nCSV of up to 100,000 entries:");
        using var client = new HttpClient { BaseAddress = address };
        var (ours, text) = await BestAsync(() => client.GetByteArrayAsync("/benchmark/export"));
        Console.WriteLine($"  the service, through Kestrel: {ours.TotalMilliseconds,6:N0} ms, {text.Length / 1e6:0.0} MB");
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "sqlite3"))))
        {
            Console.WriteLine("  sqlite3 is not on PATH: nothing to compare with.");
            return;
        }
        var (theirs, other) = await BestAsync(() => SqliteAsync(database));
        var same = Rows(text).SequenceEqual(Rows(other));
        Console.WriteLine($"  the sqlite3 command line:     {theirs.TotalMilliseconds,6:N0} ms: {theirs / ours:0.0} times as long; the rows are {(same ? "the same" : "NOT the same")}");
    }

    private static async Task<byte[]> SqliteAsync(string database)
    {
        using var run = Process.Start(new ProcessStartInfo("sqlite3", ["-readonly", "-csv", "-header", database, Query]) { RedirectStandardOutput = true })!;
        using var output = new MemoryStream();
        await run.StandardOutput.BaseStream.CopyToAsync(output);
        await run.WaitForExitAsync();
        return output.ToArray();
    }

    private static async Task<(TimeSpan, byte[])> BestAsync(Func<Task<byte[]>> run)
    {
        var (best, output) = (TimeSpan.MaxValue, Array.Empty<byte>());
        for (var i = 0; i < 5; i++)
        {
            var watch = Stopwatch.StartNew();
            output = await run();
            best = watch.Elapsed < best ? watch.Elapsed : best;
        }
        return (best, output);
    }

    // The two quote differently; what a reader gets is compared.
    private static IEnumerable<string> Rows(byte[] text)
    {
        using var reader = CsvReader.Create(text, new CsvReaderOptions { HasHeader = false, Separator = ',' });
        while (reader.Read())
        {
            yield return string.Join('\u001f', Enumerable.Range(0, reader.FieldCount).Select(reader.GetString));
        }
    }
}
