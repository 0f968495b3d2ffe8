using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using AuditConsole.Core;

namespace AuditConsole.Streams.Destinations;

/// <summary>Tells a program of each entry: <c>audit.event.created</c>, signed as Standard Webhooks 1.0.0 says.</summary>
internal sealed class WebhookKind : IDestinationKind
{
    /// <summary>What is sent of an entry.</summary>
    public const string EventType = "audit.event.created";

    private const string Url = "url";
    private const string Secret = "secret";

    public string Name => DestinationKinds.Webhook;

    public string DisplayName => "Webhook";

    public string Summary => "Tells a program of yours of each entry, signed.";

    public IReadOnlyList<DestinationField> Fields { get; } =
    [
        new(Url, "Address", "Where each entry is posted to. It answers 2xx within 15 seconds.") { IsAddress = true, Placeholder = "https://app.example.com/webhooks/audit" },
        new(Secret, "Signing secret", "By it the program knows that a delivery comes from here (Standard Webhooks).") { IsSecret = true, Generate = WebhookSignature.NewSecret },
    ];

    public IReadOnlyList<StreamFormat> Formats { get; } = [StreamFormat.Json, StreamFormat.Ocsf];

    public IReadOnlyList<FieldProblem> Check(DestinationSettings settings)
    {
        var problems = new List<FieldProblem>();
        if (HttpUrl.Problem(settings[Url]) is { } problem)
        {
            problems.Add(new(Url, problem));
        }
        if (settings[Secret] is { } secret && !WebhookSignature.TryRead(secret, out _))
        {
            problems.Add(new(Secret, "A signing secret is whsec_ and the base64 of 24 to 64 bytes. Leave it empty, and one is made."));
        }
        return problems;
    }

    public IDestination Open(DestinationSettings settings, DestinationContext context)
    {
        var keys = new List<(byte[] Key, DateTimeOffset? Until)> { (KeyOf(settings.Required(Secret)), null) };
        if (settings[$"{Delivery.StreamSetups.Previous}{Secret}"] is { } previous && settings[$"{Delivery.StreamSetups.Previous}{Secret}{Delivery.StreamSetups.Until}"] is { } until)
        {
            keys.Add((KeyOf(previous), DateTimeOffset.Parse(until, CultureInfo.InvariantCulture)));
        }
        return new WebhookDestination(new Uri(settings.Required(Url)), keys, context);
    }

    private static byte[] KeyOf(string secret) => WebhookSignature.TryRead(secret, out var key) ? key : throw new FormatException("That is no signing secret.");
}

/// <summary>Posts one entry at a time.</summary>
internal sealed class WebhookDestination(Uri url, IReadOnlyList<(byte[] Key, DateTimeOffset? Until)> keys, DestinationContext context) : IDestination
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    public BatchLimits Limits { get; } = new(1, 1024 * 1024, 4 * 1024 * 1024);

    public Task<DeliveryOutcome> SendAsync(DeliveryBatch batch, CancellationToken cancellationToken)
    {
        var entry = batch.Entries[0];
        return PostAsync(batch.Id, WebhookKind.EventType, entry.Entry.OccurredAt, entry.Body.Span, cancellationToken);
    }

    public Task<DeliveryOutcome> CheckAsync(CancellationToken cancellationToken) =>
        PostAsync($"{context.StreamId}_check_{Guid.NewGuid():N}", "audit.test", context.Clock.GetUtcNow(), "{}"u8, cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Task<DeliveryOutcome> PostAsync(string id, string type, DateTimeOffset at, ReadOnlySpan<byte> data, CancellationToken cancellationToken)
    {
        var head = Encoding.UTF8.GetBytes($"{{\"type\":\"{type}\",\"timestamp\":\"{WireTime.Format(at)}\",\"data\":");
        byte[] body = [.. head, .. data, (byte)'}'];
        return PostAsync(id, body, cancellationToken);
    }

    private async Task<DeliveryOutcome> PostAsync(string id, byte[] body, CancellationToken cancellationToken)
    {
        var now = context.Clock.GetUtcNow();
        var timestamp = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.Add("webhook-id", id);
        request.Headers.Add("webhook-timestamp", timestamp);
        request.Headers.TryAddWithoutValidation("webhook-signature", string.Join(
            ' ', keys.Where(key => key.Until is null || key.Until > now).Select(key => WebhookSignature.Sign(key.Key, id, timestamp, body))));
        return await HttpPost.SendAsync(context, request, Patience, cancellationToken);
    }
}

/// <summary>Signatures of Standard Webhooks 1.0.0.</summary>
internal static class WebhookSignature
{
    private const string Prefix = "whsec_";
    private const int NewLength = 32;

    /// <summary><c>whsec_</c> and the base64 of 32 random bytes.</summary>
    public static string NewSecret() => Prefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(NewLength));

    /// <summary>The key of a secret: 24 to 64 bytes.</summary>
    public static bool TryRead(string secret, out byte[] key)
    {
        key = [];
        var bytes = new byte[64];
        if (!secret.StartsWith(Prefix, StringComparison.Ordinal) || !Convert.TryFromBase64String(secret[Prefix.Length..], bytes, out var length) || length < 24)
        {
            return false;
        }
        key = bytes[..length];
        return true;
    }

    /// <summary><c>v1,</c> and the base64 of HMAC-SHA256 over <c>id.timestamp.body</c>.</summary>
    public static string Sign(byte[] key, string id, string timestamp, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hash.AppendData(Encoding.UTF8.GetBytes($"{id}.{timestamp}."));
        hash.AppendData(body);
        return $"v1,{Convert.ToBase64String(hash.GetHashAndReset())}";
    }
}
