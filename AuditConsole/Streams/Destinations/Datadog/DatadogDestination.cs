using System.Buffers;
using System.Text;
using AuditConsole.Core;
using AuditConsole.Streams.Destinations.Sending;
using AuditConsole.Streams.Formats;

namespace AuditConsole.Streams.Destinations.Datadog;

/// <summary>
/// <c>POST https://http-intake.logs.{site}/api/v2/logs</c>, gzip: an array of logs, with Datadog's standard attributes
/// beside the entry. 202 means taken. A log longer than 1 MB would be cut silently, so none is sent.
/// </summary>
internal sealed class DatadogDestination : IDestination
{
    /// <summary>The most bytes of a log.</summary>
    internal const int MaxLog = 1_000_000;

    private const int MaxPayload = 5_000_000;

    // What stands around a body: names, tags and the standard attributes.
    private const int Envelope = 8 * 1024;

    private readonly DestinationContext _context;
    private readonly Exchange _exchange;
    private readonly Uri _address;
    private readonly string _key;
    private readonly string _service;
    private readonly string _tags;

    public DatadogDestination(DestinationSettings settings, DestinationContext context)
    {
        _context = context;
        _key = settings.Required(DatadogKind.ApiKey);
        _exchange = new Exchange(context, "Datadog", _key);
        _address = new Uri($"https://http-intake.logs.{settings[DatadogKind.Site] ?? "datadoghq.com"}/api/v2/logs");
        _service = settings[DatadogKind.Service] ?? Product.Slug;
        _tags = settings[DatadogKind.Tags] is { } tags ? $"tenant:{context.TenantId},{tags}" : $"tenant:{context.TenantId}";
    }

    /// <inheritdoc/>
    public BatchLimits Limits { get; } = new(1000, MaxPayload - 500_000, MaxLog - Envelope, TimeSpan.FromHours(18));

    /// <inheritdoc/>
    public async Task<DeliveryOutcome> SendAsync(DeliveryBatch batch, CancellationToken cancellationToken)
    {
        var body = new ArrayBufferWriter<byte>(64 * 1024);
        var separator = "["u8;
        foreach (var entry in batch.Entries)
        {
            body.Write(separator);
            separator = ","u8;
            var start = body.WrittenCount;
            WriteLog(entry, body);
            if (body.WrittenCount - start > MaxLog)
            {
                return new DeliveryOutcome(DeliveryVerdict.TooLarge, $"Datadog would cut this entry: as a log it has more than {MaxLog:N0} bytes.");
            }
        }
        body.Write("]"u8);
        return body.WrittenCount > MaxPayload
            ? new DeliveryOutcome(DeliveryVerdict.TooLarge, $"The batch has {body.WrittenCount:N0} bytes; Datadog takes {MaxPayload:N0}.")
            : await PostAsync(body, $"Datadog has taken {batch.Entries.Count:N0} entries.", cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<DeliveryOutcome> CheckAsync(CancellationToken cancellationToken)
    {
        var body = new ArrayBufferWriter<byte>(512);
        body.Write("["u8);
        var json = new MemberWriter(body);
        json.Begin();
        WriteSource(ref json);
        json.Text("message", "A test from AuditConsole: this stream can write logs here.");
        json.Text("status", "info");
        json.End();
        body.Write("]"u8);
        return await PostAsync(body, "Datadog took a test log.", cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<DeliveryOutcome> PostAsync(ArrayBufferWriter<byte> body, string taken, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, _address) { Content = GzipBody.Of(body.WrittenSpan, "application/json") };
        request.Headers.Add("DD-API-KEY", _key);
        var reply = await _exchange.SendAsync(request, DatadogKind.Site, cancellationToken);
        return reply.Status switch
        {
            202 => reply.As(DeliveryVerdict.Delivered, taken),
            // Anything else in 2xx was not documented to keep the logs.
            >= 200 and < 300 => reply.As(DeliveryVerdict.Retry, $"Datadog answered {reply.Status} rather than 202."),
            401 or 403 => reply.As(
                DeliveryVerdict.Stop, "Datadog refuses the API key. Check that it is an API key of this site's account, and that it was not revoked.", DatadogKind.ApiKey),
            _ => reply.ByStatus(DatadogKind.ApiKey, DatadogKind.Site),
        };
    }

    private void WriteLog(in DeliveredEntry delivered, ArrayBufferWriter<byte> output)
    {
        var entry = delivered.Entry;
        var (head, content) = (entry.Head, entry.Content);
        var json = new MemberWriter(output);
        json.Begin();
        WriteSource(ref json);
        json.Time("timestamp", entry.OccurredAt);
        json.Text("status", ActionMeaning.SeverityOf(head.Action) switch { ActionSeverity.Informational => "info", ActionSeverity.Low => "notice", _ => "warning" });
        if (_context.Format is StreamFormat.Cef or StreamFormat.Syslog)
        {
            json.Text("message", Encoding.UTF8.GetString(delivered.Body.Span));
        }
        else
        {
            json.Text("message", EntrySummary.Of(content));
            json.Raw(_context.Format == StreamFormat.Ocsf ? "ocsf" : "audit", delivered.Body.Span);
        }
        WriteStandard(ref json, content);
        json.End();
    }

    private void WriteSource(ref MemberWriter json)
    {
        json.Text("ddsource", Product.Slug);
        json.Text("ddtags", _tags);
        json.Text("hostname", Product.Slug);
        json.Text("service", _service);
    }

    // The names under which Datadog's own dashboards and rules look for them.
    private static void WriteStandard(ref MemberWriter json, NewEntry content)
    {
        var user = Begin(ref json, "usr");
        user.Text("id", content.Actor.Id);
        user.Text("name", content.Actor.Name);
        user.End();
        var occurrence = Begin(ref json, "evt");
        occurrence.Text("name", content.Action);
        occurrence.End();
        if (content.Ip is { } ip)
        {
            var network = Begin(ref json, "network");
            var client = Begin(ref network, "client");
            client.Text("ip", ip.ToString());
            client.End();
            network.End();
        }
        if (content.UserAgent is { } agent)
        {
            var http = Begin(ref json, "http");
            http.Text("useragent", agent);
            http.End();
        }
    }

    private static MemberWriter Begin(ref MemberWriter json, string name)
    {
        json.Name(name);
        var inner = new MemberWriter(json.Output);
        inner.Begin();
        return inner;
    }
}
