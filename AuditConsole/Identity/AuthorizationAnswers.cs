using AuditConsole.Api;
using AuditConsole.ApiKeys;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Http.Extensions;

namespace AuditConsole.Identity;

/// <summary>
/// What is answered where authorization fails. A browser is sent to the sign-in page; a program never is: a key on a
/// session's route gets 403 <c>session_required</c> if it is good and 401 if not.
/// </summary>
internal sealed class AuthorizationAnswers(KeyRateLimits limits) : IAuthorizationMiddlewareResultHandler
{
    private readonly AuthorizationMiddlewareResultHandler _framework = new();

    public async Task HandleAsync(
        RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (policy.Requirements.OfType<KeyRequirement>().FirstOrDefault() is { } asked
            && context.Features.Get<KnownKey>() is { } key
            && !limits.Take(context, key.Id, key.Tenant is null ? null : context.Features.Get<KeyCaller>()?.Tenant, asked.PermissionOf(context)))
        {
            await ApiErrors.TooMany().ExecuteAsync(context);
            return;
        }
        if (authorizeResult.Succeeded || policy.AuthenticationSchemes.Contains(ApiKeyPolicies.Scheme))
        {
            await _framework.HandleAsync(next, context, policy, authorizeResult);
            return;
        }
        if (context.Request.IsApi() || ApiKeyHandler.CarriesKey(context.Request))
        {
            var authenticated = await context.AuthenticateAsync(ApiKeyPolicies.Scheme);
            if (authenticated.Succeeded)
            {
                await context.ForbidAsync(ApiKeyPolicies.Scheme);
            }
            else
            {
                await context.ChallengeAsync(ApiKeyPolicies.Scheme);
            }
            return;
        }
        if (context.Request.Path.StartsWithSegments("/_blazor"))
        {
            await ApiError.Result(401, "unauthenticated", "Nobody is signed in.", notices: ["Sign in, then reload the page."]).ExecuteAsync(context);
            return;
        }
        context.Response.Redirect(SignInAddress(context.Request));
    }

    private static string SignInAddress(HttpRequest request)
    {
        var query = new QueryBuilder();
        // Whoever brings a session cookie and isn't let in had a session that ended.
        if (request.Cookies.ContainsKey(IdentityFeature.SessionCookie))
        {
            query.Add("ended", "1");
        }
        var from = request.Path + request.QueryString;
        if (HttpMethods.IsGet(request.Method) && from != "/")
        {
            query.Add("returnUrl", from);
        }
        return "/sign-in" + query;
    }
}
