using System.Diagnostics;

namespace AuditConsole.Benchmarks.Scale;

/// <summary>A purge of the oldest month of all tenants while a producer goes on.</summary>
internal static class PurgeRow
{
    public static async Task RunAsync(ScaleData data)
    {
        var (store, before) = (data.Store, ScaleData.Start.AddDays(30));
        var next = await data.CountAsync();
        using var end = new CancellationTokenSource();
        var appending = AppendAsync(data, next, end.Token);
        var (purged, deleting, space, whole, bytes) = (0L, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero, FileBytes(data));
        foreach (var tenant in data.Tenants)
        {
            var expired = (await store.FindExpiredAsync(tenant.Number, before, default)).Count;
            var begin = Stopwatch.GetTimestamp();
            var purge = store.PurgeAsync(tenant.Number, before, default);
            // Then what is left is to give the space back.
            while (!purge.IsCompleted && (await store.FindUnrecordedPurgeAsync(tenant.Number, default)).Count < expired)
            {
                await Task.Delay(10);
            }
            deleting += Stopwatch.GetElapsedTime(begin);
            // The file shrinks; what follows is to find names that nothing uses any more, a few pages in the end.
            const long nothing = 1_000_000;
            var (size, back) = (FileBytes(data), TimeSpan.Zero);
            while (!purge.IsCompleted)
            {
                if (FileBytes(data) < size - nothing)
                {
                    (size, back) = (FileBytes(data), Stopwatch.GetElapsedTime(begin));
                }
                await Task.WhenAny(purge, Task.Delay(10));
            }
            space += back;
            purged += (await purge).Count;
            whole += Stopwatch.GetElapsedTime(begin);
        }
        await end.CancelAsync();
        var waits = await appending;
        Console.WriteLine(
            $"Purge of the oldest 30 days, {purged:N0} entries: deleted after {deleting.TotalSeconds:0.0} s, the space given back after {space.TotalSeconds:0.0} s " +
            $"({(bytes - FileBytes(data)) / 1e6:N0} MB), all done after {whole.TotalSeconds:0.0} s; appends meanwhile waited {Percentiles.Of(waits)}");
    }

    // One entry after the other: how long the writer makes anybody wait.
    private static async Task<List<TimeSpan>> AppendAsync(ScaleData data, long next, CancellationToken end)
    {
        var waits = new List<TimeSpan>();
        while (!end.IsCancellationRequested)
        {
            waits.Add((await data.ProduceAsync(1, next++, 1)).Waits[0]);
            await Task.Delay(1, CancellationToken.None);
        }
        return waits;
    }

    private static long FileBytes(ScaleData data) => new FileInfo(data.DatabaseFile).Length;
}
