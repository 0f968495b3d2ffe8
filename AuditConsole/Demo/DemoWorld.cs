using AuditConsole.Core;

namespace AuditConsole.Demo;

/// <summary>How large a demo account is.</summary>
/// <param name="Entries">About how many entries.</param>
/// <param name="Rules">How many rules, up to 120.</param>
/// <param name="Profiles">How many profiles, up to 12.</param>
/// <param name="FirstUser">The number of its first user, so that two accounts don't share people.</param>
internal sealed record DemoScale(int Entries, int Rules, int Profiles, int FirstUser);

/// <summary>A key of the demo account, as the table of keys holds it.</summary>
internal sealed record DemoKey(string Id, string Name, DateTimeOffset CreatedAt, string CreatedBy)
{
    public DateTimeOffset? ExpiresAt { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    public string? RevokedBy { get; init; }

    public DateTimeOffset? LastUsedAt { get; init; }

    public bool IsUsableAt(DateTimeOffset time) => CreatedAt <= time && (RevokedAt ?? DateTimeOffset.MaxValue) > time && (ExpiresAt ?? DateTimeOffset.MaxValue) > time;
}

/// <summary>Two years of an account: what it recorded, oldest first, and its keys.</summary>
/// <param name="Entries">Each with its own OccurredAt.</param>
/// <param name="Keys">Every key that was ever made.</param>
/// <param name="People">Its people.</param>
internal sealed record DemoWorld(IReadOnlyList<NewEntry> Entries, IReadOnlyList<DemoKey> Keys, IReadOnlyList<Actor> People)
{
    /// <summary>The account that the sign-in link opens.</summary>
    public static DemoScale Acme(int entries) => new(entries, Rules: 120, Profiles: 12, FirstUser: 1);

    /// <summary>A second, small one.</summary>
    public static DemoScale Globex { get; } = new(900, Rules: 18, Profiles: 2, FirstUser: 101);

    /// <summary>Makes an account's log up to <paramref name="now"/>.</summary>
    /// <param name="scale">How large.</param>
    /// <param name="seed">The same seed and time give the same log.</param>
    /// <param name="now">The end of the log.</param>
    /// <param name="start">Its beginning: within the retention.</param>
    public static DemoWorld Make(DemoScale scale, int seed, DateTimeOffset now, DateTimeOffset start)
    {
        var random = new DemoRandom(seed);
        var calendar = new DemoCalendar(random, start, now);
        var cast = new DemoCast(random, scale);
        var log = new DemoLog(calendar);
        var engines = new DemoEngines(log, calendar, random);
        var keys = new DemoKeys(log, calendar, random, cast);
        var rules = new DemoRules(log, calendar, random, cast, scale.Rules);
        new DemoProfiles(log, calendar, random, cast, rules).Make(scale.Profiles);
        new DemoJobs(log, calendar, random, cast, engines, keys, rules).Make(scale.Entries - log.Count);
        var entries = log.InOrder();
        return new DemoWorld(entries, keys.WithLastUse(entries), [.. cast.People.Select(person => person.Actor)]);
    }

    /// <summary>The credential that wrote an entry: the pipeline's own key, or that of the company's web application.</summary>
    public string RecordedBy(NewEntry entry) => entry switch
    {
        { Actor.Type: Actor.ApiKeyType } => "key:" + entry.Actor.Id,
        { Action: "ApiKeyCreated" } when entry.Target.Id == Keys[0].Id => "console",
        _ => "key:" + Keys[0].Id,
    };
}

/// <summary>Collects entries and puts them in the order of time.</summary>
internal sealed class DemoLog(DemoCalendar calendar)
{
    private readonly List<NewEntry> _entries = [];

    public int Count => _entries.Count;

    /// <summary>Adds an entry, unless it lies in the future.</summary>
    /// <returns>Whether it was added.</returns>
    public bool Add(NewEntry entry)
    {
        if (entry.OccurredAt >= calendar.Now)
        {
            return false;
        }
        _entries.Add(entry);
        return true;
    }

    public List<NewEntry> InOrder() => [.. _entries.OrderBy(entry => entry.OccurredAt)];
}
