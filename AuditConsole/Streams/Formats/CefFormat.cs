using System.Buffers;
using System.Net.Sockets;
using System.Text;
using AuditConsole.Core;
using AuditConsole.Streams.Destinations;

namespace AuditConsole.Streams.Formats;

/// <summary>
/// ArcSight Common Event Format, version 0: <c>CEF:0|vendor|product|version|action|name|severity|key=value …</c>. The
/// mapping, and what is cut to the lengths of the dictionary, is in docs/siem-formats.md.
/// </summary>
internal sealed class CefFormat : IEntryFormat
{
    // The lengths are those of the CEF dictionary, in characters.
    private const int Custom = 4000;
    private const int Text = 1023;
    private const int Act = 63;

    private static readonly SearchValues<char> InHeader = SearchValues.Create("|\\");
    private static readonly SearchValues<char> InValue = SearchValues.Create("=\\");

    /// <inheritdoc/>
    public StreamFormat Format => StreamFormat.Cef;

    /// <inheritdoc/>
    public void Write(AuditEntry entry, ArrayBufferWriter<byte> output)
    {
        var line = new StringBuilder(1024);
        var content = entry.Content;
        line.Append("CEF:0|").Append(Product.Name).Append('|').Append(Product.Name).Append('|').Append(Product.Version).Append('|');
        LineText.Write(content.Action, InHeader, line);
        line.Append('|');
        LineText.Write(LineText.Cut(EntrySummary.Of(content), 512), InHeader, line);
        line.Append('|').Append(SeverityOf(content.Action)).Append('|');
        WriteExtension(new Extension(line), entry);
        Encoding.UTF8.GetBytes(line.ToString(), output);
    }

    /// <summary>0 to 3 is low, 4 to 6 medium, 7 and 8 high.</summary>
    internal static int SeverityOf(string action) => ActionMeaning.SeverityOf(action) switch
    {
        ActionSeverity.Informational => 3,
        ActionSeverity.Low => 5,
        _ => 7,
    };

    private static void WriteExtension(Extension extension, AuditEntry entry)
    {
        var content = entry.Content;
        extension.Add("rt", LineText.Of(entry.RecordedAt.ToUnixTimeMilliseconds()));
        extension.Add("start", LineText.Of(entry.OccurredAt.ToUnixTimeMilliseconds()));
        extension.Add("externalId", entry.Id.ToString());
        extension.Add("deviceExternalId", entry.TenantId.ToString());
        extension.Add("cn1", LineText.Of(entry.Sequence), "sequence");
        extension.Add("act", content.Action, Act);
        extension.Add("suid", content.Actor.Id, Text);
        extension.Add("suser", content.Actor.Name ?? content.Actor.Id, Text);
        extension.Add("cs1", content.Actor.Type, "actorType");
        extension.Add("cs2", content.Target.Type, "entityType");
        extension.Add("cs3", content.Target.Id, "entityId");
        extension.Add("cs4", content.Target.ShownSlug, "entitySlug");
        extension.Add("cs5", content.Target.Version, "entityVersion");
        extension.Add("cs6", entry.Withheld is null ? content.Metadata.ToString() : null, "metadata");
        if (content.Ip is { } ip)
        {
            if (ip.AddressFamily == AddressFamily.InterNetwork)
            {
                extension.Add("src", ip.ToString());
            }
            else
            {
                // src holds IPv4 alone.
                extension.Add("c6a2", ip.ToString(), "Source IPv6 Address");
            }
        }
        extension.Add("requestClientApplication", content.UserAgent, Text);
        extension.Add("reason", content.Reasoning, Text);
        extension.Add("flexString1", entry.Hash.ToString(), "hash");
        extension.Add("flexString2", content.EngineVersion, "engineVersion");
        extension.Add("acRecordedBy", entry.RecordedBy);
        extension.Add("acCorrelationId", content.CorrelationId);
        extension.Add("acLocation", content.Location, Custom);
        extension.Add("acEntityName", content.Target.Name);
        extension.Add("acTargets", content.Targets.Count == 0 ? null : LineText.Of(content.Targets.Count));
        extension.Add("acWithheld", entry.Withheld is null ? null : "true");
        extension.AddTruncated();
    }

    private sealed class Extension(StringBuilder line)
    {
        private readonly List<string> _cut = [];
        private bool _any;

        public void Add(string key, string? value, int longest = Custom)
        {
            if (value is null)
            {
                return;
            }
            if (value.Length > longest)
            {
                _cut.Add(key);
                value = LineText.Cut(value, longest);
            }
            line.Append(_any ? " " : "").Append(key).Append('=');
            _any = true;
            LineText.Write(value, InValue, line, keepsLines: true);
        }

        public void Add(string key, string? value, string label)
        {
            if (value is not null)
            {
                Add(key, value);
                Add(key + "Label", label);
            }
        }

        /// <summary>Says which values are not whole.</summary>
        public void AddTruncated() => Add("acTruncated", _cut.Count == 0 ? null : string.Join(',', _cut));
    }
}
