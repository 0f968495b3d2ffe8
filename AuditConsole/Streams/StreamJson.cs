using System.Text.Json;
using System.Text.Json.Nodes;
using AuditConsole.Core;
using AuditConsole.Query;
using AuditConsole.Streams.Delivery;
using AuditConsole.Streams.Destinations;

namespace AuditConsole.Streams;

/// <summary>Streams as JSON, for the command line and the API (docs/streams.md). Members are in snake case.</summary>
internal static class StreamJson
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 8 };

    /// <summary>Reads a stream as somebody wants it.</summary>
    /// <exception cref="InvalidStreamException">It is no such JSON; the fields say what is wrong.</exception>
    public static StreamDraft ReadDraft(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Strict);
            return ReadDraft(document.RootElement);
        }
        catch (JsonException fault)
        {
            throw new InvalidStreamException([new("body", $"That is no JSON: line {fault.LineNumber + 1}.")]);
        }
    }

    private static StreamDraft ReadDraft(JsonElement json)
    {
        var problems = new List<FieldProblem>();
        var draft = new StreamDraft();
        foreach (var (name, value) in Members(json, "body", problems))
        {
            draft = name switch
            {
                "name" => draft with { Name = Text(name, value, problems) ?? "" },
                "kind" => draft with { Kind = Text(name, value, problems) ?? "" },
                "purpose" => draft with { Purpose = Purpose(value, problems) },
                "format" => draft with { Format = Format(value, problems) },
                "filter" => draft with { Filter = Filter(value, problems) },
                "redactions" => draft with { Redactions = Texts(name, value, problems) },
                "settings" => draft with { Settings = Settings(value, problems) },
                "since" => draft with { Since = Time(name, value, problems) },
                _ => Unknown(draft, name, problems),
            };
        }
        return problems.Count == 0 ? draft : throw new InvalidStreamException(problems);
    }

    /// <summary>A stream as it is.</summary>
    public static JsonObject Write(StreamView view)
    {
        var status = view.Status;
        var json = new JsonObject
        {
            ["id"] = view.Id,
            ["name"] = view.Name,
            ["kind"] = view.Kind.Name,
            ["purpose"] = NameOf(view.Purpose),
            ["format"] = NameOf(view.Format),
            ["filter"] = JsonSerializer.SerializeToNode(view.Filter.Facts()),
            ["redactions"] = JsonSerializer.SerializeToNode(view.Redactions),
            ["settings"] = JsonSerializer.SerializeToNode(view.Settings),
            ["secrets"] = JsonSerializer.SerializeToNode(view.Secrets),
            ["created_at"] = WireTime.Format(view.CreatedAt),
            ["created_by"] = view.CreatedBy,
            ["changed_at"] = WireTime.Format(view.ChangedAt),
            ["state"] = StreamStops.Name(status.State),
            ["lag_entries"] = status.LagEntries,
            ["lag_seconds"] = Math.Round(status.Lag.TotalSeconds, 3),
            ["entries_per_minute"] = Math.Round(status.PerMinute, 1),
            ["delivered"] = status.Delivered,
            ["too_old"] = status.TooOld,
            ["dead_letters"] = status.DeadLetters,
            ["failures"] = status.Failures,
        };
        Add("reason", status.Reason);
        Add("last_success", Time(status.LastSuccess));
        Add("last_error", status.LastError);
        Add("last_error_at", Time(status.LastErrorAt));
        Add("failing_since", Time(status.FailingSince));
        Add("next_attempt", Time(status.NextAttempt));
        Add("warning", status.Warning);
        if (status.Replay is { } replay)
        {
            json["replay"] = new JsonObject
            {
                ["from"] = Time(replay.From),
                ["started_at"] = Time(replay.StartedAt),
                ["finished_at"] = Time(replay.FinishedAt),
                ["delivered"] = replay.Delivered,
                ["left"] = replay.Left,
                ["too_old"] = replay.TooOld,
            };
        }
        return json;

        void Add(string name, string? value)
        {
            if (value is not null)
            {
                json[name] = value;
            }
        }
    }

    /// <summary>What an attempt came to.</summary>
    public static JsonObject Write(DeliveryOutcome outcome)
    {
        var json = new JsonObject { ["verdict"] = NameOf(outcome.Verdict), ["message"] = outcome.Message };
        if (outcome.Status is { } status)
        {
            json["status"] = status;
        }
        if (outcome.Answer is { } answer)
        {
            json["answer"] = answer;
        }
        if (outcome.Field is { } field)
        {
            json["field"] = field;
        }
        return json;
    }

    /// <summary>An attempt at a batch.</summary>
    public static JsonObject Write(StreamAttempt attempt)
    {
        var json = new JsonObject
        {
            ["id"] = attempt.Id,
            ["at"] = WireTime.Format(attempt.At),
            ["milliseconds"] = attempt.Milliseconds,
            ["lane"] = NameOf(attempt.Lane),
            ["first"] = attempt.First,
            ["last"] = attempt.Last,
            ["count"] = attempt.Count,
            ["attempt"] = attempt.Number,
            ["verdict"] = NameOf(attempt.Verdict),
            ["message"] = attempt.Message,
        };
        if (attempt.Status is { } status)
        {
            json["status"] = status;
        }
        if (attempt.Answer is { } answer)
        {
            json["answer"] = answer;
        }
        return json;
    }

    /// <summary>A dead letter.</summary>
    public static JsonObject Write(DeadLetter letter)
    {
        var json = new JsonObject
        {
            ["id"] = letter.Id,
            ["sequence"] = letter.Sequence,
            ["entry_id"] = letter.EntryId.ToString(),
            ["at"] = WireTime.Format(letter.At),
            ["reason"] = letter.Reason,
        };
        if (letter.Answer is { } answer)
        {
            json["answer"] = answer;
        }
        if (letter.ResentAt is { } resent)
        {
            json["resent_at"] = WireTime.Format(resent);
        }
        return json;
    }

    /// <summary>What became of entries that were sent again.</summary>
    public static JsonObject Write(IReadOnlyList<Redelivery> sent) =>
        new() { ["data"] = new JsonArray([.. sent.Select(one => new JsonObject { ["sequence"] = one.Sequence, ["outcome"] = Write(one.Outcome) })]) };

    /// <summary>A lane on the wire.</summary>
    public static string NameOf(LaneKind lane) => lane == LaneKind.Replay ? "replay" : "live";

    /// <summary>A verdict on the wire.</summary>
    public static string NameOf(DeliveryVerdict verdict) => verdict.ToString().ToLowerInvariant();

    /// <summary>A format on the wire.</summary>
    public static string NameOf(StreamFormat format) => format.ToString().ToLowerInvariant();

    /// <summary>A purpose on the wire.</summary>
    public static string NameOf(StreamPurpose purpose) => purpose.ToString().ToLowerInvariant();

    /// <summary>An instant or a UTC day.</summary>
    public static DateTimeOffset? ReadTime(string text) => TimeBound.TryParse(text, out var bound) ? bound.Start : null;

    private static string? Time(DateTimeOffset? time) => time is { } given ? WireTime.Format(given) : null;

    internal static IEnumerable<(string Name, JsonElement Value)> Members(JsonElement json, string name, List<FieldProblem> problems)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            problems.Add(new(name, "This must be an object."));
            return [];
        }
        return json.EnumerateObject().Where(member => member.Value.ValueKind != JsonValueKind.Null).Select(member => (member.Name, member.Value));
    }

    internal static T Unknown<T>(T value, string name, List<FieldProblem> problems)
    {
        problems.Add(new(name, "There is no such member."));
        return value;
    }

    internal static StreamFilter Filter(JsonElement json, List<FieldProblem> problems)
    {
        var filter = new StreamFilter();
        foreach (var (name, value) in Members(json, "filter", problems))
        {
            filter = name switch
            {
                "entity_type" => filter with { EntityType = Text(name, value, problems) },
                "actions" => filter with { Actions = Texts(name, value, problems) },
                "slug" => filter with { Slug = Text(name, value, problems) },
                "actor" => filter with { Actor = Text(name, value, problems) },
                "ip" => filter with { Ip = Text(name, value, problems) },
                "target" => filter with { Target = Text(name, value, problems) },
                _ => Unknown(filter, $"filter.{name}", problems),
            };
        }
        return filter;
    }

    internal static Dictionary<string, string> Settings(JsonElement json, List<FieldProblem> problems)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in Members(json, "settings", problems))
        {
            // A service account's key is a JSON object itself: it may stand there as it is.
            settings[name] = value.ValueKind switch
            {
                JsonValueKind.Object => value.GetRawText(),
                JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
                _ => Text(name, value, problems) ?? "",
            };
        }
        return settings;
    }

    private static StreamFormat? Format(JsonElement json, List<FieldProblem> problems)
    {
        var text = Text("format", json, problems);
        foreach (var format in Enum.GetValues<StreamFormat>())
        {
            if (NameOf(format) == text)
            {
                return format;
            }
        }
        problems.Add(new("format", $"This is one of {string.Join(", ", Enum.GetValues<StreamFormat>().Select(NameOf))}."));
        return null;
    }

    private static StreamPurpose? Purpose(JsonElement json, List<FieldProblem> problems)
    {
        var text = Text("purpose", json, problems);
        foreach (var purpose in Enum.GetValues<StreamPurpose>())
        {
            if (NameOf(purpose) == text)
            {
                return purpose;
            }
        }
        problems.Add(new("purpose", $"This is one of {string.Join(", ", Enum.GetValues<StreamPurpose>().Select(NameOf))}."));
        return null;
    }

    internal static DateTimeOffset? Time(string name, JsonElement json, List<FieldProblem> problems)
    {
        if (Text(name, json, problems) is not { } text)
        {
            return null;
        }
        if (ReadTime(text) is not { } time)
        {
            problems.Add(new(name, "This must be an instant, as 2026-11-21T16:42:07Z, or a UTC day."));
            return null;
        }
        return time;
    }

    private static string[] Texts(string name, JsonElement json, List<FieldProblem> problems)
    {
        if (json.ValueKind == JsonValueKind.Array)
        {
            return [.. json.EnumerateArray().Select(one => Text(name, one, problems) ?? "")];
        }
        problems.Add(new(name, "This must be a list of texts."));
        return [];
    }

    internal static string? Text(string name, JsonElement json, List<FieldProblem> problems)
    {
        if (json.ValueKind == JsonValueKind.String)
        {
            return json.GetString();
        }
        problems.Add(new(name, "This must be a text."));
        return null;
    }
}
