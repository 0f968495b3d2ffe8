using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using AuditConsole.Core;

namespace AuditConsole.Verify.Input;

/// <summary>
/// The members of a line's one JSON object, as the bytes that stand there: what is hashed is what was read. Used again
/// for every line.
/// </summary>
internal sealed class LineMembers
{
    private static readonly string[] Known =
        ["base", "bytes", "check", "checkpoint", "details", "format", "frontier", "hash", "head", "leaf", "nodes", "purged", "salt", "sequence", "size", "statement", "tenant_id", "withheld"];

    private readonly ReadOnlyMemory<byte>[] _values = new ReadOnlyMemory<byte>[Known.Length];
    private readonly bool[] _has = new bool[Known.Length];
    private string _names = "";

    /// <summary>The names, sorted and joined by spaces: the line's form.</summary>
    public string Names => _names;

    /// <summary>Reads a line.</summary>
    /// <exception cref="FormatException">It isn't one object with known members, each once.</exception>
    public void Read(ReadOnlyMemory<byte> line)
    {
        Array.Clear(_has);
        _names = "";
        try
        {
            var json = new Utf8JsonReader(line.Span, new JsonReaderOptions { MaxDepth = 64 });
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
            {
                throw new FormatException("isn't a JSON object");
            }
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var index = IndexOf(ref json);
                json.Read();
                var start = (int)json.TokenStartIndex;
                json.Skip();
                _values[index] = line[start..(int)json.BytesConsumed];
            }
            if (json.Read())
            {
                throw new FormatException("holds more than one object");
            }
        }
        catch (JsonException)
        {
            throw new FormatException("isn't JSON");
        }
        _names = NamesOf(_has);
    }

    /// <summary>Whether the line has this member.</summary>
    public bool Has(string name) => _has[Array.IndexOf(Known, name)];

    /// <summary>The bytes of a member's value.</summary>
    /// <exception cref="FormatException">The line doesn't have it.</exception>
    public ReadOnlyMemory<byte> Raw(string name) =>
        Has(name) ? _values[Array.IndexOf(Known, name)] : throw new FormatException($"has no {name}");

    /// <summary>An object's bytes.</summary>
    public ReadOnlyMemory<byte> Object(string name) =>
        Raw(name) is { Length: > 1 } raw && raw.Span[0] == (byte)'{' ? raw : throw new FormatException($"has a {name} that isn't an object");

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public EntryHash Hash(string name)
    {
        Span<byte> bytes = stackalloc byte[EntryHash.Size];
        Hex(name, bytes);
        return new EntryHash(bytes);
    }

    /// <summary>Lower-case hexadecimal digits, as many as fill <paramref name="bytes"/>.</summary>
    public void Hex(string name, Span<byte> bytes)
    {
        var text = Raw(name).Span;
        if (text.Length != 2 * bytes.Length + 2 || text[0] != '"' || text[1..^1].IndexOfAnyInRange((byte)'A', (byte)'F') >= 0
            || Convert.FromHexString(text[1..^1], bytes, out _, out _) != OperationStatus.Done)
        {
            throw new FormatException($"has a {name} that isn't {2 * bytes.Length} hexadecimal digits");
        }
    }

    /// <summary>A whole number, 0 or more.</summary>
    public long Number(string name)
    {
        var text = Raw(name).Span;
        return Utf8Parser.TryParse(text, out long number, out var used) && used == text.Length && number >= 0
            ? number : throw new FormatException($"has a {name} that isn't a whole number");
    }

    /// <summary>A string's text.</summary>
    public string Text(string name)
    {
        var json = new Utf8JsonReader(Raw(name).Span);
        try
        {
            return json.Read() && json.TokenType == JsonTokenType.String ? json.GetString()! : throw new FormatException($"has a {name} that isn't a string");
        }
        catch (InvalidOperationException)
        {
            throw new FormatException($"has a {name} that isn't Unicode");
        }
    }

    /// <summary>An array of strings, each once: the same list for the same text.</summary>
    /// <exception cref="FormatException">The member is missing, or something else.</exception>
    public IReadOnlyList<string> Strings(string name)
    {
        var text = Encoding.UTF8.GetString(Raw(name).Span);
        if (!_lists.TryGetValue(text, out var list))
        {
            var json = new Utf8JsonReader(Raw(name).Span);
            var read = new List<string>();
            json.Read();
            while (json.Read() && json.TokenType == JsonTokenType.String)
            {
                read.Add(json.GetString()!);
            }
            if (text[0] != '[' || json.TokenType != JsonTokenType.EndArray || read.Distinct(StringComparer.Ordinal).Count() != read.Count)
            {
                throw new FormatException($"has a {name} that isn't a list of names");
            }
            _lists[text] = list = read;
        }
        return list;
    }

    private int IndexOf(ref Utf8JsonReader json)
    {
        for (var i = 0; i < Known.Length; i++)
        {
            if (json.ValueTextEquals(Known[i]))
            {
                if (_has[i])
                {
                    throw new FormatException($"has {Known[i]} twice");
                }
                _has[i] = true;
                return i;
            }
        }
        throw new FormatException("has a member that this format doesn't have");
    }

    // Lines of one form repeat: no text is made anew for each.
    private readonly Dictionary<int, string> _forms = [];
    private readonly Dictionary<string, IReadOnlyList<string>> _lists = new(StringComparer.Ordinal);

    private string NamesOf(bool[] has)
    {
        var bits = 0;
        for (var i = 0; i < has.Length; i++)
        {
            bits |= has[i] ? 1 << i : 0;
        }
        if (!_forms.TryGetValue(bits, out var names))
        {
            _forms[bits] = names = string.Join(' ', Known.Where((_, i) => has[i]));
        }
        return names;
    }
}
