using System.Buffers;
using System.Text.Json;

namespace AuditConsole.Core;

/// <summary>Takes members of one object by name; what is left at the end is unknown.</summary>
internal sealed class FieldReader
{
    private readonly string _path;
    private readonly Dictionary<string, JsonElement> _members;
    private readonly ICollection<FieldError> _errors;

    private FieldReader(string path, Dictionary<string, JsonElement> members, ICollection<FieldError> errors) =>
        (_path, _members, _errors) = (path, members, errors);

    /// <summary>Reads the names of an object's members.</summary>
    /// <param name="element">The JSON value.</param>
    /// <param name="path">Its place, for messages.</param>
    /// <param name="errors">Receives what is wrong.</param>
    /// <returns>Null if it isn't an object.</returns>
    public static FieldReader? Open(JsonElement element, string path, ICollection<FieldError> errors)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            errors.Add(new FieldError(path, $"must be an object, not {Describe(element)}"));
            return null;
        }
        var members = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var member in element.EnumerateObject())
        {
            try
            {
                var name = CanonicalJson.ReadName(member, path);
                if (!members.TryAdd(name, member.Value))
                {
                    errors.Add(new FieldError(CanonicalJson.Join(path, name), "stands twice in one object", IsUnreadable: true));
                }
            }
            catch (CanonicalJsonException refusal)
            {
                errors.Add(new FieldError(refusal.Field, refusal.Reason));
            }
        }
        return new FieldReader(path, members, errors);
    }

    /// <summary>What kind of value it is, with its article.</summary>
    public static string Describe(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "a boolean",
        _ => "null",
    };

    public ICollection<FieldError> Errors => _errors;

    public string PathOf(string name) => CanonicalJson.Join(_path, name);

    public void Refuse(string name, string message) => _errors.Add(new FieldError(PathOf(name), message));

    public JsonElement? Take(string name) => _members.Remove(name, out var element) ? element : null;

    public T? Missing<T>(string name)
        where T : class
    {
        Refuse(name, "is missing");
        return null;
    }

    public string? Text(string name, int least, int most, bool required = false)
    {
        if (Take(name) is not { } element)
        {
            return required ? Missing<string>(name) : null;
        }
        if (element.ValueKind != JsonValueKind.String)
        {
            Refuse(name, $"must be a string, not {Describe(element)}{(required ? "" : "; leave it out where there is none")}");
            return null;
        }
        string text;
        try
        {
            text = CanonicalJson.ReadString(element, PathOf(name));
        }
        catch (CanonicalJsonException refusal)
        {
            Refuse(name, refusal.Reason);
            return null;
        }
        if (CanonicalJson.FindRefusal(text) is { } reason)
        {
            Refuse(name, reason);
            return null;
        }
        if (text.Length < least)
        {
            Refuse(name, "must not be empty");
            return null;
        }
        if (text.Length > most && CodePoints(text) is var length && length > most)
        {
            Refuse(name, $"has {length:N0} characters; {most:N0} are the most");
            return null;
        }
        return text;
    }

    public CanonicalObject? Metadata(string name)
    {
        if (Take(name) is not { } element)
        {
            return null;
        }
        if (element.ValueKind != JsonValueKind.Object)
        {
            Refuse(name, $"must be an object, not {Describe(element)}");
            return null;
        }
        try
        {
            var buffer = new ArrayBufferWriter<byte>(512);
            CanonicalJson.Write(element, buffer, PathOf(name), depth: 1, EntryParser.MaxMetadataDepth);
            if (buffer.WrittenCount > EntryParser.MaxMetadataBytes)
            {
                Refuse(name, $"has {buffer.WrittenCount:N0} bytes as canonical text; {EntryParser.MaxMetadataBytes:N0} are the most");
                return null;
            }
            if (FindReserved(element, PathOf(name)) is { } reserved)
            {
                _errors.Add(reserved);
                return null;
            }
            return CanonicalObject.FromCanonicalUtf8(buffer.WrittenSpan.ToArray());
        }
        catch (CanonicalJsonException refusal)
        {
            _errors.Add(new FieldError(refusal.Field, refusal.Reason, refusal.IsUnreadable));
            return null;
        }
    }

    public void RefuseTheRest()
    {
        foreach (var name in _members.Keys)
        {
            Refuse(name, "is not a field that the service knows");
        }
    }

    private static int CodePoints(string text)
    {
        var count = 0;
        foreach (var _ in text.EnumerateRunes())
        {
            count++;
        }
        return count;
    }

    private static FieldError? FindReserved(JsonElement element, string path)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in element.EnumerateObject())
            {
                var memberPath = CanonicalJson.Join(path, member.Name);
                if (member.Name.StartsWith('$'))
                {
                    return new FieldError(memberPath, "begins with $, which is reserved for the service");
                }
                if (FindReserved(member.Value, memberPath) is { } nested)
                {
                    return nested;
                }
            }
        }
        else if (element.ValueKind == JsonValueKind.Array)
        {
            var index = 0;
            foreach (var item in element.EnumerateArray())
            {
                if (FindReserved(item, $"{path}[{index++}]") is { } nested)
                {
                    return nested;
                }
            }
        }
        return null;
    }
}
