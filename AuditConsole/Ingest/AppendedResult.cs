namespace AuditConsole.Ingest;

/// <summary>Tells a producer that its entries are on disk.</summary>
/// <param name="status">The status of success.</param>
/// <param name="appended">What became of the request.</param>
internal sealed class AppendedResult(int status, Appended appended) : IResult
{
    public async Task ExecuteAsync(HttpContext context)
    {
        if (appended.IsReplay)
        {
            context.Response.Headers[IdempotencyHeader.Replayed] = "true";
        }
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = appended.Body.Length;
        await context.Response.Body.WriteAsync(appended.Body, context.RequestAborted);
    }
}
