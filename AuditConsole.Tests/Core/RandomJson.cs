using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace AuditConsole.Tests.Core;

/// <summary>JSON values that a producer might send, made from one seed.</summary>
internal sealed class RandomJson(int seed)
{
    private static readonly string[] Pieces =
        ["a", "Z", "0", " ", "\"", "\\", "/", "\n", "\t", "\u0001", "\u001f", "\u007f", "\u0080", "é", "€", "\u2028", "\ufeff", "\ufffd", "😀", "𝒜", "\U0010ffff"];

    private readonly Random _random = new(seed);

    public Random Random => _random;

    public string Text(int most = 12)
    {
        var text = new StringBuilder();
        for (var i = _random.Next(most + 1); i > 0; i--)
        {
            text.Append(_random.Next(2) == 0 ? Pieces[_random.Next(Pieces.Length)] : Rune(_random).ToString());
        }
        return text.ToString();
    }

    public string? Maybe(Func<string> make) => _random.Next(2) == 0 ? null : make();

    public JsonObject Object(int depth)
    {
        var value = new JsonObject();
        for (var i = _random.Next(5); i > 0; i--)
        {
            value["k" + Text(4)] = Value(depth - 1);
        }
        return value;
    }

    /// <summary>A number that a double holds exactly by its shortest text, up to 2^53−1.</summary>
    public double Number() => _random.Next(4) switch
    {
        0 => _random.Next(-1000, 1000),
        1 => _random.NextInt64(-9007199254740991, 9007199254740992),
        2 => _random.NextDouble() * Math.Pow(10, _random.Next(-300, 15)),
        _ => Math.Round(_random.NextDouble() * 100, 2),
    };

    public JsonNode? Value(int depth)
    {
        switch (_random.Next(depth > 0 ? 7 : 5))
        {
            case 0:
                return null;
            case 1:
                return _random.Next(2) == 0;
            case 2:
                return JsonValue.Create(Number());
            case 3 or 4:
                return Text();
            case 5:
                return Object(depth);
            default:
                var array = new JsonArray();
                for (var i = _random.Next(4); i > 0; i--)
                {
                    array.Add(Value(depth - 1));
                }
                return array;
        }
    }

    /// <summary>The same value with its members in another order, white space between the tokens and other escapes.</summary>
    public string Rewrite(JsonNode? value)
    {
        var text = new StringBuilder();
        Rewrite(value, text);
        return text.ToString();
    }

    private void Rewrite(JsonNode? value, StringBuilder text)
    {
        Space(text);
        switch (value)
        {
            case JsonObject members:
                text.Append('{');
                var shuffled = members.ToArray();
                _random.Shuffle(shuffled);
                for (var i = 0; i < shuffled.Length; i++)
                {
                    text.Append(i > 0 ? "," : "");
                    Space(text);
                    Quote(shuffled[i].Key, text);
                    Space(text);
                    text.Append(':');
                    Rewrite(shuffled[i].Value, text);
                }
                text.Append('}');
                break;
            case JsonArray items:
                text.Append('[');
                for (var i = 0; i < items.Count; i++)
                {
                    text.Append(i > 0 ? "," : "");
                    Rewrite(items[i], text);
                }
                text.Append(']');
                break;
            case JsonValue scalar when scalar.TryGetValue<string>(out var characters):
                Quote(characters, text);
                break;
            case JsonValue scalar when scalar.TryGetValue<double>(out var number):
                text.Append(number.ToString(_random.Next(2) == 0 ? "R" : "E16", CultureInfo.InvariantCulture) is var written
                    && double.Parse(written, CultureInfo.InvariantCulture).ToString("R", CultureInfo.InvariantCulture) == written
                        ? written
                        : number.ToString("R", CultureInfo.InvariantCulture));
                break;
            default:
                text.Append(value?.ToJsonString() ?? "null");
                break;
        }
        Space(text);
    }

    private void Quote(string characters, StringBuilder text)
    {
        text.Append('"');
        foreach (var c in characters)
        {
            if (c < 0x20 || c is '"' or '\\' || char.IsSurrogate(c) || _random.Next(4) == 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"\\u{(_random.Next(2) == 0 ? ((int)c).ToString("x4", CultureInfo.InvariantCulture) : ((int)c).ToString("X4", CultureInfo.InvariantCulture))}");
            }
            else
            {
                text.Append(c);
            }
        }
        text.Append('"');
    }

    private void Space(StringBuilder text) => text.Append(_random.Next(4) switch { 0 => " ", 1 => "\n\t", 2 => "\r\n", _ => "" });

    private static Rune Rune(Random random)
    {
        var at = random.Next(1, 0x10FFFF - 0x800);
        return new Rune(at < 0xD800 ? at : at + 0x800);
    }
}
