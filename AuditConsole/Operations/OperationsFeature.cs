namespace AuditConsole.Operations;

/// <summary>Health, metrics, logs, graceful stop.</summary>
public static class OperationsFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static IServiceCollection AddOperations(this IServiceCollection services, IConfiguration configuration) => services;

    /// <summary>Maps the feature's routes.</summary>
    public static IEndpointRouteBuilder MapOperations(this IEndpointRouteBuilder routes) => routes;
}
