using AuditConsole.Streams.Destinations;
using AuditConsole.Streams.Destinations.Datadog;
using AuditConsole.Streams.Destinations.Splunk;
using AuditConsole.Streams.Formats;

namespace AuditConsole.Streams;

/// <summary>Delivery: every tenant's entries to where it wants them, at least once and in order (docs/streams.md).</summary>
public static class StreamsFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static IServiceCollection AddStreams(this IServiceCollection services)
    {
        services.AddSingleton<IEntryFormat, JsonFormat>();
        services.AddSingleton<IEntryFormat, OcsfFormat>();
        services.AddSingleton<IEntryFormat, CefFormat>();
        services.AddSingleton<IEntryFormat, SyslogFormat>();
        AddDestinations(services);
        return services;
    }

    // In the order in which they are offered.
    private static void AddDestinations(IServiceCollection services)
    {
        services.AddSingleton<IDestinationKind, SplunkKind>();
        services.AddSingleton<IDestinationKind, DatadogKind>();
    }
}
