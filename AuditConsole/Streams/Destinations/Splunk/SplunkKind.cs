using AuditConsole.Streams.Destinations.Sending;
using AuditConsole.Streams.Formats;

namespace AuditConsole.Streams.Destinations.Splunk;

/// <summary>Splunk's HTTP Event Collector.</summary>
internal sealed class SplunkKind : IDestinationKind
{
    internal const string Address = "url";
    internal const string Token = "token";
    internal const string Index = "index";
    internal const string Source = "source";
    internal const string SourceType = "sourcetype";
    internal const string Host = "host";
    internal const string Acknowledged = "indexer_acknowledgement";
    internal const string Compression = "compression";

    /// <inheritdoc/>
    public string Name => "splunk-hec";

    /// <inheritdoc/>
    public string DisplayName => "Splunk HEC";

    /// <inheritdoc/>
    public string Summary => "Sends entries to Splunk's HTTP Event Collector, on request only on once the indexers have them.";

    /// <inheritdoc/>
    public IReadOnlyList<DestinationField> Fields { get; } =
    [
        new(Address, "HEC address", "The server and port of the HTTP Event Collector, without /services. Splunk Cloud: https://http-inputs-NAME.splunkcloud.com.")
        {
            IsAddress = true,
            Placeholder = "https://splunk.example.com:8088",
        },
        new(Token, "Token", "In Splunk: Settings, Data inputs, HTTP Event Collector, New Token.") { IsSecret = true, Placeholder = "a UUID" },
        new(Index, "Index", "Where the events go; the token must allow it. Without one, the token's default index.") { IsOptional = true, Placeholder = "audit" },
        new(Source, "Source", "The source of all events.") { Default = Product.Slug },
        new(SourceType, "Source type", "How Splunk reads the events. Without one: audit-console:entry, audit-console:ocsf, cef or syslog, by the format.") { IsOptional = true },
        new(Host, "Host", "The host of all events.") { Default = Product.Slug },
        new(Acknowledged, "Wait for the indexers", "On where the token has indexer acknowledgement enabled: the stream moves on only once the indexers have the events.")
        {
            Choices = ["off", "on"], Default = "off",
        },
        new(Compression, "Compression", "Off only for a collector or proxy that doesn't take gzip.") { Choices = ["gzip", "off"], Default = "gzip" },
    ];

    /// <inheritdoc/>
    public IReadOnlyList<StreamFormat> Formats { get; } = [StreamFormat.Json, StreamFormat.Ocsf, StreamFormat.Cef, StreamFormat.Syslog];

    /// <inheritdoc/>
    public IReadOnlyList<FieldProblem> Check(DestinationSettings settings) => new SettingChecks(Fields, settings).Basics()
        .RequireServer(Address)
        .Require(
            Address, address => !new Uri(address).AbsolutePath.Contains("/services", StringComparison.OrdinalIgnoreCase),
            "Leave out /services and what follows: enter the server and its port only.")
        .Require(Token, token => Guid.TryParse(token, out _), "A token is a UUID, as 12345678-1234-1234-1234-1234567890ab.")
        .Require(
            Index, index => index.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '_' or '-'),
            "The name of an index has lower-case letters, digits, _ and - only.")
        .Problems;

    /// <inheritdoc/>
    public IDestination Open(DestinationSettings settings, DestinationContext context) => new SplunkDestination(settings, context);
}
