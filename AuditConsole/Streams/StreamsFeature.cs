using AuditConsole.Streams.Destinations;

namespace AuditConsole.Streams;

/// <summary>Delivery: every tenant's entries to where it wants them, at least once and in order (docs/streams.md).</summary>
public static class StreamsFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static IServiceCollection AddStreams(this IServiceCollection services)
    {
        services.AddSingleton<IEntryFormat, JsonFormat>();
        AddDestinations(services);
        return services;
    }

    // In the order in which they are offered.
    private static void AddDestinations(IServiceCollection services)
    {
    }
}
