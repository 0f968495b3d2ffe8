using System.Diagnostics;
using AuditConsole.Storage;

namespace AuditConsole.Benchmarks.Scale;

/// <summary>Readers turn pages while entries come in at a steady rate.</summary>
internal static class ReadersRow
{
    private const int Rate = 5_000;
    private const int Readers = 20;
    // Code is compiled, and what is read again and again is in memory.
    private static readonly TimeSpan _warming = TimeSpan.FromSeconds(10);
    // The machine's host and its disk stand still now and then: the middle one of some says what the service does.
    private const int Windows = 3;
    private static readonly TimeSpan _lookedAt = TimeSpan.FromMilliseconds(100);

    public static async Task RunAsync(ScaleData data)
    {
        // The short form is to be quick.
        var window = TimeSpan.FromSeconds(data.Entries < 10_000_000 ? 10 : 20);
        var duration = window * Windows;
        using var end = new CancellationTokenSource();
        var reading = Enumerable.Range(0, Readers).Select(reader => Task.Run(() => ReadAsync(data, reader, end.Token))).ToList();
        var first = await data.CountAsync();
        var (watch, appended, waits, warm) = (Stopwatch.StartNew(), 0, new List<TimeSpan>(), false);
        while (watch.Elapsed < _warming + duration)
        {
            if (!warm && watch.Elapsed > _warming)
            {
                warm = true;
                waits.Clear();
            }
            // What has come due since the last time; each tick's entries from as many producers.
            var due = (int)Math.Min(Rate * watch.Elapsed.TotalSeconds - appended, 500);
            if (due > 0)
            {
                waits.AddRange((await data.ProduceAsync(due, first + appended, due)).Waits);
                appended += due;
            }
            await Task.Delay(5);
        }
        var rate = appended / watch.Elapsed.TotalSeconds;
        await end.CancelAsync();
        var windows = (await Task.WhenAll(reading)).SelectMany(times => times).Where(read => read.At > _warming && read.At < _warming + duration)
            .GroupBy(read => (int)((read.At - _warming) / window), read => read.Took).Select(reads => reads.Order().ToList())
            .OrderBy(reads => reads[reads.Count * 99 / 100]).ToList();
        var middle = windows[windows.Count / 2];
        Console.WriteLine(
            $"{rate:N0} entries/s of {Rate:N0} with {Readers} readers: acknowledged after {Percentiles.Of(waits)}; {middle.Count / window.TotalSeconds:N0} pages/s, each {Percentiles.Of(middle)}: " +
            $"the middle of {Windows} times {window.TotalSeconds:0} s, the others {string.Join(" and ", windows.Where(reads => reads != middle).Select(reads => $"{reads[reads.Count * 99 / 100].TotalMilliseconds:0.0} ms (p99)"))}");
    }

    private static async Task<List<(TimeSpan At, TimeSpan Took)>> ReadAsync(ScaleData data, int reader, CancellationToken end)
    {
        var (times, random, watch) = (new List<(TimeSpan, TimeSpan)>(), new Random(reader), Stopwatch.StartNew());
        while (!end.IsCancellationRequested)
        {
            var filter = new EntryFilter { Scope = data.Scope(reader % ScaleLog.Tenants), Slug = random.Next(2) == 0 ? ScaleLog.SlugOf(random) : null };
            EntryPosition? place = null;
            for (var page = 0; page < 5 && !end.IsCancellationRequested; page++)
            {
                var begin = Stopwatch.GetTimestamp();
                var read = await data.Store.ReadPageAsync(filter, new PageRequest(100, OlderThan: place), default);
                times.Add((watch.Elapsed, Stopwatch.GetElapsedTime(begin)));
                if (!read.HasOlder)
                {
                    break;
                }
                place = new EntryPosition(read.Entries[^1].OccurredAt, read.Entries[^1].Sequence);
                await Task.Delay(_lookedAt, CancellationToken.None);
            }
        }
        return times;
    }
}
