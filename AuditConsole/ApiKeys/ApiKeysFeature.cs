using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;

namespace AuditConsole.ApiKeys;

/// <summary>Keys of programs and how they authenticate.</summary>
public static class ApiKeysFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static IServiceCollection AddApiKeys(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<ApiKeyDirectory>();
        services.AddHostedService(provider => provider.GetRequiredService<ApiKeyDirectory>());
        services.AddSingleton<ApiKeyService>();
        services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, ApiKeyHandler>(ApiKeyPolicies.Scheme, null);
        services.AddAuthorizationBuilder()
            .AddPolicy(ApiKeyPolicies.WriteEvents, policy => policy.AddAuthenticationSchemes(ApiKeyPolicies.Scheme)
                .RequireAuthenticatedUser().RequireClaim(ApiKeyPolicies.ScopeClaim, ApiKeyPolicies.EventsWriteScope))
            // Nothing turns programmatic reading on yet.
            .AddPolicy(ApiKeyPolicies.ReadByKey, policy => policy.AddAuthenticationSchemes(ApiKeyPolicies.Scheme)
                .RequireAuthenticatedUser().RequireAssertion(_ => false));
        return services;
    }

    /// <summary>Maps the routes that read by key, which answer why they don't.</summary>
    public static IEndpointRouteBuilder MapApiKeys(this IEndpointRouteBuilder routes)
    {
        foreach (var route in new[] { "/api/audit-log", "/api/audit-log/{id}", "/v1/audit-log" })
        {
            // The policy has answered before this is reached.
            routes.MapGet(route, () => Results.StatusCode(StatusCodes.Status403Forbidden)).RequireAuthorization(ApiKeyPolicies.ReadByKey);
        }
        return routes;
    }
}
