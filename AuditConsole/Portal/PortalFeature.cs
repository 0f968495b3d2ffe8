using AuditConsole.ApiKeys;
using AuditConsole.ApiReference;
using AuditConsole.Identity;
using AuditConsole.Ingest;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace AuditConsole.Portal;

/// <summary>Links by which a tenant's customers read its log without an account here.</summary>
public static class PortalFeature
{
    /// <summary>Where a link leads.</summary>
    public const string OpenPath = "/portal/open";

    private const string Write = "api-key:portal:write";

    /// <summary>Registers the feature's services.</summary>
    public static IServiceCollection AddPortal(this IServiceCollection services)
    {
        services.AddOptions<PortalOptions>().BindConfiguration(PortalOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<PortalOptions>, Validator>();
        services.AddSingleton<PortalService>();
        services.AddAuthorizationBuilder().AddPolicy(Write, policy => policy.AddKeysOfAnyTenant(Permission.OpenPortal));
        return services;
    }

    /// <summary>Keeps the sessions of portal links to what belongs to the portal; stands behind authorization.</summary>
    public static void UsePortal(this WebApplication app) => app.UseMiddleware<PortalGuard>();

    /// <summary>Maps the feature's routes.</summary>
    public static IEndpointRouteBuilder MapPortal(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/portal/generate_link", PortalEndpoint.HandleAsync)
            .RequireAuthorization(Write).WithDoc(PortalDocs.GenerateLink)
            .WithMetadata(new RequestSizeLimitAttribute(RequestBody.MaxDrained)).DisableAntiforgery();
        return routes;
    }

    private sealed class Validator : IValidateOptions<PortalOptions>
    {
        public ValidateOptionsResult Validate(string? name, PortalOptions options) =>
            options.Problems().ToList() is { Count: > 0 } problems ? ValidateOptionsResult.Fail(problems) : ValidateOptionsResult.Success;
    }
}
