using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;

namespace AuditConsole.WorkOS;

/// <summary>The addresses of files: sealed with the service's own keys, good for 10 minutes, for one export and in the name of one API key.</summary>
internal sealed class ExportLinks(IDataProtectionProvider provider, TimeProvider clock)
{
    /// <summary>How long an address works.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    private readonly IDataProtector _protector = provider.CreateProtector("AuditConsole.WorkOS.ExportLinks");

    /// <summary>A new address.</summary>
    /// <param name="request">The request that asks for it: scheme and host are those that the client used.</param>
    /// <param name="exportId">The export.</param>
    /// <param name="keyId">In whose name it is downloaded.</param>
    public string Make(HttpRequest request, string exportId, string keyId)
    {
        var end = (clock.GetUtcNow() + Lifetime).ToUnixTimeMilliseconds();
        var token = WebEncoders.Base64UrlEncode(_protector.Protect(Encoding.UTF8.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"{exportId} {keyId} {end}"))));
        return $"{request.Scheme}://{request.Host}{request.PathBase}/audit_logs/exports/{exportId}/download?token={token}";
    }

    /// <summary>The API key in whose name the address was made; null where it wasn't made here for this export, or has had its time.</summary>
    public string? Read(string exportId, string token)
    {
        try
        {
            return Encoding.UTF8.GetString(_protector.Unprotect(WebEncoders.Base64UrlDecode(token))).Split(' ') is [var id, var keyId, var end]
                && id == exportId && long.Parse(end, CultureInfo.InvariantCulture) > clock.GetUtcNow().ToUnixTimeMilliseconds()
                ? keyId
                : null;
        }
        catch (Exception fault) when (fault is FormatException or CryptographicException)
        {
            return null;
        }
    }
}
