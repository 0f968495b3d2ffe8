using Microsoft.Extensions.Options;

namespace AuditConsole.Retention;

/// <summary>How long entries live, and their purge.</summary>
public static class RetentionFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static IServiceCollection AddRetention(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<RetentionOptions>().BindConfiguration(RetentionOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<RetentionOptions>, RetentionOptions.Validator>();
        services.AddSingleton<ReadScopes>();
        services.AddSingleton<RetentionService>();
        services.AddSingleton<PurgeService>();
        services.AddSingleton<PurgePreviews>();
        services.AddHostedService<PurgeWorker>();
        return services;
    }

    /// <summary>Maps the feature's routes.</summary>
    public static IEndpointRouteBuilder MapRetention(this IEndpointRouteBuilder routes) => routes;
}
