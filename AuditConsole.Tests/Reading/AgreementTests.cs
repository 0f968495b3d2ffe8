using System.Globalization;
using System.Text;
using System.Text.Json;
using AuditConsole.Core;
using AuditConsole.Exports;
using AuditConsole.Identity;
using AuditConsole.Query;
using AuditConsole.Retention;
using AuditConsole.Storage;
using AuditConsole.Tests.Storage;
using CsvHelper;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Reading;

/// <summary>Whoever asks, and in whatever form, is given the same entries in the same order.</summary>
[Collection(ReaderTests.Name)]
public sealed class AgreementTests(ReaderFixture fixture)
{
    private static readonly int Rounds = int.Parse(Environment.GetEnvironmentVariable("AGREEMENT_ROUNDS") ?? "6", CultureInfo.InvariantCulture);

    // Shortly before midnight, so that the entries are of two days.
    private static readonly DateTimeOffset Start = new(TimeProvider.System.GetUtcNow().AddDays(-3).UtcDateTime.Date.AddSeconds(-4), TimeSpan.Zero);

    /// <param name="Action">Numbers of names; -1 for none.</param>
    /// <param name="Actor">Number of a name; -1 for none.</param>
    /// <param name="Slug">Number of a name; -1 for none.</param>
    /// <param name="Network">Which network; -1 for none.</param>
    /// <param name="From">Seconds behind the start; -1 for none.</param>
    /// <param name="To">Seconds behind the start; -1 for none.</param>
    /// <param name="Limit">Entries a page.</param>
    public sealed record Drawn(int[] Action, int Actor, int Slug, int Network, int From, int To, int Limit);

    private static readonly Arbitrary<Drawn[]> Filters = Arb.From(Gen.ArrayOf(
        from actions in Gen.Choose(0, 2)
        from action in Gen.ArrayOf(Gen.Choose(0, 4), actions)
        from actor in Gen.Frequency((3, Gen.Constant(-1)), (2, Gen.Choose(0, 3)))
        from slug in Gen.Frequency((3, Gen.Constant(-1)), (2, Gen.Choose(0, 5)))
        from network in Gen.Frequency((3, Gen.Constant(-1)), (2, Gen.Choose(0, 3)))
        from times in Gen.ArrayOf(Gen.Choose(-5, 12), 2)
        from limit in Gen.Choose(1, 40)
        select new Drawn(action, actor, slug, network, times[0], Math.Max(times[0], times[1]), limit), 6));

