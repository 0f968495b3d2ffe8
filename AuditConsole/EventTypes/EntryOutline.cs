using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using AuditConsole.Core;

namespace AuditConsole.EventTypes;

/// <summary>An entry as far as a schema looks at it, in the words of WorkOS's event.</summary>
internal static class EntryOutline
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Whether the entry stands as it was sent: nothing was redacted, sealed or destroyed.</summary>
    public static bool IsWhole(AuditEntry entry) => entry.Withheld is null && !Texts(entry.Content).Any(text =>
        text is not null && (text.Utf8.Span.IndexOf("\"$redacted\""u8) >= 0 || text.Utf8.Span.IndexOf("\"$sealed\""u8) >= 0));

    /// <summary>The event as JSON to try: what a person can change and check.</summary>
    public static string EventOf(NewEntry entry)
    {
        var targets = new JsonArray();
        foreach (var target in entry.Targets.Prepend(entry.Target))
        {
            var node = new JsonObject { ["type"] = target.Type, ["id"] = target.Id };
            Add(node, target.Metadata);
            targets.Add(node);
        }
        var actor = new JsonObject { ["type"] = entry.Actor.Type, ["id"] = entry.Actor.Id };
        Add(actor, entry.Actor.Metadata);
        var sent = new JsonObject { ["action"] = entry.Action, ["actor"] = actor, ["targets"] = targets };
        Add(sent, entry.Metadata);
        return Format(sent);
    }

    /// <summary>JSON for people.</summary>
    public static string Format(JsonNode? value) => value?.ToJsonString(Readable) ?? "null";

    private static void Add(JsonObject to, CanonicalObject? metadata)
    {
        if (metadata is { IsEmpty: false })
        {
            to["metadata"] = JsonNode.Parse(metadata.Utf8.Span);
        }
    }

    private static IEnumerable<CanonicalObject?> Texts(NewEntry entry) =>
        [entry.Metadata, entry.Actor.Metadata, entry.Target.Metadata, .. entry.Targets.Select(target => target.Metadata)];
}
