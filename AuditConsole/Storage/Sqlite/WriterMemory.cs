using AuditConsole.Core;

namespace AuditConsole.Storage.Sqlite;

/// <summary>
/// What the writer knows without asking the database: heads of chains, ids of names, known kinds. It changes with
/// the transaction, so it is set back where a part of that fails, and forgotten where all of it does.
/// </summary>
internal sealed class WriterMemory(WordIds words)
{
    // Beyond it all are forgotten.
    private const int MostAddresses = 200_000;

    private readonly HashSet<(int Tenant, long EntityType, long Action)> _kinds = [];
    private readonly HashSet<long> _addresses = [];
    private readonly Dictionary<int, ChainState> _chains = [];
    private readonly Dictionary<int, long> _changedChains = [];
    private readonly List<(int Tenant, string Value)> _newWords = [];
    private readonly List<(int Tenant, long EntityType, long Action)> _newKinds = [];
    private readonly List<long> _newAddresses = [];

    /// <summary>The newest position over all tenants; null when it isn't known.</summary>
    public long? Position { get; set; }

    /// <summary>The tenants whose chain grew in this transaction.</summary>
    public IReadOnlyCollection<int> ChangedChains => _changedChains.Keys;

    /// <summary>How long such a chain was before the transaction.</summary>
    public long SizeBefore(int tenant) => _changedChains[tenant];

    /// <summary>The names.</summary>
    public WordIds Words => words;

    public void AddWord(int tenant, string value, long id)
    {
        words.Add(tenant, value, id);
        _newWords.Add((tenant, value));
    }

    /// <summary>Notes a kind.</summary>
    /// <returns>False if it was known.</returns>
    public bool AddKind(int tenant, long entityType, long action)
    {
        if (!_kinds.Add((tenant, entityType, action)))
        {
            return false;
        }
        _newKinds.Add((tenant, entityType, action));
        return true;
    }

    /// <summary>Notes the word of a client address.</summary>
    /// <returns>False if it was known.</returns>
    public bool AddAddress(long word)
    {
        if (!_addresses.Add(word))
        {
            return false;
        }
        _newAddresses.Add(word);
        return true;
    }

    public void RemoveAddress(long word) => _addresses.Remove(word);

    public void RemoveKind(int tenant, long entityType, long action) => _kinds.Remove((tenant, entityType, action));

    public bool TryGetChain(int tenant, out ChainState chain) => _chains.TryGetValue(tenant, out chain);

    public void LoadChain(int tenant, ChainState chain) => _chains[tenant] = chain;

    public void ChangeChain(int tenant, ChainState chain)
    {
        _changedChains.TryAdd(tenant, _chains.TryGetValue(tenant, out var before) ? before.Head.Size : 0);
        _chains[tenant] = chain;
    }

    /// <summary>Where to go back to if one item of the transaction fails.</summary>
    public Mark Save(int tenant) => new(
        tenant, _chains.TryGetValue(tenant, out var chain) ? chain : null, _changedChains.ContainsKey(tenant), _newWords.Count, _newKinds.Count, _newAddresses.Count, Position);

    /// <summary>Goes back there.</summary>
    public void Restore(Mark mark)
    {
        if (mark.Chain is { } chain)
        {
            _chains[mark.Tenant] = chain;
        }
        else
        {
            _chains.Remove(mark.Tenant);
        }
        if (!mark.Changed)
        {
            _changedChains.Remove(mark.Tenant);
        }
        foreach (var word in _newWords.Skip(mark.Words))
        {
            words.Remove(word.Tenant, word.Value);
        }
        _newWords.RemoveRange(mark.Words, _newWords.Count - mark.Words);
        foreach (var kind in _newKinds.Skip(mark.Kinds))
        {
            _kinds.Remove(kind);
        }
        _newKinds.RemoveRange(mark.Kinds, _newKinds.Count - mark.Kinds);
        foreach (var address in _newAddresses.Skip(mark.Addresses))
        {
            _addresses.Remove(address);
        }
        _newAddresses.RemoveRange(mark.Addresses, _newAddresses.Count - mark.Addresses);
        Position = mark.Position;
    }

    /// <summary>The transaction is on disk: what it taught is true.</summary>
    public void Keep()
    {
        _newWords.Clear();
        _newKinds.Clear();
        _newAddresses.Clear();
        _changedChains.Clear();
        words.Trim();
        if (_addresses.Count > MostAddresses)
        {
            _addresses.Clear();
        }
    }

    /// <summary>The transaction is undone: everything is to be read again.</summary>
    public void Forget()
    {
        words.RemoveAll();
        _kinds.Clear();
        _addresses.Clear();
        _chains.Clear();
        Keep();
        Position = null;
    }

    public readonly record struct Mark(int Tenant, ChainState? Chain, bool Changed, int Words, int Kinds, int Addresses, long? Position);
}

/// <summary>The end of a tenant's chain.</summary>
/// <param name="Head">Its length and newest link.</param>
/// <param name="RecordedAt">When its newest entry was recorded, Unix milliseconds.</param>
internal readonly record struct ChainState(ChainHead Head, long RecordedAt);
