namespace AuditConsole.Shell;

/// <summary>
/// Answers a browser whose page failed before it began, because the storage can't tell whose session it is for
/// instance. It needs nothing that could have failed with the page: neither session nor storage nor style sheet.
/// </summary>
internal sealed partial class PageErrors(RequestDelegate next, ILogger<PageErrors> logger)
{
    // Of styles, the security policy lets attributes alone through.
    private const string Page =
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
            <meta charset="utf-8" />
            <meta name="viewport" content="width=device-width, initial-scale=1.0" />
            <meta name="color-scheme" content="light dark" />
            <title>Failed · AuditConsole</title>
        </head>
        <body style="font: 15px/1.5 system-ui, sans-serif; margin: 0">
            <main role="alert" style="max-width: 56ch; margin: 20vh auto 0; padding: 0 20px">
                <h1 style="font-size: 20px">The console could not answer</h1>
                <p>The error is in the server’s own log, and its storage is the first thing to look at: <code>/readyz</code> tells whether the database can be read.</p>
                <p>Try again in a moment. If it fails again, tell whoever runs this console.</p>
                <p><a href="" style="color: inherit; font-weight: 600">Try again</a></p>
            </main>
        </body>
        </html>
        """;

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody waits for the answer any more.
        }
        catch (Exception fault) when (!context.Response.HasStarted)
        {
            Log.Failed(logger, fault, context.Request.Method, context.Request.Path);
            context.Response.Clear();
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            context.Response.ContentType = "text/html; charset=utf-8";
            await context.Response.WriteAsync(Page, context.RequestAborted);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed.")]
        public static partial void Failed(ILogger logger, Exception fault, string method, string path);
    }
}
