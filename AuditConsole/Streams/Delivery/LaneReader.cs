using System.Buffers;
using AuditConsole.Core;
using AuditConsole.Retention;
using AuditConsole.Storage;
using AuditConsole.Streams.Destinations;

namespace AuditConsole.Streams.Delivery;

/// <summary>What comes next on a lane.</summary>
/// <param name="Entries">In the order of the chain; together within the limits.</param>
/// <param name="Refused">Entries among and before them that are larger than the other side takes.</param>
/// <param name="TooOld">How many among and before them the other side doesn't take for their age.</param>
/// <param name="Reached">Once <paramref name="Entries"/> are delivered, everything up to here is done.</param>
/// <param name="Size">The length of the chain when it was read.</param>
/// <param name="IsFull">Whether there is more than fitted in.</param>
internal sealed record LaneChunk(
    IReadOnlyList<DeliveredEntry> Entries, IReadOnlyList<DeadLetter> Refused, int TooOld, long Reached, long Size, bool IsFull);

/// <summary>Reads what comes next, as everybody else reads: what has expired or was withheld meanwhile isn't sent.</summary>
internal sealed class LaneReader(IEntryStore store, ReadScopes scopes, TimeProvider clock)
{
    /// <summary>Reads on, or the batch under way again.</summary>
    /// <param name="setup">The stream.</param>
    /// <param name="lane">Where it is.</param>
    /// <param name="limits">What a batch may hold.</param>
    /// <param name="most">The most entries.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task<LaneChunk> ReadAsync(StreamSetup setup, StreamLane lane, BatchLimits limits, int most, CancellationToken cancellationToken)
    {
        var filter = setup.Filter.In(await scopes.OfAsync(setup.Tenant, cancellationToken), lane.From);
        var last = Math.Min(lane.FlightLast ?? long.MaxValue, lane.Until ?? long.MaxValue);
        var chunk = new Gathered(setup, limits, clock.GetUtcNow());
        var tail = await store.ReadTailAsync(filter, lane.Cursor, most, cancellationToken);
        while (true)
        {
            foreach (var entry in tail.Entries.TakeWhile(entry => entry.Sequence <= last))
            {
                if (!chunk.Add(entry))
                {
                    return chunk.End(tail.Size, isFull: true);
                }
            }
            var reached = Math.Min(tail.Reached, last);
            chunk.Reached = Math.Max(chunk.Reached, reached);
            // A batch under way is read to its end, however its entries are spread; a new one takes what a read gave.
            if (reached >= last || !tail.HasMore || lane.FlightLast is null || chunk.Count >= limits.Entries)
            {
                return chunk.End(tail.Size, isFull: tail.HasMore && reached < last);
            }
            tail = await store.ReadTailAsync(filter, tail.Reached, most, cancellationToken);
        }
    }

    /// <summary>The entry at a position, as the stream sends it; null where it can't be read any more.</summary>
    public async Task<DeliveredEntry?> FindAsync(StreamSetup setup, long sequence, CancellationToken cancellationToken) =>
        await store.FindAsync(await scopes.OfAsync(setup.Tenant, cancellationToken), sequence, cancellationToken) is { } entry
            ? Write(setup, entry)
            : null;

    /// <summary>An entry as the stream sends it.</summary>
    public static DeliveredEntry Write(StreamSetup setup, AuditEntry entry)
    {
        var redacted = setup.Redaction.Apply(entry);
        var body = new ArrayBufferWriter<byte>(1024);
        setup.Format.Write(redacted, body);
        return new DeliveredEntry(redacted, body.WrittenMemory);
    }

    private sealed class Gathered(StreamSetup setup, BatchLimits limits, DateTimeOffset now)
    {
        private readonly List<DeliveredEntry> _entries = [];
        private readonly List<DeadLetter> _refused = [];
        private long _bytes;
        private int _tooOld;

        public long Reached { get; set; }

        public int Count => _entries.Count;

        /// <returns>Whether it fitted in.</returns>
        public bool Add(AuditEntry entry)
        {
            if (limits.OldestOccurredAt is { } oldest && entry.OccurredAt < now - oldest)
            {
                _tooOld++;
            }
            else
            {
                var written = Write(setup, entry);
                if (written.Body.Length > limits.EntryBytes)
                {
                    _refused.Add(new DeadLetter
                    {
                        StreamId = setup.Id,
                        Sequence = entry.Sequence,
                        EntryId = entry.Id,
                        Reason = $"It has {written.Body.Length:N0} bytes; {setup.Kind.DisplayName} takes up to {limits.EntryBytes:N0} of one entry. Leave out some of it (redactions), or read it in the console.",
                        At = now,
                    });
                }
                else if (_entries.Count == limits.Entries && limits.Entries > 1 || _bytes + written.Body.Length > limits.Bytes && _entries.Count > 0)
                {
                    return false;
                }
                else
                {
                    _bytes += written.Body.Length;
                    _entries.Add(written);
                }
            }
            Reached = entry.Sequence;
            return true;
        }

        public LaneChunk End(long size, bool isFull) => new(_entries, _refused, _tooOld, Reached, size, isFull);
    }
}
