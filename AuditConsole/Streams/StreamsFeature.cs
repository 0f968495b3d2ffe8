using AuditConsole.Streams.Delivery;
using AuditConsole.Streams.Destinations;
using AuditConsole.Streams.Destinations.Datadog;
using AuditConsole.Streams.Destinations.S3;
using AuditConsole.Streams.Destinations.Splunk;
using AuditConsole.Streams.Formats;
using AuditConsole.Streams.Reach;
using Microsoft.Extensions.Options;

namespace AuditConsole.Streams;

/// <summary>Delivery: every tenant's entries to where it wants them, at least once and in order (docs/streams.md).</summary>
public static class StreamsFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static IServiceCollection AddStreams(this IServiceCollection services)
    {
        services.AddOptions<StreamOptions>().BindConfiguration(StreamOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<StreamOptions>, StreamOptions.Validator>();
        services.AddSingleton(provider => new GuardedHttp(
            provider.GetRequiredService<IOptions<StreamOptions>>(), provider.GetRequiredService<IHostEnvironment>(), provider.GetService<LookUp>()));
        services.AddSingleton<IEntryFormat, JsonFormat>();
        services.AddSingleton<IEntryFormat, OcsfFormat>();
        services.AddSingleton<IEntryFormat, CefFormat>();
        services.AddSingleton<IEntryFormat, SyslogFormat>();
        AddDestinations(services);
        services.AddSingleton<DestinationKinds>();
        services.AddSingleton<StreamSecrets>();
        services.AddSingleton<StreamDrafts>();
        AddDelivery(services);
        services.AddSingleton<StreamReading>();
        services.AddSingleton<StreamResending>();
        services.AddSingleton(provider => new StreamService(provider));
        return services;
    }

    // In the order in which they are offered.
    private static void AddDestinations(IServiceCollection services)
    {
        services.AddSingleton<IDestinationKind, HttpKind>();
        services.AddSingleton<IDestinationKind, SplunkKind>();
        services.AddSingleton<IDestinationKind, DatadogKind>();
        services.AddOptions<AwsOptions>().BindConfiguration(AwsOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<AwsOptions>, AwsOptions.Validator>();
        services.AddSingleton<IDestinationKind, S3Kind>();
        services.AddSingleton<IDestinationKind, S3CompatibleKind>();
        // The last: the page offers it apart from the others.
        services.AddSingleton<IDestinationKind, WebhookKind>();
    }

    private static void AddDelivery(IServiceCollection services)
    {
        services.AddSingleton<StreamSetups>();
        services.AddSingleton<LaneReader>();
        services.AddSingleton<StreamJournal>();
        services.AddSingleton<StreamNotices>();
        services.AddSingleton<StreamStops>();
        services.AddSingleton<StreamEngine>();
        services.AddHostedService(provider => provider.GetRequiredService<StreamEngine>());
        services.AddSingleton<StreamWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<StreamWatch>());
    }
}
