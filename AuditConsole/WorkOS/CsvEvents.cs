using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Ingest;
using CsvHelper;

namespace AuditConsole.WorkOS;

/// <summary>A row of a WorkOS export: an entry, or why it is none.</summary>
/// <param name="Number">Its number, from 1; the header is none.</param>
/// <param name="Identity">Tells it from other rows, in this file and in others: 32 hexadecimal digits.</param>
/// <param name="Entry">The entry; null where it can't be taken.</param>
/// <param name="Problem">Why it can't be taken.</param>
internal sealed record CsvEvent(long Number, string Identity, NewEntry? Entry, string? Problem);

/// <summary>
/// Reads the CSV of a WorkOS export. WorkOS doesn't say which columns it has, so that they are found by their names, with
/// underscore, full stop or capitals between their words: <c>actor_id</c>, <c>actor.id</c>, <c>actorId</c>; <c>actor</c>,
/// <c>context</c> and <c>target</c> may also be JSON objects. Other columns are left out, and told.
/// </summary>
internal sealed class CsvEvents : IDisposable
{
    private static readonly string[] Known =
    [
        "id", "organizationid", "action", "occurredat", "version", "actor", "actorid", "actortype", "actorname", "actormetadata", "target", "targets",
        "targetid", "targettype", "targetname", "context", "contextlocation", "location", "contextuseragent", "useragent", "metadata",
    ];

    private readonly CsvReader _reader;
    private readonly QuoteCount _quotes;
    private readonly EntryDoor _door;
    private readonly Dictionary<string, int> _columns = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _alike = new(StringComparer.Ordinal);
    private long _number;

    private CsvEvent? _ahead;

    private CsvEvents(CsvReader reader, QuoteCount quotes, EntryDoor door) => (_reader, _quotes, _door) = (reader, quotes, door);

    /// <summary>The columns that are left out.</summary>
    public IReadOnlyList<string> Unknown { get; private set; } = [];

    /// <summary>Reads the header.</summary>
    /// <exception cref="RefusedException">It isn't that of a WorkOS export.</exception>
    public static async Task<CsvEvents> OpenAsync(Stream file, EntryDoor door, CancellationToken cancellationToken)
    {
        var quotes = new QuoteCount(file);
        var events = new CsvEvents(CsvReader.Create(quotes, new CsvReaderOptions { HasHeader = false, Separator = ',' }), quotes, door);
        try
        {
            await events.ReadHeaderAsync(cancellationToken);
            events._ahead = await events.ReadRowAsync(cancellationToken);
            return events;
        }
        catch
        {
            events.Dispose();
            throw;
        }
    }

    /// <summary>The next row, or null at the end.</summary>
    /// <exception cref="RefusedException">The file isn't CSV from here on.</exception>
    public async ValueTask<CsvEvent?> ReadAsync(CancellationToken cancellationToken)
    {
        if (_ahead is not { } row)
        {
            return null;
        }
        // Whether a row is whole is known once there is another one, or the file has ended well.
        _ahead = await ReadRowAsync(cancellationToken);
        return _ahead is null && _quotes.IsOpen
            ? throw new RefusedException($"The file ends within row {row.Number}, whose last quote is missing: it was cut off. What stands before was imported. Get the file again.")
            : row;
    }

    public void Dispose() => _reader.Dispose();

    private async ValueTask<CsvEvent?> ReadRowAsync(CancellationToken cancellationToken)
    {
        if (!await NextAsync(cancellationToken))
        {
            return null;
        }
        _number++;
        var row = _columns.ToDictionary(column => column.Key, column => column.Value < _reader.FieldCount ? _reader.GetString(column.Value) : "");
        return row.Values.Any(value => value.Contains('\uFFFD', StringComparison.Ordinal))
            ? new CsvEvent(_number, IdentityOf(row), null, "it holds bytes that are no UTF-8")
            : Read(row);
    }

