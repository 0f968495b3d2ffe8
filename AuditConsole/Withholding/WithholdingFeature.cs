namespace AuditConsole.Withholding;

/// <summary>Destroying the details of entries.</summary>
public static class WithholdingFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static IServiceCollection AddWithholding(this IServiceCollection services)
    {
        services.AddSingleton<WithholdingService>();
        return services;
    }
}
