using AuditConsole.Core;
using AuditConsole.Query;
using FsCheck;
using FsCheck.Fluent;

namespace AuditConsole.Tests.Query;

public sealed class LogQueryTests
{
    private static readonly DateOnly Today = new(2026, 11, 22);

    [Fact]
    public void Without_parameters_it_is_the_last_30_days()
    {
        var (query, problems) = Parse("");

        Assert.Empty(problems);
        Assert.Equal("2026-10-23", query.Filter.From.ToString());
        Assert.Equal("2026-11-22", query.Filter.To.ToString());
        Assert.False(query.Filter.HasMatches);
        Assert.Null(query.Cursor);
        Assert.Empty(query.Open);
    }

    [Theory]
    [InlineData("to=2025-03-01", "2025-01-30", "2025-03-01")]
    [InlineData("from=2025-03-01", "2025-03-01", "2026-11-22")]
    [InlineData("from=2026-12-24", "2026-12-24", "2026-12-24")]
    public void One_bound_gives_the_other_a_sensible_default(string parameters, string from, string to)
    {
        var (query, problems) = Parse(parameters);

        Assert.Empty(problems);
        Assert.Equal((from, to), (query.Filter.From.ToString(), query.Filter.To.ToString()));
    }

    [Fact]
    public void Every_parameter_is_read()
    {
        var (query, problems) = Parse(
            "tenant=acme&from=2026-11-01&to=2026-11-21T16:42:07Z&entityType=ApiKey&action=ApiKeyRevoked&slug=staging%2Fci&actor=usr_7&ip=2001:DB8:0:0::1&cursor=abc&entry=7,3&entry=9&other=x");

        Assert.Empty(problems);
        Assert.Equal("acme", query.Filter.Tenant);
        Assert.Equal("2026-11-21T16:42:07.000Z", query.Filter.To.ToString());
        Assert.Equal(("ApiKey", "ApiKeyRevoked", "staging/ci", "usr_7"), (query.Filter.EntityType, query.Filter.Action, query.Filter.Slug, query.Filter.Actor));
        Assert.Equal("2001:db8::1", query.Filter.Ip);
        Assert.Equal("abc", query.Cursor);
        Assert.Equal([3, 7, 9], query.Open);
    }

    [Theory]
    [InlineData("from=tomorrow", "from")]
    [InlineData("to=2026-13-01", "to")]
    [InlineData("from=2026-11-02&to=2026-11-01", "from")]
    [InlineData("from=2026-11-02T10:00:00Z&to=2026-11-02T09:00:00Z", "from")]
    [InlineData("ip=1.2.3", "ip")]
    [InlineData("ip=010.0.0.1", "ip")]
    [InlineData("slug=a&slug=b", "slug")]
    [InlineData("slug=a%00b", "slug")]
    [InlineData("entry=-1", "entry")]
    [InlineData("entry=x", "entry")]
    [InlineData("cursor=a&cursor=b", "cursor")]
    [InlineData("q=password", "q")]
    public void A_problem_names_its_field(string parameters, string field)
    {
        var (_, problems) = Parse(parameters);

        var problem = Assert.Single(problems);
        Assert.Equal(field, problem.Field);
        Assert.EndsWith(".", problem.Message);
    }

    [Fact]
    public void Every_problem_is_named_at_once()
    {
        var (_, problems) = Parse($"from=x&to=y&ip=z&slug={new string('a', 257)}&action={new string('a', 129)}&entry=0");

        Assert.Equal(["from", "to", "action", "slug", "ip", "entry"], problems.Select(problem => problem.Field));
    }

    [Fact]
    public void A_day_range_includes_both_days()
    {
        var (query, _) = Parse("from=2026-11-21&to=2026-11-21");

        var filter = query.Filter.ToFilter(Storage.TestEntries.Scope(1));

        Assert.Equal(TimeSpan.FromDays(1), filter.To - filter.From);
    }

    [Fact]
    public void What_is_written_reads_back_the_same() => Prop.ForAll(Queries(), query =>
    {
        var problems = new List<QueryProblem>();

        var back = LogQuery.Parse(new Uri("http://localhost" + ConsoleUrls.AuditLog(query)), Today, problems);

        return problems.Count == 0 && back.Filter == query.Filter && back.Cursor == query.Cursor && back.Open.SequenceEqual(query.Open);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void No_query_string_throws() => Prop.ForAll<string[]>(values =>
    {
        string[] names = ["tenant", "from", "to", "entityType", "action", "slug", "actor", "ip", "cursor", "entry"];
        var text = string.Join('&', values.Select((value, index) => $"{names[index % names.Length]}={value}"));
        var builder = new UriBuilder("http://localhost/audit-log") { Query = text };
        var query = LogQuery.Parse(builder.Uri, Today, []);
        return query.Filter is not null;
    }).QuickCheckThrowOnFailure();

    private static Arbitrary<LogQuery> Queries()
    {
        var some = ArbMap.Default.GeneratorFor<NonEmptyString>().Select(text => (string?)text.Get)
            .Where(text => !string.IsNullOrWhiteSpace(text) && CanonicalJson.FindRefusal(text) is null && text.Length < 64);
        var texts = Gen.OneOf(some, Gen.Constant<string?>(null));
        var days = Gen.Choose(0, 20_000).Select(day => TimeBound.Of(new DateOnly(1990, 1, 1).AddDays(day)));
        var instants = Gen.Choose(0, int.MaxValue).Select(seconds => TimeBound.Of(DateTimeOffset.FromUnixTimeMilliseconds(seconds * 711L)));
        var bounds = Gen.OneOf(days, instants);
        return (
            from ends in bounds.Two()
            from names in texts.ArrayOf(5)
            from ip in Gen.Elements(null, "203.0.113.42", "2001:db8::1")
            from open in Gen.Choose(1, 1_000_000).Select(number => (long)number).ListOf()
            let ordered = ends.Item1.Start <= ends.Item2.Start ? ends : (ends.Item2, ends.Item1)
            select new LogQuery
            {
                Filter = new EntryFilterQuery
                {
                    Tenant = "acme",
                    From = ordered.Item1,
                    To = ordered.Item2,
                    EntityType = names[0],
                    Action = names[1],
                    Slug = names[2],
                    Actor = names[3],
                    Ip = ip,
                },
                Cursor = names[4],
                Open = [.. open.Distinct().Order().Take(LogQuery.MaxOpen)],
            }).ToArbitrary();
    }

    private static (LogQuery Query, List<QueryProblem> Problems) Parse(string parameters)
    {
        var problems = new List<QueryProblem>();
        return (LogQuery.Parse(new Uri("http://localhost/audit-log?" + parameters), Today, problems), problems);
    }
}
