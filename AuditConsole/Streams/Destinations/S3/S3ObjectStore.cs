using System.Net;
using System.Security.Cryptography;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using AuditConsole.Streams.Destinations.ObjectStorage;
using AuditConsole.Streams.Destinations.Sending;

namespace AuditConsole.Streams.Destinations.S3;

/// <summary>
/// A bucket that speaks S3. Every object is sent with its MD5, which Object Lock asks for, and the ETag of the answer is
/// compared with it.
/// </summary>
internal sealed class S3ObjectStore : IObjectStore
{
    private readonly AmazonS3Config _config;
    private readonly S3Credentials _credentials;
    private readonly DestinationContext _context;
    private readonly string _bucket;
    private readonly string _prefix;
    private readonly S3Fields _fields;
    private readonly string? _kmsKey;
    private bool _knowsConditions = true;

    public S3ObjectStore(
        AmazonS3Config config, S3Credentials credentials, DestinationContext context, string bucket, string? prefix, S3Fields fields, string? kmsKey)
    {
        config.HttpClientFactory = new S3Clients.Handed(context.Http);
        (_config, _credentials, _context, _bucket, _fields, _kmsKey) = (config, credentials, context, bucket, fields, kmsKey);
        _prefix = ObjectKeys.Prefix(prefix);
    }

    /// <inheritdoc/>
    public string Place => $"s3://{_bucket}/{_prefix}".TrimEnd('/');

    /// <inheritdoc/>
    public async Task<PutOutcome> PutAsync(ObjectToPut put, CancellationToken cancellationToken)
    {
        put.Content.Position = 0;
        var md5 = await MD5.HashDataAsync(put.Content, cancellationToken);
        var errors = new S3Errors(_fields, _bucket, Place, new Exchange(_context, _fields.Name, _credentials.Secrets), Host, put.LockedUntil is not null);
        try
        {
            using var client = new AmazonS3Client(await _credentials.GetAsync(cancellationToken), _config);
            return await PutAsync(client, put, md5, errors, cancellationToken);
        }
        catch (Exception fault) when (errors.Outcome(fault, cancellationToken) is { } outcome)
        {
            // Keys of a role that ended early: the next attempt asks for new ones.
            return new PutOutcome(S3Errors.IsExpired(fault) && _credentials.Forget() ? outcome with { Verdict = DeliveryVerdict.Retry } : outcome);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private string Host => _config.ServiceURL is { Length: > 0 } address ? new Uri(address).Authority : $"s3.{_config.RegionEndpoint.SystemName}.amazonaws.com";

    private async Task<PutOutcome> PutAsync(AmazonS3Client client, ObjectToPut put, byte[] md5, S3Errors errors, CancellationToken cancellationToken)
    {
        if (put is { IfAbsent: true, NeverReplaces: true } && !_knowsConditions && await IsThereAsync(client, put, cancellationToken))
        {
            return await CompareAsync(client, put, md5, cancellationToken);
        }
        try
        {
            var answer = await client.PutObjectAsync(Request(put, md5), cancellationToken);
            return IsStoredAsSent(answer, md5)
                ? new PutOutcome(new DeliveryOutcome(DeliveryVerdict.Delivered, $"Written to {Place}.", (int)answer.HttpStatusCode))
                : new PutOutcome(new DeliveryOutcome(
                    DeliveryVerdict.Retry, $"{_fields.Name} says that it stored other bytes than were sent. It is tried again.", (int)answer.HttpStatusCode));
        }
        catch (AmazonS3Exception refused) when (put.IfAbsent && refused.StatusCode == HttpStatusCode.PreconditionFailed)
        {
            return await CompareAsync(client, put, md5, cancellationToken);
        }
        catch (AmazonS3Exception refused) when (put.IfAbsent && _knowsConditions && refused.StatusCode == HttpStatusCode.NotImplemented)
        {
            // A server that doesn't know the header: names and bytes are the same on every attempt, so replacing does no harm.
            _knowsConditions = false;
            return await PutAsync(client, put, md5, errors, cancellationToken);
        }
    }

    private async Task<bool> IsThereAsync(AmazonS3Client client, ObjectToPut put, CancellationToken cancellationToken)
    {
        try
        {
            await client.GetObjectMetadataAsync(_bucket, _prefix + put.Key, cancellationToken);
            return true;
        }
        catch (AmazonS3Exception refused) when (refused.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Forbidden)
        {
            return false;
        }
    }

    private PutObjectRequest Request(ObjectToPut put, byte[] md5)
    {
        put.Content.Position = 0;
        var request = new PutObjectRequest
        {
            BucketName = _bucket,
            Key = _prefix + put.Key,
            InputStream = put.Content,
            AutoCloseStream = false,
            ContentType = put.ContentType,
            MD5Digest = Convert.ToBase64String(md5),
            UseChunkEncoding = false,
        };
        if (put.IfAbsent && _knowsConditions)
        {
            request.IfNoneMatch = "*";
        }
        if (put.LockedUntil is { } until)
        {
            request.ObjectLockMode = ObjectLockMode.Compliance;
            request.ObjectLockRetainUntilDate = until.UtcDateTime;
        }
        if (_kmsKey is not null)
        {
            request.ServerSideEncryptionMethod = ServerSideEncryptionMethod.AWSKMS;
            request.ServerSideEncryptionKeyManagementServiceKeyId = _kmsKey;
        }
        return request;
    }

    // Encrypted with KMS, an ETag is no MD5.
    private static bool IsStoredAsSent(PutObjectResponse answer, byte[] md5) =>
        answer.ServerSideEncryptionMethod == ServerSideEncryptionMethod.AWSKMS || answer.ETag is not { Length: > 0 } || IsMd5(answer.ETag, md5);

    private static bool IsMd5(string tag, byte[] md5) => tag.Trim('"').Equals(Convert.ToHexStringLower(md5), StringComparison.OrdinalIgnoreCase);

    private async Task<PutOutcome> CompareAsync(AmazonS3Client client, ObjectToPut put, byte[] md5, CancellationToken cancellationToken)
    {
        var delivered = new DeliveryOutcome(DeliveryVerdict.Delivered, $"It was already in {Place}.", (int)HttpStatusCode.PreconditionFailed);
        try
        {
            var there = await client.GetObjectMetadataAsync(_bucket, _prefix + put.Key, cancellationToken);
            return there.ServerSideEncryptionMethod == ServerSideEncryptionMethod.AWSKMS ? new PutOutcome(delivered, AlreadyThere.Unknown)
                : IsMd5(there.ETag, md5) ? new PutOutcome(delivered, AlreadyThere.Same)
                : new PutOutcome(new DeliveryOutcome(DeliveryVerdict.BadData, $"Another object of this name is in {Place}.", (int)HttpStatusCode.PreconditionFailed), AlreadyThere.Other);
        }
        catch (AmazonS3Exception refused) when (refused.StatusCode == HttpStatusCode.Forbidden)
        {
            // The policy lets it write only. The name tells the entries, so the object is theirs.
            return new PutOutcome(delivered, AlreadyThere.Unknown);
        }
    }
}
