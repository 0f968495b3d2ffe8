using System.Globalization;
using System.Net;
using System.Xml;
using Amazon.Runtime;
using Amazon.S3;
using AuditConsole.Streams.Destinations.Sending;

namespace AuditConsole.Streams.Destinations.S3;

/// <summary>What the errors of S3 and STS mean: which setting is wrong, and what to do.</summary>
internal sealed class S3Errors(S3Fields fields, string bucket, string place, Exchange exchange, string host, bool locks)
{
    /// <summary>Whether the keys of a session have ended.</summary>
    public static bool IsExpired(Exception fault) => fault is AmazonServiceException { ErrorCode: "ExpiredToken" or "ExpiredTokenException" or "TokenRefreshRequired" };

    /// <summary>What became of the attempt; null for a fault that is neither the other side's nor the network's.</summary>
    public DeliveryOutcome? Outcome(Exception fault, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        // An answer that was read is told by its code; what never came, by what the network says.
        if (fault is AmazonServiceException { StatusCode: not 0 } answered)
        {
            var (verdict, message, field) = Judge(answered);
            return new DeliveryOutcome(verdict, message, (int)answered.StatusCode, exchange.Hide($"{answered.ErrorCode}: {answered.Message}"), Field: field);
        }
        for (var cause = fault; cause is not null; cause = cause.InnerException)
        {
            if (Exchange.Unreached(cause, host, fields.Where, cancellationToken) is { } outcome)
            {
                return outcome;
            }
        }
        return fault is AmazonClientException or XmlException
            ? new DeliveryOutcome(DeliveryVerdict.Stop, $"What answers at {host} is no S3. Check the address.", Field: fields.Where)
            : null;
    }

    private (DeliveryVerdict Verdict, string Message, string? Field) Judge(AmazonServiceException fault)
    {
        var name = fields.Name;
        // STS answers before S3 is asked.
        if (fault is Amazon.SecurityToken.AmazonSecurityTokenServiceException)
        {
            return fault.ErrorCode switch
            {
                "InvalidClientTokenId" or "SignatureDoesNotMatch" or "IncompleteSignature" =>
                    (DeliveryVerdict.Stop, "AWS doesn't know this server's own keys: the operator corrects Streams:Aws.", S3Kind.Access),
                "RegionDisabledException" => (DeliveryVerdict.Stop, "The account of the role has turned STS off in this region. Turn it on in its IAM settings.", S3Kind.Region),
                _ when fault.StatusCode >= HttpStatusCode.InternalServerError || fault.ErrorCode == "Throttling" =>
                    (DeliveryVerdict.Retry, $"AWS gives no keys for the role just now ({(int)fault.StatusCode}).", null),
                _ => (DeliveryVerdict.Stop,
                    "AWS doesn't let this service assume the role. Check the ARN, and that the role's trust policy is the one shown, with the same external id.", S3Kind.RoleArn),
            };
        }
        return fault.ErrorCode switch
        {
            "InvalidAccessKeyId" => (DeliveryVerdict.Stop, $"{name} doesn't know this access key ID. Check that it was copied whole and not deleted.", fields.Key),
            "SignatureDoesNotMatch" => (DeliveryVerdict.Stop, "The secret access key doesn't belong to the access key ID. Enter both anew.", fields.Secret),
            "ExpiredToken" or "TokenRefreshRequired" or "InvalidToken" => (DeliveryVerdict.Stop, "The keys have ended. Enter ones that don't end by themselves.", fields.Key),
            "RequestTimeTooSkewed" or "RequestExpired" => (DeliveryVerdict.Retry,
                $"The clock of this server is wrong by more than 15 minutes compared with that of {host}. Set it (NTP): no setting of the stream is at fault.", null),
            "NoSuchBucket" => (DeliveryVerdict.Stop, $"There is no bucket {bucket}. Create it, or correct its name.", S3Kind.Bucket),
            "InvalidBucketName" => (DeliveryVerdict.Stop, $"{bucket} is no name of a bucket.", S3Kind.Bucket),
            "PermanentRedirect" or "TemporaryRedirect" or "AuthorizationHeaderMalformed" or "IllegalLocationConstraintException" => (DeliveryVerdict.Stop, Region(fault), S3Kind.Region),
            "AccessDenied" or "AllAccessDisabled" or "AccountProblem" or "NotSignedUp" =>
                (DeliveryVerdict.Stop, Denied, fields.Key),
            "InvalidRequest" when locks =>
                (DeliveryVerdict.Stop, $"The bucket {bucket} has no Object Lock. It is turned on when a bucket is made: make another one, or ask for no lock.", S3Kind.Bucket),
            "EntityTooLarge" => (DeliveryVerdict.TooLarge, $"{name} takes no object of this size.", null),
            "BadDigest" or "InvalidDigest" or "RequestTimeout" or "OperationAborted" => (DeliveryVerdict.Retry, "The object was damaged or stuck on its way. It is tried again.", null),
            _ when fault.ErrorCode?.StartsWith("KMS", StringComparison.OrdinalIgnoreCase) == true =>
                (DeliveryVerdict.Stop, "The KMS key can't be used: it is disabled, gone, or not allowed to these credentials.", S3Kind.KmsKey),
            _ => ByStatus((int)fault.StatusCode),
        };
    }

    private (DeliveryVerdict Verdict, string Message, string? Field) ByStatus(int status) => status switch
    {
        408 or 425 or 429 or 503 => (DeliveryVerdict.Retry, $"{fields.Name} asks to slow down ({status}).", null),
        413 => (DeliveryVerdict.TooLarge, $"{fields.Name} takes no object of this size.", null),
        501 => (DeliveryVerdict.Stop, NoS3(status), fields.Where),
        >= 500 => (DeliveryVerdict.Retry, $"{fields.Name} has trouble of its own ({status}). It is tried again later.", null),
        401 or 403 => (DeliveryVerdict.Stop, Denied, fields.Key),
        301 or 307 or 308 => (DeliveryVerdict.Stop, $"The bucket {bucket} is elsewhere. Correct the region or the address.", fields.Where),
        404 or 405 => (DeliveryVerdict.Stop, $"There is no bucket {bucket} at {host}. Check its name and the address.", S3Kind.Bucket),
        400 => (DeliveryVerdict.Stop, NoS3(status), fields.Where),
        _ => (DeliveryVerdict.Retry, $"{fields.Name} answered {status.ToString(CultureInfo.InvariantCulture)}. It is tried again later.", null),
    };

    private string NoS3(int status) => $"{fields.Name} doesn't take objects as S3 does ({status}). Its answer may say why.";

    // AWS says what it doesn't know; Ceph with STS, for one, denies access for every reason.
    private string Denied => fields.Where == S3CompatibleKind.Endpoint
        ? $"{fields.Name} refuses these credentials: it doesn't know them, or they may not write to {place}. Check both keys, and what they may do."
        : $"These credentials may not write to {place}. Give them the permission policy, or others.";

    private string Region(AmazonServiceException fault)
    {
        // "the region 'us-east-1' is wrong; expecting 'eu-west-1'"
        var expected = fault.Message.Split("expecting '") is [_, var rest] ? rest.Split('\'')[0] : null;
        return expected is null
            ? $"The bucket {bucket} is in another region. Its page in the S3 console says which."
            : $"The bucket {bucket} is in the region {expected}.";
    }
}
