using AuditConsole.ApiKeys;
using AuditConsole.ApiReference;
using AuditConsole.Checkpoints;
using AuditConsole.Identity;
using AuditConsole.Ingest;
using AuditConsole.Streams.Buckets;
using AuditConsole.Streams.Delivery;
using AuditConsole.Streams.Destinations;
using AuditConsole.Streams.Destinations.Datadog;
using AuditConsole.Streams.Destinations.Google;
using AuditConsole.Streams.Destinations.S3;
using AuditConsole.Streams.Destinations.Snowflake;
using AuditConsole.Streams.Destinations.Splunk;
using AuditConsole.Streams.Formats;
using AuditConsole.Streams.Reach;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace AuditConsole.Streams;

/// <summary>Delivery: every tenant's entries to where it wants them, at least once and in order (docs/streams.md).</summary>
public static class StreamsFeature
{
    private const string Write = "api-key:streams:write";

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
        services.AddSingleton<AddressChecks>();
        services.AddSingleton<StreamDrafts>();
        AddDelivery(services);
        services.AddSingleton<StreamReading>();
        services.AddSingleton<StreamResending>();
        services.AddSingleton(provider => new StreamService(provider));
        services.AddAuthorizationBuilder().AddPolicy(Write, policy => policy.AddKeys(_ => Permission.ManageStreams));
        return services;
    }

    /// <summary>Maps the feature's routes.</summary>
    public static IEndpointRouteBuilder MapStreams(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/streams", StreamEndpoints.ListAsync).RequireAuthorization(Write).WithDoc(StreamDocs.List);
        routes.MapGet("/api/streams/{id}", StreamEndpoints.GetAsync).RequireAuthorization(Write).WithDoc(StreamDocs.Get);
        routes.MapPost("/api/streams", StreamEndpoints.AddAsync)
            .RequireAuthorization(Write).WithDoc(StreamDocs.Add).WithMetadata(new RequestSizeLimitAttribute(RequestBody.MaxDrained)).DisableAntiforgery();
        routes.MapPut("/api/streams/{id}", StreamEndpoints.ChangeAsync)
            .RequireAuthorization(Write).WithDoc(StreamDocs.Change).WithMetadata(new RequestSizeLimitAttribute(RequestBody.MaxDrained)).DisableAntiforgery();
        routes.MapDelete("/api/streams/{id}", StreamEndpoints.DeleteAsync).RequireAuthorization(Write).WithDoc(StreamDocs.Delete).DisableAntiforgery();
        routes.MapPost("/api/streams/check", StreamEndpoints.CheckAsync)
            .RequireAuthorization(Write).WithDoc(StreamDocs.Check).WithMetadata(new RequestSizeLimitAttribute(RequestBody.MaxDrained)).DisableAntiforgery();
        routes.MapGet("/api/streams/{id}/attempts", StreamEndpoints.AttemptsAsync).RequireAuthorization(Write).WithDoc(StreamDocs.Attempts);
        routes.MapGet("/api/streams/{id}/dead-letters", StreamEndpoints.DeadLettersAsync).RequireAuthorization(Write).WithDoc(StreamDocs.DeadLetters);
        routes.MapPost("/api/streams/{id}/{act}", StreamEndpoints.ActAsync).RequireAuthorization(Write).WithDoc(StreamDocs.Act).DisableAntiforgery();
        return routes;
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
        services.AddSingleton<IDestinationKind, GcsKind>();
        services.AddSingleton<IDestinationKind, BigQueryKind>();
        services.AddSingleton<IDestinationKind, SnowflakeKind>();
        // The last: the page offers it apart from the others.
        services.AddSingleton<IDestinationKind, WebhookKind>();
    }

    private static void AddDelivery(IServiceCollection services)
    {
        services.AddSingleton<StreamSetups>();
        services.AddSingleton<CheckpointSource>();
        services.AddSingleton<LaneReader>();
        services.AddSingleton<StreamJournal>();
        services.AddSingleton<StreamNotices>();
        services.AddSingleton<StreamStops>();
        services.AddSingleton<IRestoreWitness, StreamBranches>();
        services.AddSingleton<StreamEngine>();
        services.AddHostedService(provider => provider.GetRequiredService<StreamEngine>());
        services.AddSingleton<StreamWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<StreamWatch>());
    }
}
