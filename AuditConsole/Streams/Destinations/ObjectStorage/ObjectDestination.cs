using System.IO.Compression;
using System.Text;

namespace AuditConsole.Streams.Destinations.ObjectStorage;

/// <summary>
/// A stream to objects: the bodies one a line, gzip, an object for each hour of a batch. Names and bytes follow from the
/// entries alone, so that a batch that comes again writes the same objects again.
/// </summary>
internal sealed class ObjectDestination(IObjectStore store, DestinationContext context) : IDestination
{
    /// <summary>The media type of what is written. Without a content encoding: the object is the compressed file.</summary>
    internal const string ContentType = "application/gzip";

    private const int MaxBytes = 16 * 1024 * 1024;

    /// <inheritdoc/>
    public BatchLimits Limits { get; } = new(10_000, MaxBytes, MaxBytes, Linger: TimeSpan.FromMinutes(1));

    /// <inheritdoc/>
    public async Task<DeliveryOutcome> SendAsync(DeliveryBatch batch, CancellationToken cancellationToken)
    {
        DeliveryOutcome? last = null;
        foreach (var hour in ObjectKeys.ByHour([.. batch.Entries]))
        {
            using var content = Compress(hour);
            var entry = hour[0].Entry;
            last = await PutAsync(
                store, ObjectKeys.Of(batch.TenantId, entry.RecordedAt, entry.Sequence, hour[^1].Entry.Sequence), content, cancellationToken);
            if (last.Verdict != DeliveryVerdict.Delivered)
            {
                return last;
            }
        }
        return last!;
    }

    /// <inheritdoc/>
    public async Task<DeliveryOutcome> CheckAsync(CancellationToken cancellationToken)
    {
        using var content = new MemoryStream(Encoding.UTF8.GetBytes("A test from AuditConsole: this stream can write objects here.\n"));
        var (outcome, _) = await store.PutAsync(new ObjectToPut($"org={context.TenantId}/check.txt", content, "text/plain"), cancellationToken);
        return outcome.Verdict == DeliveryVerdict.Delivered ? outcome with { Message = $"A test object was written to {store.Place}." } : outcome;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => store.DisposeAsync();

    /// <summary>Writes an object whose name says all of what it holds.</summary>
    internal static async Task<DeliveryOutcome> PutAsync(IObjectStore store, string key, Stream content, CancellationToken cancellationToken)
    {
        var put = new ObjectToPut(key, content, ContentType) { IfAbsent = true };
        var (outcome, already) = await store.PutAsync(put, cancellationToken);
        if (already != AlreadyThere.Other)
        {
            return outcome;
        }
        // An earlier attempt wrote the same entries, of which one was withheld since, or by another version of gzip.
        content.Position = 0;
        (outcome, _) = await store.PutAsync(put with { IfAbsent = false }, cancellationToken);
        return outcome;
    }

    /// <summary>Bodies one a line, compressed. The header of gzip holds no time.</summary>
    internal static MemoryStream Compress(IEnumerable<DeliveredEntry> entries)
    {
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            foreach (var entry in entries)
            {
                gzip.Write(entry.Body.Span);
                gzip.Write("\n"u8);
            }
        }
        compressed.Position = 0;
        return compressed;
    }
}
