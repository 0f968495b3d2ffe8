namespace AuditConsole.Retention;

/// <summary>How long entries live, and their purge.</summary>
public static class RetentionFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static IServiceCollection AddRetention(this IServiceCollection services, IConfiguration configuration) =>
        services.AddSingleton<ReadScopes>();

    /// <summary>Maps the feature's routes.</summary>
    public static IEndpointRouteBuilder MapRetention(this IEndpointRouteBuilder routes) => routes;
}
