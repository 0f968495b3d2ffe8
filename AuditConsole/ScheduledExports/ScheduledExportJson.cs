using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using AuditConsole.Core;
using AuditConsole.Exports;
using AuditConsole.Streams;
using AuditConsole.Streams.Delivery;
using AuditConsole.Streams.Destinations;

namespace AuditConsole.ScheduledExports;

/// <summary>Scheduled exports as JSON, for the command line and the API (docs/scheduled-exports.md). Members are in snake case.</summary>
internal static class ScheduledExportJson
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 8 };

    /// <summary>Reads an export as somebody wants it.</summary>
    /// <exception cref="InvalidScheduledExportException">It is no such JSON; the fields say what is wrong.</exception>
    public static ScheduledExportDraft ReadDraft(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Strict);
            return ReadDraft(document.RootElement);
        }
        catch (JsonException fault)
        {
            throw new InvalidScheduledExportException([new("body", $"That is no JSON: line {fault.LineNumber + 1}.")]);
        }
    }

    private static ScheduledExportDraft ReadDraft(JsonElement json)
    {
        var problems = new List<FieldProblem>();
        var draft = new ScheduledExportDraft();
        foreach (var (name, value) in StreamJson.Members(json, "body", problems))
        {
            draft = name switch
            {
                "name" => draft with { Name = StreamJson.Text(name, value, problems) ?? "" },
                "destination" => draft with { Kind = StreamJson.Text(name, value, problems) ?? "" },
                "format" => draft with { Format = Format(value, problems) },
                "filter" => draft with { Filter = StreamJson.Filter(value, problems) },
                "schedule" => draft with { Schedule = StreamJson.Text(name, value, problems) ?? "" },
                "time_zone" => draft with { TimeZone = StreamJson.Text(name, value, problems) },
                "rows_per_part" => draft with { RowsPerPart = Number(name, value, problems) },
                "settings" => draft with { Settings = StreamJson.Settings(value, problems) },
                "since" => draft with { Since = StreamJson.Time(name, value, problems) },
                _ => StreamJson.Unknown(draft, name, problems),
            };
        }
        return problems.Count == 0 ? draft : throw new InvalidScheduledExportException(problems);
    }

    /// <summary>The filter that stands in a manifest.</summary>
    public static StreamFilter FilterOf(string manifest)
    {
        using var document = JsonDocument.Parse(manifest);
        return StreamJson.Filter(document.RootElement.GetProperty("filter"), []);
    }

    /// <summary>An export as it is.</summary>
    public static JsonObject Write(ScheduledExportView view)
    {
        var json = new JsonObject
        {
            ["id"] = view.Id,
            ["name"] = view.Name,
            ["destination"] = view.Kind,
            ["format"] = NameOf(view.Format),
            ["filter"] = JsonSerializer.SerializeToNode(view.Filter.Facts()),
            ["schedule"] = view.Schedule,
            ["time_zone"] = view.TimeZone,
            ["rows_per_part"] = view.RowsPerPart,
            ["settings"] = JsonSerializer.SerializeToNode(view.Settings),
            ["secrets"] = JsonSerializer.SerializeToNode(view.Secrets),
            ["created_at"] = WireTime.Format(view.CreatedAt),
            ["created_by"] = view.CreatedBy,
            ["changed_at"] = WireTime.Format(view.ChangedAt),
            ["state"] = StreamStops.Name(view.State),
        };
        Add(json, "reason", view.Reason);
        Add(json, "next_due", Time(view.NextDue));
        Add(json, "warning", view.Warning);
        if (view.LastRun is { } run)
        {
            json["last_run"] = Write(run);
        }
        return json;
    }

    /// <summary>A run as it is.</summary>
    public static JsonObject Write(ScheduledExportRun run)
    {
        var json = new JsonObject
        {
            ["id"] = run.Id.ToString("D"),
            ["due"] = WireTime.Format(run.Due),
            ["stands_for_due_times"] = run.Stands,
            ["manual"] = run.IsManual,
            ["state"] = run.State.ToString().ToLowerInvariant(),
            ["attempts"] = run.Attempts,
            ["started_at"] = WireTime.Format(run.StartedAt),
            ["after"] = run.After,
            ["until"] = run.Until,
            ["rows"] = run.Rows,
            ["bytes"] = run.Bytes,
            ["parts"] = run.Parts.Count,
        };
        Add(json, "finished_at", Time(run.FinishedAt));
        Add(json, "error", run.Error);
        Add(json, "next_attempt", Time(run.NextAttempt));
        return json;
    }

    /// <summary>A format on the wire.</summary>
    public static string NameOf(ExportFormat format) => format.ToString().ToLowerInvariant();

    private static string? Time(DateTimeOffset? time) => time is { } given ? WireTime.Format(given) : null;

    private static void Add(JsonObject json, string name, string? value)
    {
        if (value is not null)
        {
            json[name] = value;
        }
    }

    private static ExportFormat Format(JsonElement json, List<FieldProblem> problems)
    {
        var text = StreamJson.Text("format", json, problems);
        foreach (var format in Enum.GetValues<ExportFormat>().Where(format => NameOf(format) == text))
        {
            return format;
        }
        problems.Add(new("format", "This is csv, json or ndjson."));
        return default;
    }

    private static int? Number(string name, JsonElement json, List<FieldProblem> problems)
    {
        if (json.ValueKind == JsonValueKind.Number && json.TryGetInt32(out var number))
        {
            return number;
        }
        problems.Add(new(name, string.Create(CultureInfo.InvariantCulture, $"This must be a whole number, as {ScheduledExportDrafts.DefaultRows}.")));
        return null;
    }
}
