namespace AuditConsole.ScheduledExports;

/// <summary>Exports that are made by themselves, day by day or as somebody wants it (docs/scheduled-exports.md).</summary>
public static class ScheduledExportsFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static IServiceCollection AddScheduledExports(this IServiceCollection services)
    {
        services.AddSingleton<ExportTurns>();
        services.AddSingleton<ExportDestinations>();
        services.AddSingleton<ScheduledExportDrafts>();
        services.AddSingleton<PartRenderer>();
        services.AddSingleton<ScheduledExportReading>();
        services.AddSingleton<ScheduledExportStops>();
        services.AddSingleton<ScheduledExportRunner>();
        services.AddHostedService<ScheduledExportWorker>();
        services.AddSingleton(provider => new ScheduledExportService(provider));
        return services;
    }
}
