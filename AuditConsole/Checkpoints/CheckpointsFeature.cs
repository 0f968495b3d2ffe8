using System.Threading.RateLimiting;
using AuditConsole.Integrity;
using AuditConsole.Retention;
using Microsoft.Extensions.Options;

namespace AuditConsole.Checkpoints;

/// <summary>Signed statements of how far each log reaches.</summary>
public static class CheckpointsFeature
{
    /// <summary>The rate limit of the public routes: <c>Integrity:ReadsPerMinute</c> requests an address.</summary>
    public const string ReadLimit = "checkpoints";

    /// <summary>Registers the feature's services.</summary>
    public static IServiceCollection AddCheckpoints(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<IntegrityOptions>().BindConfiguration(IntegrityOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<IntegrityOptions>, IntegrityOptions.Validator>();
        services.AddSingleton<SigningKey>();
        services.AddSingleton<HighWaterFile>();
        services.AddSingleton<CheckpointService>();
        services.AddSingleton<CheckpointReader>();
        services.AddSingleton<IPurgeWitness, SignsBeforePurge>();
        services.AddSingleton<CheckpointPublisher>();
        services.AddSingleton<CoveringCheckpoints>();
        services.AddHostedService<CheckpointWorker>();
        services.AddHostedService<PublicationWorker>();
        services.AddRateLimiter(limits => limits.AddPolicy(ReadLimit, context => RateLimitPartition.GetFixedWindowLimiter(
            context.Connection.RemoteIpAddress?.ToString() ?? "",
            _ => new FixedWindowRateLimiterOptions
            {
                PermitLimit = context.RequestServices.GetRequiredService<IOptions<IntegrityOptions>>().Value.ReadsPerMinute,
                Window = TimeSpan.FromMinutes(1),
            })));
        return services;
    }

    /// <summary>Maps the feature's routes.</summary>
    public static IEndpointRouteBuilder MapCheckpoints(this IEndpointRouteBuilder routes)
    {
        routes.MapCheckpointRoutes();
        return routes;
    }
}
