using System.Text.Json;
using System.Text.RegularExpressions;
using AuditConsole.Core;

namespace AuditConsole.Sealing;

/// <summary>Finds the commitments in an entry: <c>{"$sealed":"…"}</c> in metadata, <c>[sealed: …]</c> as a whole text.</summary>
internal static partial class SealedMarks
{
    /// <summary>The commitments, each once, in the order of the entry.</summary>
    public static IReadOnlyList<EntryHash> In(NewEntry entry)
    {
        var found = new List<EntryHash>();
        Add(entry.Reasoning, found);
        Add(entry.Metadata, found);
        Add(entry.Action, found);
        Add(entry.Actor.Type, found);
        Add(entry.Actor.Id, found);
        Add(entry.Actor.Name, found);
        Add(entry.Actor.Metadata, found);
        foreach (var resource in entry.Targets.Prepend(entry.Target))
        {
            Add(resource.Type, found);
            Add(resource.Id, found);
            Add(resource.Slug, found);
            Add(resource.Version, found);
            Add(resource.Name, found);
            Add(resource.Metadata, found);
        }
        Add(entry.EngineVersion, found);
        Add(entry.Location, found);
        Add(entry.UserAgent, found);
        Add(entry.CorrelationId, found);
        return [.. found.Distinct()];
    }

    private static void Add(string? text, List<EntryHash> found)
    {
        if (text is not null && WholeText().Match(text) is { Success: true } match)
        {
            found.Add(EntryHash.Parse(match.Groups[1].Value));
        }
    }

    private static void Add(CanonicalObject? value, List<EntryHash> found)
    {
        if (value is null || value.Utf8.Span.IndexOf("\"$sealed\":"u8) < 0)
        {
            return;
        }
        using var document = value.Parse();
        Add(document.RootElement, found);
    }

    private static void Add(JsonElement value, List<EntryHash> found)
    {
        if (value.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in value.EnumerateArray())
            {
                Add(item, found);
            }
        }
        else if (value.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in value.EnumerateObject())
            {
                if (member.NameEquals("$sealed") && member.Value.GetString() is { Length: 2 * EntryHash.Size } hex)
                {
                    found.Add(EntryHash.Parse(hex));
                }
                else
                {
                    Add(member.Value, found);
                }
            }
        }
    }

    [GeneratedRegex(@"^\[sealed: ([0-9a-f]{64})\]\z")]
    private static partial Regex WholeText();
}
