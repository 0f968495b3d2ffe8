using System.Collections.Concurrent;

namespace AuditConsole.Storage.Sqlite;

/// <summary>Wakes those who wait for a tenant's chain to grow.</summary>
internal sealed class CommitSignals
{
    private readonly ConcurrentDictionary<int, TaskCompletionSource> _waiting = new();

    /// <summary>Completes with the next commit of entries. To be taken before looking, so that none falls between the two.</summary>
    public Task Next(int tenant) => _waiting.GetOrAdd(tenant, _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>Tells of a commit.</summary>
    public void Raise(IEnumerable<int> tenants)
    {
        foreach (var tenant in tenants.Distinct())
        {
            if (_waiting.TryRemove(tenant, out var waiting))
            {
                waiting.SetResult();
            }
        }
    }
}
