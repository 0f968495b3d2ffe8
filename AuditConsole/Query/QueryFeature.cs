namespace AuditConsole.Query;

/// <summary>Reading entries by one filter.</summary>
public static class QueryFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static IServiceCollection AddQuery(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddDataProtection();
        return services.AddSingleton<CursorProtector>().AddSingleton<ReadRecords>().AddScoped<LogReader>().AddScoped<IPageAddress, LogAddress>();
    }

    /// <summary>Maps the feature's routes.</summary>
    public static IEndpointRouteBuilder MapQuery(this IEndpointRouteBuilder routes) => routes;
}
