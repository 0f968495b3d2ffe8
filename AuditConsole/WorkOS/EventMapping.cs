using System.Text.Json;
using AuditConsole.Core;

namespace AuditConsole.WorkOS;

/// <summary>
/// Turns a WorkOS event into an entry as producers send it, which then goes the way of every entry. The first target
/// becomes the main one; <c>context.location</c> becomes the client's address if it is one; <c>version</c> becomes
/// <c>schema_version</c>. Members that WorkOS's OpenAPI description doesn't have are left out, as it allows them and says nothing of them.
/// </summary>
/// <param name="problems">Receives what is wrong.</param>
/// <param name="entry">Receives the entry.</param>
internal readonly ref struct EventMapping(EventProblems problems, Utf8JsonWriter entry)
{
    /// <summary>The most members of a metadata object.</summary>
    public const int MostMetadata = 50;

    /// <summary>The most code points of a metadata text.</summary>
    public const int MostMetadataText = 500;

    private const int MostMetadataName = 40;

    /// <summary>Writes the entry, complete where nothing was wrong.</summary>
    /// <param name="sent">The member <c>event</c> of the body.</param>
    public void Write(JsonElement sent)
    {
        entry.WriteStartObject();
        Text(sent, "event", "action", "action", isRequired: true);
        Time(sent);
        if (Object(sent, "event", "actor") is { } actor)
        {
            entry.WritePropertyName("actor");
            Party(actor, "event.actor", "/actor");
        }
        Targets(sent);
        if (Object(sent, "event", "context") is { } context)
        {
            if (Text(context, "event.context", "location", null, isRequired: true) is { } location)
            {
                entry.WriteString(EntryParser.TryParseIp(location, out _) ? "ip" : "location", location);
            }
            Text(context, "event.context", "user_agent", "user_agent", isRequired: false);
        }
        Version(sent);
        Metadata(sent, "");
        entry.WriteEndObject();
    }

    private void Targets(JsonElement sent)
    {
        if (Find(sent, "targets") is not { } targets)
        {
            problems.Invalid("/targets", "must name at least one target");
            return;
        }
        if (targets.ValueKind != JsonValueKind.Array)
        {
            problems.Malformed("invalid_type", "event.targets", $"must be an array, not {Describe(targets)}");
            return;
        }
        var count = targets.GetArrayLength();
        if (count is 0 or > EntryParser.MaxTargets + 1)
        {
            problems.Invalid("/targets", count == 0 ? "must name at least one target" : $"has {count} targets; {EntryParser.MaxTargets + 1} are the most");
            return;
        }
        for (var i = 0; i < count; i++)
        {
            if (i == 0)
            {
                entry.WritePropertyName("target");
            }
            else if (i == 1)
            {
                entry.WriteStartArray("targets");
            }
            var field = $"event.targets[{i}]";
            if (targets[i].ValueKind == JsonValueKind.Object)
            {
                Party(targets[i], field, $"/targets/{i}");
            }
            else
            {
                problems.Malformed("invalid_type", field, $"must be an object, not {Describe(targets[i])}");
                entry.WriteNullValue();
            }
        }
        if (count > 1)
        {
            entry.WriteEndArray();
        }
    }

    private void Party(JsonElement party, string field, string pointer)
    {
        entry.WriteStartObject();
        Text(party, field, "id", "id", isRequired: true);
        Text(party, field, "type", "type", isRequired: true);
        Text(party, field, "name", "name", isRequired: false);
        Metadata(party, pointer);
        entry.WriteEndObject();
    }

    private void Time(JsonElement sent)
    {
        if (Text(sent, "event", "occurred_at", null, isRequired: true) is not { } text)
        {
            return;
        }
        if (!WireTime.TryParse(text, out _))
        {
            problems.Malformed("invalid_format", "event.occurred_at", "is not an ISO 8601 date-time with offset, as 2026-11-21T16:42:07.318Z");
            return;
        }
        entry.WriteString("occurred_at", text);
    }

    private void Version(JsonElement sent)
    {
        if (Find(sent, "version") is not { } version)
        {
            return;
        }
        if (version.ValueKind != JsonValueKind.Number || !version.TryGetDouble(out var number) || number != Math.Floor(number))
        {
            problems.Malformed("invalid_type", "event.version", $"must be an integer, not {(version.ValueKind == JsonValueKind.Number ? "a fraction" : Describe(version))}");
        }
        else if (number is < 1 or > int.MaxValue)
        {
            problems.Invalid("/version", $"must be from 1 to {int.MaxValue}");
        }
        else
        {
            entry.WriteNumber("schema_version", (int)number);
        }
    }

    private void Metadata(JsonElement owner, string pointer)
    {
        if (Find(owner, "metadata") is not { } metadata)
        {
            return;
        }
        pointer += "/metadata";
        if (metadata.ValueKind != JsonValueKind.Object)
        {
            problems.Invalid(pointer, $"must be an object, not {Describe(metadata)}");
            return;
        }
        var count = 0;
        foreach (var member in metadata.EnumerateObject())
        {
            if (++count > MostMetadata)
            {
                problems.Invalid(pointer, $"has more than {MostMetadata} keys");
                return;
            }
            if (NameOf(member) is not { } name || name.Length > MostMetadataName || name.Any(letter => !char.IsAsciiLetterOrDigit(letter) && letter is not ('_' or '-')))
            {
                problems.Invalid($"{pointer}/{EventProblems.Escape(NameOf(member) ?? "�")}", $"is not a key: it has up to {MostMetadataName} letters, digits, _ and -");
            }
            else if (FindProblem(member.Value) is { } problem)
            {
                problems.Invalid($"{pointer}/{name}", problem);
            }
        }
        entry.WritePropertyName("metadata");
        entry.WriteRawValue(metadata.GetRawText(), skipInputValidation: true);
    }

    private static string? FindProblem(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String when TextOf(value) is { } text && text.EnumerateRunes().Count() is var length && length > MostMetadataText =>
            $"has {length} characters; {MostMetadataText} are the most",
        JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => null,
        _ => $"must be a string, a number or a boolean, not {Describe(value)}",
    };

    /// <summary>Reads a text, and writes it as <paramref name="written"/> where that is given.</summary>
    private string? Text(JsonElement owner, string path, string name, string? written, bool isRequired)
    {
        if (Find(owner, name) is not { } value)
        {
            if (isRequired)
            {
                problems.Missing($"{path}.{name}");
            }
            return null;
        }
        if (value.ValueKind != JsonValueKind.String)
        {
            problems.Malformed("invalid_type", $"{path}.{name}", $"must be a string, not {Describe(value)}");
            return null;
        }
        if (TextOf(value) is not { } text)
        {
            problems.Malformed("invalid_format", $"{path}.{name}", "holds a lone surrogate, which is not a character");
            return null;
        }
        if (written is not null)
        {
            entry.WriteString(written, text);
        }
        return text;
    }

    private JsonElement? Object(JsonElement owner, string path, string name)
    {
        if (Find(owner, name) is not { } value)
        {
            problems.Missing($"{path}.{name}");
            return null;
        }
        if (value.ValueKind == JsonValueKind.Object)
        {
            return value;
        }
        problems.Malformed("invalid_type", $"{path}.{name}", $"must be an object, not {Describe(value)}");
        return null;
    }

    /// <summary>The member; null where it is missing or <c>null</c>, which SDKs of some languages send for what was left out.</summary>
    internal static JsonElement? Find(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    internal static string Describe(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "a boolean",
        _ => "null",
    };

    /// <summary>The text; null where half a surrogate pair is escaped in it.</summary>
    internal static string? TextOf(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static string? NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
