using System.Text.Json;
using System.Text.Unicode;

namespace AuditConsole.WorkOS;

/// <summary>The JSON object of a request.</summary>
internal static class WorkOSBody
{
    /// <summary>How it is parsed: a name that stands twice could be understood in two ways.</summary>
    public static readonly JsonDocumentOptions Options = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    /// <summary>Reads it.</summary>
    /// <param name="body">The bytes.</param>
    /// <param name="refusal">The answer where it can't be read.</param>
    /// <returns>The document, to be disposed; null where it can't be read.</returns>
    public static JsonDocument? Read(ReadOnlyMemory<byte> body, out IResult? refusal)
    {
        refusal = null;
        try
        {
            if (Utf8.IsValid(body.Span))
            {
                var document = JsonDocument.Parse(body, Options);
                if (document.RootElement.ValueKind == JsonValueKind.Object)
                {
                    return document;
                }
                document.Dispose();
            }
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // The framework's own message quotes the body.
        }
        refusal = WorkOSError.Result(400, "invalid_json", "The body is not a JSON object in UTF-8, or a name stands twice in one object. Nothing was done.");
        return null;
    }

    /// <summary>A text that must be there.</summary>
    public static string? Text(JsonElement body, string name, EventProblems problems)
    {
        if (EventMapping.Find(body, name) is not { } value)
        {
            problems.Missing(name);
        }
        else if (value.ValueKind == JsonValueKind.String && EventMapping.TextOf(value) is { } text)
        {
            return text;
        }
        else
        {
            problems.Malformed("invalid_type", name, $"must be a string, not {EventMapping.Describe(value)}");
        }
        return null;
    }
}
