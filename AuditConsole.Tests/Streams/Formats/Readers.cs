using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AuditConsole.Tests.Core;

namespace AuditConsole.Tests.Streams.Formats;

/// <summary>Reads a line of CEF by the rules of its specification: what isn't escaped as it says is refused.</summary>
internal static partial class CefLine
{
    public static (IReadOnlyList<string> Header, IReadOnlyDictionary<string, string> Extension) Parse(string line)
    {
        var header = new List<string>();
        var field = new StringBuilder();
        var at = 0;
        for (; header.Count < 7; at++)
        {
            switch (line[at])
            {
                case '\\':
                    Assert.True(line[at + 1] is '\\' or '|', "a backslash of the header escapes \\ or |");
                    field.Append(line[++at]);
                    break;
                case '|':
                    header.Add(field.ToString());
                    field.Clear();
                    break;
                default:
                    field.Append(line[at]);
                    break;
            }
        }
        return (header, ParseExtension(line[at..]));
    }

    private static Dictionary<string, string> ParseExtension(string text)
    {
        var extension = new Dictionary<string, string>(StringComparer.Ordinal);
        var keys = Key().Matches(text).ToList();
        Assert.Equal(0, keys[0].Index);
        for (var i = 0; i < keys.Count; i++)
        {
            var start = keys[i].Index + keys[i].Length;
            var end = i + 1 < keys.Count ? keys[i + 1].Index : text.Length;
            extension.Add(keys[i].Groups[1].Value, Unescape(text[start..end]));
        }
        return extension;
    }

    private static string Unescape(string value)
    {
        var text = new StringBuilder();
        for (var at = 0; at < value.Length; at++)
        {
            if (value[at] != '\\')
            {
                Assert.NotEqual('=', value[at]);
                text.Append(value[at]);
                continue;
            }
            text.Append(value[++at] switch { 'n' => '\n', 'r' => '\r', '\\' => '\\', '=' => '=', var c => throw new FormatException($"\\{c} escapes nothing") });
        }
        return text.ToString();
    }

    // A key stands at the beginning or behind a blank, and before an equals sign that is not escaped.
    [GeneratedRegex(@"(?:^| )([A-Za-z0-9]+)=")]
    private static partial Regex Key();
}

/// <summary>Reads a message of RFC 5424 by its ABNF.</summary>
internal sealed partial record SyslogLine(
    int Priority, string Time, string MessageId, IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Data, string Message)
{
    public static SyslogLine Parse(string line)
    {
        var match = Header().Match(line);
        Assert.True(match.Success, line);
        var at = match.Length;
        var data = new Dictionary<string, IReadOnlyDictionary<string, string>>(StringComparer.Ordinal);
        while (line[at] == '[')
        {
            var id = Name().Match(line, at + 1);
            Assert.Equal(at + 1, id.Index);
            at = id.Index + id.Length;
            var parameters = new Dictionary<string, string>(StringComparer.Ordinal);
            while (line[at] == ' ')
            {
                var name = Name().Match(line, at + 1);
                at = name.Index + name.Length;
                Assert.Equal("=\"", line[at..(at + 2)]);
                parameters.Add(name.Value, Value(line, at + 2, out at));
            }
            Assert.Equal(']', line[at++]);
            data.Add(id.Value, parameters);
        }
        Assert.Equal(' ', line[at]);
        return new SyslogLine(int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture), match.Groups[2].Value, match.Groups[3].Value, data, line[(at + 1)..]);
    }

    private static string Value(string line, int at, out int end)
    {
        var value = new StringBuilder();
        for (; line[at] != '"'; at++)
        {
            Assert.NotEqual(']', line[at]);
            if (line[at] == '\\')
            {
                Assert.True(line[at + 1] is '"' or '\\' or ']', "a backslash escapes \", \\ or ]");
                at++;
            }
            value.Append(line[at]);
        }
        end = at + 1;
        return value.ToString();
    }

    // PRI VERSION SP TIMESTAMP SP HOSTNAME SP APP-NAME SP PROCID SP MSGID SP
    [GeneratedRegex(@"^<(0|[1-9][0-9]{0,2})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) [\x21-\x7e]{1,255} [\x21-\x7e]{1,48} [\x21-\x7e]{1,128} ([\x21-\x7e]{1,32}) ")]
    private static partial Regex Header();

    // PRINTUSASCII without =, SP, ] and "
    [GeneratedRegex("[!#-<>-\\\\^-~]{1,32}")]
    private static partial Regex Name();
}

/// <summary>Holds a JSON object to what the schema, version 1.3.0, says of the class and its objects (ocsf-1.3.0.json beside this).</summary>
internal static class OcsfClass
{
    private static readonly JsonObject Schema = JsonNode.Parse(RepositoryFile.Read("AuditConsole.Tests/Streams/Formats/ocsf-1.3.0.json"))!.AsObject();

    public static void Check(JsonObject json)
    {
        Check(json, Schema["class"]!.GetValue<string>());
        Assert.Equal(json["class_uid"]!.GetValue<long>() * 100 + json["activity_id"]!.GetValue<long>(), json["type_uid"]!.GetValue<long>());
    }

    private static void Check(JsonObject json, string name)
    {
        var attributes = Schema["objects"]![name]!.AsObject();
        Assert.All(attributes.Where(one => one.Value!["required"]?.GetValue<bool>() == true), one => Assert.True(json.ContainsKey(one.Key), $"{name}.{one.Key} is missing"));
        if (Schema["at_least_one"]![name] is { } some)
        {
            Assert.Contains(some.AsArray(), one => json.ContainsKey(one!.GetValue<string>()));
        }
        foreach (var (member, value) in json)
        {
            Assert.True(attributes.ContainsKey(member), $"{name} has no attribute {member}");
            Check(value!, attributes[member]!, $"{name}.{member}");
        }
    }

    private static void Check(JsonNode value, JsonNode attribute, string place)
    {
        var type = attribute["type"]!.GetValue<string>();
        switch (type)
        {
            case "string":
                Assert.True(value.GetValueKind() == JsonValueKind.String, place);
                break;
            case "ip":
                Assert.True(System.Net.IPAddress.TryParse(value.GetValue<string>(), out _), place);
                break;
            case "integer":
                Assert.True(value.GetValueKind() == JsonValueKind.Number && long.TryParse(value.ToJsonString(), out _), place);
                break;
            case "long" or "timestamp":
                Assert.True(long.TryParse(value.ToJsonString(), out _), place);
                break;
            case "json":
                break;
            default:
                Check(value.AsObject(), type);
                break;
        }
        if (attribute["values"] is { } values)
        {
            Assert.Contains(values.AsArray(), one => JsonNode.DeepEquals(one, value));
        }
    }
}
