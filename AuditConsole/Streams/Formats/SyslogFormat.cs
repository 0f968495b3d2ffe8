using System.Buffers;
using System.Globalization;
using System.Text;
using AuditConsole.Core;
using AuditConsole.Streams.Destinations;

namespace AuditConsole.Streams.Formats;

/// <summary>
/// RFC 5424: <c>&lt;PRI&gt;1 time audit-console audit-console - action [structured data] BOM wire entry</c>. What filters ask
/// for stands in the structured data; the message is the whole wire entry, so that nothing is lost. The mapping is in
/// docs/siem-formats.md.
/// </summary>
internal sealed class SyslogFormat : IEntryFormat
{
    /// <summary>The number that RFC 5612 keeps for examples and for whoever has none of their own.</summary>
    public const string StructuredDataId = "audit@32473";

    // Facility 13: log audit.
    private const int Facility = 13;
    private const int MaxMessageId = 32;

    private static readonly SearchValues<char> InValue = SearchValues.Create("\"\\]");

    /// <inheritdoc/>
    public StreamFormat Format => StreamFormat.Syslog;

    /// <inheritdoc/>
    public void Write(AuditEntry entry, ArrayBufferWriter<byte> output)
    {
        var content = entry.Content;
        var line = new StringBuilder(512);
        line.Append('<').Append(Facility * 8 + SeverityOf(content.Action)).Append(">1 ").Append(WireTimeText.Of(entry.OccurredAt))
            .Append(' ').Append(Product.Slug).Append(' ').Append(Product.Slug).Append(" - ");
        WriteMessageId(content.Action, line);
        line.Append(" [origin software=\"").Append(Product.Name).Append("\" swVersion=\"").Append(Product.Version).Append("\"][").Append(StructuredDataId);
        Add(line, "id", entry.Id.ToString());
        Add(line, "tenantId", entry.TenantId.ToString());
        Add(line, "sequence", entry.Sequence.ToString(CultureInfo.InvariantCulture));
        Add(line, "recordedAt", WireTimeText.Of(entry.RecordedAt));
        Add(line, "recordedBy", entry.RecordedBy);
        Add(line, "actorType", content.Actor.Type);
        Add(line, "actorId", content.Actor.Id);
        Add(line, "actorName", content.Actor.Name);
        Add(line, "action", content.Action);
        Add(line, "entityType", content.Target.Type);
        Add(line, "entityId", content.Target.Id);
        Add(line, "entitySlug", content.Target.Slug);
        Add(line, "entityVersion", content.Target.Version);
        Add(line, "engineVersion", content.EngineVersion);
        Add(line, "clientIp", content.Ip?.ToString());
        Add(line, "correlationId", content.CorrelationId);
        Add(line, "hash", entry.Hash.ToString());
        line.Append("] ");
        Encoding.UTF8.GetBytes(line.ToString(), output);
        // MSG-UTF8 begins with it; without, a receiver need not take the message for UTF-8.
        output.Write(Encoding.UTF8.Preamble);
        WriteMessage(entry, output);
    }

    /// <summary>6 informational, 5 notice, 4 warning.</summary>
    internal static int SeverityOf(string action) => ActionMeaning.SeverityOf(action) switch
    {
        ActionSeverity.Informational => 6,
        ActionSeverity.Low => 5,
        _ => 4,
    };

    // MSGID is 1 to 32 printable ASCII characters.
    private static void WriteMessageId(string action, StringBuilder line)
    {
        foreach (var c in action.AsSpan(0, Math.Min(action.Length, MaxMessageId)))
        {
            line.Append(c is > ' ' and < '\x7f' ? c : '_');
        }
    }

    private static void Add(StringBuilder line, string name, string? value)
    {
        if (value is not null)
        {
            line.Append(' ').Append(name).Append("=\"");
            LineText.Write(value, InValue, line);
            line.Append('"');
        }
    }

    // Canonical JSON leaves everything above U+001F as it is. Escaped, these characters mean the same to whoever reads JSON.
    private static void WriteMessage(AuditEntry entry, ArrayBufferWriter<byte> output)
    {
        var wire = new ArrayBufferWriter<byte>(1024);
        EntryJson.Write(entry, wire);
        if (wire.WrittenSpan.IndexOfAny((byte)0x7f, (byte)0xc2, (byte)0xe2) < 0)
        {
            output.Write(wire.WrittenSpan);
            return;
        }
        var text = new StringBuilder(wire.WrittenCount + 16);
        foreach (var c in Encoding.UTF8.GetString(wire.WrittenSpan))
        {
            if (c == '\x7f' || LineText.EndsLine(c))
            {
                text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            }
            else
            {
                text.Append(c);
            }
        }
        Encoding.UTF8.GetBytes(text.ToString(), output);
    }
}
