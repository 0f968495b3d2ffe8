namespace AuditConsole.Storage;

/// <summary>The database, its writer and its readers.</summary>
public static class StorageFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static IServiceCollection AddStorage(this IServiceCollection services, IConfiguration configuration) => services;

    /// <summary>Maps the feature's routes.</summary>
    public static IEndpointRouteBuilder MapStorage(this IEndpointRouteBuilder routes) => routes;
}
