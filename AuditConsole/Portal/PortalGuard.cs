using AuditConsole.Api;
using AuditConsole.Identity;
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
            || PortalSession.Opens(context.Request.Path)
            || context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null)
        {
            return next(context);
        }
        var path = context.Request.Path.ToString();
        log.Write(SecurityEventKinds.Denied, context.User.UserId(), null, Client.Of(context), $"portal: {path[..Math.Min(path.Length, 200)]}");
        return ApiError.Result(403, "forbidden", "A portal link opens the audit log, and nothing else.", notices: ["Go to /audit-log."]).ExecuteAsync(context);
    }
}
