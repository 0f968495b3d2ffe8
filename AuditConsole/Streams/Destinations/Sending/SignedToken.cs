using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace AuditConsole.Streams.Destinations.Sending;

/// <summary>JSON Web Tokens (RFC 7519) that the service signs, RS256.</summary>
internal static class SignedToken
{
    /// <summary>A token.</summary>
    /// <param name="privateKey">An RSA key, PEM.</param>
    /// <param name="keyId">Stands in the header; null for none.</param>
    /// <param name="claims">What it says.</param>
    public static string Rs256(string privateKey, string? keyId, IReadOnlyDictionary<string, object> claims)
    {
        using var rsa = RSA.Create();
        rsa.ImportFromPem(privateKey);
        return Rs256(rsa, keyId, claims);
    }

    /// <summary>A token.</summary>
    /// <param name="key">An RSA key.</param>
    /// <param name="keyId">Stands in the header; null for none.</param>
    /// <param name="claims">What it says.</param>
    public static string Rs256(RSA key, string? keyId, IReadOnlyDictionary<string, object> claims)
    {
        var header = new Dictionary<string, object> { ["alg"] = "RS256", ["typ"] = "JWT" };
        if (keyId is not null)
        {
            header["kid"] = keyId;
        }
        var text = $"{Encoded(header)}.{Encoded(claims)}";
        return $"{text}.{Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    private static string Encoded(IReadOnlyDictionary<string, object> value) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(value));
}
