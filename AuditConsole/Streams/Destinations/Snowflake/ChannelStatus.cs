using System.Globalization;
using System.Text.Json;
using AuditConsole.Streams.Destinations.Sending;

namespace AuditConsole.Streams.Destinations.Snowflake;

/// <summary>What Snowflake says of a channel.</summary>
/// <param name="Committed">The sequence of the last row that is committed; 0 for none.</param>
/// <param name="Errors">How many rows were left out since the channel was made.</param>
/// <param name="ErrorsUntil">None of them stands behind this sequence; 0 for none.</param>
/// <param name="Message">Why the last one was.</param>
internal readonly record struct ChannelStatus(long Committed, long Errors, long ErrorsUntil, string? Message)
{
    /// <summary>Reads it from an answer.</summary>
    /// <param name="reply">The answer.</param>
    /// <param name="of">Where in it the channel stands.</param>
    public static ChannelStatus Of(Reply reply, Func<JsonElement, JsonElement> of) => reply.Read(root =>
    {
        var status = of(root);
        // Opening a channel names it one way in the documents, asking for its status the other.
        var errors = Math.Max(Number(status, "rows_error_count"), Number(status, "rows_errors"));
        return new ChannelStatus(
            Sequence(status, "last_committed_offset_token") ?? 0, errors,
            errors == 0 ? 0 : Sequence(status, "last_error_offset_upper_bound") ?? long.MaxValue,
            status.TryGetProperty("last_error_message", out var message) ? message.GetString() : null);
    });

    private static long Number(JsonElement status, string name) =>
        status.TryGetProperty(name, out var number) && number.ValueKind == JsonValueKind.Number ? number.GetInt64() : 0;

    private static long? Sequence(JsonElement status, string name) =>
        status.TryGetProperty(name, out var token) && long.TryParse(token.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) ? sequence : null;
}
