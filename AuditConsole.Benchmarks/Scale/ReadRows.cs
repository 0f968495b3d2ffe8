using System.Diagnostics;
using AuditConsole.Storage;

namespace AuditConsole.Benchmarks.Scale;

/// <summary>Pages, counts and histograms of random filters, in process.</summary>
internal static class ReadRows
{
    private const int Filters = 500;
    // Until the code is compiled with optimizations, which the first pass alone doesn't reach.
    private const int WarmPasses = 3;
    private const int Passes = 5;

    public static async Task RunAsync(ScaleData data)
    {
        var (store, random) = (data.Store, new Random(7));
        var asked = Enumerable.Range(0, Filters).Select(_ => RandomFilter(data, random)).ToList();
        var places = asked.Select(_ => new EntryPosition(ScaleData.Start.AddDays(random.Next(1, 40)), long.MaxValue)).ToList();
        var ends = new List<long>();
        foreach (var filter in asked)
        {
            ends.Add((await store.ReadHeadAsync(filter.Scope.Tenant, default)).Size);
        }
        var nothing = new EntryFilter { Scope = data.Scope(0), Action = "RulePublished", EntityType = "SpecJob" };
        var reads = new (string Name, Func<int, Task> Run)[]
        {
            ("first page of 100", i => store.ReadPageAsync(asked[i], new PageRequest(100), default)),
            ("last pages of 100", i => store.ReadPageAsync(asked[i], new PageRequest(100, OlderThan: places[i]), default)),
            ("exact count", i => store.CountAsync(asked[i], ends[i], default)),
            ("daily histogram", i => store.CountByDayAsync(asked[i], ends[i], default)),
            ("two that match none", _ => store.ReadPageAsync(nothing, new PageRequest(100), default)),
        };
        Console.WriteLine($"{Filters} random filters, each asked {Passes} times after {WarmPasses}; beside it the first of those:");
        foreach (var (name, run) in reads)
        {
            var first = await TimeAsync(run);
            for (var pass = 1; pass < WarmPasses; pass++)
            {
                await TimeAsync(run);
            }
            var warm = new List<TimeSpan>();
            for (var pass = 0; pass < Passes; pass++)
            {
                warm.AddRange(await TimeAsync(run));
            }
            Console.WriteLine($"  {name,-19} {Percentiles.Of(warm)}; first {Percentiles.Of(first)}");
        }
    }

    private static async Task<List<TimeSpan>> TimeAsync(Func<int, Task> read)
    {
        var times = new List<TimeSpan>(Filters);
        for (var i = 0; i < Filters; i++)
        {
            var begin = Stopwatch.GetTimestamp();
            await read(i);
            times.Add(Stopwatch.GetElapsedTime(begin));
        }
        return times;
    }

    private static EntryFilter RandomFilter(ScaleData data, Random random)
    {
        var (type, action, _) = ScaleLog.Kinds[random.Next(ScaleLog.Kinds.Length)];
        var from = random.Next(4) == 0 ? ScaleData.Start.AddDays(random.Next(700)) : (DateTimeOffset?)null;
        return new EntryFilter
        {
            Scope = data.Scope(random.Next(ScaleLog.Tenants)),
            From = from,
            To = from is not null && random.Next(2) == 0 ? from.Value.AddDays(1 + random.Next(60)) : null,
            EntityType = random.Next(2) == 0 ? type : null,
            Action = random.Next(3) == 0 ? action : null,
            Slug = random.Next(3) == 0 ? ScaleLog.SlugOf(random) : null,
            Actor = random.Next(4) == 0 ? ScaleLog.ActorOf(random) : null,
            Ip = random.Next(5) == 0 ? ScaleLog.AddressOf(random) : null,
        };
    }
}
