using System.Collections.Concurrent;

namespace AuditConsole.Storage;

/// <summary>
/// Answers that were read from the store, kept until a change of what they were read from empties this: one process
/// alone writes, so nothing changes behind it.
/// </summary>
/// <typeparam name="TKey">What is asked for.</typeparam>
/// <typeparam name="TValue">The answer.</typeparam>
internal sealed class Remembered<TKey, TValue> where TKey : notnull where TValue : class
{
    private readonly ConcurrentDictionary<TKey, TValue> _known = new();
    private long _generation;

    /// <summary>The answer, read where it isn't known.</summary>
    public async ValueTask<TValue> GetAsync(TKey key, Func<TKey, CancellationToken, Task<TValue>> read, CancellationToken cancellationToken)
    {
        if (_known.TryGetValue(key, out var known))
        {
            return known;
        }
        var generation = Interlocked.Read(ref _generation);
        known = await read(key, cancellationToken);
        if (generation == Interlocked.Read(ref _generation))
        {
            _known[key] = known;
            // A change between the comparison and the store would otherwise leave the old answer behind.
            if (generation != Interlocked.Read(ref _generation))
            {
                _known.TryRemove(key, out _);
            }
        }
        return known;
    }

    /// <summary>Forgets everything. Called after the change is on disk.</summary>
    public void Clear()
    {
        // In this order: a reader that began before the change sees another generation and keeps nothing.
        Interlocked.Increment(ref _generation);
        _known.Clear();
    }
}
