using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text.Json;
using AuditConsole.Streams.Destinations;
using AuditConsole.Streams.Destinations.ObjectStorage;

namespace AuditConsole.Tests.ScheduledExports;

/// <summary>Buckets in memory that fail when a test wants it.</summary>
internal sealed class MemoryBuckets : IObjectStoreKind
{
    public const string KindName = "memory";

    private readonly ConcurrentDictionary<string, MemoryBucket> _buckets = new();

    public string Name => KindName;

    public string DisplayName => "Memory";

    public string Summary => "Keeps objects for a test.";

    public IReadOnlyList<DestinationField> Fields { get; } =
        [new("bucket", "Bucket", "Its name."), new("secret", "Secret", "Any.") { IsSecret = true }];

    public IReadOnlyList<StreamFormat> Formats { get; } = [StreamFormat.Json];

    public MemoryBucket Of(string name) => _buckets.GetOrAdd(name, _ => new MemoryBucket());

    public IReadOnlyList<FieldProblem> Check(DestinationSettings settings) =>
        settings["bucket"] is "wrong" ? [new("bucket", "There is no such bucket.")] : [];

    public IDestination Open(DestinationSettings settings, DestinationContext context) => throw new NotSupportedException();

    public IObjectStore OpenStore(DestinationSettings settings, DestinationContext context) => Of(settings.Required("bucket"));
}

/// <summary>A bucket in memory.</summary>
internal sealed class MemoryBucket : IObjectStore
{
    private readonly List<(string Key, byte[] Bytes)> _puts = [];

    /// <summary>Everything that was written, in order, replaced objects too.</summary>
    public IReadOnlyList<(string Key, byte[] Bytes)> Puts
    {
        get
        {
            lock (_puts)
            {
                return [.. _puts];
            }
        }
    }

    /// <summary>Decides what becomes of a put, by its number from 0; null to write it.</summary>
    public Func<int, DeliveryOutcome?>? Fails { get; set; }

    /// <summary>Is awaited before an object is written.</summary>
    public Func<string, CancellationToken, Task>? Before { get; set; }

    public int Attempts { get; private set; }

    public string Place => "memory://bucket";

    /// <summary>The objects as they are, by name.</summary>
    public IReadOnlyDictionary<string, byte[]> Objects => Puts.GroupBy(put => put.Key).ToDictionary(put => put.Key, put => put.Last().Bytes);

    public async Task<PutOutcome> PutAsync(ObjectToPut put, CancellationToken cancellationToken)
    {
        if (Before is not null)
        {
            await Before(put.Key, cancellationToken);
        }
        if (Fails?.Invoke(Attempts++) is { } failure)
        {
            return new PutOutcome(failure);
        }
        using var bytes = new MemoryStream();
        put.Content.Position = 0;
        await put.Content.CopyToAsync(bytes, cancellationToken);
        if (put.IfAbsent && Objects.TryGetValue(put.Key, out var there))
        {
            return new PutOutcome(
                new DeliveryOutcome(DeliveryVerdict.Delivered, "There already."), there.AsSpan().SequenceEqual(bytes.ToArray()) ? AlreadyThere.Same : AlreadyThere.Other);
        }
        lock (_puts)
        {
            _puts.Add((put.Key, bytes.ToArray()));
        }
        return new PutOutcome(new DeliveryOutcome(DeliveryVerdict.Delivered, "Written."));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>The sequences in all parts of NDJSON that complete runs name in their manifests, in order of the runs.</summary>
    public IReadOnlyList<long> Sequences() =>
        [.. Objects.Where(found => found.Key.EndsWith("/manifest.json", StringComparison.Ordinal)).OrderBy(found => found.Key, StringComparer.Ordinal)
            .SelectMany(manifest => JsonDocument.Parse(manifest.Value).RootElement.GetProperty("parts").EnumerateArray())
            .SelectMany(part => Lines(Objects[part.GetProperty("key").GetString()!]))
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("sequence").GetInt64())];

    public static IReadOnlyList<string> Lines(byte[] compressed)
    {
        using var reader = new StreamReader(new GZipStream(new MemoryStream(compressed), CompressionMode.Decompress));
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
