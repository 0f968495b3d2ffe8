using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AuditConsole.Core;
using AuditConsole.Streams.Destinations.ObjectStorage;
using AuditConsole.Streams.Destinations.Sending;

namespace AuditConsole.Streams.Destinations.Google;

/// <summary>A bucket of Google Cloud Storage: one multipart upload an object, with its MD5, which Google checks.</summary>
internal sealed class GcsObjectStore(GoogleApi api, string bucket, string? prefix) : IObjectStore
{
    internal const string Bucket = "bucket";

    private readonly string _prefix = ObjectKeys.Prefix(prefix);

    /// <inheritdoc/>
    public string Place => $"gs://{bucket}/{_prefix}".TrimEnd('/');

    /// <summary>Where an object is, as load jobs name it.</summary>
    public string AddressOf(string key) => $"gs://{bucket}/{_prefix}{key}";

    /// <inheritdoc/>
    public async Task<PutOutcome> PutAsync(ObjectToPut put, CancellationToken cancellationToken)
    {
        put.Content.Position = 0;
        var md5 = Convert.ToBase64String(await MD5.HashDataAsync(put.Content, cancellationToken));
        var reply = await api.SendAsync(() => Upload(put, md5), cancellationToken);
        if (reply.Status == 412)
        {
            return await CompareAsync(put.Key, md5, reply, cancellationToken);
        }
        if (!reply.IsSuccess)
        {
            return new PutOutcome(Refusal(reply));
        }
        return reply.Read(root => root.GetProperty("md5Hash").GetString()) is { } stored && stored != md5
            ? new PutOutcome(reply.As(DeliveryVerdict.Retry, "Google says that it stored other bytes than were sent. It is tried again."))
            : new PutOutcome(reply.As(DeliveryVerdict.Delivered, $"Written to {Place}.") with { Answer = null });
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private HttpRequestMessage Upload(ObjectToPut put, string md5)
    {
        var name = Uri.EscapeDataString(_prefix + put.Key);
        var address = $"https://storage.googleapis.com/upload/storage/v1/b/{bucket}/o?uploadType=multipart&name={name}{(put.IfAbsent ? "&ifGenerationMatch=0" : "")}";
        var metadata = new Dictionary<string, object> { ["name"] = _prefix + put.Key, ["contentType"] = put.ContentType, ["md5Hash"] = md5 };
        if (put.LockedUntil is { } until)
        {
            metadata["retention"] = new Dictionary<string, string> { ["mode"] = "Locked", ["retainUntilTime"] = TimeOf(until) };
        }
        put.Content.Position = 0;
        var first = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(metadata)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") { CharSet = "UTF-8" } } };
        var second = new StreamContent(new Borrowed(put.Content)) { Headers = { ContentType = new MediaTypeHeaderValue(put.ContentType) } };
        return new HttpRequestMessage(HttpMethod.Post, address) { Content = new MultipartContent("related") { first, second } };
    }

    private async Task<PutOutcome> CompareAsync(string key, string md5, Reply refused, CancellationToken cancellationToken)
    {
        var reply = await api.SendAsync(
            () => new HttpRequestMessage(HttpMethod.Get, $"https://storage.googleapis.com/storage/v1/b/{bucket}/o/{Uri.EscapeDataString(_prefix + key)}?fields=md5Hash"), cancellationToken);
        var there = reply.Read(root => root.GetProperty("md5Hash").GetString());
        var delivered = refused.As(DeliveryVerdict.Delivered, $"It was already in {Place}.") with { Answer = null };
        return reply.IsSuccess && there == md5 ? new PutOutcome(delivered, AlreadyThere.Same)
            : reply.IsSuccess && there is not null ? new PutOutcome(refused.As(DeliveryVerdict.BadData, $"Another object of this name is in {Place}."), AlreadyThere.Other)
            // The account may create only. The name tells the entries, so the object is theirs.
            : reply.Status is 403 or 404 || reply.IsSuccess ? new PutOutcome(delivered, AlreadyThere.Unknown)
            : new PutOutcome(Refusal(reply));
    }

    private DeliveryOutcome Refusal(Reply reply) => reply.Status switch
    {
        401 => reply.As(DeliveryVerdict.Retry, "Google no longer takes the token. The next attempt asks for a new one."),
        403 when GoogleApi.ReasonOf(reply) is "rateLimitExceeded" or "userRateLimitExceeded" => reply.As(DeliveryVerdict.Retry, "Google asks to slow down."),
        403 => reply.As(
            DeliveryVerdict.Stop, $"The service account may not write to {Place}. Give it the role Storage Object Creator on the bucket.", ServiceAccount.Field),
        404 => reply.As(DeliveryVerdict.Stop, $"There is no bucket {bucket}. Create it, or correct its name.", Bucket),
        400 when reply.Body.Contains("retention", StringComparison.OrdinalIgnoreCase) =>
            reply.As(DeliveryVerdict.Stop, $"The bucket {bucket} has no object retention. It is turned on when a bucket is made: make another one, or ask for no lock.", Bucket),
        400 when reply.Body.Contains("MD5", StringComparison.OrdinalIgnoreCase) || reply.Body.Contains("hash", StringComparison.OrdinalIgnoreCase) =>
            reply.As(DeliveryVerdict.Retry, "The object was damaged on its way. It is tried again."),
        400 => reply.As(DeliveryVerdict.Stop, $"Google doesn't take objects for {Place}. Its answer may say why.", Bucket),
        _ => reply.ByStatus(ServiceAccount.Field, Bucket),
    };

    private static string TimeOf(DateTimeOffset time)
    {
        Span<byte> text = stackalloc byte[WireTime.Length];
        WireTime.Format(time, text);
        return Encoding.ASCII.GetString(text);
    }

    // The content of a request is disposed with it; the stream is the caller's.
    private sealed class Borrowed(Stream inner) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => inner.Length;

        public override long Position
        {
            get => inner.Position;
            set => inner.Position = value;
        }

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => inner.ReadAsync(buffer, cancellationToken);

        public override long Seek(long offset, SeekOrigin origin) => inner.Seek(offset, origin);

        public override void Flush()
        {
        }

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
