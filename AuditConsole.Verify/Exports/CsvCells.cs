using System.Text;
using System.Text.Json;
using AuditConsole.Core;
using AuditConsole.Core.Evidence;

namespace AuditConsole.Verify.Exports;

/// <summary>The cells of a CSV export, as docs/proofs.md derives them from an entry.</summary>
internal static class CsvCells
{
    /// <summary>The columns. The first seven follow from the head, the last two are members of the details.</summary>
    public static readonly string[] Columns =
        ["occurredAt", "actor", "entityType", "entitySlug", "entityVersion", "action", "engineVersion", "clientIp", "payload"];

    /// <summary>How many of <see cref="Columns"/> follow from the head (and the actor's name).</summary>
    public const int HeadColumns = 7;

    /// <summary>The cells of the head's columns.</summary>
    /// <exception cref="FormatException">The head isn't one.</exception>
    public static string[] OfHead(ReceiptRow row)
    {
        try
        {
            using var document = JsonDocument.Parse(row.Head);
            var head = document.RootElement;
            var (actor, target) = (head.GetProperty("actor"), head.GetProperty("target"));
            return
            [
                head.GetProperty("occurred_at").GetString()!.TrimEnd('Z'),
                Escape(actor.GetProperty("type").GetString() == Actor.ApiKeyType ? $"API key: {NameOf(row) ?? actor.GetProperty("id").GetString()}" : actor.GetProperty("id").GetString()),
                Escape(target.GetProperty("type").GetString()),
                Escape(Text(target, "slug") ?? target.GetProperty("id").GetString()),
                Escape(Text(target, "version")),
                Escape(head.GetProperty("action").GetString()),
                Escape(Text(head, "engine_version")),
            ];
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new FormatException("a head lacks what every head has.", fault);
        }
    }

    /// <summary>Whether a row's last two cells are those that were hashed.</summary>
    public static bool HasDetails(ReceiptRow row, string ip, string payload)
    {
        try
        {
            return HashChain.HashDetails(row.Salt, DetailsOf(row, ip, payload)) == row.DetailsHash;
        }
        catch (CanonicalJsonException)
        {
            return false;
        }
    }

    /// <summary>The details that follow from a row's last two cells and its line of the receipt.</summary>
    /// <exception cref="CanonicalJsonException">The cells have no canonical form.</exception>
    public static byte[] DetailsOf(ReceiptRow row, string ip, string payload)
    {
        var members = DetailsText.Members(row.Details).Append(("metadata", Encoding.UTF8.GetBytes(payload)));
        return DetailsText.Join(ip.Length == 0 ? members : members.Append(("ip", Quote(ip))));
    }

    /// <summary>Which of the last two cells were altered, given that one was.</summary>
    public static IReadOnlyList<string> AlteredDetails(ReceiptRow row, string ip, string payload)
    {
        var altered = new List<string>();
        try
        {
            if (row.CheckOf("ip") != (ip.Length == 0 ? null : DetailsText.Check(row.Salt, "ip", Quote(ip))))
            {
                altered.Add("clientIp");
            }
        }
        catch (CanonicalJsonException)
        {
            altered.Add("clientIp");
        }
        if (row.CheckOf("metadata") != DetailsText.Check(row.Salt, "metadata", Encoding.UTF8.GetBytes(payload)))
        {
            altered.Add("payload");
        }
        // One check in 65,536 lets an alteration through; the hash never does.
        return altered.Count > 0 ? altered : ["clientIp", "payload"];
    }

    /// <summary>What a cell looks like that a spreadsheet would otherwise take for a formula.</summary>
    private static string Escape(string? text) => string.IsNullOrEmpty(text) ? "" : "=+-@\t\r'".Contains(text[0], StringComparison.Ordinal) ? "'" + text : text;

    private static byte[] Quote(string text)
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        CanonicalJson.WriteString(text, output);
        return output.WrittenSpan.ToArray();
    }

    private static string? NameOf(ReceiptRow row)
    {
        if (row.Details is null)
        {
            return null;
        }
        using var details = JsonDocument.Parse(row.Details);
        return details.RootElement.TryGetProperty("actor", out var actor) && Text(actor, "name") is { Length: > 0 } name ? name : null;
    }

    private static string? Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.GetString() : null;
}
