using System.Diagnostics;
using System.Security.Cryptography;
using AuditConsole.Integrity;
using AuditConsole.Storage.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Benchmarks;

/// <summary>
/// Verifying a store against what it can't do without: reading every row of the table in the order of the chain, all
/// columns, and then hashing as many bytes as an entry's details, head, link and node have, in as many calls.
/// </summary>
internal static class VerifyBenchmark
{
    private const int Rounds = 7;

    // The runtime compiles anew what ran often, beside it: on one processor in its place.
    private const int Warming = 2;

    private const int Columns = 23;
    private const int FirstBlob = 18;

    // What the heads of the data set have, with the prefix: their texts differ by some bytes.
    private const int HeadBytes = 480;

    /// <summary>Runs it in turns, first on one processor, then on all.</summary>
    public static async Task RunAsync(string databaseFile, IReadOnlyList<int> tenants, IServiceProvider services)
    {
        var verification = services.GetRequiredService<VerificationService>();
        foreach (var processors in new[] { 1, Environment.ProcessorCount })
        {
            await RunOnAsync(processors);
            var (mine, scans, hashes) = (new List<double>(), new List<double>(), new List<double>());
            var entries = 0L;
            for (var round = -Warming; round < Rounds; round++)
            {
                var watch = Stopwatch.StartNew();
                entries = 0;
                foreach (var tenant in tenants)
                {
                    var result = await verification.VerifyAsync(tenant, null, default);
                    entries += result.Holds ? result.Entries : throw new InvalidOperationException($"It doesn't hold: {result.Fault!.Reason}");
                }
                var verified = watch.Elapsed.TotalSeconds;
                watch.Restart();
                var details = tenants.SelectMany(tenant => Scan(databaseFile, tenant)).ToList();
                var scanned = watch.Elapsed.TotalSeconds;
                watch.Restart();
                Hash(details);
                if (round >= 0)
                {
                    mine.Add(verified);
                    scans.Add(scanned);
                    hashes.Add(watch.Elapsed.TotalSeconds);
                }
            }
            var (median, floor) = (Median(mine), Median(scans) + Median(hashes));
            Console.WriteLine(
                $"verify, {processors} of {Environment.ProcessorCount} processors: {entries / median:N0} entries/s; scan {Median(scans) * 1e6 / entries:0.00} µs and SHA-256 {Median(hashes) * 1e6 / entries:0.00} µs an entry in series: {entries / floor:N0} entries/s; ratio {floor / median:0.00}");
        }
    }

    // Process.ProcessorAffinity holds the main thread alone.
    private static async Task RunOnAsync(int processors)
    {
        using var taskset = Process.Start("taskset", ["--all-tasks", "--cpu-list", "--pid", $"0-{processors - 1}", $"{Environment.ProcessId}"]);
        await taskset.WaitForExitAsync();
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static List<int> Scan(string file, int tenant)
    {
        var lengths = new List<int>();
        using var connection = SqlitePragmas.OpenForReading(file);
        using var rows = new Statement(connection, "SELECT * FROM entry WHERE tenant = ?1 ORDER BY sequence");
        rows.Bind(1, tenant);
        var sum = 0L;
        while (rows.Step())
        {
            for (var i = 0; i < FirstBlob; i++)
            {
                sum += rows.Long(i);
            }
            for (var i = FirstBlob; i < Columns; i++)
            {
                sum += rows.Bytes(i).Length;
            }
            lengths.Add(rows.Bytes(Columns - 1).Length);
        }
        return lengths;
    }

    private static void Hash(List<int> details)
    {
        var bytes = new byte[details.Max() + 17];
        Span<byte> hash = stackalloc byte[32];
        foreach (var length in details)
        {
            SHA256.HashData(bytes.AsSpan(0, length + 17), hash);
            SHA256.HashData(bytes.AsSpan(0, HeadBytes), hash);
            SHA256.HashData(bytes.AsSpan(0, 65), hash);
            SHA256.HashData(bytes.AsSpan(0, 65), hash);
        }
    }
}
