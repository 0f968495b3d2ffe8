namespace AuditConsole.Exports;

/// <summary>Downloads of what a filter shows.</summary>
public static class ExportsFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static IServiceCollection AddExports(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<ExportOptions>().Bind(configuration.GetSection(ExportOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<ExportService>();
        services.AddSingleton<ExportEndpoint>();
        services.AddSingleton<ExportRecords>();
        services.AddSingleton<ReceiptService>();
        services.AddSingleton<ReceiptEndpoint>();
        return services;
    }

    /// <summary>Maps the feature's routes.</summary>
    public static IEndpointRouteBuilder MapExports(this IEndpointRouteBuilder routes)
    {
        ExportEndpoint.Map(routes);
        ReceiptEndpoint.Map(routes);
        return routes;
    }
}
