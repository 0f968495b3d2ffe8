using System.Buffers;
using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AuditConsole.Core;
using AuditConsole.Streams.Destinations.Sending;
using AuditConsole.Streams.Formats;

namespace AuditConsole.Streams.Destinations.Splunk;

/// <summary>
/// <c>POST {base}/services/collector/event</c>: events one behind the other. With indexer acknowledgement the batch counts
/// as delivered only once <c>/services/collector/ack</c> says so.
/// </summary>
internal sealed class SplunkDestination : IDestination
{
    // Splunk Cloud takes 1 MB; so does an older limits.conf.
    private const int MaxPayload = 1_000_000;

    // What stands around a body.
    private const int Envelope = 4 * 1024;

    private static readonly TimeSpan[] AcknowledgementWaits =
        [.. new[] { 0.1, 0.2, 0.5, 1, 1, 2, 2, 3, 5, 5, 5, 5, 10, 10, 10 }.Select(TimeSpan.FromSeconds)];

    private readonly DestinationContext _context;
    private readonly Exchange _exchange;
    private readonly DestinationSettings _settings;
    private readonly string _base;
    private readonly string? _channel;

    public SplunkDestination(DestinationSettings settings, DestinationContext context)
    {
        (_settings, _context) = (settings, context);
        _exchange = new Exchange(context, "Splunk", settings.Required(SplunkKind.Token));
        _base = settings.Required(SplunkKind.Address).TrimEnd('/') + "/services/collector";
        // One for each stream, the same after a restart: Splunk keeps a bounded number of them.
        _channel = settings[SplunkKind.Acknowledged] == "on" ? new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(context.StreamId + context.Run)).AsSpan(0, 16)).ToString() : null;
    }

    /// <inheritdoc/>
    public BatchLimits Limits { get; } = new(500, MaxPayload - 400_000, MaxPayload - Envelope);

    /// <inheritdoc/>
    public async Task<DeliveryOutcome> SendAsync(DeliveryBatch batch, CancellationToken cancellationToken)
    {
        var body = new ArrayBufferWriter<byte>(64 * 1024);
        foreach (var entry in batch.Entries)
        {
            WriteEvent(entry, body);
        }
        return body.WrittenCount > MaxPayload
            ? new DeliveryOutcome(DeliveryVerdict.TooLarge, $"The batch has {body.WrittenCount:N0} bytes as events; Splunk takes {MaxPayload:N0}.")
            : await PostAsync(body, $"Splunk has taken {batch.Entries.Count:N0} entries.", cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<DeliveryOutcome> CheckAsync(CancellationToken cancellationToken)
    {
        var body = new ArrayBufferWriter<byte>(512);
        var json = new MemberWriter(body);
        json.Begin();
        WritePlace(ref json, _context.Clock.GetUtcNow());
        json.Text("event", "A test from AuditConsole: this stream can write events here.");
        json.End();
        return await PostAsync(body, "Splunk took a test event.", cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<DeliveryOutcome> PostAsync(ArrayBufferWriter<byte> body, string taken, CancellationToken cancellationToken)
    {
        HttpContent content = _settings[SplunkKind.Compression] == "off"
            ? new ByteArrayContent(body.WrittenSpan.ToArray()) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } }
            : GzipBody.Of(body.WrittenSpan, "application/json");
        var reply = await _exchange.SendAsync(Request("/event", content), SplunkKind.Address, cancellationToken);
        var outcome = SplunkAnswer.Outcome(reply, taken);
        return outcome.Verdict != DeliveryVerdict.Delivered || _channel is null
            ? outcome
            : SplunkAnswer.AcknowledgementOf(reply) is { } number
                ? await WaitAsync(number, outcome, cancellationToken)
                : reply.As(
                    DeliveryVerdict.Stop, "The token has no indexer acknowledgement. Enable it in the token's settings, or turn off waiting for the indexers here.",
                    SplunkKind.Acknowledged);
    }

    private async Task<DeliveryOutcome> WaitAsync(int number, DeliveryOutcome taken, CancellationToken cancellationToken)
    {
        foreach (var wait in AcknowledgementWaits)
        {
            var question = string.Create(CultureInfo.InvariantCulture, $$"""{"acks":[{{number}}]}""");
            var reply = await _exchange.SendAsync(
                Request($"/ack?channel={_channel}", new StringContent(question, Encoding.UTF8, "application/json")), SplunkKind.Address, cancellationToken);
            if (!reply.IsSuccess)
            {
                return SplunkAnswer.Outcome(reply, "");
            }
            if (IsAcknowledged(reply.Body, number))
            {
                return taken with { Message = taken.Message + " The indexers have them." };
            }
            await Task.Delay(wait, _context.Clock, cancellationToken);
        }
        return new DeliveryOutcome(
            DeliveryVerdict.Retry, $"The indexers have not acknowledged the events within {AcknowledgementWaits.Sum(wait => wait.TotalSeconds):0} s: they are sent again.");
    }

    private static bool IsAcknowledged(string body, int number)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.TryGetProperty("acks", out var acks) && acks.ValueKind == JsonValueKind.Object
                && acks.TryGetProperty(LineText.Of(number), out var state) && state.ValueKind == JsonValueKind.True;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private HttpRequestMessage Request(string path, HttpContent content)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, _base + path) { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Splunk", _settings.Required(SplunkKind.Token));
        if (_channel is not null)
        {
            request.Headers.Add("X-Splunk-Request-Channel", _channel);
        }
        return request;
    }

    private void WriteEvent(in DeliveredEntry delivered, ArrayBufferWriter<byte> output)
    {
        var (entry, head) = (delivered.Entry, delivered.Entry.Head);
        var json = new MemberWriter(output);
        json.Begin();
        WritePlace(ref json, entry.OccurredAt);
        if (_context.Format is StreamFormat.Cef or StreamFormat.Syslog)
        {
            json.Text("event", Encoding.UTF8.GetString(delivered.Body.Span));
        }
        else
        {
            json.Raw("event", delivered.Body.Span);
        }
        // Indexed, so that tstats finds and counts them without reading the events; id tells duplicates.
        json.Name("fields");
        var fields = new MemberWriter(output);
        fields.Begin();
        fields.Uuid("entry_id", entry.Id);
        fields.Text("entry_sequence", LineText.Of(entry.Sequence));
        fields.Uuid("tenant_id", entry.TenantId);
        fields.Text("actor_id", head.Actor.Id);
        fields.Text("action", head.Action);
        fields.Text("entity_type", head.Target.Type);
        fields.Text("entity_slug", head.Target.ShownSlug);
        fields.End();
        json.End();
    }

    private void WritePlace(ref MemberWriter json, DateTimeOffset time)
    {
        // Seconds with milliseconds, as a number.
        var milliseconds = time.ToUnixTimeMilliseconds();
        json.Raw("time", Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 1000m:0.000}")));
        json.Text("host", _settings[SplunkKind.Host] ?? Product.Slug);
        json.Text("source", _settings[SplunkKind.Source] ?? Product.Slug);
        json.Text("sourcetype", _settings[SplunkKind.SourceType] ?? _context.Format switch
        {
            StreamFormat.Cef => "cef",
            StreamFormat.Syslog => "syslog",
            StreamFormat.Ocsf => "audit-console:ocsf",
            _ => "audit-console:entry",
        });
        json.Text("index", _settings[SplunkKind.Index]);
    }
}
