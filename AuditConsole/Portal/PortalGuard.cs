using AuditConsole.Api;
using AuditConsole.Identity;
using AuditConsole.Query;
using Microsoft.AspNetCore.Authorization;

namespace AuditConsole.Portal;

/// <summary>
/// Refuses the session of a portal link everywhere but in the portal and on what anybody may open. Pages that are
/// reached inside an open circuit send no request: for them <see cref="PortalFrame"/> asks the same question.
/// </summary>
internal sealed class PortalGuard(RequestDelegate next, SecurityLog log)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (!PortalSession.IsOne(context.User.UserId())
            || PortalSession.Opens(PortalSession.IntentOf(context.User), context.Request.Path)
            || context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null)
        {
            return next(context);
        }
        var path = context.Request.Path.ToString();
        log.Write(SecurityEventKinds.Denied, context.User.UserId(), null, Client.Of(context), $"portal: {path[..Math.Min(path.Length, 200)]}");
        var (what, start) = PortalSession.IntentOf(context.User) is PortalIntent.LogStreams ? ("one stream", ConsoleUrls.StreamsPath) : ("the audit log", ConsoleUrls.AuditLogPath);
        return ApiError.Result(403, "forbidden", $"A portal link opens {what}, and nothing else.", notices: [$"Go to {start}."]).ExecuteAsync(context);
    }
}
