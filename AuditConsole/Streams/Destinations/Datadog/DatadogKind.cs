using AuditConsole.Streams.Destinations.Sending;
using AuditConsole.Streams.Formats;

namespace AuditConsole.Streams.Destinations.Datadog;

/// <summary>Datadog's logs intake, version 2.</summary>
internal sealed class DatadogKind : IDestinationKind
{
    internal const string Site = "site";
    internal const string ApiKey = "api_key";
    internal const string Service = "service";
    internal const string Tags = "tags";

    /// <inheritdoc/>
    public string Name => "datadog";

    /// <inheritdoc/>
    public string DisplayName => "Datadog";

    /// <inheritdoc/>
    public string Summary => "Sends entries to Datadog Logs. Datadog takes entries of the last 18 hours only.";

    /// <inheritdoc/>
    public IReadOnlyList<DestinationField> Fields { get; } =
    [
        new(Site, "Site", "The site of your account: what stands in the address of your Datadog page behind app.")
        {
            Choices =
            [
                "datadoghq.com", "us3.datadoghq.com", "us5.datadoghq.com", "datadoghq.eu", "ap1.datadoghq.com", "ap2.datadoghq.com", "ddog-gov.com",
            ],
            Default = "datadoghq.com",
        },
        new(ApiKey, "API key", "In Datadog: Organization Settings, API Keys, New Key. An application key won't do.") { IsSecret = true, Placeholder = "32 hexadecimal digits" },
        new(Service, "Service", "The service that the logs are shown under.") { Default = Product.Slug },
        new(Tags, "Tags", "Further tags of all logs, with commas between.") { IsOptional = true, Placeholder = "env:production,team:platform" },
    ];

    /// <inheritdoc/>
    public IReadOnlyList<StreamFormat> Formats { get; } = [StreamFormat.Json, StreamFormat.Ocsf, StreamFormat.Cef, StreamFormat.Syslog];

    /// <inheritdoc/>
    public IReadOnlyList<FieldProblem> Check(DestinationSettings settings) => new SettingChecks(Fields, settings).Basics()
        .Require(ApiKey, key => key.Length == 32 && key.All(char.IsAsciiHexDigit), "An API key of Datadog has 32 hexadecimal digits. An application key has 40 and won't do.")
        .Problems;

    /// <inheritdoc/>
    public IDestination Open(DestinationSettings settings, DestinationContext context) => new DatadogDestination(settings, context);
}
