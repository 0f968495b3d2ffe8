using System.Buffers;
using System.Globalization;
using System.Text.Json;
using AuditConsole.Streams.Destinations.Sending;
using AuditConsole.Streams.Destinations.Warehouse;

namespace AuditConsole.Streams.Destinations.Snowflake;

/// <summary>
/// Rows through a channel of Snowpipe Streaming. Each batch has an offset token, its first and last sequence; it counts as
/// delivered once Snowflake says that this token is committed. After a crash the channel, opened anew, tells the last token:
/// where that is the batch's own, nothing is sent again.
/// </summary>
internal sealed class SnowflakeDestination : IDestination
{
    private static readonly TimeSpan[] Waits = [.. new[] { 0.2, 0.5, 1, 1, 2, 2, 3, 5, 5, 10, 10 }.Select(TimeSpan.FromSeconds)];

    private readonly DestinationContext _context;
    private readonly SnowflakeApi _api;
    private readonly string _pipe;
    private readonly string _channel;
    private readonly string _table;
    private string? _continuation;
    private long _errors;

    public SnowflakeDestination(DestinationSettings settings, DestinationContext context)
    {
        _context = context;
        _api = new SnowflakeApi(settings, context);
        var (database, schema, table) = (settings.Required(SnowflakeKind.Database), settings[SnowflakeKind.Schema] ?? "PUBLIC", settings[SnowflakeKind.Table] ?? "AUDIT_LOG");
        _table = $"{database}.{schema}.{table}".ToUpperInvariant();
        // The pipe that Snowflake has for each table by itself.
        var pipe = settings[SnowflakeKind.Pipe] ?? $"{table}-STREAMING";
        _pipe = $"databases/{Part(database)}/schemas/{Part(schema)}/pipes/{Part(pipe)}";
        _channel = Part($"audit_console_{context.StreamId}{context.Run}");
    }

    /// <inheritdoc/>
    public BatchLimits Limits { get; } = new(5_000, 3_000_000, 3_000_000, Linger: TimeSpan.FromSeconds(1));

