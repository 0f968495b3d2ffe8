using System.Globalization;
using AuditConsole.Core;

namespace AuditConsole.Demo;

/// <summary>A published version of a rule.</summary>
internal sealed record DemoRuleVersion(DateTimeOffset At, string Version, string Severity);

/// <summary>A rule with what was published of it.</summary>
internal sealed record DemoRule(string Id, string Slug, List<DemoRuleVersion> Versions)
{
    public DemoRuleVersion? At(DateTimeOffset time) => Versions.FindLast(version => version.At <= time);
}

/// <summary>The rules: created, edited, published again and again, some archived and brought back.</summary>
internal sealed class DemoRules
{
    private readonly DemoLog _log;
    private readonly DemoCalendar _calendar;
    private readonly DemoRandom _random;
    private readonly DemoCast _cast;
    private readonly Dictionary<DateTime, List<DemoRule>> _publishedOn = [];

    public DemoRules(DemoLog log, DemoCalendar calendar, DemoRandom random, DemoCast cast, int count)
    {
        (_log, _calendar, _random, _cast) = (log, calendar, random, cast);
        All = [.. DemoNames.Rules.Take(count).Select((slug, index) => Make(slug, index < count / 3 ? random.Fraction() * 0.05 : 0.05 + random.Fraction() * 0.85))];
        PublishYesterday(All[0]);
    }

    public IReadOnlyList<DemoRule> All { get; }

    /// <summary>The rules that were published by then.</summary>
    public List<DemoRule> PublishedAt(DateTimeOffset time) => [.. All.Where(rule => rule.At(time) is not null)];

    /// <summary>The same by the beginning of that day: there are many jobs in one.</summary>
    public List<DemoRule> PublishedOn(DateTimeOffset time)
    {
        var day = time.UtcDateTime.Date;
        if (!_publishedOn.TryGetValue(day, out var published))
        {
            _publishedOn[day] = published = PublishedAt(new DateTimeOffset(day, TimeSpan.Zero));
        }
        return published;
    }

    private DemoRule Make(string slug, double begin)
    {
        var rule = new DemoRule(_random.Id("rul_"), slug, []);
        var owner = _cast.Author();
        var severity = _random.Chance(0.3) ? "error" : _random.Chance(0.75) ? "warning" : "info";
        var at = _calendar.At(begin);
        Add("RuleCreated", at, null, CanonicalObject.From(new { slug, severity, pattern = Pattern(slug), description = Description(slug) }));
        var (major, minor, patch) = (1, 0, 0);
        // A rule that the answer of today rests on is left alone for its last weeks.
        var end = _calendar.Now.AddDays(slug == DemoNames.Rules[0] ? -30 : -2);
        for (var round = 0; at < end; round++)
        {
            for (var edits = _random.Next(1, 4); edits > 0; edits--)
            {
                at = _calendar.After(at, TimeSpan.FromMinutes(20), TimeSpan.FromDays(3));
                Add("RuleEdited", at, null, CanonicalObject.From(new { changed = _random.Pick(Changes), pattern = Pattern(slug), revision = round * 4 + edits }));
            }
            at = _calendar.After(at, TimeSpan.FromMinutes(30), TimeSpan.FromDays(2));
            if (at >= end)
            {
                break;
            }
            if (round > 0)
            {
                (major, minor, patch) = _random.Fraction() switch
                {
                    < 0.12 => (major + 1, 0, 0),
                    < 0.5 => (major, minor + 1, 0),
                    _ => (major, minor, patch + 1),
                };
                severity = severity == "warning" && _random.Chance(0.15) ? "error" : severity;
            }
            Publish(rule, at, string.Create(CultureInfo.InvariantCulture, $"{major}.{minor}.{patch}"), severity, owner, _random.Chance(0.35) ? _random.Pick(DemoNames.PublishReasons) : null);
            if (_random.Chance(0.05) && slug != DemoNames.Rules[0])
            {
                at = _calendar.After(at, TimeSpan.FromDays(10), TimeSpan.FromDays(60));
                Add("RuleArchived", at, null, CanonicalObject.From(new { slug, lastVersion = rule.Versions[^1].Version }), "Replaced by a rule that finds the same with fewer false alarms.");
                if (_random.Chance(0.45))
                {
                    break;
                }
                at = _calendar.After(at, TimeSpan.FromDays(1), TimeSpan.FromDays(40));
                Add("RuleUnarchived", at, null, CanonicalObject.From(new { slug }), "Two teams still rely on it.");
            }
            at = _calendar.After(at, TimeSpan.FromDays(20), TimeSpan.FromDays(240));
        }
        return rule;

        void Add(string action, DateTimeOffset when, string? version, CanonicalObject metadata, string? reasoning = null) =>
            _log.Add(_cast.By(_random.Chance(0.7) ? owner : _cast.Author(), when, action, new Resource("Rule", rule.Id, slug, version), metadata, reasoning));
    }

