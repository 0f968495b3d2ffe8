using System.Security.Cryptography;
using Amazon;
using AuditConsole.Streams.Destinations.ObjectStorage;
using AuditConsole.Streams.Destinations.Sending;
using Microsoft.Extensions.Options;

namespace AuditConsole.Streams.Destinations.S3;

/// <summary>Amazon S3, by keys or by a role that the service may assume.</summary>
internal sealed class S3Kind(IOptions<AwsOptions> aws) : IObjectStoreKind, ISetupGuide
{
    internal const string Bucket = "bucket";
    internal const string Region = "region";
    internal const string Prefix = "prefix";
    internal const string Access = "access";
    internal const string AccessKeyId = "access_key_id";
    internal const string SecretAccessKey = "secret_access_key";
    internal const string RoleArn = "role_arn";
    internal const string ExternalId = "external_id";
    internal const string KmsKey = "kms_key";
    internal const string ByRole = "role";

    internal static readonly DestinationField PrefixField =
        new(Prefix, "Prefix", "What the names of all objects begin with, a folder of the bucket; / for none.") { Default = DefaultPrefix };

    private const string DefaultPrefix = "audit-log";

    /// <summary>The prefix that holds.</summary>
    internal static string PrefixOf(DestinationSettings settings) => settings[Prefix] ?? DefaultPrefix;

    /// <inheritdoc/>
    public string Name => "s3";

    /// <inheritdoc/>
    public string DisplayName => "Amazon S3";

    /// <inheritdoc/>
    public string Summary => "Writes entries to a bucket of AWS: compressed NDJSON, in folders by day and hour.";

    /// <inheritdoc/>
    public IReadOnlyList<DestinationField> Fields { get; } =
    [
        new(Bucket, "Bucket", "The name of the bucket, without s3://.") { Placeholder = "acme-audit-log" },
        new(Region, "Region", "The region that the bucket is in, as its page in the S3 console says.") { Placeholder = "eu-central-1" },
        PrefixField,
        new(Access, "Access by", "A role is safer: no secret leaves AWS, and the external id keeps others from using it. Keys work everywhere.")
        {
            Choices = ["keys", ByRole], Default = "keys",
        },
        new(AccessKeyId, "Access key ID", "Of an IAM user that has the permission policy; for access by keys.") { IsOptional = true, With = (Access, "keys"), Placeholder = "AKIA…" },
        new(SecretAccessKey, "Secret access key", "The secret of this access key.") { IsOptional = true, With = (Access, "keys"), IsSecret = true },
        new(RoleArn, "Role ARN", "A role that has the permission policy and the trust policy; for access by role.")
        {
            IsOptional = true, With = (Access, ByRole), Placeholder = "arn:aws:iam::123456789012:role/audit-console",
        },
        new(ExternalId, "External ID", "Made by this service; the trust policy names it.") { IsOptional = true, Generate = NewExternalId },
        new(KmsKey, "KMS key", "The ARN of a key to encrypt with, where the bucket's default isn't wanted.") { IsOptional = true, Placeholder = "arn:aws:kms:…" },
    ];

    /// <inheritdoc/>
    public IReadOnlyList<StreamFormat> Formats { get; } = [StreamFormat.Json, StreamFormat.Ocsf];

    /// <inheritdoc/>
    public IReadOnlyList<FieldProblem> Check(DestinationSettings settings)
    {
        var checks = new SettingChecks(Fields, settings).Basics();
        checks.Require(Bucket, BucketNames.IsValid, BucketNames.Rule);
        checks.Require(Region, IsRegion, "This is no region of AWS. It looks like eu-central-1.");
        BucketNames.RequirePrefix(checks, Prefix);
        if (settings[Access] == ByRole)
        {
            checks.Require(
                RoleArn, arn => Arn.IsArn(arn) && Arn.Parse(arn).Resource.StartsWith("role/", StringComparison.Ordinal),
                "The ARN of a role looks like arn:aws:iam::123456789012:role/audit-console.");
            checks.RequireSet(RoleArn, "Enter the ARN of the role.");
            checks.RequireSet(ExternalId, "The external id is missing: make the destination anew.");
            if (!aws.Value.IsSet)
            {
                checks.Add(Access, "This server has no identity at AWS, so it can't assume roles. The operator sets Streams:Aws; or choose keys.");
            }
        }
        else
        {
            checks.RequireSet(AccessKeyId, "Enter the access key ID.");
            checks.RequireSet(SecretAccessKey, "Enter the secret access key.");
            checks.Require(AccessKeyId, IsKeyId, "An access key ID has 16 to 128 capitals and digits and begins with AKIA. Keys that begin with ASIA end by themselves and won't do.");
        }
        checks.Require(KmsKey, arn => Arn.IsArn(arn) && Arn.Parse(arn).Service == "kms", "The ARN of a KMS key looks like arn:aws:kms:eu-central-1:123456789012:key/….");
        return checks.Problems;
    }

    /// <inheritdoc/>
    public IDestination Open(DestinationSettings settings, DestinationContext context) => new ObjectDestination(OpenStore(settings, context), context);

    /// <inheritdoc/>
    public IObjectStore OpenStore(DestinationSettings settings, DestinationContext context)
    {
        var region = RegionEndpoint.GetBySystemName(settings.Required(Region));
        var credentials = settings[Access] == ByRole
            ? S3Credentials.ByRole(aws.Value, region, settings.Required(RoleArn), settings.Required(ExternalId), context)
            : S3Credentials.ByKeys(settings.Required(AccessKeyId), settings.Required(SecretAccessKey));
        return new S3ObjectStore(
            S3Clients.Aws(region), credentials, context, settings.Required(Bucket), PrefixOf(settings),
            settings[Access] == ByRole ? new S3Fields("S3", RoleArn, RoleArn, Region) : new S3Fields("S3", AccessKeyId, SecretAccessKey, Region), settings[KmsKey]);
    }

    /// <inheritdoc/>
    public IReadOnlyList<SetupText> SetupTexts(DestinationSettings settings) => SetupTexts(settings, reads: false);

    /// <summary>The texts.</summary>
    /// <param name="settings">What was entered so far.</param>
    /// <param name="reads">Whether objects are also to be read, to compare them.</param>
    internal IReadOnlyList<SetupText> SetupTexts(DestinationSettings settings, bool reads)
    {
        var permission = new SetupText(
            "Permission policy", $"Attach it to the IAM user or role: it may {(reads ? "write and read" : "write")} objects below the prefix and nothing else.",
            S3Policy.Permission(settings, reads));
        return settings[Access] == ByRole
            ? [permission, new SetupText("Trust policy", "Let the role have it: only this service may assume it, and only with this external id.", S3Policy.Trust(aws.Value.Principal, settings))]
            : [permission];
    }

    private static bool IsRegion(string region) =>
        region.Length <= 32 && region.Contains('-', StringComparison.Ordinal) && region.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');

    private static bool IsKeyId(string id) =>
        id.Length is >= 16 and <= 128 && id.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c)) && !id.StartsWith("ASIA", StringComparison.Ordinal);

    private static string NewExternalId() => "ac-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
}