    /// <inheritdoc/>
    public async Task<DeliveryOutcome> SendAsync(DeliveryBatch batch, CancellationToken cancellationToken)
    {
        var token = string.Create(CultureInfo.InvariantCulture, $"{batch.First:D20}-{batch.Last:D20}");
        if (_continuation is null)
        {
            var (refused, committed) = await OpenAsync(cancellationToken);
            if (refused is not null)
            {
                return refused;
            }
            // A channel that ever left out a row may have left out these.
            if (committed == token && _errors == 0)
            {
                return new DeliveryOutcome(DeliveryVerdict.Delivered, $"Snowflake had these rows in {_table} already.");
            }
        }
        var path = $"/v2/streaming/data/{_pipe}/channels/{_channel}/rows?continuationToken={Uri.EscapeDataString(_continuation!)}&offsetToken={token}";
        var reply = await _api.SendAsync(HttpMethod.Post, path, Rows(batch), "application/x-ndjson", cancellationToken);
        if (!reply.IsSuccess)
        {
            // Whatever it was, the channel tells the truth when it is opened again.
            _continuation = null;
            return Refusal(reply);
        }
        _continuation = Text(reply, "next_continuation_token");
        return await WaitAsync(token, batch.Entries.Count, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<DeliveryOutcome> CheckAsync(CancellationToken cancellationToken) =>
        (await OpenAsync(cancellationToken)).Refused ?? new DeliveryOutcome(DeliveryVerdict.Delivered, $"A channel into {_table} was opened. Nothing was written.");

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<(DeliveryOutcome? Refused, string? Committed)> OpenAsync(CancellationToken cancellationToken)
    {
        var reply = await _api.SendAsync(HttpMethod.Put, $"/v2/streaming/{_pipe}/channels/{_channel}", "{}"u8.ToArray(), "application/json", cancellationToken);
        if (!reply.IsSuccess)
        {
            return (Refusal(reply), null);
        }
        _continuation = Text(reply, "next_continuation_token");
        var (committed, errors, _) = Status(reply, root => root.GetProperty("channel_status"));
        _errors = errors;
        return _continuation is null
            ? (reply.As(DeliveryVerdict.Stop, "What answers there is no Snowpipe Streaming. Check the account identifier.", SnowflakeKind.Account), null)
            : (null, committed);
    }

    private async Task<DeliveryOutcome> WaitAsync(string token, int rows, CancellationToken cancellationToken)
    {
        var question = JsonSerializer.SerializeToUtf8Bytes(new { channel_names = new[] { _channel } });
        foreach (var wait in Waits)
        {
            await Task.Delay(wait, _context.Clock, cancellationToken);
            var reply = await _api.SendAsync(HttpMethod.Post, $"/v2/streaming/{_pipe}:bulk-channel-status", question, "application/json", cancellationToken);
            if (!reply.IsSuccess)
            {
                _continuation = null;
                return Refusal(reply);
            }
            var (committed, errors, message) = Status(reply, root => root.GetProperty("channel_statuses").EnumerateObject().First().Value);
            if (errors > _errors)
            {
                // Rows that don't fit the table are left out while the others are committed: halved, the one is found.
                _errors = errors;
                return reply.As(DeliveryVerdict.BadData, $"Snowflake left out rows: {HttpOutcomes.Clean(message ?? "no reason given")} Compare the table with the statement shown.", SnowflakeKind.Table);
            }
            if (committed == token)
            {
                return reply.As(DeliveryVerdict.Delivered, $"{rows:N0} rows are in {_table}.") with { Answer = null };
            }
        }
        _continuation = null;
        return new DeliveryOutcome(DeliveryVerdict.Retry, "Snowflake has the rows and has not yet committed them. It is asked again.", RetryAfter: TimeSpan.FromSeconds(10));
    }

    private DeliveryOutcome Refusal(Reply reply)
    {
        if (reply.Failure is { } failure)
        {
            return failure;
        }
        var said = (Text(reply, "code") ?? "") + " " + (Text(reply, "message") ?? "");
        return reply.Status switch
        {
            _ when said.Contains("STALE", StringComparison.OrdinalIgnoreCase) || said.Contains("CONTINUATION", StringComparison.OrdinalIgnoreCase) || reply.Status == 409 =>
                reply.As(DeliveryVerdict.Retry, "The channel was opened by somebody else, or lost its place. It is opened again."),
            401 => reply.As(DeliveryVerdict.Retry, "Snowflake no longer takes the token. The next attempt asks for a new one."),
            403 or 404 => reply.As(
                DeliveryVerdict.Stop, $"There is no table {_table} with a pipe for streaming, or the user's default role may not use it. Create the table with the statement shown, and grant INSERT on it.",
                said.Contains("DATABASE", StringComparison.OrdinalIgnoreCase) ? SnowflakeKind.Database
                : said.Contains("SCHEMA", StringComparison.OrdinalIgnoreCase) ? SnowflakeKind.Schema : SnowflakeKind.Table),
            _ => reply.ByStatus(SnowflakeKind.PrivateKey, SnowflakeKind.Table),
        };
    }

    private static byte[] Rows(DeliveryBatch batch)
    {
        var rows = new ArrayBufferWriter<byte>(64 * 1024);
        foreach (var entry in batch.Entries)
        {
            EntryColumns.WriteRow(entry.Entry, rows, jsonAsText: false, upperCase: true);
            rows.Write("\n"u8);
        }
        return rows.WrittenSpan.ToArray();
    }

    private static string? Text(Reply reply, string member) => Read(reply, root => root.TryGetProperty(member, out var value) ? value.GetString() : null);

    private static (string? Committed, long Errors, string? Message) Status(Reply reply, Func<JsonElement, JsonElement> of) => Read(reply, root =>
    {
        var status = of(root);
        return (
            status.TryGetProperty("last_committed_offset_token", out var token) ? token.GetString() : null,
            status.TryGetProperty("rows_error_count", out var errors) && errors.ValueKind == JsonValueKind.Number ? errors.GetInt64() : 0,
            status.TryGetProperty("last_error_message", out var message) ? message.GetString() : null);
    });

    private static T? Read<T>(Reply reply, Func<JsonElement, T?> read)
    {
        try
        {
            using var document = JsonDocument.Parse(reply.Body);
            return document.RootElement.ValueKind == JsonValueKind.Object ? read(document.RootElement) : default;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return default;
        }
    }

    private static string Part(string name) => Uri.EscapeDataString(name.ToUpperInvariant());
}
