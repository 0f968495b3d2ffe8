using System.Globalization;
using AuditConsole.Core;

namespace AuditConsole.Demo;

/// <summary>A rule in a profile: pinned to a version, perhaps with a severity of the profile's own, perhaps switched off.</summary>
internal sealed record DemoPin(string Slug, string Version, string? Severity, bool Disabled);

/// <summary>The profiles: each publication differs from the one before as people's decisions do.</summary>
internal sealed class DemoProfiles(DemoLog log, DemoCalendar calendar, DemoRandom random, DemoCast cast, DemoRules rules)
{
    public void Make(int count)
    {
        for (var i = 0; i < count; i++)
        {
            Make(DemoNames.Profiles[i], i == 0, begin: i < 6 ? 0.045 + random.Fraction() * 0.03 : 0.06 + random.Fraction() * 0.6);
        }
    }

    private void Make(string slug, bool isAnswer, double begin)
    {
        var id = random.Id("prf_");
        var owner = cast.Author();
        var at = calendar.At(begin);
        Add("ProfileCreated", at, null, CanonicalObject.From(new { slug, name = slug.Replace('-', ' '), visibility = "organization" }));
        var pins = FirstPins(at);
        var (major, minor, patch) = (1, 0, 0);
        var end = isAnswer ? calendar.Now.AddDays(-12) : calendar.Now.AddDays(-2);
        while (true)
        {
            for (var drafts = random.Next(1, 4); drafts > 0; drafts--)
            {
                at = calendar.After(at, TimeSpan.FromMinutes(15), TimeSpan.FromDays(1));
                pins = Change(pins, at);
                Add("ProfileDrafted", at, null, Payload(Version(), pins));
            }
            at = calendar.After(at, TimeSpan.FromMinutes(10), TimeSpan.FromDays(1));
            if (at >= end)
            {
                break;
            }
            Add("ProfilePublished", at, Version(), Payload(Version(), pins), random.Chance(0.5) ? random.Pick(DemoNames.PublishReasons) : null);
            (major, minor, patch) = random.Fraction() switch { < 0.06 => (major + 1, 0, 0), < 0.6 => (major, minor + 1, 0), _ => (major, minor, patch + 1) };
            if (random.Chance(0.02) && !isAnswer)
            {
                at = calendar.After(at, TimeSpan.FromDays(5), TimeSpan.FromDays(30));
                Add("ProfileArchived", at, null, CanonicalObject.From(new { slug }), "No repository used it.");
                at = calendar.After(at, TimeSpan.FromHours(3), TimeSpan.FromDays(9));
                Add("ProfileUnarchived", at, null, CanonicalObject.From(new { slug }), "One repository did.");
            }
            at = calendar.After(at, TimeSpan.FromDays(6), TimeSpan.FromDays(45));
        }
        if (slug == "legacy-tolerant")
        {
            Add("ProfileArchived", calendar.Now.AddDays(-6), null, CanonicalObject.From(new { slug }), "The last legacy repository was closed.");
        }
        if (isAnswer)
        {
            MakeStricterYesterday();
        }

        // What the question "why is my build stricter since yesterday" finds.
        void MakeStricterYesterday()
        {
            var yesterday = calendar.DaysAgo(1);
            var before = yesterday.AddDays(-11) + new TimeSpan(13, 24, 9);
            var stricter = rules.All[0];
            pins = [.. pins.Where(pin => pin.Slug != stricter.Slug && pin.Slug != "no-blocking-wait"), Pin(stricter, before) with { Severity = "warning" }];
            Add("ProfilePublished", before, Version(), Payload(Version(), pins));
            (minor, patch) = (minor + 1, 0);
            var published = yesterday + new TimeSpan(0, 16, 42, 7, 318);
            var removed = pins.First(pin => pin.Slug != stricter.Slug);
            pins = [.. pins.Where(pin => pin != removed).Select(pin => pin.Slug == stricter.Slug ? Pin(stricter, published) with { Severity = "error" } : pin)];
            pins = Bump(pins, published, 2);
            if (rules.All.FirstOrDefault(rule => rule.Slug == "no-blocking-wait") is { } added && added.At(published) is not null)
            {
                pins = [.. pins, Pin(added, published)];
            }
            Add("ProfileDrafted", published - new TimeSpan(1, 32, 20), null, Payload(Version(), pins));
            Add("ProfilePublished", published, Version(), Payload(Version(), pins), "Async void took production down last week: it fails the build from now on.", cast.People[0]);
        }

        string Version() => string.Create(CultureInfo.InvariantCulture, $"{major}.{minor}.{patch}");

        void Add(string action, DateTimeOffset when, string? version, CanonicalObject metadata, string? reasoning = null, DemoPerson? by = null) =>
            log.Add(cast.By(by ?? (random.Chance(0.7) ? owner : cast.Author()), when, action, new Resource("Profile", id, slug, version), metadata, reasoning));
    }

    private DemoPin[] FirstPins(DateTimeOffset at)
    {
        var published = rules.PublishedAt(at).ToArray();
        random.Shuffle(published.AsSpan());
        return [.. published.Take(random.Next(8, 20)).Select(rule => Pin(rule, at))];
    }

    private static DemoPin Pin(DemoRule rule, DateTimeOffset at) => new(rule.Slug, rule.At(at)?.Version ?? "1.0.0", null, false);

    private DemoPin[] Change(DemoPin[] pins, DateTimeOffset at)
    {
        var next = Bump(pins, at, random.Next(0, 3)).ToList();
        if (random.Chance(0.5) && rules.PublishedAt(at).Where(rule => next.TrueForAll(pin => pin.Slug != rule.Slug)).ToList() is { Count: > 0 } others)
        {
            next.Add(Pin(random.Pick(others), at));
        }
        if (next.Count > 6 && random.Chance(0.12))
        {
            next.RemoveAt(random.Next(0, next.Count));
        }
        if (next.Count > 0 && random.Chance(0.3))
        {
            var index = random.Next(0, next.Count);
            next[index] = next[index] with { Severity = next[index].Severity switch { null => "warning", "warning" => "error", _ => null } };
        }
        if (next.Count > 0 && random.Chance(0.12))
        {
            var index = random.Next(0, next.Count);
            next[index] = next[index] with { Disabled = !next[index].Disabled };
        }
        return [.. next];
    }

    private DemoPin[] Bump(DemoPin[] pins, DateTimeOffset at, int most)
    {
        foreach (var index in Enumerable.Range(0, pins.Length).Where(index => Newest(pins[index], at) != pins[index].Version).Take(most).ToList())
        {
            pins = [.. pins];
            pins[index] = pins[index] with { Version = Newest(pins[index], at) };
        }
        return pins;
    }

    private string Newest(DemoPin pin, DateTimeOffset at) => rules.All.First(rule => rule.Slug == pin.Slug).At(at)?.Version ?? pin.Version;

    private static CanonicalObject Payload(string version, DemoPin[] pins)
    {
        var content = pins.OrderBy(pin => pin.Slug, StringComparer.Ordinal).Select(pin =>
        {
            var rule = new Dictionary<string, object> { ["slug"] = pin.Slug, ["version"] = pin.Version };
            if (pin.Severity is not null)
            {
                rule["severity"] = pin.Severity;
            }
            if (pin.Disabled)
            {
                rule["disabled"] = true;
            }
            return rule;
        }).ToArray();
        var hash = DemoRandom.ContentHash(CanonicalObject.From(new { rules = content }).Utf8.Span);
        return CanonicalObject.From(new { version, rules = content, contentHash = hash });
    }
}
