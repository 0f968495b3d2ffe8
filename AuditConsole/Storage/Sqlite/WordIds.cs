using System.Collections.Concurrent;
using AuditConsole.Core;

namespace AuditConsole.Storage.Sqlite;

/// <summary>
/// The ids of names in the dictionary, so far as the writer knows them. The writer alone changes them; whoever appends
/// looks up the names of its entries before it waits for the writer, which all wait for.
/// </summary>
internal sealed class WordIds
{
    // About 150 bytes each; beyond it everything is looked up afresh.
    private const int Most = 200_000;

    private readonly ConcurrentDictionary<int, ConcurrentDictionary<string, long>> _tenants = new();
    private int _version;
    // By the writer alone: to count such a dictionary takes all of its locks.
    private int _count;

    /// <summary>Whether ids that were looked up are still those of their names.</summary>
    public bool AreValid(FoundWords found) => found.Version == Volatile.Read(ref _version);

    public bool TryGet(int tenant, string value, out long id)
    {
        id = 0;
        return _tenants.TryGetValue(tenant, out var words) && words.TryGetValue(value, out id);
    }

    public void Add(int tenant, string value, long id)
    {
        _tenants.GetOrAdd(tenant, static _ => new())[value] = id;
        _count++;
    }

    /// <summary>The name has its id no longer.</summary>
    public void Remove(int tenant, string value)
    {
        if (_tenants.TryGetValue(tenant, out var words) && words.TryRemove(value, out _))
        {
            _count--;
        }
        // Behind the removal: whoever sees the new version doesn't find the name any more.
        Interlocked.Increment(ref _version);
    }

    /// <summary>No name is known to have its id.</summary>
    public void RemoveAll()
    {
        Clear();
        Interlocked.Increment(ref _version);
    }

    /// <summary>Forgets some, if they are too many; their ids stay what they are.</summary>
    public void Trim()
    {
        if (_count > Most)
        {
            Clear();
        }
    }

    private void Clear()
    {
        _tenants.Clear();
        _count = 0;
    }

    /// <summary>Looks up what the rows of a request need. For any thread.</summary>
    public FoundWords Find(AppendRequest request)
    {
        var version = Volatile.Read(ref _version);
        var entries = new EntryWords[request.Entries.Count];
        if (entries.Length == 0 || !_tenants.TryGetValue(request.Tenant, out var words))
        {
            return new FoundWords(version, 0, entries);
        }
        for (var i = 0; i < entries.Length; i++)
        {
            var content = request.Entries[i].Content;
            var (actor, target) = (content.Actor, content.Target);
            entries[i] = new EntryWords(
                Id(actor.Type), Id(actor.Id), Id(content.Action), Id(target.Type), Id(target.Id), Id(target.Slug), Id(target.Version),
                Id(content.EngineVersion), content.Ip is { } ip ? Id(ip.ToString()) : 0);
        }
        return new FoundWords(version, Id(request.RecordedBy), entries);

        long Id(string? value) => value is not null && words.TryGetValue(value, out var id) ? id : 0;
    }
}

/// <summary>Ids of the names of a request; 0 where one isn't known.</summary>
/// <param name="Version">When they were looked up.</param>
/// <param name="RecordedBy">Of its credential.</param>
/// <param name="Entries">Of its entries, in their order.</param>
internal sealed record FoundWords(int Version, long RecordedBy, EntryWords[] Entries);

/// <summary>Ids of the names in an entry's row; 0 where one isn't known or there is none.</summary>
internal readonly record struct EntryWords(
    long ActorType, long Actor, long Action, long EntityType, long EntityId, long Slug, long TargetVersion, long EngineVersion, long Ip);
