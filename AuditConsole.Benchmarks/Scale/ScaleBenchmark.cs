using System.Buffers;
using System.Diagnostics;
using AuditConsole.Core;
using AuditConsole.Storage;

namespace AuditConsole.Benchmarks.Scale;

/// <summary>The store and the service at ten million entries: ingest, pages, counts, histograms, start, purge, space and memory.</summary>
internal static class ScaleBenchmark
{
    /// <summary>The parts of the table that can be measured alone.</summary>
    public static readonly IReadOnlyList<string> Rows = ["read", "service", "ingest", "readers", "purge"];

    private const int Starts = 5;

    /// <summary>Fills the data set, if it isn't there, and measures.</summary>
    /// <param name="entries">How many.</param>
    /// <param name="folder">Keeps the data set there, and takes it from there if it is complete; null for a temporary one.</param>
    /// <param name="rows">What of <see cref="Rows"/> to measure; null for all.</param>
    public static async Task RunAsync(long entries, string? folder, IReadOnlyCollection<string>? rows)
    {
        rows ??= Rows;
        if (rows.Except(Rows).FirstOrDefault() is { } unknown)
        {
            throw new ArgumentException($"No rows are called {unknown}. There are: {string.Join(", ", Rows)}.", nameof(rows));
        }
        var scratch = Directory.CreateTempSubdirectory("audit-console-scale-").FullName;
        try
        {
            Console.WriteLine($"{entries:N0} entries, {ScaleLog.Tenants} tenants; a bare fsync of 4 KiB: {Disk.Fsync(scratch):0.00} ms; {Environment.ProcessorCount} processors");
            var filled = folder ?? Path.Combine(scratch, "filled");
            await FillAsync(filled, entries);
            if (rows.Contains("read"))
            {
                await ReadAsync(filled, entries);
            }
            if (rows.Any(row => row != "read"))
            {
                await ChangeAsync(filled, keep: folder is not null, scratch, entries, rows);
            }
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    /// <summary>Fills the data set, if it isn't there, and verifies it.</summary>
    public static async Task VerifyAsync(long entries, string? folder)
    {
        var scratch = Directory.CreateTempSubdirectory("audit-console-scale-").FullName;
        try
        {
            var filled = folder ?? Path.Combine(scratch, "filled");
            await FillAsync(filled, entries);
            await using var data = await ScaleData.OpenAsync(filled, entries);
            await VerifyBenchmark.RunAsync(data.DatabaseFile, [.. data.Tenants.Select(tenant => tenant.Number)], data.Services);
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    private static async Task FillAsync(string folder, long entries)
    {
        await using var data = await ScaleData.OpenAsync(folder, entries);
        if (await data.CountAsync() is var stored && stored < entries)
        {
            Console.WriteLine($"Filled with {entries - stored:N0}, made as they go: {await data.ImportAsync(stored, entries):N0} entries/s");
            // Segments that are still small are put together.
            await Task.Delay(2000);
        }
    }

    private static async Task ReadAsync(string folder, long entries)
    {
        GC.Collect();
        var watch = Stopwatch.StartNew();
        await using var data = await ScaleData.OpenAsync(folder, entries);
        Console.WriteLine($"Start of the store: ready after {watch.ElapsedMilliseconds:N0} ms");
        for (var tenant = 0; tenant < 2; tenant++)
        {
            watch.Restart();
            await data.Store.ReadPageAsync(new EntryFilter { Scope = data.Scope(tenant) }, new PageRequest(100), default);
            Console.WriteLine($"  its first page{(tenant == 0 ? ", behind the one that it read by itself" : " of the next tenant")}: {watch.Elapsed.TotalMilliseconds:0.0} ms");
        }
        Disk.Warm(data.DatabaseFile);
        await ReadRows.RunAsync(data);
        var bytes = new DirectoryInfo(folder).EnumerateFiles("audit-console.db*").Sum(file => file.Length);
        using var process = Process.GetCurrentProcess();
        var canonical = await CanonicalBytesAsync(data);
        Console.WriteLine($"Space: {bytes / 1e6:N0} MB, {bytes / (double)entries:0} bytes an entry, {bytes / (double)entries / canonical:0.00} times the {canonical:0} of its canonical head and details");
        Console.WriteLine($"Memory: {process.WorkingSet64 / 1e6:N0} MB resident, {GC.GetTotalMemory(forceFullCollection: true) / 1e6:N0} MB managed");
    }

    // What is hashed of an entry, on average over the newest of each tenant.
    private static async Task<double> CanonicalBytesAsync(ScaleData data)
    {
        const int sample = 10_000;
        var (scratch, bytes, count) = (new ArrayBufferWriter<byte>(), 0L, 0);
        for (var tenant = 0; tenant < ScaleLog.Tenants; tenant++)
        {
            await foreach (var entry in data.Store.ReadAsync(new EntryFilter { Scope = data.Scope(tenant) }, long.MaxValue, sample, default))
            {
                scratch.ResetWrittenCount();
                EntryText.WriteHead(
                    new EntryHead(entry.Id, entry.TenantId, entry.Sequence, entry.OccurredAt, entry.RecordedAt, entry.RecordedBy, entry.Content, default), scratch);
                bytes += scratch.WrittenCount + entry.Details.Utf8.Length;
                count++;
            }
        }
        return bytes / (double)count;
    }

    // On a copy where the data set is kept.
    private static async Task ChangeAsync(string filled, bool keep, string scratch, long entries, IReadOnlyCollection<string> rows)
    {
        if (keep)
        {
            var copy = Directory.CreateDirectory(Path.Combine(scratch, "copy")).FullName;
            foreach (var file in Directory.EnumerateFiles(filled, "audit-console.db*"))
            {
                Disk.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
            }
            filled = copy;
        }
        double? http = null;
        if (rows.Contains("service"))
        {
            var key = await ServiceProcess.SetUpAsync(filled);
            var starts = new List<TimeSpan>();
            for (var i = 0; i < Starts; i++)
            {
                await using var started = await ServiceProcess.StartAsync(filled, "Production");
                starts.Add(started.Ready);
            }
            Console.WriteLine($"Start of the service: ready after {starts.Order().ElementAt(Starts / 2).TotalMilliseconds:N0} ms (median of {Starts}), {starts.Max().TotalMilliseconds:N0} ms (most)");
            // The page's files are served from where they were built.
            await using var service = await ServiceProcess.StartAsync(filled, "Development");
            await PageRows.RunAsync(service);
            await HttpRows.ExportAsync(service, key);
            http = await HttpRows.IngestAsync(service, new ScaleLog(entries, 1, ScaleData.Start), key);
        }
        await using var data = await ScaleData.OpenAsync(filled, entries);
        if (rows.Contains("ingest"))
        {
            var empty = await IngestRows.CompareAsync(data, scratch);
            var behind = await IngestRows.BehindAsync(data, empty);
            if (http is { } rate)
            {
                Console.WriteLine($"POST /api/audit-log, batches of 100 over 16 connections: {rate:N0} entries/s, {rate / behind:P0} of 512 producers in process");
            }
        }
        if (rows.Contains("readers"))
        {
            Disk.Warm(data.DatabaseFile);
            await ReadersRow.RunAsync(data);
        }
        if (rows.Contains("purge"))
        {
            Disk.Warm(data.DatabaseFile);
            await PurgeRow.RunAsync(data);
        }
    }
}