    // What the question "why is my build stricter since yesterday" finds of its first rule.
    private void PublishYesterday(DemoRule rule)
    {
        var yesterday = _calendar.DaysAgo(1);
        var last = rule.Versions.Count > 0 ? rule.Versions[^1].Version : "0.9.0";
        var parts = last.Split('.');
        var next = string.Create(CultureInfo.InvariantCulture, $"{parts[0]}.{int.Parse(parts[1], CultureInfo.InvariantCulture) + 1}.0");
        var editor = _cast.People[4];
        _log.Add(_cast.By(editor, yesterday + new TimeSpan(8, 38, 12), "RuleEdited", new Resource("Rule", rule.Id, rule.Slug),
            CanonicalObject.From(new { changed = "pattern", pattern = Pattern(rule.Slug), revision = 40 })));
        Publish(rule, yesterday + new TimeSpan(9, 21, 40), next, "error", editor, "Local functions were missed; see the incident review of last week.");
    }

    private void Publish(DemoRule rule, DateTimeOffset at, string version, string severity, DemoPerson by, string? reasoning)
    {
        if (_log.Add(_cast.By(by, at, "RulePublished", new Resource("Rule", rule.Id, rule.Slug, version),
            CanonicalObject.From(new { version, severity, pattern = Pattern(rule), description = Description(rule) }), reasoning)))
        {
            rule.Versions.Add(new DemoRuleVersion(at, version, severity));
        }
    }

    // What versions learn to leave alone, one after the other.
    private static readonly (string Pattern, string Sentence)[] Exceptions =
    [
        (":not([generated])", " Generated code is left alone."),
        (":not([test])", " So are tests."),
        (":not([obsolete])", " So is code that is marked as obsolete."),
        (":not([interop])", " So are signatures that an interface of the system dictates."),
    ];

    private string Pattern(DemoRule rule) =>
        Pattern(rule.Slug) + string.Concat(Exceptions.Take(rule.Versions.Count / 2).Select(exception => exception.Pattern));

    private static string Description(DemoRule rule) =>
        Description(rule.Slug) + string.Concat(Exceptions.Take(rule.Versions.Count / 2).Select(exception => exception.Sentence));

    private static readonly string[] Changes = ["pattern", "description", "examples", "severity", "exceptions"];

    private string Pattern(string slug) => slug switch
    {
        "no-async-void" => "method[modifier~=async][returns=void]:not([event-handler])",
        "max-method-length" => string.Create(CultureInfo.InvariantCulture, $"method[lines>{_random.Next(4, 9) * 10}]"),
        "no-blocking-wait" => "call[name=Wait|Result|GetResult][receiver=Task]",
        _ => $"{(slug.StartsWith("max", StringComparison.Ordinal) ? "type" : "member")}[{slug[(slug.IndexOf('-') + 1)..]}]",
    };

    private static string Description(string slug)
    {
        var words = slug.Replace('-', ' ');
        return $"{char.ToUpperInvariant(words[0])}{words[1..]}. Explained with examples in the handbook.";
    }
}
