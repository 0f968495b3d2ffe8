namespace AuditConsole.ApiKeys;

/// <summary>Keys of programs and how they authenticate.</summary>
public static class ApiKeysFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static IServiceCollection AddApiKeys(this IServiceCollection services, IConfiguration configuration) => services;

    /// <summary>Maps the feature's routes.</summary>
    public static IEndpointRouteBuilder MapApiKeys(this IEndpointRouteBuilder routes) => routes;
}
