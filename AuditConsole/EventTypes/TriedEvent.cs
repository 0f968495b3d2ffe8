using System.Text.Json;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Schemas;

namespace AuditConsole.EventTypes;

/// <summary>An event that somebody pastes, to see what a schema says of it: in the words of WorkOS's API or of ours.</summary>
internal static class TriedEvent
{
    /// <summary>Checks it.</summary>
    /// <param name="text">JSON: an event, <c>{"event":…}</c> around one, or an entry with target and targets. Only types and metadata are looked at.</param>
    /// <param name="schema">Against this.</param>
    /// <exception cref="RefusedException">It can't be read.</exception>
    public static IReadOnlyList<SchemaProblem> Check(string text, EventSchemaDocument schema)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(text, new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (JsonException fault)
        {
            throw new RefusedException($"The event is not JSON: reading stopped in line {fault.LineNumber + 1}, or a name stands twice in one object.");
        }
        using (document)
        {
            var sent = document.RootElement;
            if (sent.ValueKind == JsonValueKind.Object && sent.TryGetProperty("event", out var inner))
            {
                sent = inner;
            }
            try
            {
                return schema.Check(Read(sent));
            }
            catch (CanonicalJsonException fault)
            {
                throw new RefusedException($"The event would be refused whatever the schema says: {fault.Message}.");
            }
        }
    }

    private static NewEntry Read(JsonElement sent)
    {
        if (sent.ValueKind != JsonValueKind.Object)
        {
            throw new RefusedException("The event must be a JSON object with targets, and perhaps actor and metadata.");
        }
        var targets = new List<Resource>();
        if (sent.TryGetProperty("target", out var target))
        {
            targets.Add(ReadTarget(target));
        }
        if (sent.TryGetProperty("targets", out var list) && list.ValueKind == JsonValueKind.Array)
        {
            targets.AddRange(list.EnumerateArray().Select(ReadTarget));
        }
        if (targets.Count == 0)
        {
            throw new RefusedException("The event has no target: give targets a list with at least one, as {\"type\":\"team\",\"id\":\"team_1\"}.");
        }
        return new NewEntry
        {
            Action = "",
            Actor = new Actor("", "", Metadata: sent.TryGetProperty("actor", out var actor) ? Metadata(actor, "actor.metadata") : null),
            Target = targets[0],
            Targets = targets[1..],
            Metadata = Metadata(sent, "metadata") ?? CanonicalObject.Empty,
        };
    }

    private static Resource ReadTarget(JsonElement target) =>
        target.ValueKind == JsonValueKind.Object && target.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String
            ? new Resource(type.GetString()!, "", Metadata: Metadata(target, "a target's metadata"))
            : throw new RefusedException("Each target must be an object with a type.");

    private static CanonicalObject? Metadata(JsonElement of, string name)
    {
        if (of.ValueKind != JsonValueKind.Object || !of.TryGetProperty("metadata", out var metadata))
        {
            return null;
        }
        return metadata.ValueKind == JsonValueKind.Object ? CanonicalObject.From(metadata) : throw new RefusedException($"{name} must be an object.");
    }
}
