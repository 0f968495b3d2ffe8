
namespace AuditConsole.Integrity;

/// <summary>Verification of the chains, its page, and backups.</summary>
public static class IntegrityFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static IServiceCollection AddIntegrity(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<VerificationService>();
        services.AddSingleton<IntegrityMonitor>();
        services.AddSingleton<IntegrityReader>();
        services.AddSingleton<IntegrityHealth>();
        services.AddHostedService<VerificationWorker>();
        services.AddSingleton<BackupService>();
        services.AddSingleton<ProofService>();
        return services;
    }

    /// <summary>Maps the feature's routes.</summary>
    public static IEndpointRouteBuilder MapIntegrity(this IEndpointRouteBuilder routes)
    {
        ProofEndpoint.Map(routes);
        return routes;
    }
}
