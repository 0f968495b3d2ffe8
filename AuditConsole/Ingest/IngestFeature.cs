using AuditConsole.ApiKeys;
using AuditConsole.ApiReference;
using Microsoft.AspNetCore.Mvc;

namespace AuditConsole.Ingest;

/// <summary>Appending entries over HTTP and from files.</summary>
public static class IngestFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static IServiceCollection AddIngest(this IServiceCollection services, IConfiguration configuration) =>
        services.AddSingleton<EntryWindows>().AddSingleton<EntryDoors>().AddSingleton<EntryAppends>().AddSingleton<ImportService>().AddSingleton<ServiceEntries>();

    /// <summary>Maps the feature's routes.</summary>
    public static IEndpointRouteBuilder MapIngest(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/audit-log", AppendEndpoint.HandleAsync)
            .RequireAuthorization(ApiKeyPolicies.WriteEvents)
            .WithDoc(AppendDoc.Value)
            .WithMetadata(new RequestSizeLimitAttribute(RequestBody.MaxDrained))
            .DisableAntiforgery();
        return routes;
    }
}
