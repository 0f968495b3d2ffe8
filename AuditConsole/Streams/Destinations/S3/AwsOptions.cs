using Amazon;
using Microsoft.Extensions.Options;

namespace AuditConsole.Streams.Destinations.S3;

/// <summary>The service's own identity at AWS, by which it assumes the roles that tenants let it assume; section <c>Streams:Aws</c>.</summary>
public sealed class AwsOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Streams:Aws";

    /// <summary>The ARN of the IAM user or role whose keys these are: whom the trust policies of tenants name.</summary>
    public string? Principal { get; set; }

    /// <summary>The id of its access key.</summary>
    public string? AccessKeyId { get; set; }

    /// <summary>The secret of its access key.</summary>
    public string? SecretAccessKey { get; set; }

    /// <summary>Where roles are assumed, as <c>https://vpce-….sts.eu-central-1.vpce.amazonaws.com</c>; without it, at the region's own STS.</summary>
    public string? StsEndpoint { get; set; }

    /// <summary>Whether roles can be assumed.</summary>
    internal bool IsSet => AccessKeyId is { Length: > 0 };

    /// <summary>What is wrong, each with its key.</summary>
    internal IEnumerable<string> Problems()
    {
        if (new[] { Principal, AccessKeyId, SecretAccessKey }.Select(string.IsNullOrEmpty).Distinct().Count() > 1)
        {
            yield return $"{Section}:Principal, {Section}:AccessKeyId and {Section}:SecretAccessKey belong together: give all three or none.";
        }
        else if (Principal is { Length: > 0 } && !Arn.IsArn(Principal))
        {
            yield return $"{Section}:Principal is the ARN of an IAM user or role, as arn:aws:iam::123456789012:user/audit-console, not \"{Principal}\".";
        }
        if (StsEndpoint is { Length: > 0 } && !(Uri.TryCreate(StsEndpoint, UriKind.Absolute, out var address) && address.Scheme is "https" or "http"))
        {
            yield return $"{Section}:StsEndpoint is an address like https://sts.eu-central-1.amazonaws.com, not \"{StsEndpoint}\".";
        }
    }

    /// <summary>Checks the section at start.</summary>
    internal sealed class Validator : IValidateOptions<AwsOptions>
    {
        public ValidateOptionsResult Validate(string? name, AwsOptions options) =>
            options.Problems().ToList() is { Count: > 0 } problems ? ValidateOptionsResult.Fail(problems) : ValidateOptionsResult.Success;
    }
}
