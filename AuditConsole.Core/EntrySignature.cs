using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;

namespace AuditConsole.Core;

/// <summary>
/// A producer's signature over an entry: ECDSA with P-256 and SHA-256 over <see cref="SignedText"/>. It binds what was
/// sent to the producer's own key, whatever the service or its operator does with the entry afterwards.
/// </summary>
/// <param name="KeyId">The id under which the tenant registered the public key, <c>sgk_…</c>.</param>
/// <param name="Value">The signature in DER (RFC 3279, section 2.2.3: a sequence of r and s), as base64 with padding.</param>
public sealed record EntrySignature(string KeyId, string Value)
{
    /// <summary>The most characters of a value: a P-256 signature has up to 72 bytes in DER.</summary>
    public const int MaxLength = 96;

    /// <summary>
    /// What is signed: the canonical JSON of the entry as it was sent, without <c>signature</c> and with
    /// <c>tenant_id</c>. <c>occurred_at</c> and <c>metadata</c> always stand in it.
    /// </summary>
    /// <param name="entry">The entry, as it came or as it was read back; needs its time.</param>
    /// <param name="tenantId">The UUID of the tenant whose log it is for.</param>
    /// <exception cref="ArgumentException">The entry has no time.</exception>
    public static byte[] SignedText(NewEntry entry, Guid tenantId)
    {
        if (entry.OccurredAt is not { } occurredAt)
        {
            throw new ArgumentException("A signed entry says when it occurred.", nameof(entry));
        }
        var output = new ArrayBufferWriter<byte>(entry.Metadata.Utf8.Length + 512);
        var json = new MemberWriter(output);
        json.Begin();
        json.Text("action", entry.Action);
        json.Name("actor");
        var actor = new MemberWriter(output);
        actor.Begin();
        actor.Text("id", entry.Actor.Id);
        if (entry.Actor.Metadata is { } metadata)
        {
            actor.Raw("metadata", metadata.Utf8.Span);
        }
        actor.Text("name", entry.Actor.Name);
        actor.Text("type", entry.Actor.Type);
        actor.End();
        json.Text("correlation_id", entry.CorrelationId);
        json.Text("engine_version", entry.EngineVersion);
        json.Text("ip", entry.Ip?.ToString());
        json.Text("location", entry.Location);
        json.Raw("metadata", entry.Metadata.Utf8.Span);
        json.Time("occurred_at", occurredAt);
        json.Text("reasoning", entry.Reasoning);
        if (entry.SchemaVersion is { } schemaVersion)
        {
            json.Integer("schema_version", schemaVersion);
        }
        json.Name("target");
        EntryText.WriteResource(output, entry.Target);
        EntryText.WriteTargets(ref json, entry.Targets);
        json.Uuid("tenant_id", tenantId);
        json.Text("user_agent", entry.UserAgent);
        json.End();
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Whether the signature is that of the key over the entry.</summary>
    /// <param name="key">A P-256 public key.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="tenantId">The tenant that it is for.</param>
    /// <exception cref="ArgumentException">The entry has no time.</exception>
    public bool Verify(ECDsa key, NewEntry entry, Guid tenantId)
    {
        Span<byte> signature = stackalloc byte[MaxLength];
        return Convert.TryFromBase64String(Value, signature, out var length)
            && key.VerifyData(SignedText(entry, tenantId), signature[..length], HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }

    /// <summary>What of a signed entry was not sent as it is stored, so that the signature could not be checked later.</summary>
    /// <param name="sent">The JSON object that was sent.</param>
    /// <param name="read">What was read from it.</param>
    /// <param name="path">Its place in the body: empty, or <c>[3]</c> in a batch.</param>
    /// <returns>The first difference, or null.</returns>
    public static FieldError? FindChange(JsonElement sent, NewEntry read, string path)
    {
        if (read.OccurredAt is not { } occurredAt)
        {
            return Change("occurred_at", "is missing: a signed entry says when it occurred");
        }
        if (sent.GetProperty("occurred_at").GetString() is var time && time != WireTime.Format(occurredAt))
        {
            return Change("occurred_at", $"would be stored as {WireTime.Format(occurredAt)}: sign and send it in this form");
        }
        if (read.Ip is { } ip && sent.GetProperty("ip").GetString() != ip.ToString())
        {
            return Change("ip", $"would be stored as {ip}: sign and send it in this form");
        }
        if (!sent.TryGetProperty("metadata", out _))
        {
            return Change("metadata", "is missing and would be stored as {}: sign and send it");
        }
        if (read.Targets.Count == 0 && sent.TryGetProperty("targets", out _))
        {
            return Change("targets", "is empty and would be left out: sign and send the entry without it");
        }
        return FindMinusZero(sent, path);

        FieldError Change(string name, string message) => new(CanonicalJson.Join(path, name), message);
    }

    /// <summary>Whether a text is base64 in its one canonical form.</summary>
    internal static bool IsBase64(string value)
    {
        Span<byte> bytes = stackalloc byte[MaxLength];
        return Convert.TryFromBase64String(value, bytes, out var length) && Convert.ToBase64String(bytes[..length]) == value;
    }

    // RFC 8785 writes −0 as 0; a signer that doesn't know would sign another text.
    private static FieldError? FindMinusZero(JsonElement value, string path)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Number when value.GetRawText() is ['-', ..] raw && CanonicalNumber.Format(raw, out _) == "0":
                return new FieldError(path, "is −0 and would be stored as 0: sign and send 0");
            case JsonValueKind.Object:
                foreach (var member in value.EnumerateObject())
                {
                    if (FindMinusZero(member.Value, CanonicalJson.Join(path, member.Name)) is { } found)
                    {
                        return found;
                    }
                }
                return null;
            case JsonValueKind.Array:
                var index = 0;
                foreach (var item in value.EnumerateArray())
                {
                    if (FindMinusZero(item, $"{path}[{index++}]") is { } found)
                    {
                        return found;
                    }
                }
                return null;
            default:
                return null;
        }
    }
}
