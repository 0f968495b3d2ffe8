using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Console;

namespace AuditConsole.Operations;

/// <summary>Health, metrics, logs, graceful stop.</summary>
public static class OperationsFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static IServiceCollection AddOperations(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton<ConsoleMetrics>();
        services.AddSingleton<Readiness>();
        services.AddHostedService<TelemetryExport>();
        services.AddHostedService<StartAnnouncement>();
        services.AddLogging(logging => logging
            .AddJsonConsole(options => (options.UseUtcTimestamp, options.TimestampFormat) = (true, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'"))
            .AddSimpleConsole(options => (options.SingleLine, options.TimestampFormat) = (true, "HH:mm:ss ")));
        // First, so that the configuration's own levels come after them and win.
        services.Configure<LoggerFilterOptions>(options =>
        {
            options.Rules.Insert(0, new LoggerFilterRule(null, "Microsoft.AspNetCore", LogLevel.Warning, null));
            options.Rules.Insert(0, new LoggerFilterRule(null, "Microsoft.EntityFrameworkCore", LogLevel.Warning, null));
        });
        services.AddOptions<ConsoleLoggerOptions>().Configure<IHostEnvironment>((options, environment) =>
            options.FormatterName = environment.IsProduction() ? ConsoleFormatterNames.Json : ConsoleFormatterNames.Simple);
        return services;
    }

    /// <summary>Maps the feature's routes.</summary>
    public static IEndpointRouteBuilder MapOperations(this IEndpointRouteBuilder routes)
    {
        routes.MapHealth();
        return routes;
    }
}
