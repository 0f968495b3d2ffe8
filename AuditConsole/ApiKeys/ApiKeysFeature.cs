using AuditConsole.Identity;
using AuditConsole.Reading;
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
        services.AddSingleton<KeyCallers>();
        services.AddSingleton<ApiKeyService>();
        services.AddSingleton<IAuthorizationHandler, KeyRequirement.Handler>();
        services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, ApiKeyHandler>(ApiKeyPolicies.Scheme, null);
        services.AddAuthorizationBuilder()
            .AddPolicy(ApiKeyPolicies.WriteEvents, policy => policy.AddKeys(_ => Permission.Append))
            .AddPolicy(ApiKeyPolicies.ReadByKey, policy => policy.AddKeys(context => ReadFormats.Of(context.Request).Needs()));
        return services;
    }
}
