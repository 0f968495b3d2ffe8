using AuditConsole.Core;

namespace AuditConsole.Demo;

/// <summary>The versions of the checking engine: registered, later deprecated, at last retired.</summary>
internal sealed class DemoEngines
{
    private static readonly Actor Registry = new("system", "engine-registry");

    private readonly DemoRandom _random;
    private readonly List<(DateTimeOffset From, string Version)> _released = [];

    public DemoEngines(DemoLog log, DemoCalendar calendar, DemoRandom random)
    {
        _random = random;
        var versions = DemoNames.Engines;
        for (var i = 0; i < versions.Length; i++)
        {
            var (version, fraction) = versions[i];
            var registered = calendar.At(fraction);
            _released.Add((registered, version));
            Add("EngineVersionRegistered", version, registered, new { version, channel = version.Contains('-') ? "preview" : "stable", digest = "sha256:" + random.Hex(32), runtime = "net" + (fraction < 0.5 ? "9.0" : "10.0") });
            if (i + 3 < versions.Length)
            {
                var deprecated = calendar.After(calendar.At(versions[i + 3].At), TimeSpan.FromHours(1), TimeSpan.FromDays(3));
                Add("EngineVersionDeprecated", version, deprecated, new { version, replacedBy = versions[i + 2].Version, retiresOn = deprecated.AddDays(90).ToString("yyyy-MM-dd", null) });
                Add("EngineVersionRetired", version, calendar.After(deprecated, TimeSpan.FromDays(88), TimeSpan.FromDays(92)), new { version, lastJobs = random.Next(0, 40) });
            }
        }

        void Add(string action, string version, DateTimeOffset at, object metadata) => log.Add(new NewEntry
        {
            OccurredAt = at,
            Actor = Registry,
            Action = action,
            Target = new Resource("EngineVersion", "eng_" + version.Replace('.', '_'), version),
            EngineVersion = version,
            UserAgent = "engine-registry/1.4",
            Metadata = CanonicalObject.From(metadata),
        });
    }

    /// <summary>The version that a job ran on: mostly the newest of its time.</summary>
    public string At(DateTimeOffset time)
    {
        var newest = _released.FindLastIndex(release => release.From <= time);
        var back = _random.Fraction() switch { < 0.72 => 0, < 0.93 => 1, _ => 2 };
        return _released[Math.Max(0, newest - back)].Version;
    }
}
