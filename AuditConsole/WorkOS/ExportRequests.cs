using System.Text.Json;
using AuditConsole.Core;
using Microsoft.Extensions.Primitives;

namespace AuditConsole.WorkOS;

/// <summary>What an export is asked for.</summary>
/// <param name="Organization">The tenant.</param>
/// <param name="From">The first instant.</param>
/// <param name="Until">The first instant that isn't meant any more.</param>
/// <param name="Selection">What else it selects.</param>
internal sealed record ExportRequest(string Organization, DateTimeOffset From, DateTimeOffset Until, EventSelection Selection)
{
    private const string InvalidRequest = "invalid_parameter";

    /// <summary>Reads the body of <c>POST /audit_logs/exports</c>.</summary>
    /// <param name="body">The object.</param>
    /// <param name="refusal">The answer, always 400, where something is wrong: WorkOS has no other here.</param>
    public static ExportRequest? Read(JsonElement body, out IResult? refusal)
    {
        var problems = new List<WorkOSProblem>();
        var (organization, start, end) = (Text("organization_id"), Text("range_start"), Text("range_end"));
        var selection = new EventSelection
        {
            Actions = List("actions"),
            // The older name of actor_names, which older SDKs send.
            ActorNames = [.. List("actor_names"), .. List("actors")],
            ActorIds = List("actor_ids"),
            Targets = List("targets"),
        };
        return Make(organization, start, end, selection, problems, out refusal);

        string? Text(string name)
        {
            var value = EventMapping.Find(body, name);
            if (value is { ValueKind: JsonValueKind.String } text && EventMapping.TextOf(text) is { } found)
            {
                return found;
            }
            problems.Add(value is { } other
                ? Problem("invalid_type", name, $"must be a string, not {EventMapping.Describe(other)}")
                : Problem("required", name, "is missing"));
            return null;
        }

        IReadOnlyList<string> List(string name)
        {
            if (EventMapping.Find(body, name) is not { } list)
            {
                return [];
            }
            if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > EventSelection.MostValues || list.EnumerateArray().Any(item => item.ValueKind != JsonValueKind.String || EventMapping.TextOf(item) is null))
            {
                problems.Add(Problem("invalid_type", name, $"must be a list of up to {EventSelection.MostValues} strings"));
                return [];
            }
            return Checked(name, [.. list.EnumerateArray().Select(item => item.GetString()!)], problems);
        }
    }

    /// <summary>Reads the query string of <c>GET /audit_logs/exports</c>: lists with or without <c>[]</c> behind their names.</summary>
    public static ExportRequest? Read(IQueryCollection query, out IResult? refusal)
    {
        var problems = new List<WorkOSProblem>();
        foreach (var name in query.Keys.Where(name => !Known.Contains(name, StringComparer.Ordinal)))
        {
            // A filter that isn't understood would give too much.
            problems.Add(Problem("unknown", name.Length > 64 ? name[..64] : name, $"is not a parameter of this route. It has: {string.Join(", ", Known)}"));
        }
        var (organization, start, end) = (One("organization_id"), One("range_start"), One("range_end"));
        var selection = new EventSelection { Actions = All("action"), ActorNames = All("actor_name"), ActorIds = All("actor_id"), Targets = All("target") };
        return Make(organization, start, end, selection, problems, out refusal);

        string? One(string name)
        {
            if (query[name] is [{ Length: > 0 } value])
            {
                return value;
            }
            problems.Add(Problem("required", name, "must be given, once"));
            return null;
        }

        IReadOnlyList<string> All(string name)
        {
            var values = StringValues.Concat(query[name], query[name + "[]"]);
            if (values.Count > EventSelection.MostValues)
            {
                problems.Add(Problem("invalid", name, $"is given more than {EventSelection.MostValues} times"));
            }
            return Checked(name, [.. values.Select(value => value ?? "")], problems);
        }
    }

    // No entry has a longer one, and what is asked for is recorded.
    private static IReadOnlyList<string> Checked(string name, IReadOnlyList<string> values, List<WorkOSProblem> problems)
    {
        foreach (var value in values)
        {
            if (value.Length == 0)
            {
                problems.Add(Problem("invalid", name, "must not be empty. Leave it out to select everything"));
            }
            else if (CanonicalJson.FindRefusal(value) is { } refusal)
            {
                problems.Add(Problem("invalid", name, refusal));
            }
            else if (value.Length > 2 * EntryParser.MaxNameLength || value.EnumerateRunes().Count() > EntryParser.MaxNameLength)
            {
                problems.Add(Problem("invalid", name, $"must have at most {EntryParser.MaxNameLength} characters"));
            }
            if (problems.Count > 0)
            {
                return [];
            }
        }
        return values;
    }

    private static readonly string[] Known =
        ["organization_id", "range_start", "range_end", "action", "action[]", "actor_name", "actor_name[]", "actor_id", "actor_id[]", "target", "target[]"];

    private static ExportRequest? Make(
        string? organization, string? start, string? end, EventSelection selection, List<WorkOSProblem> problems, out IResult? refusal)
    {
        refusal = null;
        if (problems.Count > 0)
        {
            refusal = WorkOSError.Result(400, InvalidRequest, $"{problems[0].Field} {problems[0].Message}.", problems);
        }
        else if (!TryReadTime(start!, out var from) || !TryReadTime(end!, out var until))
        {
            refusal = WorkOSError.Result(400, WorkOSError.InvalidRange, "Invalid date range: range_start and range_end are ISO 8601 date-times, as 2026-11-21T16:42:07.318Z.");
        }
        else if (until < from)
        {
            refusal = WorkOSError.Result(400, WorkOSError.InvalidRange, "Invalid date range: range_end is before range_start.");
        }
        else
        {
            return new ExportRequest(organization!, from, until, selection);
        }
        return null;
    }

    private static bool TryReadTime(string text, out DateTimeOffset time) =>
        // A + that wasn't escaped in an address arrives as a blank.
        WireTime.TryParse(text.Replace(' ', '+'), out time);

    private static WorkOSProblem Problem(string code, string field, string message) => new() { Code = code, Field = field, Message = message };
}