    [Fact]
    public void Page_count_histogram_downloads_both_APIs_NDJSON_and_raw_CSV_hold_the_same_entries_in_the_same_order() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(Rounds), Prop.ForAll(Filters, AgreeAsync));

    private async Task AgreeAsync(Drawn[] filters)
    {
        var random = new System.Random(filters.Length == 0 ? 1 : filters[0].Limit);
        using var log = await fixture.NewAsync(Enumerable.Range(0, 120).Select(_ => Entry(random)));
        var viewer = await fixture.Console.AddUserAsync(log.Tenant, Role.Auditor);
        foreach (var drawn in filters)
        {
            await AgreeAsync(log, viewer, drawn);
        }
    }

    private async Task AgreeAsync(LogOfReader log, TestUser viewer, Drawn drawn)
    {
        var services = fixture.Console.Services;
        var common = Common(drawn).ToList();
        // What all of them can ask: one exact action at most, and one address but no network.
        var exact = common.Count(parameter => parameter.Name == "action") < 2
            && !common.Any(parameter => parameter.Value.EndsWith(".*", StringComparison.Ordinal) || parameter.Value.Contains('/'));

        var api = Url("/api/audit-log", common, ("limit", drawn.Limit.ToString(CultureInfo.InvariantCulture)));
        var pages = await log.PagesAsync(api);
        var expected = pages.Select(entry => entry.GetProperty("sequence").GetInt64()).ToList();
        var lines = await log.GetAsync(Url("/api/audit-log", common), "application/x-ndjson");
        Assert.Equal(pages.Select(entry => entry.GetRawText()), lines.Body.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        var tail = await log.PagesAsync(api + "&order=asc");
        Assert.Equal(expected.Order(), tail.Select(entry => entry.GetProperty("sequence").GetInt64()));
        var csv = Rows(Encoding.UTF8.GetBytes((await log.GetAsync(Url("/api/audit-log", common), "text/csv")).Body));
        Assert.Equal(pages.Select(entry => Row(entry, isRaw: true)), csv);
        if (!exact)
        {
            return;
        }
        // It has no word for a client address, nor for a further target.
        if (drawn is { Network: < 0, Slug: < 0 })
        {
            var v1 = await log.PagesAsync(Url("/v1/audit-log", V1(drawn), ("limit", drawn.Limit.ToString(CultureInfo.InvariantCulture))));
            Assert.Equal(pages.Select(entry => entry.GetProperty("id").GetString()), v1.Select(entry => entry.GetProperty("id").GetString()));
        }
        // The console's page, its count and its download, with the same filter in its own words.
        var problems = new List<QueryProblem>();
        var console = Console(drawn, log.Tenant.Slug).ToDictionary(parameter => parameter.Name, parameter => parameter.Value);
        var query = LogQuery.Parse(name => console.GetValueOrDefault(name), DateOnly.FromDateTime(DateTime.UnixEpoch), problems);
        Assert.Empty(problems);
        using var circuit = services.CreateScope();
        var reader = circuit.ServiceProvider.GetRequiredService<LogReader>();
        var seen = new List<long>();
        var page = await reader.ReadAsync(viewer.Id, query, Client.Unknown, default);
        while (true)
        {
            seen.AddRange(page.Entries.Select(entry => entry.Sequence));
            if (page.Next is null)
            {
                break;
            }
            page = await reader.ReadAsync(viewer.Id, query with { Cursor = page.Next }, Client.Unknown, default);
        }
        Assert.Equal(expected, seen);
        Assert.Equal(expected.Count, await reader.CountAsync(viewer.Id, query.Filter, page.Snapshot, default));
        var scope = await services.GetRequiredService<ReadScopes>().OfAsync(log.Tenant.Number, default);
        Assert.Equal(
            pages.CountBy(entry => DateOnly.FromDateTime(entry.GetProperty("occurred_at").GetDateTimeOffset().UtcDateTime)).OrderBy(day => day.Key)
                .Select(day => new DayCount(day.Key, day.Value)),
            await services.GetRequiredService<IEntryStore>().CountByDayAsync(query.Filter.ToFilter(scope), page.Snapshot, default));
        Assert.Equal(pages.Select(entry => entry.GetRawText()), JsonDocument.Parse(await DownloadAsync(ExportFormat.Json)).RootElement.EnumerateArray().Select(entry => entry.GetRawText()));
        Assert.Equal(pages.Select(entry => Row(entry, isRaw: false)), Rows(await DownloadAsync(ExportFormat.Csv)));

        async Task<byte[]> DownloadAsync(ExportFormat format)
        {
            var exports = services.GetRequiredService<ExportService>();
            using var file = new MemoryStream();
            var plan = await exports.PlanAsync(viewer.Id, new ExportRequest(query.Filter, page.Snapshot, format), default);
            Assert.Equal(expected.Count, plan.Count);
            await exports.WriteAsync(plan, format, file, default);
            return file.ToArray();
        }
    }

    private static NewEntry Entry(System.Random random)
    {
        var (action, slug) = (random.Next(4), random.Next(5));
        return TestEntries.Entry(
            Action(action), "Rule", $"slug-{slug}", $"actor-{random.Next(3)}", Start.AddSeconds(random.Next(8)),
            random.Next(3) == 0 ? null : $"10.0.{random.Next(2)}.{random.Next(2)}", new { n = random.Next(1_000_000) }) with
        {
            Targets = random.Next(4) == 0 ? [new Resource("Rule", "other", $"slug-{random.Next(5)}")] : [],
        };
    }

    private static string Action(int number) => number switch { 0 => "group.a", 1 => "group.b.c", 2 => "RuleEdited", 3 => "RulePublished", _ => "group.*" };

    private static string Network(int number) => number switch { 0 => "10.0.0.0/16", 1 => "10.0.1.0/24", 2 => "10.0.0.1", _ => "192.168.0.0/16" };

    private static IEnumerable<(string Name, string Value)> Common(Drawn drawn)
    {
        foreach (var action in drawn.Action)
        {
            yield return ("action", Action(action));
        }
        // Outside the service's own entries, whatever else is asked.
        yield return ("until", WireTime.Format(Start.AddSeconds(drawn.To < 0 ? 20 : drawn.To)));
        if (drawn.Actor >= 0)
        {
            yield return ("actor", $"actor-{drawn.Actor}");
        }
        if (drawn.Slug >= 0)
        {
            yield return ("target", $"slug-{drawn.Slug}");
        }
        if (drawn.Network >= 0)
        {
            yield return ("ip", Network(drawn.Network));
        }
        if (drawn.From >= 0)
        {
            yield return ("since", WireTime.Format(Start.AddSeconds(drawn.From)));
        }
    }

    private static IEnumerable<(string Name, string Value)> V1(Drawn drawn) => Common(drawn).Select(parameter => (parameter.Name switch
    {
        "actor" => "actor_id",
        "since" => "from",
        "until" => "to",
        _ => parameter.Name,
    }, parameter.Value));

    private static IEnumerable<(string Name, string Value)> Console(Drawn drawn, string tenant) => Common(drawn).Select(parameter => (parameter.Name switch
    {
        "target" => "slug",
        "since" => "from",
        "until" => "to",
        _ => parameter.Name,
    }, parameter.Value)).Append(("tenant", tenant)).Concat(drawn.From < 0 ? [("from", "2000-01-01")] : Array.Empty<(string, string)>());

    private static string Url(string path, IEnumerable<(string Name, string Value)> parameters, params (string Name, string Value)[] more) =>
        path + "?" + string.Join('&', parameters.Concat(more).Select(parameter => $"{parameter.Name}={Uri.EscapeDataString(parameter.Value)}"));

    // The columns of a CSV file, from the wire form.
    private static string Row(JsonElement entry, bool isRaw)
    {
        var (time, target) = (entry.GetProperty("occurred_at").GetString()!, entry.GetProperty("target"));
        return string.Join('|', isRaw ? time : time.TrimEnd('Z'), entry.GetProperty("actor").GetProperty("id").GetString(), target.GetProperty("type").GetString(),
            target.GetProperty("slug").GetString(), target.GetProperty("version").GetString(), entry.GetProperty("action").GetString(), "",
            entry.TryGetProperty("ip", out var ip) ? ip.GetString() : "", entry.GetProperty("metadata").GetRawText());
    }

    private static List<string> Rows(byte[] file)
    {
        using var reader = CsvReader.Create(file, new CsvReaderOptions { HasHeader = false, Separator = ',' });
        var rows = new List<string>();
        while (reader.Read())
        {
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(reader.GetString)));
        }
        Assert.Equal(string.Join('|', CsvEntryFile.Columns), rows[0].TrimStart('\ufeff'));
        return rows[1..];
    }
}
