using System.Buffers;
using System.Text.Json;
using AuditConsole.Core;
using AuditConsole.Ingest;

namespace AuditConsole.WorkOS;

/// <summary>Reads an event as the entry that it becomes, through the door of every entry.</summary>
internal static class EventReader
{
    /// <summary>Reads it.</summary>
    /// <param name="sent">The event.</param>
    /// <param name="door">The tenant's door.</param>
    /// <param name="problems">Receives what is wrong.</param>
    /// <returns>The entry; null where anything is wrong.</returns>
    public static NewEntry? Read(JsonElement sent, EntryDoor door, EventProblems problems)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, EventJson.Options))
        {
            new EventMapping(problems, writer).Write(sent);
        }
        if (!problems.IsEmpty)
        {
            return null;
        }
        using var mapped = JsonDocument.Parse(buffer.WrittenMemory, EntryParser.DocumentOptions);
        var errors = new EntryProblems();
        var entry = door.Read(mapped.RootElement, "", errors);
        foreach (var error in errors.Listed)
        {
            problems.Invalid(error);
        }
        if (entry is not null && door.Window.FindRefusal(entry) is { } refusal)
        {
            problems.Invalid("/occurred_at", refusal);
        }
        return problems.IsEmpty ? entry : null;
    }
}
