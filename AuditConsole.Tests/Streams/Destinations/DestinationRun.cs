using System.Buffers;
using System.Net.Sockets;
using AuditConsole.Core;
using AuditConsole.Streams.Destinations;
using AuditConsole.Streams.Formats;
using AuditConsole.Tests.Streams.Formats;

namespace AuditConsole.Tests.Streams.Destinations;

/// <summary>Opens destinations and hands them batches, as the engine does.</summary>
internal static class DestinationRun
{
    public const string StreamId = "str_0193f5a0";

    private static readonly IEntryFormat[] Formats = [new JsonFormat(), new OcsfFormat(), new CefFormat(), new SyslogFormat()];

    /// <summary>Opens a destination whose settings hold.</summary>
    public static IDestination Open(
        IDestinationKind kind, HttpClient client, Dictionary<string, string> settings, StreamFormat? format = null, TimeProvider? clock = null)
    {
        Assert.Empty(kind.Check(new DestinationSettings(settings)));
        return kind.Open(
            new DestinationSettings(settings),
            new DestinationContext(StreamId, FormatEntries.Tenant, format ?? kind.Formats[0], client, clock ?? TimeProvider.System));
    }

    /// <summary>A batch of entries in a format.</summary>
    public static DeliveryBatch Batch(StreamFormat format, params IEnumerable<AuditEntry> entries) => new(
        StreamId, FormatEntries.Tenant, [.. entries.Select(entry => new DeliveredEntry(entry, Body(format, entry)))]);

    /// <summary>Entries one behind the other.</summary>
    public static IEnumerable<AuditEntry> Entries(int count, DateTimeOffset? at = null, object? metadata = null) =>
        Enumerable.Range(1, count).Select(sequence => FormatEntries.Published(sequence: sequence, at: at?.AddMilliseconds(sequence), metadata: metadata));

    /// <summary>A port on which nothing listens.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static byte[] Body(StreamFormat format, AuditEntry entry)
    {
        var output = new ArrayBufferWriter<byte>();
        Formats.Single(candidate => candidate.Format == format).Write(entry, output);
        return output.WrittenSpan.ToArray();
    }
}
