namespace AuditConsole.Benchmarks.Scale;

/// <summary>Durable ingest: against others on empty files, and behind all entries of the data set.</summary>
internal static class IngestRows
{
    private const int Rounds = 5;
    private const int Producers = 512;

    /// <summary>Ours, the sqlite3 command line and eight writers in turns, each time on a new file.</summary>
    /// <param name="data">Gives the peers their rows.</param>
    /// <param name="folder">Where the files are made.</param>
    /// <returns>Our median rate, entries a second.</returns>
    public static async Task<double> CompareAsync(ScaleData data, string folder)
    {
        // Fewer in the short form, which is to be quick, though most names are new then.
        var rows = (int)Math.Min(400_000, Math.Max(1, data.Entries / 10));
        var peers = new InsertPeers(folder);
        peers.Take(data.DatabaseFile, rows);
        var (ours, sqlite, guarded, writers) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        // The first round has the code compiled.
        for (var round = -1; round < Rounds; round++)
        {
            await using var empty = await ScaleData.OpenAsync(Path.Combine(folder, $"ours-{round}"), rows);
            var rate = (await empty.ProduceAsync(Producers, 0, rows)).Rate;
            if (round >= 0)
            {
                ours.Add(rate);
                sqlite.Add(InsertPeers.HasSqlite ? peers.SqliteRate(rows) : double.NaN);
                guarded.Add(InsertPeers.HasSqlite ? peers.SqliteRate(rows, guarded: true) : double.NaN);
                writers.Add(peers.WritersRate(Math.Min(rows, 4_000)));
            }
        }
        Console.WriteLine($"Durable ingest into an empty file, {rows:N0} entries, medians of {Rounds} in turns:");
        Console.WriteLine($"  {Producers} producers, each awaiting its commit    {Median(ours),9:N0} entries/s");
        Console.WriteLine($"  sqlite3, INSERT … SELECT without an index   {Median(sqlite),9:N0} rows/s; ours is {Median(ours) / Median(sqlite):P0} of it");
        Console.WriteLine($"  the same with our key and trigger           {Median(guarded),9:N0} rows/s; ours is {Median(ours) / Median(guarded):P0} of it");
        Console.WriteLine($"  eight writers, a commit a row               {Median(writers),9:N0} rows/s; ours is {Median(ours) / Median(writers):0.0} times that");
        return Median(ours);
    }

    /// <summary>Behind what is stored.</summary>
    /// <returns>The rate of 512 producers, entries a second.</returns>
    public static async Task<double> BehindAsync(ScaleData data, double empty)
    {
        var (next, behind) = (await data.CountAsync(), 0.0);
        Console.WriteLine($"Durable ingest behind {next:N0} entries:");
        foreach (var producers in new[] { Producers, 64 })
        {
            var count = producers == Producers ? 200_000 : 100_000;
            var (rate, waits) = await data.ProduceAsync(producers, next, count);
            next += count;
            behind = Math.Max(behind, producers == Producers ? rate : 0);
            Console.WriteLine(
                $"  {producers,3} producers: {rate:N0} entries/s{(producers == Producers ? $", {rate / empty:P0} of the empty file" : "")}, acknowledged after {Percentiles.Of(waits)}");
        }
        return behind;
    }

    private static double Median(List<double> rates) => rates.Order().ElementAt(rates.Count / 2);
}
