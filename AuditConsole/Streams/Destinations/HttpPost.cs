namespace AuditConsole.Streams.Destinations;

/// <summary>One request to a destination, and what became of it.</summary>
internal static class HttpPost
{
    /// <summary>Sends a request; a failure of the other side is an outcome.</summary>
    /// <param name="context">With the client.</param>
    /// <param name="request">What to send.</param>
    /// <param name="patience">How long an answer may take, its beginning included.</param>
    /// <param name="cancellationToken">Ends it, with an exception.</param>
    public static async Task<DeliveryOutcome> SendAsync(
        DestinationContext context, HttpRequestMessage request, TimeSpan patience, CancellationToken cancellationToken)
    {
        var place = request.RequestUri!.Authority;
        using var time = new CancellationTokenSource(patience, context.Clock);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, time.Token);
        try
        {
            using var response = await context.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timeout.Token);
            return await HttpOutcomes.OfAsync(response, place, context.Clock, timeout.Token);
        }
        catch (Exception fault) when (Sending.Exchange.Unreached(fault, place, "url", cancellationToken) is not null)
        {
            return Sending.Exchange.Unreached(fault, place, "url", cancellationToken)!;
        }
    }
}
