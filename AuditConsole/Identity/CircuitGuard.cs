using AuditConsole.Api;
using Microsoft.AspNetCore.Http.Features;

namespace AuditConsole.Identity;

/// <summary>
/// Stands before <c>/_blazor</c>: only pages of this very origin connect (a WebSocket is not held back by the
/// same-origin policy), each person only so often, and every connection can be cut.
/// </summary>
internal sealed class CircuitGuard(RequestDelegate next, CircuitConnections connections, SecurityLog log)
{
    public async Task InvokeAsync(HttpContext context)
    {
        if (!context.Request.Path.StartsWithSegments("/_blazor", StringComparison.OrdinalIgnoreCase))
        {
            await next(context);
            return;
        }
        var client = Client.Of(context);
        if (!IsOwnOrigin(context))
        {
            log.Write(SecurityEventKinds.OriginDenied, context.User.UserId(), null, client, context.Request.Headers.Origin.ToString() is { Length: < 200 } origin ? origin : null);
            await ApiError.Result(403, "origin_denied", "The page that asks belongs to another address.", notices:
                ["Behind a proxy, name it in Security:TrustedProxies and let it send X-Forwarded-Proto and the Host that the browser sees."])
                .ExecuteAsync(context);
            return;
        }
        if (context.User.UserId() is not { } userId)
        {
            // Anonymous requests got no further than authorization; what is left is no circuit.
            await next(context);
            return;
        }
        context.User.AddIdentity(client.ToIdentity());
        if (!IsConnection(context))
        {
            await next(context);
            return;
        }
        if (!connections.TryAdd(userId, context))
        {
            log.Write(SecurityEventKinds.Denied, userId, null, client, "too many open pages");
            await ApiError.Result(429, "too_many_connections", "You have too many pages open.", notices: ["Close some, then reload this one."])
                .ExecuteAsync(context);
            return;
        }
        try
        {
            await next(context);
        }
        finally
        {
            connections.Remove(userId, context);
        }
    }

    // The WebSocket, or one poll of the transport without it.
    private static bool IsConnection(HttpContext context) =>
        IsUpgrade(context) || context.Request.Query.ContainsKey("id");

    // HttpContext.WebSockets knows nothing yet: the hub's endpoint brings the middleware that fills it.
    private static bool IsUpgrade(HttpContext context) =>
        context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true }
        || context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true };

    private static bool IsOwnOrigin(HttpContext context)
    {
        var request = context.Request;
        var origin = request.Headers.Origin.ToString();
        if (origin.Length == 0)
        {
            // Browsers send it with every WebSocket and every POST; a GET of the page's own origin goes without.
            return !IsUpgrade(context) && !HttpMethods.IsPost(request.Method);
        }
        return Uri.TryCreate(origin, UriKind.Absolute, out var from)
            && Uri.TryCreate($"{request.Scheme}://{request.Host}", UriKind.Absolute, out var own)
            && Uri.Compare(from, own, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0;
    }
}
