using Microsoft.AspNetCore.Routing.Template;

namespace AuditConsole.Api;

/// <summary>
/// Answers paths under <c>/api</c>, <c>/v1</c> and those of the WorkOS API that no route takes: 405 where another method would do, else 404.
/// Without it the framework's own 405 and 404 fall under the fallback policy, whose answer is the sign-in page.
/// </summary>
internal static class ApiFallback
{
    private static readonly string[] Prefixes = ["/api", "/v1", "/audit_logs", "/organizations"];

    public static void MapApiFallback(this IEndpointRouteBuilder routes)
    {
        foreach (var prefix in Prefixes)
        {
            routes.Map(prefix + "/{**path}", Answer).AllowAnonymous().DisableAntiforgery()
                .WithOrder(int.MaxValue).WithDisplayName($"No such route under {prefix}");
        }
    }

    private static IResult Answer(HttpContext context, EndpointDataSource endpoints)
    {
        var methods = endpoints.Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Order < int.MaxValue && Matches(endpoint, context.Request.Path))
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? [])
            .Distinct().Order(StringComparer.Ordinal).ToArray();
        if (methods.Length == 0)
        {
            return ApiErrors.NotFound(context.Request);
        }
        context.Response.Headers.Allow = string.Join(", ", methods);
        return ApiErrors.MethodNotAllowed(context);
    }

    private static bool Matches(RouteEndpoint endpoint, PathString path) =>
        endpoint.RoutePattern.RawText is { } text &&
        Prefixes.Any(prefix => text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) &&
        new TemplateMatcher(new RouteTemplate(endpoint.RoutePattern), new RouteValueDictionary(endpoint.RoutePattern.Defaults))
            .TryMatch(path, []);
}
