using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace AuditConsole.Streams.Destinations;

/// <summary>What HTTP answers, and failures to get one, mean for a delivery: one place for all kinds.</summary>
public static class HttpOutcomes
{
    /// <summary>The longest wait that the other side can ask for.</summary>
    public static readonly TimeSpan MaxRetryAfter = TimeSpan.FromHours(24);

    /// <summary>What an answer means where the protocol says nothing more precise.</summary>
    /// <param name="response">The answer; its body is read.</param>
    /// <param name="place">The other side, for people: its host.</param>
    /// <param name="clock">The time, for a Retry-After that is a date.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async Task<DeliveryOutcome> OfAsync(HttpResponseMessage response, string place, TimeProvider clock, CancellationToken cancellationToken)
    {
        var answer = await ReadAsync(response.Content, cancellationToken);
        var (verdict, message) = Judge(response, place);
        return new DeliveryOutcome(verdict, message, (int)response.StatusCode, answer, RetryAfterOf(response, clock));
    }

    /// <summary>What it means that there was no answer.</summary>
    /// <param name="fault">What the client threw. A cancellation counts as a timeout: the caller's own is to be let through before.</param>
    /// <param name="place">The other side, for people: its host.</param>
    /// <returns>Null for what isn't a failure of the connection.</returns>
    public static DeliveryOutcome? Of(Exception fault, string place)
    {
        for (var cause = fault; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case AddressRefusedException refused:
                    return new(DeliveryVerdict.Stop, refused.Message);
                case OperationCanceledException or TimeoutException:
                    return new(DeliveryVerdict.Retry, $"{place} did not answer in time. Nothing is to be done unless it goes on.");
                case AuthenticationException:
                    return new(DeliveryVerdict.Retry,
                        $"The TLS connection to {place} failed: its certificate is not trusted, has expired or names another host. Renew it, or let the server trust its authority (Streams:CaFile).");
                case SocketException socket:
                    return new(DeliveryVerdict.Retry, Describe(socket.SocketErrorCode, place));
            }
        }
        return fault is HttpRequestException or IOException
            ? new(DeliveryVerdict.Retry, $"The connection to {place} was cut before it had answered. Nothing is to be done unless it goes on.")
            : null;
    }

    /// <summary>The beginning of a body, at most <see cref="DeliveryOutcome.MaxAnswer"/> characters, without control characters; null for an empty one.</summary>
    public static async Task<string?> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        var bytes = new byte[DeliveryOutcome.MaxAnswer];
        var length = 0;
        try
        {
            await using var stream = await content.ReadAsStreamAsync(cancellationToken);
            for (int read; length < bytes.Length && (read = await stream.ReadAsync(bytes.AsMemory(length), cancellationToken)) > 0;)
            {
                length += read;
            }
        }
        catch (Exception fault) when (fault is IOException or HttpRequestException or InvalidDataException)
        {
            // The status has decided; of the text as much is kept as there is.
        }
        return Clean(Encoding.UTF8.GetString(bytes, 0, length));
    }

    /// <summary>A text of the other side as it is kept.</summary>
    public static string? Clean(string text)
    {
        text = string.Concat(text.Select(character => char.IsControl(character) ? ' ' : character)).Trim();
        return text.Length == 0 ? null : text.Length > DeliveryOutcome.MaxAnswer ? text[..DeliveryOutcome.MaxAnswer] : text;
    }

    /// <summary>How long the other side asks to wait; null where it doesn't.</summary>
    public static TimeSpan? RetryAfterOf(HttpResponseMessage response, TimeProvider clock)
    {
        var wait = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - clock.GetUtcNow(),
            _ => (TimeSpan?)null,
        };
        return wait is { } asked ? TimeSpan.FromTicks(Math.Clamp(asked.Ticks, 0, MaxRetryAfter.Ticks)) : null;
    }

    private static (DeliveryVerdict Verdict, string Message) Judge(HttpResponseMessage response, string place)
    {
        var status = (int)response.StatusCode;
        var said = $"{place} answered {status.ToString(CultureInfo.InvariantCulture)} {Name(response.StatusCode)}";
        return status switch
        {
            >= 200 and < 300 => (DeliveryVerdict.Delivered, $"{said}."),
            >= 300 and < 400 => (DeliveryVerdict.Retry, $"{said}, which leads elsewhere and is not followed. Enter the final address."),
            400 or 422 => (DeliveryVerdict.BadData, $"{said}: it doesn't take what was sent. Its answer may say why."),
            401 => (DeliveryVerdict.Stop, $"{said}: it doesn't know the credentials. Enter new ones and resume."),
            403 => (DeliveryVerdict.Stop, $"{said}: the credentials don't allow it. Give them the right, or enter others, and resume."),
            404 => (DeliveryVerdict.Stop, $"{said}: there is nothing at this address. Correct it and resume."),
            405 => (DeliveryVerdict.Stop, $"{said}: nothing can be posted to this address. Correct it and resume."),
            410 => (DeliveryVerdict.Stop, $"{said}: it doesn't want any more. Correct the address and resume, or delete this."),
            413 => (DeliveryVerdict.TooLarge, $"{said}: that was more than it takes at once."),
            429 => (DeliveryVerdict.Retry, $"{said}: it is sent too much. It is tried again more slowly; nothing is to be done."),
            >= 500 => (DeliveryVerdict.Retry, $"{said}: it fails, for reasons of its own. It is tried again; see to it there if it goes on."),
            _ => (DeliveryVerdict.Retry, $"{said}. Its answer may say why."),
        };
    }

    private static string Name(HttpStatusCode status) => Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase((int)status) is { Length: > 0 } phrase ? phrase : "";

    private static string Describe(SocketError error, string place) => error switch
    {
        SocketError.HostNotFound or SocketError.NoData => $"The name {place} is not known. Correct the address, or its DNS.",
        SocketError.TryAgain => $"The name {place} could not be looked up now.",
        SocketError.ConnectionRefused => $"{place} refuses connections: nothing listens there. Start it, or correct the port.",
        SocketError.TimedOut => $"{place} can't be reached: it doesn't answer. Look at its firewall.",
        SocketError.HostUnreachable or SocketError.NetworkUnreachable => $"There is no way to {place} from this server. Look at the network.",
        _ => $"The connection to {place} was cut ({error}).",
    };
}

/// <summary>A destination's name leads to an address that streams may not reach. The message names both, and the key that allows it.</summary>
public sealed class AddressRefusedException(string message) : IOException(message);
