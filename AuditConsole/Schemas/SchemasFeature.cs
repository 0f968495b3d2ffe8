using AuditConsole.ApiKeys;
using AuditConsole.ApiReference;
using AuditConsole.Identity;
using AuditConsole.Ingest;
using Microsoft.AspNetCore.Mvc;

namespace AuditConsole.Schemas;

/// <summary>The schemas of events: registering them, and refusing events that don't match (docs/schemas.md).</summary>
public static class SchemasFeature
{
    private const string Write = "api-key:schemas:write";

    /// <summary>Registers the feature's services.</summary>
    public static IServiceCollection AddSchemas(this IServiceCollection services)
    {
        services.AddSingleton<SchemaGuard>().AddSingleton<SchemaRegistry>().AddSingleton<SchemaList>();
        services.AddAuthorizationBuilder().AddPolicy(Write, policy => policy.AddKeysOfAnyTenant(Permission.ManageSchemas));
        return services;
    }

    /// <summary>Maps the feature's routes.</summary>
    public static IEndpointRouteBuilder MapSchemas(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/audit_logs/actions", SchemaEndpoints.ListActionsAsync).RequireAuthorization(Write).WithDoc(SchemaDocs.Actions);
        routes.MapGet("/audit_logs/actions/{actionName}/schemas", SchemaEndpoints.ListVersionsAsync).RequireAuthorization(Write).WithDoc(SchemaDocs.Versions);
        routes.MapPost("/audit_logs/actions/{actionName}/schemas", SchemaEndpoints.RegisterAsync)
            .RequireAuthorization(Write).WithDoc(SchemaDocs.Register)
            .WithMetadata(new RequestSizeLimitAttribute(RequestBody.MaxDrained)).DisableAntiforgery();
        return routes;
    }
}
