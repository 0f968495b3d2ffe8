using AuditConsole.ApiKeys;
using AuditConsole.ApiReference;
using AuditConsole.Identity;
using AuditConsole.Ingest;
using Microsoft.AspNetCore.Mvc;

namespace AuditConsole.WorkOS;

/// <summary>The WorkOS Audit Logs API: programs that emit events with a WorkOS SDK need a host name and a key, and nothing else (docs/workos.md).</summary>
public static class WorkOSFeature
{
    private const string Write = "api-key:workos:events:write";

    /// <summary>Registers the feature's services.</summary>
    public static IServiceCollection AddWorkOS(this IServiceCollection services)
    {
        services.AddSingleton<Organizations>();
        services.AddAuthorizationBuilder().AddPolicy(Write, policy => policy.AddKeysOfAnyTenant(Permission.Append));
        return services;
    }

    /// <summary>Maps the feature's routes.</summary>
    public static IEndpointRouteBuilder MapWorkOS(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/audit_logs/events", EventEndpoint.HandleAsync)
            .RequireAuthorization(Write).WithDoc(WorkOSDocs.CreateEvent)
            .WithMetadata(new RequestSizeLimitAttribute(RequestBody.MaxDrained)).DisableAntiforgery();
        return routes;
    }
}
