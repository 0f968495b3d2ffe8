using AuditConsole.Streams.Destinations.ObjectStorage;
using AuditConsole.Streams.Destinations.Sending;

namespace AuditConsole.Streams.Destinations.S3;

/// <summary>A server other than AWS that speaks S3: Ceph, MinIO, Cloudflare R2, Wasabi, Backblaze B2, OpenStack Swift.</summary>
internal sealed class S3CompatibleKind : IObjectStoreKind
{
    internal const string Endpoint = "endpoint";

    /// <inheritdoc/>
    public string Name => "s3-compatible";

    /// <inheritdoc/>
    public string DisplayName => "S3-compatible storage";

    /// <inheritdoc/>
    public string Summary => "Writes entries to a bucket of a server that speaks S3: Ceph, MinIO, Cloudflare R2, Wasabi, Backblaze B2, Swift.";

    /// <inheritdoc/>
    public IReadOnlyList<DestinationField> Fields { get; } =
    [
        new(Endpoint, "Endpoint", "The address of the server, without the bucket.") { IsAddress = true, Placeholder = "https://s3.example.com" },
        new(S3Kind.Bucket, "Bucket", "The name of the bucket.") { Placeholder = "acme-audit-log" },
        new(S3Kind.Region, "Region", "What the server calls its region: auto for Cloudflare R2, us-east-1 where it has none.") { Default = "us-east-1" },
        S3Kind.PrefixField,
        new(S3Kind.AccessKeyId, "Access key ID", "Of a user that may write objects to the bucket."),
        new(S3Kind.SecretAccessKey, "Secret access key", "The secret of this access key.") { IsSecret = true },
    ];

    /// <inheritdoc/>
    public IReadOnlyList<StreamFormat> Formats { get; } = [StreamFormat.Json, StreamFormat.Ocsf];

    /// <inheritdoc/>
    public IReadOnlyList<FieldProblem> Check(DestinationSettings settings)
    {
        var checks = new SettingChecks(Fields, settings).Basics()
            .RequireServer(Endpoint)
            .Require(S3Kind.Bucket, BucketNames.IsValid, BucketNames.Rule);
        BucketNames.RequirePrefix(checks, S3Kind.Prefix);
        return checks.Problems;
    }

    /// <inheritdoc/>
    public IDestination Open(DestinationSettings settings, DestinationContext context) => new ObjectDestination(OpenStore(settings, context), context);

    /// <inheritdoc/>
    public IObjectStore OpenStore(DestinationSettings settings, DestinationContext context) => new S3ObjectStore(
        S3Clients.Compatible(settings.Required(Endpoint), settings[S3Kind.Region] ?? "us-east-1"),
        S3Credentials.ByKeys(settings.Required(S3Kind.AccessKeyId), settings.Required(S3Kind.SecretAccessKey)),
        context, settings.Required(S3Kind.Bucket), S3Kind.PrefixOf(settings),
        new S3Fields("The storage", S3Kind.AccessKeyId, S3Kind.SecretAccessKey, Endpoint), kmsKey: null);
}
