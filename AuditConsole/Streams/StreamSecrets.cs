using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;

namespace AuditConsole.Streams;

/// <summary>Keeps the secrets of streams encrypted, each stream's under a purpose of its own: another stream's text opens nothing.</summary>
internal sealed class StreamSecrets(IDataProtectionProvider protection)
{
    // A shorter secret would be half told by its end.
    private const int LeastShown = 12;
    private const int Shown = 4;

    /// <summary>Encrypts all secrets of a stream.</summary>
    public string Protect(Guid tenantId, string streamId, IReadOnlyDictionary<string, string> secrets) =>
        Of(tenantId, streamId).Protect(JsonSerializer.Serialize(secrets));

    /// <summary>Decrypts them.</summary>
    /// <exception cref="CryptographicException">The keys that they were encrypted with are gone.</exception>
    public Dictionary<string, string> Unprotect(Guid tenantId, string streamId, string secrets) =>
        JsonSerializer.Deserialize<Dictionary<string, string>>(Of(tenantId, streamId).Unprotect(secrets))!;

    /// <summary>What is shown of a secret: its last four characters.</summary>
    public static string Hint(string secret) => secret.Length < LeastShown ? "…" : $"…{secret[^Shown..]}";

    private IDataProtector Of(Guid tenantId, string streamId) => protection.CreateProtector("AuditConsole.Streams", tenantId.ToString(), streamId);
}
