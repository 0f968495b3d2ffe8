using AuditConsole.Streams;
using AuditConsole.Streams.Destinations;

namespace AuditConsole.ScheduledExports;

/// <summary>A draft that was checked, its values as they are kept.</summary>
/// <param name="Draft">Name, filter and the rest, trimmed and normalised.</param>
/// <param name="Schedule">When it is due.</param>
/// <param name="Settings">The settings that are no secrets.</param>
/// <param name="Secrets">The secrets.</param>
/// <param name="Generated">What of both was made just now.</param>
internal sealed record CheckedExport(
    ScheduledExportDraft Draft, ExportSchedule Schedule, IReadOnlyDictionary<string, string> Settings, IReadOnlyDictionary<string, string> Secrets,
    IReadOnlyDictionary<string, string> Generated)
{
    /// <summary>All settings, secrets among them.</summary>
    public IReadOnlyDictionary<string, string> All => Settings.Concat(Secrets).ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal);
}

/// <summary>Checks drafts: everything that is wrong at once, field by field.</summary>
internal sealed class ScheduledExportDrafts(ExportDestinations destinations, Streams.Reach.AddressChecks addresses, TimeProvider clock)
{
    /// <summary>The most rows of a part where nothing is asked.</summary>
    public const int DefaultRows = 100_000;

    private const int MostRows = 1_000_000;
    private const int MaxNameLength = 256;

    /// <summary>Checks a draft.</summary>
    /// <param name="draft">What is wanted.</param>
    /// <param name="stored">The settings that the export has, secrets among them; null for a new one.</param>
    /// <param name="storedKind">The export's destination; null for a new one.</param>
    /// <exception cref="InvalidScheduledExportException">Something is wrong.</exception>
    public CheckedExport Check(ScheduledExportDraft draft, IReadOnlyDictionary<string, string>? stored, string? storedKind)
    {
        var problems = new List<FieldProblem>();
        if (draft.Name.Trim() is not { Length: >= 1 and <= MaxNameLength } name || name.Any(char.IsControl))
        {
            problems.Add(new("name", $"A name has 1 to {MaxNameLength} characters."));
            name = "";
        }
        if (storedKind is not null && storedKind != draft.Kind)
        {
            problems.Add(new("destination", "The destination of an export can't be changed. Add another export and remove this one."));
        }
        if (draft.RowsPerPart is < 1 or > MostRows)
        {
            problems.Add(new("rows_per_part", $"A part has 1 to {MostRows:N0} rows."));
        }
        if (draft.Since > clock.GetUtcNow())
        {
            problems.Add(new("since", "That time is yet to come. Name one in the past, or leave it out."));
        }
        var schedule = Schedule(draft, problems);
        var filter = draft.Filter.Check(problems);
        var (settings, secrets, generated) = Settings(draft, stored, problems);
        return problems.Count == 0
            ? new CheckedExport(draft with { Name = name, Filter = filter }, schedule!, settings, secrets, generated)
            : throw new InvalidScheduledExportException(problems);
    }

    private static ExportSchedule? Schedule(ScheduledExportDraft draft, List<FieldProblem> problems)
    {
        if (!ExportSchedule.TryFindZone(draft.TimeZone ?? "UTC", out var zone))
        {
            problems.Add(new("time_zone", "That is no time zone. Write its IANA name, as Europe/Berlin, America/New_York or UTC."));
        }
        if (!ExportSchedule.TryParse(draft.Schedule, zone ?? TimeZoneInfo.Utc, out var schedule, out var problem))
        {
            problems.Add(new("schedule", problem));
        }
        return schedule;
    }

    private (IReadOnlyDictionary<string, string> Settings, IReadOnlyDictionary<string, string> Secrets, IReadOnlyDictionary<string, string> Generated) Settings(
        ScheduledExportDraft draft, IReadOnlyDictionary<string, string>? stored, List<FieldProblem> problems)
    {
        var nothing = new Dictionary<string, string>();
        if (draft.Kind == ScheduledExport.Download)
        {
            problems.AddRange(draft.Settings.Where(setting => setting.Value.Length > 0).Select(setting => new FieldProblem(setting.Key, "An export for downloads has no settings.")));
            return (nothing, nothing, nothing);
        }
        if (destinations.Find(draft.Kind) is not { } kind)
        {
            problems.Add(new("destination", $"Choose one of {string.Join(", ", destinations.Kinds.Select(one => one.Name).Append(ScheduledExport.Download))}."));
            return (nothing, nothing, nothing);
        }
        var filled = StreamDrafts.Fill(kind, draft.Settings, stored, problems);
        problems.AddRange(addresses.Check(kind, filled.All).Where(problem => problems.All(known => known.Field != problem.Field)).ToList());
        return (filled.Settings, filled.Secrets, filled.Generated);
    }
}
