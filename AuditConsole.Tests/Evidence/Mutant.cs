using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AuditConsole.Core;
using AuditConsole.Exports;

namespace AuditConsole.Tests.Evidence;

/// <summary>An exported file that was changed at random: rows, values, order and spelling. Knows how many rows are still as they were.</summary>
internal sealed class Mutant
{
    private readonly Random _random;

    public Mutant(ExportedFile export, ExportFormat format, int seed)
    {
        _random = new Random(seed);
        if (format == ExportFormat.Csv)
        {
            MutateCsv(export.Bytes);
        }
        else
        {
            MutateJson(export.Bytes, format == ExportFormat.Ndjson);
        }
    }

    public byte[] Bytes { get; private set; } = [];

    /// <summary>How many rows stand in the file as they were exported, each exported row at most once.</summary>
    public int Unchanged { get; private set; }

    /// <summary>How many rows the file has.</summary>
    public int Rows { get; private set; }

    private void MutateCsv(byte[] file)
    {
        var rows = Csv.Read(file);
        var original = rows.Skip(1).Select(row => string.Join('\u0001', row)).ToList();
        var changed = Change(rows.Skip(1).Select(row => row.ToArray()).ToList(), row => row.ToArray(), ChangeCell);
        Rows = changed.Count;
        Unchanged = Common(original, changed.Select(row => string.Join('\u0001', row)));
        Bytes = Csv.Write(changed.Prepend(rows[0]), ",;\t"[_random.Next(3)], _random.Next(2) == 0 ? "\n" : "\r\n", _random.Next(2) == 0, _random.Next(2) == 0);
    }

    private void MutateJson(byte[] file, bool isLines)
    {
        var rows = isLines ? Encoding.UTF8.GetString(file).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).ToList()
            : JsonNode.Parse(file)!.AsArray().Select(row => row!.DeepClone()).ToList();
        var original = rows.Select(Canonical).ToList();
        var changed = Change(rows, row => row.DeepClone(), ChangeMember);
        Rows = changed.Count;
        Unchanged = Common(original, changed.Select(Canonical));
        Bytes = isLines ? [.. changed.SelectMany(row => JsonSerializer.SerializeToUtf8Bytes(row).Append((byte)'\n'))] : JsonSerializer.SerializeToUtf8Bytes(changed, new JsonSerializerOptions { WriteIndented = _random.Next(2) == 0 });
    }

    private List<T> Change<T>(List<T> rows, Func<T, T> copy, Action<T, List<T>> change)
    {
        for (var times = _random.Next(1, 5); times > 0 && rows.Count > 0; times--)
        {
            var at = _random.Next(rows.Count);
            switch (_random.Next(8))
            {
                case 0:
                    rows.RemoveAt(at);
                    break;
                case 1:
                    rows.Insert(_random.Next(rows.Count + 1), copy(rows[at]));
                    break;
                case 2:
                    rows = [.. rows.OrderBy(_ => _random.Next())];
                    break;
                case 3:
                    var forged = copy(rows[at]);
                    change(forged, rows);
                    rows.Insert(_random.Next(rows.Count + 1), forged);
                    break;
                default:
                    change(rows[at], rows);
                    break;
            }
        }
        return rows;
    }

    private void ChangeCell(string[] row, List<string[]> rows)
    {
        var column = _random.Next(row.Length);
        row[column] = _random.Next(4) switch
        {
            // The value of another row, or of another column.
            0 => rows[_random.Next(rows.Count)][column],
            1 => row[_random.Next(row.Length)],
            _ => ChangeText(row[column]),
        };
    }

    private void ChangeMember(JsonNode row, List<JsonNode> rows)
    {
        var target = row.AsObject();
        while (_random.Next(3) == 0 && target.Select(member => member.Value).OfType<JsonObject>().ToList() is { Count: > 0 } inner)
        {
            target = inner[_random.Next(inner.Count)];
        }
        if (target.Count == 0)
        {
            target["added"] = 1;
            return;
        }
        var name = target.ElementAt(_random.Next(target.Count)).Key;
        switch (_random.Next(5))
        {
            case 0:
                target.Remove(name);
                break;
            case 1:
                target[name + "x"] = target[name]?.DeepClone();
                break;
            case 2 when rows[_random.Next(rows.Count)].AsObject() is { } other && other.ContainsKey(name):
                target[name] = other[name]?.DeepClone();
                break;
            default:
                target[name] = target[name] is JsonValue value && value.TryGetValue<string>(out var text) ? ChangeText(text)
                    : target[name] is JsonValue number && number.TryGetValue<long>(out var whole) ? whole + 1 : JsonValue.Create(_random.Next(100));
                break;
        }
    }

    private string ChangeText(string text)
    {
        var at = _random.Next(text.Length + 1);
        var character = "0aZ=', \"\n;\té"[_random.Next(11)].ToString();
        // Not between the halves of a surrogate pair: no program writes that.
        if (at < text.Length && char.IsLowSurrogate(text[at]) || at > 0 && at <= text.Length && at < text.Length && char.IsHighSurrogate(text[at]))
        {
            at = 0;
        }
        return _random.Next(3) switch
        {
            0 when at < text.Length && !char.IsSurrogate(text[at]) => text.Remove(at, 1),
            1 when at < text.Length && !char.IsSurrogate(text[at]) => text.Remove(at, 1).Insert(at, character),
            _ => text.Insert(at, character),
        };
    }

    private static int Common(IEnumerable<string> original, IEnumerable<string> changed)
    {
        var left = original.GroupBy(row => row).ToDictionary(group => group.Key, group => group.Count());
        return changed.Count(row => left.TryGetValue(row, out var count) && (left[row] = count - 1) >= 0);
    }

    private static string Canonical(JsonNode row)
    {
        using var document = JsonDocument.Parse(row.ToJsonString());
        try
        {
            return Encoding.UTF8.GetString(CanonicalJson.Canonicalize(document.RootElement));
        }
        catch (CanonicalJsonException refused)
        {
            return refused.Message;
        }
    }
}
