using System.Net;
using AuditConsole.Core;
using AuditConsole.Holds;
using AuditConsole.Storage;
using AuditConsole.Tests.Holds;

namespace AuditConsole.Tests.Storage;

/// <summary>
/// A random log in which every name is rare, and filters made from its own entries: each finds a few, so that a way to
/// find them that is missing leaves a hole.
/// </summary>
internal sealed class SparseLog(int seed)
{
    private static readonly string[] Actions = ["rule.created", "rule.edited", "rule.sub.moved", "ruler", "rule", "profile.drafted", "profile.x.y", "key"];

    private static readonly string[] Addresses =
        ["10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.1.0", "10.0.0.255", "192.168.0.1", "2001:db8::1", "2001:db8::2", "2001:db8:0:1::1", "::1"];

    private readonly Random _random = new(seed);

    public IEnumerable<NewEntry> Entries(DateTimeOffset start) =>
        Enumerable.Range(0, 60 + Choose(60)).Select(_ => TestEntries.Entry(
            Actions[Choose(Actions.Length)], $"type-{Choose(3)}", Name(), $"actor-{Choose(8)}", start.AddMilliseconds(Choose(12)),
            Choose(3) == 0 ? null : Addresses[Choose(Addresses.Length)]) with
        {
            Target = Resource($"type-{Choose(3)}"),
            // Some stand there twice, some are the main entity's own.
            Targets = [.. Enumerable.Range(0, Math.Max(0, Choose(6) - 2)).Select(_ => Resource("Other"))],
        });

    /// <summary>Some of the entries, which are withheld before anything holds them.</summary>
    public IReadOnlyList<ModelEntry> Withheld(LogModel model) => [.. model.Entries.Where(_ => Choose(8) == 0)];

    /// <summary>A hold over an entry of the log by one or two of its properties.</summary>
    public Hold HoldOf(int tenant, LogModel model)
    {
        var (entry, first, second) = (Pick(model), Choose(6), Choose(6));
        return new Hold
        {
            Id = $"hold_{Guid.NewGuid():N}",
            TenantNumber = tenant,
            Name = "Case",
            Reason = "x",
            EntityType = first == 0 ? entry.Content.Target.Type : null,
            Action = first == 1 || second == 1 ? entry.Content.Action : null,
            Slug = first == 2 ? entry.Content.Target.ShownSlug : null,
            Actor = first == 3 || second == 3 ? entry.Content.Actor.Id : null,
            Ip = first == 4 ? entry.Content.Ip?.ToString() : null,
            From = first == 5 ? entry.OccurredAt : null,
            To = first == 5 || second == 5 ? entry.OccurredAt.AddMilliseconds(2) : null,
            PlacedAt = model.Start,
            PlacedBy = "usr_admin",
        };
    }

    public DateTimeOffset Cutoff(DateTimeOffset start) => start.AddMilliseconds(Choose(8));

    /// <summary>One filter of each kind, most of them with a second condition, each true of some entry, withheld and purged ones included.</summary>
    public IEnumerable<EntryFilter> Filters(ReadScope scope, LogModel model)
    {
        var none = new EntryFilter { Scope = scope };
        foreach (var kind in Enum.GetValues<Condition>())
        {
            var entry = Pick(model);
            var filter = With(none, kind, entry);
            if (Choose(3) > 0)
            {
                filter = With(filter, (Condition)Choose(Enum.GetValues<Condition>().Length), entry);
            }
            yield return Choose(4) > 0 ? filter : filter with
            {
                From = entry.OccurredAt.AddTicks(-Choose(4) * TimeSpan.TicksPerMillisecond / 2),
                To = entry.OccurredAt.AddTicks((1 + Choose(6)) * TimeSpan.TicksPerMillisecond / 2),
            };
        }
    }

    public int PageSize() => 1 + Choose(5);

    public long Snapshot(LogModel model) => Choose(2) == 0 ? model.Entries.Count : Choose(model.Entries.Count + 1);

    private EntryFilter With(EntryFilter filter, Condition kind, ModelEntry entry)
    {
        var content = entry.Content;
        // Where an entry has none of it, another's serves.
        var further = content.Targets.Count > 0 ? content.Targets[Choose(content.Targets.Count)] : Resource("Other");
        var address = content.Ip?.ToString() ?? Addresses[Choose(Addresses.Length)];
        return kind switch
        {
            Condition.FurtherId => filter with { Target = further.Id },
            Condition.FurtherSlug => filter with { Target = further.ShownSlug },
            Condition.MainId => filter with { Target = content.Target.Id },
            Condition.EntityId => filter with { EntityId = content.Target.Id },
            Condition.Slug => filter with { Slug = content.Target.ShownSlug },
            Condition.Actor => filter with { Actor = content.Actor.Id },
            Condition.Actors => filter with { Actors = [content.Actor.Id, "unknown", "actor-1", content.Actor.Id] },
            Condition.Type => filter with { EntityType = content.Target.Type },
            Condition.Action => filter with { Action = content.Action },
            Condition.Group => filter with { Actions = [content.Action.Contains('.', StringComparison.Ordinal) ? content.Action[..content.Action.LastIndexOf('.')] + ".*" : "rule.*"] },
            Condition.Actions => filter with { Actions = [content.Action, "unknown", "profile.*"] },
            Condition.Address => filter with { Ip = address },
            Condition.Network => filter with { Ip = NetworkOf(address) },
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };
    }

    private string NetworkOf(string address)
    {
        var bytes = IPAddress.Parse(address).GetAddressBytes();
        var length = bytes.Length * 8 - Choose(10);
        for (var bit = length; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] &= (byte)~(128 >> bit % 8);
        }
        return $"{new IPAddress(bytes)}/{length}";
    }

    // Ids and slugs share their names, so that one entry's id is another's slug.
    private string Name() => $"name-{Choose(24)}";

    private Resource Resource(string type) => new(type, Name(), Choose(3) == 0 ? null : Name(), "1.0.0");

    private ModelEntry Pick(LogModel model) => model.Entries[Choose(model.Entries.Count)];

    private int Choose(int count) => _random.Next(count);

    private enum Condition
    {
        FurtherId,
        FurtherSlug,
        MainId,
        EntityId,
        Slug,
        Actor,
        Actors,
        Type,
        Action,
        Group,
        Actions,
        Address,
        Network,
    }
}
