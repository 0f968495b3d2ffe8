using System.Text;
using System.Text.Json;
using AuditConsole.Core.Evidence;

namespace AuditConsole.Verify.Producers;

/// <summary>A producer's signature out of an entry's details, and the text that it was made over.</summary>
/// <param name="KeyId">The id that the signature names.</param>
/// <param name="Value">DER; empty where it isn't base64.</param>
/// <param name="Text">Canonical JSON of what the producer sent, rebuilt as docs/signing.md says.</param>
internal sealed record SignedParts(string KeyId, byte[] Value, byte[] Text)
{
    private static readonly HashSet<string> HeadNames = ["action", "correlation_id", "engine_version", "occurred_at", "schema_version", "tenant_id"];

    private static readonly HashSet<string> DetailsNames = ["ip", "location", "metadata", "reasoning", "targets", "user_agent"];

    /// <summary>Whether details may hold a signature; cheap.</summary>
    public static bool MayBeIn(ReadOnlySpan<byte> details) => details.IndexOf("\"signature\":{"u8) >= 0;

    /// <summary>Reads the signature of an entry.</summary>
    /// <param name="head">Canonical.</param>
    /// <param name="details">Canonical.</param>
    /// <returns>Null where there is none.</returns>
    public static SignedParts? TryRead(ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> details)
    {
        try
        {
            return Read(head, details);
        }
        catch (Exception fault) when (fault is FormatException or JsonException or ArgumentException or InvalidOperationException)
        {
            // No entry that the service recorded: what is wrong with it is told elsewhere.
            return null;
        }
    }

    private static SignedParts? Read(ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> details)
    {
        var texts = DetailsText.Members(details).ToDictionary(member => member.Name, member => member.Value, StringComparer.Ordinal);
        if (!texts.TryGetValue("signature", out var signature))
        {
            return null;
        }
        using var document = JsonDocument.Parse(signature);
        if (document.RootElement.ValueKind != JsonValueKind.Object || TextOf(document.RootElement, "key_id") is not { } id || TextOf(document.RootElement, "value") is not { } value)
        {
            return null;
        }
        var heads = DetailsText.Members(head).ToDictionary(member => member.Name, member => member.Value, StringComparer.Ordinal);
        var parts = heads.Where(member => HeadNames.Contains(member.Key)).Concat(texts.Where(member => DetailsNames.Contains(member.Key)))
            .Select(member => (member.Key, member.Value))
            .Append(("actor", Party("actor", heads, texts))).Append(("target", Party("target", heads, texts)));
        return new SignedParts(id, Decode(value), DetailsText.Join(parts));
    }

    // Who and on what stand partly in the head and partly in the details.
    private static ReadOnlyMemory<byte> Party(string name, Dictionary<string, ReadOnlyMemory<byte>> head, Dictionary<string, ReadOnlyMemory<byte>> details) =>
        DetailsText.Join([.. Members(name, head), .. Members(name, details)]);

    private static IEnumerable<(string, ReadOnlyMemory<byte>)> Members(string name, Dictionary<string, ReadOnlyMemory<byte>> from) =>
        from.TryGetValue(name, out var party) ? DetailsText.Members(party) : [];

    private static string? TextOf(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static byte[] Decode(string base64)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(base64)];
        return Convert.TryFromBase64String(base64, bytes, out var length) ? bytes[..length] : [];
    }
}
