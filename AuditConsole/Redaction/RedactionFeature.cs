namespace AuditConsole.Redaction;

/// <summary>Rules for what must not enter the log.</summary>
public static class RedactionFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static IServiceCollection AddRedaction(this IServiceCollection services, IConfiguration configuration) => services
        .AddSingleton<RedactionDirectory>()
        .AddSingleton<RedactionCounts>()
        .AddSingleton<RedactionService>()
        .AddHostedService(provider => provider.GetRequiredService<RedactionCounts>());
}
