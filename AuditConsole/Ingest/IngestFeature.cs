namespace AuditConsole.Ingest;

/// <summary>Appending entries over HTTP and from files.</summary>
public static class IngestFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static IServiceCollection AddIngest(this IServiceCollection services, IConfiguration configuration) => services;

    /// <summary>Maps the feature's routes.</summary>
    public static IEndpointRouteBuilder MapIngest(this IEndpointRouteBuilder routes) => routes;
}
