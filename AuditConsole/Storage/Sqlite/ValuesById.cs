using System.Numerics;

namespace AuditConsole.Storage.Sqlite;

/// <summary>
/// What is known of rows by their ids, which are given one after the other. A row's place is the end of its id, and the
/// next that falls there takes it. For any threads at once.
/// </summary>
/// <param name="places">About how many are kept.</param>
internal sealed class ValuesById<T>(uint places)
{
    private readonly Entry?[] _entries = new Entry?[BitOperations.RoundUpToPowerOf2(places)];

    /// <summary>Whether the value of an id is known.</summary>
    public bool TryGet(long id, out T value)
    {
        var entry = Volatile.Read(ref _entries[At(id)]);
        if (entry is null || entry.Id != id)
        {
            value = default!;
            return false;
        }
        value = entry.Value;
        return true;
    }

    public void Add(long id, T value) => Volatile.Write(ref _entries[At(id)], new Entry(id, value));

    public void Clear() => Array.Clear(_entries);

    private long At(long id) => id & (_entries.Length - 1);

    private sealed record Entry(long Id, T Value);
}
