using System.Text.Json;
using AuditConsole.Streams.Destinations.Sending;

namespace AuditConsole.Streams.Destinations.Splunk;

/// <summary>What the HTTP Event Collector means by its codes.</summary>
internal static class SplunkAnswer
{
    /// <summary>The code of an answer, as in <c>{"text":"Invalid token","code":4}</c>; null where there is none.</summary>
    public static int? CodeOf(Reply reply) => Number(reply, "code");

    /// <summary>The number under which the indexers acknowledge; null where there is none.</summary>
    public static int? AcknowledgementOf(Reply reply) => Number(reply, "ackId");

    /// <summary>What became of the attempt.</summary>
    /// <param name="reply">The answer.</param>
    /// <param name="taken">What to say where it was taken.</param>
    public static DeliveryOutcome Outcome(Reply reply, string taken) => CodeOf(reply) switch
    {
        0 when reply.IsSuccess => reply.As(DeliveryVerdict.Delivered, taken),
        1 or 22 => reply.As(DeliveryVerdict.Stop, "The token is disabled. Enable it in Splunk: Settings, Data inputs, HTTP Event Collector.", SplunkKind.Token),
        2 or 3 or 4 or 21 => reply.As(DeliveryVerdict.Stop, "Splunk doesn't know the token. Copy it again from Settings, Data inputs, HTTP Event Collector.", SplunkKind.Token),
        5 or 6 or 12 or 13 or 15 => reply.As(DeliveryVerdict.BadData, $"Splunk can't read an event{Number(reply, "invalid-event-number") switch { { } at => $" (number {at} of the batch)", _ => "" }}."),
        7 => reply.As(DeliveryVerdict.Stop, "There is no such index, or the token may not write to it. Create it, or allow it in the token's settings.", SplunkKind.Index),
        10 or 11 => reply.As(
            DeliveryVerdict.Stop, "The token has indexer acknowledgement enabled. Turn on waiting for the indexers here, or disable it for the token.", SplunkKind.Acknowledged),
        14 => reply.As(
            DeliveryVerdict.Stop, "The token has no indexer acknowledgement. Enable it in the token's settings, or turn off waiting for the indexers here.", SplunkKind.Acknowledged),
        24 or 25 => reply.As(DeliveryVerdict.Retry, "Splunk's queue is full: it asks to slow down."),
        8 or 9 or 18 or 19 or 20 or 23 or 26 or 27 => reply.As(DeliveryVerdict.Retry, "Splunk is busy, shutting down or has trouble of its own."),
        _ when reply.IsSuccess => reply.As(
            DeliveryVerdict.Stop, "What answers there is no HTTP Event Collector. Its port is 8088 by default; 8000 is that of the pages.", SplunkKind.Address),
        _ when reply.Status == 404 => reply.As(
            DeliveryVerdict.Stop, "There is no HTTP Event Collector at this address. Check the port (8088 by default) and that it is enabled.", SplunkKind.Address),
        _ => reply.ByStatus(SplunkKind.Token, SplunkKind.Address),
    };

    private static int? Number(Reply reply, string member)
    {
        try
        {
            using var document = JsonDocument.Parse(reply.Body);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty(member, out var value)
                && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
