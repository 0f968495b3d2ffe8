namespace AuditConsole.Tenants;

/// <summary>The accounts.</summary>
public static class TenantsFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static IServiceCollection AddTenants(this IServiceCollection services, IConfiguration configuration) =>
        services.AddSingleton<TenantService>().AddSingleton<TenantSettingsService>();

    /// <summary>Maps the feature's routes.</summary>
    public static IEndpointRouteBuilder MapTenants(this IEndpointRouteBuilder routes) => routes;
}
