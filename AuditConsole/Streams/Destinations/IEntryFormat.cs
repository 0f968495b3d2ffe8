using System.Buffers;
using AuditConsole.Core;

namespace AuditConsole.Streams.Destinations;

/// <summary>Writes entries in one of the formats. One instance serves all streams, from many threads.</summary>
public interface IEntryFormat
{
    /// <summary>Which.</summary>
    StreamFormat Format { get; }

    /// <summary>Appends the body of an entry, without an end of line: the same bytes whenever the entry is the same.</summary>
    void Write(AuditEntry entry, ArrayBufferWriter<byte> output);
}

/// <summary>The canonical wire entry.</summary>
internal sealed class JsonFormat : IEntryFormat
{
    public StreamFormat Format => StreamFormat.Json;

    public void Write(AuditEntry entry, ArrayBufferWriter<byte> output) => EntryJson.Write(entry, output);
}
