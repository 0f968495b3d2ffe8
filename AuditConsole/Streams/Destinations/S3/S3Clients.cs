using Amazon;
using Amazon.Runtime;
using Amazon.S3;

namespace AuditConsole.Streams.Destinations.S3;

/// <summary>How the SDK is set: it signs and reads answers; retries, clocks, addresses and connections are ours.</summary>
internal static class S3Clients
{
    /// <summary>For AWS itself.</summary>
    public static AmazonS3Config Aws(RegionEndpoint region) => Common(new AmazonS3Config { RegionEndpoint = region });

    /// <summary>For a server that speaks S3.</summary>
    public static AmazonS3Config Compatible(string endpoint, string region) => Common(new AmazonS3Config
    {
        ServiceURL = endpoint.TrimEnd('/'),
        AuthenticationRegion = region,
        // Names of buckets are seldom in its DNS.
        ForcePathStyle = true,
        // Few servers know the checksums that the SDK would add.
        UseHttp = endpoint.StartsWith("http://", StringComparison.OrdinalIgnoreCase),
    });

    /// <summary>What holds for every client.</summary>
    public static T Common<T>(T config) where T : ClientConfig
    {
        config.RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED;
        config.ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED;
        // The stream tries again, by its own plan.
        config.MaxErrorRetry = 0;
        config.MaxStaleConnectionRetries = 0;
        // The client that it is handed follows no redirect. Told so, the SDK takes the answer for one of its own to follow:
        // it would go to whatever bucket a server names.
        config.AllowAutoRedirect = true;
        // A wrong clock is to be told, not papered over.
        config.DisableClockSkewCorrection = true;
        // An address from the environment would go past the one that was checked.
        config.IgnoreConfiguredEndpointUrls = true;
        config.DisableLogging = true;
        return config;
    }

    /// <summary>Lets the SDK use the client of the stream, whose connections are guarded.</summary>
    public sealed class Handed(HttpClient client) : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => client;

        public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

        public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => false;
    }
}

/// <summary>How the settings are called that an answer can prove wrong.</summary>
/// <param name="Name">The other side, for people.</param>
/// <param name="Key">The name of the key, or of the role.</param>
/// <param name="Secret">Its secret.</param>
/// <param name="Where">What says which server: the region of AWS, the endpoint elsewhere.</param>
internal sealed record S3Fields(string Name, string Key, string Secret, string Where);
