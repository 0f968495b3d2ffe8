using System.Globalization;
using System.Net;
using AuditConsole.Core;

namespace AuditConsole.Demo;

/// <summary>The keys of the demo's pipelines: made, replaced each year, revoked, left to expire.</summary>
internal sealed class DemoKeys
{
    private static readonly string[] Rotated = ["acme-web-ci", "acme-api-ci", "nightly", "acme-mobile-ci", "billing-ci", "search-ci", "data-platform-ci", "release-train"];

    private static readonly string[] Others = ["staging-ci", "renovate-bot", "security-scan", "docs-ci", "load-test"];

    // Records what people do; its key is the first.
    private const string WebApplication = "acme-platform";

    private readonly DemoLog _log;
    private readonly DemoRandom _random;
    private readonly DemoCast _cast;
    private readonly List<DemoKey> _keys = [];
    private readonly Dictionary<string, IPAddress[]> _runners = [];

    public DemoKeys(DemoLog log, DemoCalendar calendar, DemoRandom random, DemoCast cast)
    {
        (_log, _random, _cast) = (log, random, cast);
        Make(WebApplication, calendar.Start.AddMinutes(3));
        foreach (var name in Rotated)
        {
            var first = calendar.At(0.001 + random.Fraction() * 0.02);
            var second = calendar.At(0.42 + random.Fraction() * 0.1);
            var third = calendar.At(0.9 + random.Fraction() * 0.05);
            Make(name, first, revokedAt: calendar.After(second, TimeSpan.FromHours(2), TimeSpan.FromDays(5)), reason: DemoNames.RevokeReasons[0]);
            Make(name, second, revokedAt: calendar.After(third, TimeSpan.FromHours(2), TimeSpan.FromDays(5)), reason: DemoNames.RevokeReasons[0]);
            Make(name, third, expiresAt: third.AddYears(1));
        }
        foreach (var name in Others)
        {
            Make(name, calendar.At(0.05 + random.Fraction() * 0.5));
        }
        var sandbox = calendar.At(0.62);
        Make("sandbox", sandbox, expiresAt: sandbox.AddDays(90));
        Make("ide-preview", calendar.At(0.35), revokedAt: calendar.At(0.58), reason: DemoNames.RevokeReasons[3]);

        // What the question "when was an API key created or revoked, and by whom" finds in the last week.
        var created = calendar.DaysAgo(4) + new TimeSpan(9, 31, 5);
        Make("payments-ci", created, expiresAt: created.AddDays(90), by: cast.People[1]);
        Make("legacy-jenkins", calendar.At(0.08), revokedAt: calendar.DaysAgo(2) + new TimeSpan(11, 3, 47), reason: DemoNames.RevokeReasons[2], revokedBy: cast.People[2]);
    }

    /// <summary>A key that a pipeline could use at a time, or null before the first one was made.</summary>
    public DemoKey? At(DateTimeOffset time, bool nightly)
    {
        var usable = _keys.FindAll(key => key.Name != WebApplication && key.IsUsableAt(time));
        return (nightly ? usable.Find(key => key.Name == "nightly") : null) ?? (usable.Count > 0 ? _random.PickSkewed(usable) : null);
    }

    public IPAddress RunnerOf(DemoKey key) => _random.Pick(_runners[key.Name]);

    /// <summary>The keys with their last use, as the log shows it.</summary>
    public List<DemoKey> WithLastUse(IReadOnlyList<NewEntry> entries)
    {
        var last = new Dictionary<string, DateTimeOffset>
        {
            [_keys[0].Id] = entries.Last(entry => entry.Actor.Type != Actor.ApiKeyType).OccurredAt!.Value,
        };
        foreach (var entry in entries)
        {
            if (entry.Actor.Type == Actor.ApiKeyType)
            {
                last[entry.Actor.Id] = entry.OccurredAt!.Value;
            }
        }
        return [.. _keys.Select(key => key with { LastUsedAt = last.TryGetValue(key.Id, out var time) ? time : null })];
    }

    private void Make(string name, DateTimeOffset at, DateTimeOffset? revokedAt = null, DateTimeOffset? expiresAt = null,
        string? reason = null, DemoPerson? by = null, DemoPerson? revokedBy = null)
    {
        by ??= _cast.Administrator();
        var id = _random.Id("key_");
        var target = new Resource("ApiKey", id, name, Name: name);
        var key = new DemoKey(id, name, at, by.Actor.Id) { ExpiresAt = expiresAt };
        if (!_log.Add(_cast.By(by, at, "ApiKeyCreated", target,
            CanonicalObject.From(new { name, scopes = new[] { "events:write" }, expiresAt = expiresAt is { } end ? WireTime.Format(end) : "never" }))))
        {
            return;
        }
        if (revokedAt is { } revoked && revoked < expiresAt.GetValueOrDefault(DateTimeOffset.MaxValue))
        {
            revokedBy ??= _cast.Administrator();
            var lastUsed = WireTime.Format(revoked.AddMinutes(-_random.Next(20, 2000)));
            if (_log.Add(_cast.By(revokedBy, revoked, "ApiKeyRevoked", target, CanonicalObject.From(new { name, lastUsedAt = lastUsed }), reason)))
            {
                key = key with { RevokedAt = revoked, RevokedBy = revokedBy.Actor.Id };
            }
        }
        _keys.Add(key);
        if (!_runners.ContainsKey(name))
        {
            _runners[name] = [.. Enumerable.Range(0, _random.Next(2, 5)).Select(_ => _random.Chance(0.2)
                ? IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"2001:db8:c1::{_random.Next(1, 512):x}"))
                : new IPAddress([203, 0, 113, (byte)_random.Next(32, 250)]))];
        }
    }
}
