using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using AuditConsole.Core;
using AuditConsole.Signatures;
using AuditConsole.Tests.Ingest;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Signatures;

/// <summary>A producer's key, registered for a tenant.</summary>
internal sealed class Signer : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private Signer()
    {
    }

    public string KeyId { get; set; } = "";

    public string PublicPem => _key.ExportSubjectPublicKeyInfoPem();

    public string PrivatePem => _key.ExportECPrivateKeyPem();

    public static Signer New() => new();

    public static async Task<Signer> RegisterAsync(ConsoleFactory console, Producer producer)
    {
        var signer = new Signer();
        signer.KeyId = await console.Services.GetRequiredService<SigningKeyService>()
            .AddFromConsoleAsync(producer.Tenant, "web", signer.PublicPem, CancellationToken.None);
        return signer;
    }

    /// <summary>An entry that can be signed.</summary>
    public static JsonObject Entry() => new()
    {
        ["action"] = "RulePublished",
        ["actor"] = new JsonObject { ["type"] = "user", ["id"] = "usr_41", ["name"] = "Mara 🔏" },
        ["target"] = new JsonObject { ["type"] = "Rule", ["id"] = "rul_2", ["metadata"] = new JsonObject() },
        ["targets"] = new JsonArray(new JsonObject { ["id"] = "rul_3", ["type"] = "Rule", ["name"] = "" }),
        ["occurred_at"] = WireTime.Format(TimeProvider.System.GetUtcNow()),
        ["ip"] = "2001:db8::1",
        ["schema_version"] = 3,
        ["metadata"] = new JsonObject { ["z"] = 1e-7, ["a"] = new JsonArray(1, "ü", null) },
    };

    public JsonObject Sign(JsonObject entry, Producer producer) => Sign(entry, _key, KeyId, producer.Tenant.Id);

    public void Dispose() => _key.Dispose();

    // As docs/signing.md shows it.
    internal static JsonObject Sign(JsonObject entry, ECDsa key, string keyId, Guid tenantId)
    {
        var signed = (JsonObject)entry.DeepClone();
        signed["tenant_id"] = tenantId.ToString();
        var text = CanonicalJson.Canonicalize(JsonSerializer.SerializeToElement(signed));
        var value = key.SignData(text, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        entry["signature"] = new JsonObject { ["key_id"] = keyId, ["value"] = Convert.ToBase64String(value) };
        return entry;
    }
}
