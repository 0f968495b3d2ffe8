using System.Globalization;
using System.Net;
using AuditConsole.Core;

namespace AuditConsole.Demo;

/// <summary>Somebody of the demo, and where they work.</summary>
internal sealed record DemoPerson(Actor Actor, IReadOnlyList<IPAddress> Addresses, string Browser);

/// <summary>The people of a demo account. The first few make the rules; everybody runs jobs.</summary>
internal sealed class DemoCast
{
    private static readonly IPAddress[] Office = [IPAddress.Parse("203.0.113.10"), IPAddress.Parse("203.0.113.11"), IPAddress.Parse("2001:db8:40::12")];

    private readonly DemoRandom _random;

    public DemoCast(DemoRandom random, DemoScale scale)
    {
        _random = random;
        var count = scale.Rules >= 100 ? DemoNames.People.Length : 8;
        People = [.. Enumerable.Range(0, count).Select(index => new DemoPerson(
            new Actor("user", string.Create(CultureInfo.InvariantCulture, $"usr_{scale.FirstUser + index}"), DemoNames.People[index]),
            [random.Pick(Office), random.Pick(Office), Home()],
            random.Pick(DemoNames.Browsers)))];
    }

    public IReadOnlyList<DemoPerson> People { get; }

    /// <summary>Those who decide on rules and profiles.</summary>
    public DemoPerson Author() => _random.PickSkewed(People);

    /// <summary>Those who manage keys.</summary>
    public DemoPerson Administrator() => People[_random.Next(0, 4)];

    /// <summary>An entry that a person made in the demo company's web application.</summary>
    public NewEntry By(DemoPerson person, DateTimeOffset at, string action, Resource target, CanonicalObject metadata, string? reasoning = null) => new()
    {
        OccurredAt = at,
        Actor = person.Actor,
        Action = action,
        Target = target,
        Ip = _random.Pick(person.Addresses),
        UserAgent = person.Browser,
        Reasoning = reasoning,
        Metadata = metadata,
    };

    private IPAddress Home() => _random.Chance(0.3)
        ? IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"2001:db8:{_random.Next(256, 65536):x}:{_random.Next(1, 65536):x}::{_random.Next(2, 256):x}"))
        : new IPAddress([198, 51, 100, (byte)_random.Next(2, 250)]);
}
