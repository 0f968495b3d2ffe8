using System.Text.Json;
using System.Text.Unicode;
using AuditConsole.Api;
using AuditConsole.Core;

namespace AuditConsole.Ingest;

/// <summary>Reads the body of an append: one entry, or an array of them.</summary>
internal static class EntryBatch
{
    /// <summary>The most entries of one request.</summary>
    public const int MaxEntries = 1000;

    /// <summary>Reads and checks all of it, and prepares the entries for the chain.</summary>
    /// <returns>The entries, or the answer that says what is wrong.</returns>
    public static (IReadOnlyList<AdmittedEntry> Entries, IResult? Refusal) Read(ReadOnlyMemory<byte> body, EntryDoor door)
    {
        if (body.Span.IndexOfAnyExcept(" \t\r\n"u8) < 0)
        {
            return ([], Unreadable("The body is empty."));
        }
        if (!Utf8.IsValid(body.Span))
        {
            return ([], Unreadable("The body is not valid UTF-8."));
        }
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(body, EntryParser.DocumentOptions);
        }
        catch (JsonException fault)
        {
            return ([], Unreadable(Place(fault)));
        }
        using (document)
        {
            return document.RootElement.ValueKind == JsonValueKind.Array
                ? ReadArray(document.RootElement, door)
                : ReadAll([document.RootElement], _ => "", door);
        }
    }

    private static (IReadOnlyList<AdmittedEntry>, IResult?) ReadArray(JsonElement array, EntryDoor door)
    {
        var length = array.GetArrayLength();
        return length is 0 or > MaxEntries
            ? ([], ApiError.Result(422, EntryProblems.InvalidEntry, $"A request takes 1 to {MaxEntries:N0} entries; this one has {length:N0}. Nothing was stored.",
                [new ApiErrorDetail(EntryProblems.WholeBody, $"has {length:N0} elements")], length == 0 ? [] : ["Send the entries in several requests."]))
            : ReadAll(array.EnumerateArray(), index => $"[{index}]", door);
    }

    private static (IReadOnlyList<AdmittedEntry>, IResult?) ReadAll(IEnumerable<JsonElement> elements, Func<int, string> pathOf, EntryDoor door)
    {
        var problems = new EntryProblems();
        var entries = new List<AdmittedEntry>();
        var index = 0;
        foreach (var element in elements)
        {
            var path = pathOf(index++);
            if (door.Read(element, path, problems) is { } entry)
            {
                if (door.Window.FindRefusal(entry) is { } refusal)
                {
                    problems.Add(new FieldError(path.Length == 0 ? "occurred_at" : $"{path}.occurred_at", refusal));
                }
                else if (problems.Count == 0)
                {
                    entries.Add(door.Admit(entry));
                }
            }
            if (problems.IsFull)
            {
                break;
            }
        }
        return problems.Count == 0 ? (entries, null) : ([], problems.ToResult(index == 1 ? "The entry is refused." : "The entries are refused."));
    }

    private static IResult Unreadable(string message) =>
        ApiError.Result(400, "invalid_json", message, notices: ["Nothing was stored."]);

    // The framework's own message quotes the body.
    private static string Place(JsonException fault) => fault is { LineNumber: { } line, BytePositionInLine: { } position }
        ? $"The body is not JSON: reading stopped at line {line + 1:N0}, byte {position + 1:N0} (nesting deeper than {EntryParser.DocumentOptions.MaxDepth} levels counts)."
        : "The body is not JSON.";
}
