using AuditConsole.Core;
using AuditConsole.Storage;

namespace AuditConsole.WorkOS;

/// <summary>
/// What an export selects beside its range; an empty list selects everything. The store finds actions and actors; names
/// of actors and types of further targets are part of an entry's details, which nothing indexes, and are looked at one by one.
/// </summary>
public sealed record EventSelection
{
    /// <summary>The most values of a list.</summary>
    public const int MostValues = 100;

    /// <summary>Exact actions.</summary>
    public IReadOnlyList<string> Actions { get; init; } = [];

    /// <summary>Exact names of actors.</summary>
    public IReadOnlyList<string> ActorNames { get; init; } = [];

    /// <summary>Exact ids of actors.</summary>
    public IReadOnlyList<string> ActorIds { get; init; } = [];

    /// <summary>Types of targets, the first or a further one.</summary>
    public IReadOnlyList<string> Targets { get; init; } = [];

    /// <summary>What the store finds of it.</summary>
    internal EntryFilter ToFilter(ReadScope scope, DateTimeOffset from, DateTimeOffset until) =>
        new() { Scope = scope, From = from, To = until, Actions = Actions, Actors = ActorIds };

    /// <summary>Whether an entry that the store found is meant.</summary>
    internal bool Selects(AuditEntry entry) =>
        // To the store, "team.*" stands for all that begin with "team.".
        (Actions.Count == 0 || Actions.Contains(entry.Head.Action)) &&
        (ActorNames.Count == 0 || (entry.Details.ActorName is { } name && ActorNames.Contains(name))) &&
        (Targets.Count == 0 || Targets.Contains(entry.Head.Target.Type) || entry.Content.Targets.Any(target => Targets.Contains(target.Type)));

    /// <summary>The parameters that say it, for records of who read what.</summary>
    internal IEnumerable<KeyValuePair<string, string>> Parameters(DateTimeOffset from, DateTimeOffset until) =>
    [
        new("range_start", WireTime.Format(from)), new("range_end", WireTime.Format(until)),
        .. Actions.Select(action => KeyValuePair.Create("exact", action)), .. ActorNames.Select(name => KeyValuePair.Create("actor_name", name)),
        .. ActorIds.Select(id => KeyValuePair.Create("actor_id", id)), .. Targets.Select(type => KeyValuePair.Create("target", type)),
    ];
}
