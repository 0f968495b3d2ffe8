using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using System.Text.Json;

namespace AuditConsole.Streams.Destinations.Sending;

/// <summary>Asks the other side, and says in words what went wrong on the way.</summary>
/// <param name="context">What the destination was opened with.</param>
/// <param name="name">The other side, for people: <c>Splunk</c>.</param>
/// <param name="secrets">What an answer must not give back.</param>
internal sealed class Exchange(DestinationContext context, string name, params IReadOnlyList<string?> secrets)
{
    // Of an answer that means more than words, as a token or the status of a job.
    private const int MaxRead = 256 * 1024;

    // Headers in time and then a byte a minute would hold whoever asked.
    private static readonly TimeSpan LongestRead = TimeSpan.FromSeconds(30);

    /// <summary>Sends a request and reads the answer.</summary>
    /// <param name="request">It is disposed.</param>
    /// <param name="field">The setting that says where it goes.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<Reply> SendAsync(HttpRequestMessage request, string? field, CancellationToken cancellationToken)
    {
        var host = request.RequestUri!.Authority;
        using (request)
        {
            try
            {
                using var response = await context.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
                using var time = new CancellationTokenSource(LongestRead, context.Clock);
                using var reading = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, time.Token);
                var body = await ReadAsync(response, reading.Token);
                return new Reply(name, (int)response.StatusCode, body, Hide(body), HttpOutcomes.RetryAfterOf(response, context.Clock), response.Headers);
            }
            catch (Exception fault) when (Unreached(fault, host, field, cancellationToken) is { } outcome)
            {
                return new Reply(name, 0, "", null, null, null) { Failure = outcome };
            }
        }
    }

    /// <summary>What became of an attempt that got no answer; null for a fault that is none of the network's.</summary>
    public static DeliveryOutcome? Unreached(Exception fault, string host, string? field, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested || HttpOutcomes.Of(fault, host) is not { } outcome)
        {
            return null;
        }
        for (var cause = fault; cause is not null; cause = cause.InnerException)
        {
            // A connection that was made and then cut is no fault of the setting.
            if (cause is AddressRefusedException or AuthenticationException
                || (cause is SocketException socket && socket.SocketErrorCode is not (SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown)))
            {
                return outcome with { Field = field };
            }
        }
        return outcome;
    }

    /// <summary>A text of the other side without our secrets, at most as long as is kept.</summary>
    public string? Hide(string text)
    {
        foreach (var secret in secrets)
        {
            if (secret is { Length: >= 4 })
            {
                text = text.Replace(secret, "…", StringComparison.Ordinal);
            }
        }
        return HttpOutcomes.Clean(text);
    }

    private static async Task<string> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var bytes = new byte[MaxRead];
        var length = await stream.ReadAtLeastAsync(bytes, MaxRead, throwOnEndOfStream: false, cancellationToken);
        return Encoding.UTF8.GetString(bytes, 0, length);
    }
}

/// <summary>What the other side answered.</summary>
/// <param name="Name">The other side, for people.</param>
/// <param name="Status">The HTTP status; 0 if there was no answer.</param>
/// <param name="Body">The answer, at most 256 KiB of it.</param>
/// <param name="Shown">What of it may be kept.</param>
/// <param name="RetryAfter">What it asked for, up to 24 hours.</param>
/// <param name="Headers">The headers; null if there was no answer.</param>
internal sealed record Reply(string Name, int Status, string Body, string? Shown, TimeSpan? RetryAfter, HttpResponseHeaders? Headers)
{
    /// <summary>Set where there was no answer.</summary>
    public DeliveryOutcome? Failure { get; init; }

    /// <summary>Whether the status is 2xx.</summary>
    public bool IsSuccess => Status is >= 200 and < 300;

    /// <summary>An outcome of this answer.</summary>
    public DeliveryOutcome As(DeliveryVerdict verdict, string message, string? field = null) =>
        Failure ?? new DeliveryOutcome(verdict, message, Status, Shown, RetryAfter, field);

    /// <summary>What the status alone tells, where the protocol has no words of its own for it.</summary>
    /// <param name="keyField">The setting that grants access.</param>
    /// <param name="placeField">The setting that says where.</param>
    public DeliveryOutcome ByStatus(string? keyField, string? placeField) => Failure ?? Status switch
    {
        >= 200 and < 300 => As(DeliveryVerdict.Delivered, $"{Name} has it."),
        408 or 425 or 429 => As(DeliveryVerdict.Retry, $"{Name} takes no more just now ({Status})."),
        413 => As(DeliveryVerdict.TooLarge, $"{Name} takes no batch of this size."),
        401 => As(DeliveryVerdict.Stop, $"{Name} doesn't know the credentials.", keyField),
        403 => As(DeliveryVerdict.Stop, $"{Name} refuses these credentials.", keyField),
        404 or 405 or 410 => As(DeliveryVerdict.Stop, $"There is nothing at this address of {Name} ({Status}). Correct it and resume.", placeField),
        400 or 415 or 422 => As(DeliveryVerdict.BadData, $"{Name} refuses what was sent ({Status}). Its answer may say why."),
        >= 300 and < 400 => As(DeliveryVerdict.Retry, $"{Name} leads elsewhere ({Status}), which is never followed. Enter the address that it leads to.", placeField),
        >= 500 => As(DeliveryVerdict.Retry, $"{Name} has trouble of its own ({Status}). It is tried again later."),
        _ => As(DeliveryVerdict.Retry, $"{Name} answered {Status}. It is tried again later; its answer may say why."),
    };

    /// <summary>Reads an answer that should be a JSON object; the default where it isn't.</summary>
    public T? Read<T>(Func<JsonElement, T?> read)
    {
        try
        {
            using var document = JsonDocument.Parse(Body);
            return document.RootElement.ValueKind == JsonValueKind.Object ? read(document.RootElement) : default;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return default;
        }
    }
}
