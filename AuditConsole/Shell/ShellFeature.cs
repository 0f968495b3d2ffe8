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
        app.UseAntiforgery();
    }

    /// <summary>Maps assets and pages.</summary>
    public static void MapShell(this WebApplication app)
    {
        app.MapStaticAssets();
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode();
    }
}
