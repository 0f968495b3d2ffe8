using System.Collections.Concurrent;
using AuditConsole.Storage.Segments;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;

namespace AuditConsole.Storage.Sqlite;

/// <summary>
/// What readers remember of segments, by the versions that stand beside them in the database: a reader takes of it
/// what its own snapshot of the database says is true.
/// </summary>
internal sealed class SegmentCache(IOptions<StorageOptions> options) : IDisposable
{
    private readonly ConcurrentDictionary<int, TenantSegments> _tenants = new();
    private readonly MemoryCache _parts = new(new MemoryCacheOptions { SizeLimit = options.Value.IndexCacheMegabytes * 1024L * 1024, CompactionPercentage = 0.1 });

    /// <summary>A tenant's segments and its entries behind them, up to a sequence.</summary>
    public IReadOnlyList<ISegment> Read(int tenant, long last, Func<string, Statement> prepare)
    {
        var state = SegmentRows.ReadState(tenant, prepare);
        var remembered = _tenants.GetValueOrDefault(tenant);
        if (remembered is null || remembered.State != state)
        {
            var isSame = remembered is not null && remembered.State.Version == state.Version;
            var hasSameTail = remembered is not null && remembered.State.TailVersion == state.TailVersion;
            var read = new TenantSegments(
                state,
                isSame ? remembered!.Rows : ReadRows(tenant, state.Sealed, prepare),
                hasSameTail ? remembered!.Tail : new TailEntries());
            if (remembered is null || remembered.State.Version <= state.Version && remembered.State.TailVersion <= state.TailVersion)
            {
                // Otherwise this reader's snapshot is older than what others know.
                _tenants[tenant] = read;
            }
            remembered = read;
        }
        if (remembered.Tail.Last < last && last > state.Sealed)
        {
            remembered.Tail.Grow(tail => SegmentRows.Grow(tenant, state.Sealed, tail, prepare));
        }
        var parts = new Parts(this, prepare);
        return [.. remembered.Rows.Select(row => new SealedSegment(row, parts)), .. remembered.Tail.Take(state.Sealed + 1, last)];
    }

    /// <summary>One of the same size that remembers nothing yet.</summary>
    public SegmentCache Another() => new(options);

    public void Dispose() => _parts.Dispose();

    private static List<SegmentRow> ReadRows(int tenant, long @sealed, Func<string, Statement> prepare)
    {
        var rows = SegmentRows.ReadAll(tenant, 0, long.MaxValue, prepare);
        SegmentRows.RequireWhole(tenant, rows, 1, @sealed, prepare);
        return rows;
    }

    /// <summary>The parts of segments as a connection sees them.</summary>
    public ISegmentParts PartsOf(Func<string, Statement> prepare) => new Parts(this, prepare);

    private T Find<T>(SegmentRow segment, int number, Func<string, Statement> prepare, Func<byte[], T> read, Func<T, int> size)
        where T : class
    {
        var key = (segment.Id, segment.Version, number);
        if (_parts.TryGetValue(key, out T? part))
        {
            return part!;
        }
        try
        {
            part = read(SegmentRows.ReadPart(segment, number, prepare));
        }
        catch (SegmentDamagedException fault)
        {
            throw new DamagedSegmentException(segment, fault);
        }
        using var entry = _parts.CreateEntry(key);
        entry.SetValue(part).SetSize(size(part));
        return part;
    }

    private sealed record TenantSegments(SegmentState State, IReadOnlyList<SegmentRow> Rows, TailEntries Tail);

    private sealed class Parts(SegmentCache cache, Func<string, Statement> prepare) : ISegmentParts
    {
        public Places PlacesOf(SegmentRow segment) => cache.Find(
            segment, SegmentBuilder.PlacesPart, prepare, bytes => Places.Read(bytes, segment.Count, segment.Oldest, segment.First), places => places.Size);

        public Postings PostingsOf(SegmentRow segment, Dimension dimension) => cache.Find(
            segment, (int)dimension, prepare, bytes => Postings.Read(bytes, segment.Count), postings => postings.Size);
    }
}

/// <summary>Which stored segment isn't what was stored.</summary>
internal sealed class DamagedSegmentException(SegmentRow segment, SegmentDamagedException fault) : Exception(fault.Message, fault)
{
    public SegmentRow Segment => segment;
}
