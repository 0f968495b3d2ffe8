using System.Text;
using AuditConsole.Core;

namespace AuditConsole.Demo;

/// <summary>The jobs: pipelines check their changes against a few rules each, the nightly one against many.</summary>
internal sealed class DemoJobs(
    DemoLog log, DemoCalendar calendar, DemoRandom random, DemoCast cast, DemoEngines engines, DemoKeys keys, DemoRules rules)
{
    private static readonly string[] CancelReasons = ["Superseded by a newer commit.", "The pull request was closed.", "Cancelled by hand: wrong branch."];

    /// <summary>Makes pipelines until there are about that many entries more.</summary>
    public void Make(int count)
    {
        var goal = log.Count + count;
        AnswerWhichJobsRan();
        while (log.Count < goal)
        {
            var nightly = random.Chance(0.03);
            Pipeline(nightly ? calendar.AnyNight() : calendar.AnyWork(), nightly, most: goal - log.Count);
        }
    }

    private void Pipeline(DateTimeOffset at, bool nightly, int most)
    {
        var published = rules.PublishedOn(at);
        if (published.Count == 0)
        {
            return;
        }
        var person = random.Pick(cast.People);
        var key = nightly || random.Chance(0.92) ? keys.At(at, nightly) : null;
        var engine = engines.At(at);
        var pipeline = new DemoPipeline(
            key is null ? person.Actor : new Actor(Actor.ApiKeyType, key.Id, key.Name),
            key is null ? random.Pick(person.Addresses) : keys.RunnerOf(key),
            key is null ? person.Browser : $"acme-cli/{engine}",
            engine,
            random.Id("run_"),
            Ci(nightly, out var onMain),
            onMain);
        var job = at;
        for (var jobs = Math.Min(most, nightly ? random.Next(8, 24) : random.Next(1, 5)); jobs > 0; jobs--)
        {
            Enqueue(pipeline, random.PickSkewed(published), job);
            // Jobs of one request fall into the same millisecond now and then.
            job += random.Chance(0.2) ? TimeSpan.Zero : TimeSpan.FromMilliseconds(random.Next(3, nightly ? 9000 : 900));
        }
    }

    private void Enqueue(DemoPipeline pipeline, DemoRule rule, DateTimeOffset at)
    {
        var target = new Resource("SpecJob", random.Id("job_"), rule.Slug);
        var entry = new NewEntry
        {
            OccurredAt = at,
            Actor = pipeline.Actor,
            Action = "SpecJobEnqueued",
            Target = target,
            EngineVersion = pipeline.Engine,
            Ip = pipeline.Ip,
            UserAgent = pipeline.UserAgent,
            CorrelationId = pipeline.Run,
            Metadata = Canonical($$"""{"ci":{{pipeline.Ci}},"files":{{random.Next(1, 900)}},"priority":"{{(pipeline.OnMain ? "high" : "normal")}}","ruleVersion":"{{rule.At(at)?.Version ?? "1.0.0"}}"}"""),
        };
        log.Add(entry);
        if (random.Chance(0.03))
        {
            log.Add(entry with
            {
                OccurredAt = at.AddMilliseconds(random.Next(4_000, 400_000)),
                Action = "SpecJobCancelled",
                Reasoning = random.Chance(0.7) ? random.Pick(CancelReasons) : null,
                Metadata = Canonical($$"""{"ci":{{pipeline.Ci}},"state":"{{(random.Chance(0.6) ? "running" : "queued")}}"}"""),
            });
        }
    }

    // What the question "which spec jobs ran on engine X" finds, whatever the seed.
    private void AnswerWhichJobsRan()
    {
        for (var day = 1; day <= 12; day++)
        {
            var at = calendar.DaysAgo(day).AddHours(14).AddMilliseconds(random.Next(0, 900_000));
            if (keys.At(at, nightly: false) is { } key)
            {
                Enqueue(
                    new DemoPipeline(new Actor(Actor.ApiKeyType, key.Id, key.Name), keys.RunnerOf(key), "acme-cli/3.2.0", "3.2.0", random.Id("run_"), Ci(nightly: false, out var onMain), onMain),
                    rules.All[0],
                    at);
            }
        }
    }

    // Written as canonical text by hand: most of the log is this, and the demo is to be up in seconds.
    private string Ci(bool nightly, out bool onMain)
    {
        onMain = nightly || random.Chance(0.3);
        var branch = onMain ? "main" : $"{(random.Chance(0.7) ? "feature" : "fix")}/{random.Pick(DemoNames.Topics)}";
        var pullRequest = nightly ? "" : $"\"pullRequest\":{random.Next(900, 7400)},";
        var repository = random.PickSkewed(DemoNames.Repositories);
        return $$"""{"branch":"{{branch}}","commit":"{{random.Hex(20)}}",{{pullRequest}}"repository":"acme/{{repository}}","runner":"linux-x64-{{random.Next(1, 13)}}"}""";
    }

    private static CanonicalObject Canonical(FormattableString text) =>
        CanonicalObject.FromCanonicalUtf8(Encoding.UTF8.GetBytes(FormattableString.Invariant(text)));

    private sealed record DemoPipeline(Actor Actor, System.Net.IPAddress Ip, string UserAgent, string Engine, string Run, string Ci, bool OnMain);
}
