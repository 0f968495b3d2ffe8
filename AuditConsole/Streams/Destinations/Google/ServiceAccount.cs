using System.Security.Cryptography;
using System.Text.Json;

namespace AuditConsole.Streams.Destinations.Google;

/// <summary>The key file of a service account of Google.</summary>
/// <param name="Email">Who it is.</param>
/// <param name="KeyId">Which of its keys.</param>
/// <param name="PrivateKey">The key, PEM.</param>
/// <param name="ProjectId">The project that it belongs to.</param>
internal sealed record ServiceAccount(string Email, string? KeyId, string PrivateKey, string? ProjectId)
{
    /// <summary>The setting.</summary>
    public const string Field = "service_account";

    /// <summary>What is asked for it.</summary>
    public static readonly DestinationField Setting = new(
        Field, "Service account key", "The JSON file: in Google Cloud, IAM & Admin, Service Accounts, Keys, Add key, JSON. Paste all of it.")
    {
        IsSecret = true,
        IsLong = true,
        Placeholder = """{"type":"service_account", …}""",
    };

    /// <summary>Reads a key file.</summary>
    /// <param name="json">Its text.</param>
    /// <param name="account">The account.</param>
    /// <returns>What is wrong, a sentence; null for nothing.</returns>
    public static string? Problem(string json, out ServiceAccount? account)
    {
        account = null;
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                return "This is JSON, but no key file: it begins with {.";
            }
            var type = Text(root, "type");
            if (root.TryGetProperty("installed", out _) || root.TryGetProperty("web", out _) || type is not (null or "service_account"))
            {
                return $"This is the file of {(type is null ? "an OAuth client" : $"the type {type}")}, not of a service account. Make a key for a service account.";
            }
            if (Text(root, "client_email") is not { } email || Text(root, "private_key") is not { } key)
            {
                return "The key file lacks client_email or private_key. Paste all of it.";
            }
            using var rsa = RSA.Create();
            rsa.ImportFromPem(key);
            account = new ServiceAccount(email, Text(root, "private_key_id"), key, Text(root, "project_id"));
            return null;
        }
        catch (JsonException fault)
        {
            return $"This is no JSON (line {(fault.LineNumber ?? 0) + 1}). Paste the whole file, from {{ to }}.";
        }
        catch (Exception fault) when (fault is ArgumentException or CryptographicException)
        {
            return "The private_key of the key file can't be read: it was changed or cut off. Download a new key.";
        }
    }

    /// <summary>Who is to be given rights, as <c>serviceAccount:…</c>; a word in capitals stands for what isn't entered yet.</summary>
    public static string MemberOf(DestinationSettings settings) =>
        $"serviceAccount:{(settings[Field] is { } json && Problem(json, out var account) is null ? account!.Email : "EMAIL-OF-THE-ACCOUNT")}";

    /// <summary>The project of the settings, or that of the account.</summary>
    public static string ProjectOf(DestinationSettings settings, string? named) =>
        named ?? (settings[Field] is { } json && Problem(json, out var account) is null ? account!.ProjectId : null) ?? "PROJECT";

    /// <summary>Reads a key file that was checked.</summary>
    public static ServiceAccount Of(DestinationSettings settings) =>
        Problem(settings.Required(Field), out var account) is { } problem ? throw new InvalidOperationException(problem) : account!;

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
