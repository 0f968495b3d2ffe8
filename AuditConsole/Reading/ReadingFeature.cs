using AuditConsole.ApiKeys;
using AuditConsole.ApiReference;

namespace AuditConsole.Reading;

/// <summary>Reading the log over HTTP, by key.</summary>
public static class ReadingFeature
{
    /// <summary>Where programs append and read.</summary>
    public const string Path = "/api/audit-log";

    private static readonly string[] Reading = ["GET", "HEAD"];

    /// <summary>Registers the feature's services.</summary>
    public static IServiceCollection AddReading(this IServiceCollection services) => services.AddSingleton<LogReading>();

    /// <summary>Maps the feature's routes.</summary>
    public static IEndpointRouteBuilder MapReading(this IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/v1/audit-log", Reading, ReadEndpoints.ListV1Async).WithDoc(ReadDocs.ListV1).RequireAuthorization(ApiKeyPolicies.ReadByKey);
        routes.MapMethods(Path, Reading, ReadEndpoints.ListAsync).WithDoc(ReadDocs.List).RequireAuthorization(ApiKeyPolicies.ReadByKey);
        routes.MapMethods(Path + "/{id}", Reading, ReadEndpoints.GetAsync).WithDoc(ReadDocs.Get).RequireAuthorization(ApiKeyPolicies.ReadByKey);
        return routes;
    }
}