    private async Task ReadHeaderAsync(CancellationToken cancellationToken)
    {
        if (!await NextAsync(cancellationToken))
        {
            throw new RefusedException("The file is empty. The first line of a WorkOS export names its columns.");
        }
        var unknown = new List<string>();
        for (var i = 0; i < _reader.FieldCount; i++)
        {
            var name = _reader.GetString(i).TrimStart('\uFEFF').Trim();
            var plain = string.Concat(name.Where(char.IsAsciiLetterOrDigit)).ToLowerInvariant();
            if (!Known.Contains(plain) || !_columns.TryAdd(plain, i))
            {
                unknown.Add(name);
            }
        }
        Unknown = unknown;
        if (!_columns.ContainsKey("action") || !_columns.ContainsKey("occurredat"))
        {
            throw new RefusedException("The first line has no columns action and occurred_at: this is no WorkOS export.");
        }
    }

    private async ValueTask<bool> NextAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _reader.ReadAsync(cancellationToken);
        }
        catch (CsvFormatException fault)
        {
            throw new RefusedException($"Behind row {_number} the file is no CSV: {fault.Message} What stands before was imported.");
        }
    }

    private CsvEvent Read(Dictionary<string, string> row)
    {
        var identity = IdentityOf(row);
        var problems = new EventProblems();
        try
        {
            var buffer = new ArrayBufferWriter<byte>(1024);
            using (var json = new Utf8JsonWriter(buffer, EventJson.Options))
            {
                WriteEvent(json, row);
            }
            using var sent = JsonDocument.Parse(buffer.WrittenMemory, WorkOSBody.Options);
            var entry = EventReader.Read(sent.RootElement, _door, problems);
            return new CsvEvent(_number, identity, entry, problems.First);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return new CsvEvent(_number, identity, null, "a column that holds JSON can't be read");
        }
    }

    private static void WriteEvent(Utf8JsonWriter json, Dictionary<string, string> row)
    {
        json.WriteStartObject();
        Text("action", "action");
        Text("occurred_at", "occurredat");
        if (Of("version") is { } version)
        {
            json.WritePropertyName("version");
            if (long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                json.WriteNumberValue(number);
            }
            else
            {
                // Refused as what it is.
                json.WriteStringValue(version);
            }
        }
        json.WritePropertyName("actor");
        if (Of("actor") is { } actor && actor.StartsWith('{'))
        {
            json.WriteRawValue(actor);
        }
        else
        {
            json.WriteStartObject();
            Text("id", "actorid");
            Text("type", "actortype");
            Text("name", "actorname");
            Raw("metadata", "actormetadata");
            json.WriteEndObject();
        }
        json.WritePropertyName("targets");
        if (Of("targets") is { } targets)
        {
            json.WriteRawValue(targets);
        }
        else
        {
            json.WriteStartArray();
            if (Of("target") is { } target)
            {
                json.WriteRawValue(target);
            }
            else if (Of("targetid") is not null)
            {
                json.WriteStartObject();
                Text("id", "targetid");
                Text("type", "targettype");
                Text("name", "targetname");
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        json.WritePropertyName("context");
        if (Of("context") is { } context)
        {
            json.WriteRawValue(context);
        }
        else
        {
            json.WriteStartObject();
            json.WriteString("location", Of("contextlocation") ?? Of("location") ?? "");
            if ((Of("contextuseragent") ?? Of("useragent")) is { } agent)
            {
                json.WriteString("user_agent", agent);
            }
            json.WriteEndObject();
        }
        Raw("metadata", "metadata");
        json.WriteEndObject();

        string? Of(string column) => row.GetValueOrDefault(column) is { Length: > 0 } value ? value : null;

        void Text(string name, string column)
        {
            if (Of(column) is { } value)
            {
                json.WriteString(name, value);
            }
        }

        void Raw(string name, string column)
        {
            if (Of(column) is { } value)
            {
                json.WritePropertyName(name);
                json.WriteRawValue(value);
            }
        }
    }

    // The event's own id; where there is none, what of an entry stays when its details are destroyed, since this is kept
    // for good, and the how manieth row with it this is.
    private string IdentityOf(Dictionary<string, string> row)
    {
        var text = row.GetValueOrDefault("id") is { Length: > 0 } id
            ? $"id {id}"
            : string.Join('\n', new[] { "action", "occurredat", "actorid", "actortype", "version" }.Select(name => row.GetValueOrDefault(name) ?? ""));
        if (!text.StartsWith("id ", StringComparison.Ordinal))
        {
            var before = _alike.GetValueOrDefault(text);
            _alike[text] = before + 1;
            text += string.Create(CultureInfo.InvariantCulture, $"\n{before}");
        }
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));
    }
}
