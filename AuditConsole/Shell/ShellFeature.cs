using AuditConsole.Identity;
using AuditConsole.Portal;
using AuditConsole.Query;
using Microsoft.AspNetCore.Components.Server;
using Radzen;

namespace AuditConsole.Shell;

/// <summary>The console's frame: layout, assets, and what stands before every request.</summary>
public static class ShellFeature
{
    /// <summary>Registers the components.</summary>
    public static IServiceCollection AddShell(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddRazorComponents().AddInteractiveServerComponents();
        services.AddRadzenComponents();
        return services;
    }

    /// <summary>The middleware, in its order.</summary>
    public static void UseShell(this WebApplication app)
    {
        app.UseSecurityHeaders();
        app.UseForwarding();
        // APIs answer 404 in their own shape; a person gets a page.
        app.UseWhen(
            context => context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase),
            pages =>
            {
                pages.UseMiddleware<PageErrors>();
                pages.UseStatusCodePagesWithReExecute("/not-found", createScopeForStatusCodePages: true);
            });
        app.UseIdentity();
        app.UsePortal();
        app.UseAntiforgery();
        app.UsePageAddresses();
    }

    /// <summary>Maps assets and pages.</summary>
    public static void MapShell(this WebApplication app)
    {
        // The sign-in page needs its style before anybody is signed in.
        app.MapStaticAssets().AllowAnonymous();
        app.MapGet("/", (HttpContext context) => Results.LocalRedirect(
            PortalSession.StartOf(PortalSession.IntentOf(context.User) ?? PortalIntent.AuditLogs) + context.Request.QueryString));
        // The circuit's endpoints, too: anybody could open thousands of circuits otherwise.
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode(CompressEachMessage).RequireAuthorization();
    }

    // On its own: for what messages have in common, the server would keep 0.4 MB for each open page.
    private static void CompressEachMessage(ServerComponentsEndpointOptions options) =>
        options.ConfigureWebSocketAcceptContext = (_, accept) =>
        {
            (accept.DangerousEnableCompression, accept.DisableServerContextTakeover) = (true, true);
            return Task.CompletedTask;
        };
}
