using System.Globalization;
using AuditConsole.Api;
using AuditConsole.Query;
using Microsoft.Extensions.Primitives;

namespace AuditConsole.Exports;

/// <summary>What the form of a download asks for: the filter that the page shows, as it was applied.</summary>
/// <param name="Filter">Which entries; with its tenant.</param>
/// <param name="Snapshot">The newest sequence that counts: what has arrived since the page was opened stays out.</param>
/// <param name="Format">The file's format.</param>
internal sealed record ExportRequest(EntryFilterQuery Filter, long Snapshot, ExportFormat Format)
{
    private static readonly string[] Fields = ["tenant", "from", "to", "entityType", "action", "slug", "actor", "ip", "snapshot", "format"];
    private static readonly string[] Required = ["tenant", "from", "to", "snapshot", "format"];

    /// <summary>The fields that ask for this, without the format, which the button sends.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Parameters(EntryFilterQuery filter, long snapshot) =>
        filter.Parameters().Append(KeyValuePair.Create("snapshot", snapshot.ToString(CultureInfo.InvariantCulture)));

    /// <summary>Reads the form; null if a field is missing, wrong or unknown, since a filter that isn't understood would export too much.</summary>
    public static ExportRequest? Parse(IReadOnlyDictionary<string, StringValues> form, string antiforgeryField, List<ApiErrorDetail> errors)
    {
        var problems = new List<QueryProblem>();
        var filter = EntryFilterQuery.Parse(name => form.GetValueOrDefault(name), DateOnly.MinValue, problems);
        errors.AddRange(problems.Select(problem => new ApiErrorDetail(problem.Field, problem.Message)));
        foreach (var name in Required.Where(name => string.IsNullOrWhiteSpace(form.GetValueOrDefault(name))))
        {
            errors.Add(new ApiErrorDetail(name, $"{name} is missing."));
        }
        foreach (var name in form.Keys.Where(name => name != antiforgeryField && !Fields.Contains(name, StringComparer.Ordinal)).Take(10))
        {
            errors.Add(new ApiErrorDetail(name.Length > 64 ? name[..64] : name, "There is no such field in this form."));
        }
        var snapshot = form.GetValueOrDefault("snapshot").ToString();
        if (!long.TryParse(snapshot, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) && snapshot.Length > 0)
        {
            errors.Add(new ApiErrorDetail("snapshot", "snapshot is not the number of an entry, 0 or more."));
        }
        var format = FormatOf(form.GetValueOrDefault("format").ToString());
        if (format is null && form.ContainsKey("format"))
        {
            errors.Add(new ApiErrorDetail("format", "format must be csv or json."));
        }
        return errors.Count == 0 ? new ExportRequest(filter, sequence, format!.Value) : null;
    }

    private static ExportFormat? FormatOf(string text) => text switch
    {
        "csv" => ExportFormat.Csv,
        "json" => ExportFormat.Json,
        _ => null,
    };
}
