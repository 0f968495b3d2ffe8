using AuditConsole.Streams.Buckets;
using AuditConsole.Streams.Destinations;
using AuditConsole.Streams.Destinations.ObjectStorage;

namespace AuditConsole.Streams;

/// <summary>The kinds of destinations and the formats that there are.</summary>
public sealed class DestinationKinds(IEnumerable<IDestinationKind> kinds, IEnumerable<IEntryFormat> formats)
{
    /// <summary>The kind of webhooks.</summary>
    public const string Webhook = "webhook";

    private readonly Dictionary<string, IDestinationKind> _kinds = kinds.ToDictionary(kind => kind.Name, StringComparer.Ordinal);
    private readonly Dictionary<StreamFormat, IEntryFormat> _formats = formats.ToDictionary(format => format.Format);

    /// <summary>In the order in which they are offered, webhooks among them.</summary>
    public IReadOnlyList<IDestinationKind> All { get; } = [.. kinds];

    /// <summary>A kind by its name; null for an unknown one.</summary>
    public IDestinationKind? Find(string name) => _kinds.GetValueOrDefault(name);

    /// <summary>The kind of a stream, as it is for its purpose; null for an unknown one.</summary>
    public IDestinationKind? Of(LogStream stream) => stream.Purpose == StreamPurpose.Checkpoints ? FindForCheckpoints(stream.Kind) : Find(stream.Kind);

    /// <summary>The kinds that checkpoints can go to.</summary>
    public IReadOnlyList<IDestinationKind> ForCheckpoints { get; } = [.. kinds.OfType<IObjectStoreKind>().Select(kind => new CheckpointKind(kind))];

    /// <summary>A kind that checkpoints can go to, by its name; null for another one.</summary>
    public IDestinationKind? FindForCheckpoints(string name) => ForCheckpoints.FirstOrDefault(kind => kind.Name == name);

    /// <summary>What writes a format.</summary>
    /// <exception cref="InvalidOperationException">Nothing does.</exception>
    public IEntryFormat FormatOf(StreamFormat format) =>
        _formats.GetValueOrDefault(format) ?? throw new InvalidOperationException($"Nothing writes the format {format}.");

    /// <summary>The formats of a kind that something writes; the first is the default.</summary>
    public IReadOnlyList<StreamFormat> FormatsOf(IDestinationKind kind) => [.. kind.Formats.Where(_formats.ContainsKey)];
}
