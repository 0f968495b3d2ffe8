using System.Security.Cryptography;

namespace AuditConsole.Identity;

/// <summary>Random text of digits and letters, from the system's source of randomness.</summary>
public static class RandomText
{
    /// <summary>The 62 characters, in the order of their value.</summary>
    public const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>43, the fewest characters that hold 256 random bits.</summary>
    public const int SecretLength = 43;

    private const int IdLength = 16;

    /// <summary>A secret of 256 random bits.</summary>
    public static string NewSecret() => RandomNumberGenerator.GetString(Alphabet, SecretLength);

    /// <summary>A person's id, <c>usr_…</c>.</summary>
    public static string NewUserId() => "usr_" + RandomNumberGenerator.GetString(Alphabet, IdLength);

    /// <summary>The id of a key that producers sign with, <c>sgk_…</c>.</summary>
    public static string NewSigningKeyId() => "sgk_" + RandomNumberGenerator.GetString(Alphabet, IdLength);

    /// <summary>A redaction rule's id, <c>rdr_…</c>.</summary>
    public static string NewRuleId() => "rdr_" + RandomNumberGenerator.GetString(Alphabet, IdLength);

    /// <summary>A legal hold's id, <c>hold_…</c>.</summary>
    public static string NewHoldId() => "hold_" + RandomNumberGenerator.GetString(Alphabet, IdLength);

    /// <summary>A stream's id, <c>str_…</c>.</summary>
    public static string NewStreamId() => "str_" + RandomNumberGenerator.GetString(Alphabet, IdLength);

    /// <summary>A scheduled export's id, <c>sx_…</c>.</summary>
    public static string NewScheduledExportId() => "sx_" + RandomNumberGenerator.GetString(Alphabet, IdLength);

    /// <summary>A schema's id, <c>als_…</c>.</summary>
    public static string NewSchemaId() => "als_" + RandomNumberGenerator.GetString(Alphabet, IdLength);

    /// <summary>A key's id, <c>key_…</c>.</summary>
    public static string NewKeyId() => "key_" + RandomNumberGenerator.GetString(Alphabet, IdLength);
}
