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
    private const string Export = "api-key:workos:exports:read";
    private const string Retention = "api-key:workos:retention:write";

    /// <summary>Registers the feature's services.</summary>
    public static IServiceCollection AddWorkOS(this IServiceCollection services)
    {
        services.AddSingleton<Organizations>();
        services.AddSingleton<EventExports>();
        services.AddSingleton<ExportLinks>();
        services.AddSingleton<CsvImport>();
        services.AddHostedService<ExportWorker>();
        services.AddAuthorizationBuilder()
            .AddPolicy(Write, policy => policy.AddKeysOfAnyTenant(Permission.Append))
            .AddPolicy(Export, policy => policy.AddKeysOfAnyTenant(Permission.Export))
            .AddPolicy(Retention, policy => policy.AddKeysOfAnyTenant(Permission.ManageRetention));
        return services;
    }

    /// <summary>Maps the feature's routes.</summary>
    public static IEndpointRouteBuilder MapWorkOS(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/audit_logs/events", EventEndpoint.HandleAsync)
            .RequireAuthorization(Write).WithDoc(WorkOSDocs.CreateEvent)
            .WithMetadata(new RequestSizeLimitAttribute(RequestBody.MaxDrained)).DisableAntiforgery();
        routes.MapPost("/audit_logs/exports", ExportEndpoints.CreateAsync).RequireAuthorization(Export).WithDoc(WorkOSDocs.CreateExport)
            .WithMetadata(new RequestSizeLimitAttribute(RequestBody.MaxDrained)).DisableAntiforgery();
        routes.MapGet("/audit_logs/exports", ExportEndpoints.StreamAsync).RequireAuthorization(Export).WithDoc(WorkOSDocs.StreamExport);
        routes.MapGet("/audit_logs/exports/{id}", ExportEndpoints.GetAsync).RequireAuthorization(Export).WithDoc(WorkOSDocs.GetExport);
        // Its address is the key.
        routes.MapGet("/audit_logs/exports/{id}/download", ExportEndpoints.DownloadAsync).AllowAnonymous().ExcludeFromDescription();
        routes.MapGet("/organizations/{id}/audit_logs_retention", RetentionEndpoints.GetAsync).RequireAuthorization(Retention).WithDoc(WorkOSDocs.GetRetention);
        routes.MapPut("/organizations/{id}/audit_logs_retention", RetentionEndpoints.SetAsync).RequireAuthorization(Retention).WithDoc(WorkOSDocs.SetRetention)
            .WithMetadata(new RequestSizeLimitAttribute(RequestBody.MaxDrained)).DisableAntiforgery();
        routes.MapGet("/organizations/{id}/audit_log_configuration", RetentionEndpoints.ConfigurationAsync).RequireAuthorization(Retention).WithDoc(WorkOSDocs.Configuration);
        return routes;
    }
}
