namespace AuditConsole.Holds;

/// <summary>Legal holds.</summary>
public static class HoldsFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static IServiceCollection AddHolds(this IServiceCollection services)
    {
        services.AddSingleton<HoldService>();
        return services;
    }
}
