using System.Globalization;

namespace AuditConsole.Api;

/// <summary>
/// The one place that decides how an API route answers what no handler answered: exceptions, and refusals by
/// the framework that come without a body. Never HTML, never a stack trace.
/// </summary>
internal sealed partial class ApiErrors(RequestDelegate next, ILogger<ApiErrors> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        if (!context.Request.IsApi())
        {
            await next(context);
            return;
        }
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return;
        }
        catch (Exception fault) when (!context.Response.HasStarted)
        {
            context.Response.Clear();
            context.Response.StatusCode = StatusOf(fault);
            if (context.Response.StatusCode >= StatusCodes.Status500InternalServerError)
            {
                Log.Failed(logger, fault, context.Request.Method, context.Request.Path);
            }
        }
        var response = context.Response;
        if (response.StatusCode < 400 || response.HasStarted || response.ContentLength > 0 || response.ContentType is not null)
        {
            return;
        }
        await Describe(context).ExecuteAsync(context);
    }

    private static int StatusOf(Exception fault) => fault switch
    {
        BadHttpRequestException refused => refused.StatusCode,
        _ => StatusCodes.Status500InternalServerError,
    };

    private static IResult Describe(HttpContext context)
    {
        var request = context.Request;
        return context.Response.StatusCode switch
        {
            400 => ApiError.Result(400, "invalid_request", "The request could not be read.",
                notices: ["The connection broke off, came too slowly, or its headers are not HTTP. Send it again."]),
            401 => ApiError.Result(401, "unauthenticated", "This needs an API key.",
                notices: ["Send it as Authorization: Bearer KEY or as X-API-Key: KEY."]),
            403 => ApiError.Result(403, "forbidden", "This key may not do that."),
            404 => NotFound(request),
            405 => MethodNotAllowed(context),
            408 => ApiError.Result(408, "request_timeout", "The request came too slowly.", notices: ["Nothing was done. Send it again."]),
            413 => TooLarge(),
            415 => UnsupportedMediaType(request),
            429 => TooMany(),
            >= 500 and var status => ApiError.Result(status, "internal_error", "The service failed at this request.",
                notices: [HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)
                    ? "The fault is in the service's log. Ask again."
                    : "The fault is in the service's log. Send it again with the same Idempotency-Key: it is not done twice."]),
            var status => ApiError.Result(status, "refused", $"The request was refused ({status.ToString(CultureInfo.InvariantCulture)})."),
        };
    }

    /// <summary>404 for a path without a route.</summary>
    internal static IResult NotFound(HttpRequest request) =>
        ApiError.Result(404, "not_found", $"There is no route {request.Method} {Shorten(request.Path)}.");

    /// <summary>405; the header Allow is set by who found out.</summary>
    internal static IResult MethodNotAllowed(HttpContext context)
    {
        var allowed = context.Response.Headers.Allow.ToString();
        return ApiError.Result(405, "method_not_allowed", $"{Shorten(context.Request.Path)} does not take {context.Request.Method}.",
            notices: allowed.Length == 0 ? [] : [$"It takes {allowed}."]);
    }

    /// <summary>413.</summary>
    internal static IResult TooLarge() => ApiError.Result(
        413, "too_large", "The body has more than 32 MiB.", notices: ["Nothing was stored. Send the entries in several requests."]);

    /// <summary>429; the header Retry-After is set by who counted.</summary>
    internal static IResult TooMany() => ApiError.Result(
        429, "rate_limited", "Too many requests.", notices: ["Wait for the seconds in Retry-After, then send it again."]);

    /// <summary>415.</summary>
    internal static IResult UnsupportedMediaType(HttpRequest request) => request.Headers.ContentEncoding.ToString() is { Length: > 0 } encoding
        ? ApiError.Result(
            415, "unsupported_media_type", "The body must not be compressed.",
            [new ApiErrorDetail("Content-Encoding", $"is {Shorten(encoding)}, which is not taken")], ["Nothing was stored. Send the JSON as it is."])
        : ApiError.Result(
            415, "unsupported_media_type", "The body must be JSON in UTF-8.",
            [new ApiErrorDetail("Content-Type", request.ContentType is { } type ? $"is {Shorten(type)}" : "is missing")],
            ["Send Content-Type: application/json."]);

    private static string Shorten(string text) => text.Length <= 200 ? text : string.Concat(text.AsSpan(0, 200), "…");

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed.")]
        public static partial void Failed(ILogger logger, Exception fault, string method, string path);
    }
}

/// <summary>Puts <see cref="ApiErrors"/> before everything else, so that nothing answers an API route in another shape.</summary>
internal sealed class ApiErrorsFilter : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.UseMiddleware<ApiErrors>();
        next(app);
    };
}
