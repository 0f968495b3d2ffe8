using System.Buffers;
using System.Globalization;
using System.Text.Json;
using AuditConsole.Streams.Destinations.Sending;
using AuditConsole.Streams.Destinations.Warehouse;

namespace AuditConsole.Streams.Destinations.Snowflake;

/// <summary>
/// Rows through a channel of Snowpipe Streaming. A batch goes in pieces that don't wait for each other, each with the
/// sequences of its first and last row as offset tokens; it counts as delivered once Snowflake says that the last of them is
/// committed. A channel commits in order, and one that is opened anew forgets what it hadn't committed and tells how far it
/// is: what is committed of the batch in hand isn't sent again.
/// </summary>
internal sealed class SnowflakeDestination : IDestination
{
    private static readonly TimeSpan[] Waits = [.. new[] { 0.1, 0.2, 0.5, 1, 1, 2, 2, 3, 5, 5, 10, 10 }.Select(TimeSpan.FromSeconds)];

    // Snowflake takes 4 MB of rows at once; a row is somewhat longer or shorter than the entry's body.
    private const int PieceBytes = 3_000_000;

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
    public BatchLimits Limits { get; } = new(20_000, 16_000_000, PieceBytes, Linger: TimeSpan.FromSeconds(1));

    /// <inheritdoc/>
    public async Task<DeliveryOutcome> SendAsync(DeliveryBatch batch, CancellationToken cancellationToken)
    {
        var from = 0;
        if (_continuation is null)
        {
            var (refused, status) = await OpenAsync(cancellationToken);
            if (refused is not null)
            {
                return refused;
            }
            // A row that was left out stands at or before a place; behind it, what is committed is there.
            if (status.ErrorsUntil < batch.First)
            {
                from = batch.Entries.TakeWhile(entry => entry.Entry.Sequence <= status.Committed).Count();
            }
            if (from == batch.Entries.Count)
            {
                return new DeliveryOutcome(DeliveryVerdict.Delivered, $"Snowflake had these rows in {_table} already.");
            }
        }
        while (from < batch.Entries.Count)
        {
            var (rows, until) = Rows(batch, from);
            var reply = await AppendAsync(rows, batch.Entries[from].Entry.Sequence, batch.Entries[until - 1].Entry.Sequence, cancellationToken);
            if (!reply.IsSuccess)
            {
                // Whatever it was, the channel tells the truth when it is opened again.
                _continuation = null;
                return Refusal(reply);
            }
            _continuation = Text(reply, "next_continuation_token");
            from = until;
        }
        return await WaitAsync(batch.Last, batch.Entries.Count, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<DeliveryOutcome> CheckAsync(CancellationToken cancellationToken) =>
        (await OpenAsync(cancellationToken)).Refused ?? new DeliveryOutcome(DeliveryVerdict.Delivered, $"A channel into {_table} was opened. Nothing was written.");

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<(DeliveryOutcome? Refused, ChannelStatus Status)> OpenAsync(CancellationToken cancellationToken)
    {
        var reply = await _api.SendAsync(HttpMethod.Put, $"/v2/streaming/{_pipe}/channels/{_channel}", "{}"u8.ToArray(), "application/json", cancellationToken);
        if (!reply.IsSuccess)
        {
            return (Refusal(reply), default);
        }
        _continuation = Text(reply, "next_continuation_token");
        var status = ChannelStatus.Of(reply, root => root.GetProperty("channel_status"));
        _errors = status.Errors;
        return _continuation is null
            ? (reply.As(DeliveryVerdict.Stop, "What answers there is no Snowpipe Streaming. Check the account identifier.", SnowflakeKind.Account), default)
            : (null, status);
    }

    private Task<Reply> AppendAsync(byte[] rows, long first, long last, CancellationToken cancellationToken) => _api.SendAsync(
        HttpMethod.Post,
        $"/v2/streaming/data/{_pipe}/channels/{_channel}/rows?continuationToken={Uri.EscapeDataString(_continuation!)}&startOffsetToken={Token(first)}&endOffsetToken={Token(last)}",
        rows, "application/x-ndjson", cancellationToken);

    private async Task<DeliveryOutcome> WaitAsync(long last, int rows, CancellationToken cancellationToken)
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
            var status = ChannelStatus.Of(reply, root => root.GetProperty("channel_statuses").EnumerateObject().First().Value);
            if (status.Errors > _errors)
            {
                // Rows that don't fit the table are left out while the others are committed: halved, the one is found. What
                // else of the batch is on its way comes again with its half; the channel forgets it.
                (_errors, _continuation) = (status.Errors, null);
                return reply.As(DeliveryVerdict.BadData, $"Snowflake left out rows: {HttpOutcomes.Clean(status.Message ?? "no reason given")} Compare the table with the statement shown.", SnowflakeKind.Table);
            }
            if (status.Committed == last)
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

    /// <summary>The rows of the next piece, and the index behind its last one.</summary>
    private static (byte[] Rows, int Until) Rows(DeliveryBatch batch, int from)
    {
        var rows = new ArrayBufferWriter<byte>(64 * 1024);
        var until = from;
        while (until < batch.Entries.Count)
        {
            var before = rows.WrittenCount;
            EntryColumns.WriteRow(batch.Entries[until].Entry, rows, jsonAsText: false, upperCase: true);
            rows.Write("\n"u8);
            if (rows.WrittenCount > PieceBytes && until > from)
            {
                return (rows.WrittenSpan[..before].ToArray(), until);
            }
            until++;
        }
        return (rows.WrittenSpan.ToArray(), until);
    }

    private static string Token(long sequence) => sequence.ToString("D20", CultureInfo.InvariantCulture);

    private static string? Text(Reply reply, string member) => reply.Read(root => root.TryGetProperty(member, out var value) ? value.GetString() : null);

    private static string Part(string name) => Uri.EscapeDataString(name.ToUpperInvariant());
}
