using Amazon;
using Amazon.Runtime;
using Amazon.SecurityToken;
using Amazon.SecurityToken.Model;

namespace AuditConsole.Streams.Destinations.S3;

/// <summary>What requests to S3 are signed with.</summary>
internal abstract class S3Credentials
{
    /// <summary>The keys to sign with now.</summary>
    public abstract ValueTask<AWSCredentials> GetAsync(CancellationToken cancellationToken);

    /// <summary>Drops keys that the other side says have ended.</summary>
    /// <returns>Whether others can be had.</returns>
    public virtual bool Forget() => false;

    /// <summary>What an answer must not repeat.</summary>
    public abstract IReadOnlyList<string?> Secrets { get; }

    /// <summary>Keys that stay.</summary>
    public static S3Credentials ByKeys(string id, string secret) => new Keys(id, secret);

    /// <summary>Keys of a role, of which the service asks new ones when they end.</summary>
    public static S3Credentials ByRole(AwsOptions aws, RegionEndpoint region, string role, string externalId, DestinationContext context) =>
        new Role(aws, region, role, externalId, context);

    private sealed class Keys(string id, string secret) : S3Credentials
    {
        private readonly BasicAWSCredentials _credentials = new(id, secret);

        public override IReadOnlyList<string?> Secrets => [secret];

        public override ValueTask<AWSCredentials> GetAsync(CancellationToken cancellationToken) => new(_credentials);
    }

    private sealed class Role(AwsOptions aws, RegionEndpoint region, string role, string externalId, DestinationContext context) : S3Credentials
    {
        // New keys are fetched before the old ones end, so that none end on the way.
        private static readonly TimeSpan Early = TimeSpan.FromMinutes(5);

        private Credentials? _assumed;

        public override IReadOnlyList<string?> Secrets => [aws.SecretAccessKey, _assumed?.SecretAccessKey, _assumed?.SessionToken];

        public override async ValueTask<AWSCredentials> GetAsync(CancellationToken cancellationToken)
        {
            if (_assumed is not { } assumed || assumed.Expiration!.Value.ToUniversalTime() - Early <= context.Clock.GetUtcNow().UtcDateTime)
            {
                var config = S3Clients.Common(new AmazonSecurityTokenServiceConfig { HttpClientFactory = new S3Clients.Handed(context.Http), AuthenticationRegion = region.SystemName });
                if (aws.StsEndpoint is { Length: > 0 } endpoint)
                {
                    config.ServiceURL = endpoint;
                }
                else
                {
                    config.RegionEndpoint = region;
                }
                using var client = new AmazonSecurityTokenServiceClient(new BasicAWSCredentials(aws.AccessKeyId, aws.SecretAccessKey), config);
                var request = new AssumeRoleRequest { RoleArn = role, ExternalId = externalId, RoleSessionName = "audit-console", DurationSeconds = 3600 };
                _assumed = assumed = (await client.AssumeRoleAsync(request, cancellationToken)).Credentials;
            }
            return new SessionAWSCredentials(assumed.AccessKeyId, assumed.SecretAccessKey, assumed.SessionToken);
        }

        public override bool Forget()
        {
            var had = _assumed is not null;
            _assumed = null;
            return had;
        }
    }
}
