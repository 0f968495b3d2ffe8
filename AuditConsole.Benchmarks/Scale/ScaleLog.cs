using System.Globalization;
using System.Net;
using System.Text;
using AuditConsole.Core;

namespace AuditConsole.Benchmarks.Scale;

/// <summary>
/// The data set of the scale benchmark, the same for the same seed: four tenants in turns, 17 actions, 20,000 slugs a
/// tenant by Zipf's law, 500 actors, 1,000 addresses, two years, payloads of 716 bytes on average; one entry in a hundred is up
/// to 30 days late.
/// </summary>
internal sealed class ScaleLog(long entries, int seed, DateTimeOffset start)
{
    public const int Tenants = 4;
    public const int Slugs = 20_000;
    public const int Actors = 500;
    public const int Addresses = 1_000;

    public static readonly (string Type, string Action, int Weight)[] Kinds =
    [
        ("SpecJob", "SpecJobEnqueued", 500), ("SpecJob", "SpecJobCancelled", 20),
        ("Rule", "RuleCreated", 40), ("Rule", "RuleEdited", 160), ("Rule", "RulePublished", 80), ("Rule", "RuleArchived", 10), ("Rule", "RuleUnarchived", 5),
        ("Profile", "ProfileCreated", 20), ("Profile", "ProfileDrafted", 60), ("Profile", "ProfilePublished", 50), ("Profile", "ProfileArchived", 5), ("Profile", "ProfileUnarchived", 3),
        ("ApiKey", "ApiKeyCreated", 20), ("ApiKey", "ApiKeyRevoked", 15),
        ("EngineVersion", "EngineVersionRegistered", 6), ("EngineVersion", "EngineVersionDeprecated", 4), ("EngineVersion", "EngineVersionRetired", 2),
    ];

    private static readonly double[] _zipf = MakeZipf();
    private static readonly int _weights = Kinds.Sum(kind => kind.Weight);

    /// <summary>When the newest entry occurred.</summary>
    public DateTimeOffset End => start.AddMilliseconds(Span);

    /// <summary>Between the oldest and the newest, in milliseconds: 24 months less two days.</summary>
    public static double Span => TimeSpan.FromDays(728).TotalMilliseconds;

    /// <summary>The tenant of an entry, from 0.</summary>
    public static int TenantOf(long index) => (int)(index % Tenants);

    /// <summary>An entry.</summary>
    /// <param name="index">From 0.</param>
    public NewEntry Entry(long index)
    {
        var random = new Random(unchecked((int)(index * 2654435761 + seed)));
        var (type, action, _) = KindOf(random.Next(_weights));
        var time = start.AddMilliseconds(Math.Floor(Span * index / entries));
        if (random.Next(100) == 0)
        {
            time = time.AddMinutes(-random.Next(30 * 24 * 60));
        }
        var slug = SlugOf(random);
        return new NewEntry
        {
            OccurredAt = time < start ? start : time,
            Actor = new Actor("user", ActorOf(random)),
            Action = action,
            Target = new Resource(type, "id_" + slug, slug, "1." + random.Next(40).ToString(CultureInfo.InvariantCulture) + ".0"),
            EngineVersion = type == "SpecJob" ? "3." + random.Next(9).ToString(CultureInfo.InvariantCulture) + ".0" : null,
            Ip = IPAddress.Parse(AddressOf(random)),
            UserAgent = "acme-cli/3.2.0 (linux; x64)",
            Metadata = CanonicalObject.From(new { text = TextOf(random) }),
        };
    }

    /// <summary>An entry as a producer sends it.</summary>
    public object Wire(long index)
    {
        var entry = Entry(index);
        var sent = new Dictionary<string, object?>
        {
            ["action"] = entry.Action,
            ["actor"] = new { type = entry.Actor.Type, id = entry.Actor.Id },
            ["target"] = new { type = entry.Target.Type, id = entry.Target.Id, slug = entry.Target.Slug, version = entry.Target.Version },
            ["ip"] = entry.Ip!.ToString(),
            ["user_agent"] = entry.UserAgent,
            ["metadata"] = entry.Metadata.Parse().RootElement,
        };
        if (entry.EngineVersion is { } engine)
        {
            sent.Add("engine_version", engine);
        }
        return sent;
    }

    public static string SlugOf(Random random)
    {
        var found = Array.BinarySearch(_zipf, random.NextDouble());
        return "resource-" + (found < 0 ? ~found : found).ToString("00000", CultureInfo.InvariantCulture);
    }

    public static string ActorOf(Random random) => "usr_" + random.Next(Actors).ToString("000", CultureInfo.InvariantCulture);

    public static string AddressOf(Random random)
    {
        var number = random.Next(Addresses);
        return string.Create(CultureInfo.InvariantCulture, $"203.0.{number / 250}.{number % 250}");
    }

    private static (string Type, string Action, int Weight) KindOf(int at)
    {
        foreach (var kind in Kinds)
        {
            if ((at -= kind.Weight) < 0)
            {
                return kind;
            }
        }
        return Kinds[0];
    }

    // Details besides the text take some 130 bytes.
    private static string TextOf(Random random)
    {
        var length = 190 + random.Next(800);
        var text = new StringBuilder(length + 20);
        while (text.Length < length)
        {
            text.Append(random.Next().ToString("x", CultureInfo.InvariantCulture)).Append(' ');
        }
        return text.ToString(0, length);
    }

    private static double[] MakeZipf()
    {
        var sums = new double[Slugs];
        var sum = 0.0;
        for (var i = 0; i < Slugs; i++)
        {
            sums[i] = sum += 1.0 / (i + 1);
        }
        for (var i = 0; i < Slugs; i++)
        {
            sums[i] /= sum;
        }
        return sums;
    }
}
