using AuditConsole.Streams.Destinations;
using AuditConsole.Streams.Formats;

namespace AuditConsole.Streams;

/// <summary>A draft that was checked, its values as they are kept.</summary>
/// <param name="Name">For people.</param>
/// <param name="Kind">What it goes to.</param>
/// <param name="Purpose">What it is for.</param>
/// <param name="Format">How entries are written.</param>
/// <param name="Filter">Which entries.</param>
/// <param name="Redactions">The places that are left out.</param>
/// <param name="Settings">The settings that are no secrets.</param>
/// <param name="Secrets">The secrets.</param>
/// <param name="Generated">What of both was made just now.</param>
internal sealed record CheckedDraft(
    string Name, IDestinationKind Kind, StreamPurpose Purpose, StreamFormat Format, StreamFilter Filter, IReadOnlyList<string> Redactions,
    Dictionary<string, string> Settings, Dictionary<string, string> Secrets, Dictionary<string, string> Generated)
{
    /// <summary>All settings, secrets among them.</summary>
    public DestinationSettings All => new(Settings.Concat(Secrets).ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal));
}

/// <summary>Checks drafts: everything that is wrong at once, field by field.</summary>
internal sealed class StreamDrafts(DestinationKinds kinds, Reach.AddressChecks addresses)
{
    private const int MaxNameLength = 256;
    private const int MaxValueLength = 16 * 1024;

    /// <summary>Checks a draft.</summary>
    /// <param name="draft">What is wanted.</param>
    /// <param name="stored">The settings that the stream has, secrets among them; null for a new one.</param>
    /// <param name="stream">The stream; null for a new one.</param>
    /// <exception cref="InvalidStreamException">Something is wrong.</exception>
    public CheckedDraft Check(StreamDraft draft, IReadOnlyDictionary<string, string>? stored, LogStream? stream)
    {
        var problems = new List<FieldProblem>();
        if (draft.Name.Trim() is not { Length: >= 1 and <= MaxNameLength } name || name.Any(char.IsControl))
        {
            problems.Add(new("name", $"A name has 1 to {MaxNameLength} characters."));
            name = "";
        }
        var purpose = draft.Purpose ?? stream?.Purpose ?? (draft.Kind == DestinationKinds.Webhook ? StreamPurpose.Webhook : StreamPurpose.Stream);
        var choices = purpose == StreamPurpose.Checkpoints ? kinds.ForCheckpoints : kinds.All;
        if (choices.FirstOrDefault(one => one.Name == draft.Kind) is not { } kind)
        {
            problems.Add(new("kind", $"{(purpose == StreamPurpose.Checkpoints ? "Checkpoints go to a bucket: choose" : "Choose")} one of {string.Join(", ", choices.Select(one => one.Name))}."));
            throw new InvalidStreamException(problems);
        }
        if (stream is not null && stream.Kind != kind.Name)
        {
            problems.Add(new("kind", "The kind of a stream can't be changed. Add another stream and delete this one."));
        }
        if ((stream is not null && stream.Purpose != purpose) || (purpose == StreamPurpose.Webhook) != (kind.Name == DestinationKinds.Webhook))
        {
            problems.Add(new("purpose", stream is null ? "A webhook is a kind of its own: leave the purpose out." : "What a stream is for can't be changed. Add another stream and delete this one."));
        }
        var formats = kinds.FormatsOf(kind);
        var format = draft.Format ?? formats[0];
        if (!formats.Contains(format))
        {
            problems.Add(new("format", $"{kind.DisplayName} takes {string.Join(", ", formats.Select(one => one.ToString().ToLowerInvariant()))}."));
        }
        var filter = draft.Filter.Check(problems);
        var redactions = draft.Redactions.Select(path => path.Trim()).Where(path => path.Length > 0).Distinct(StringComparer.Ordinal).ToList();
        if (!StreamRedaction.TryParse(redactions, out _, out var refusal))
        {
            problems.Add(new("redactions", refusal));
        }
        if (purpose == StreamPurpose.Checkpoints)
        {
            RequireNothingOfEntries(draft, filter, redactions, problems);
        }
        var done = Fill(kind, draft.Settings, stored, problems) with { Name = name, Purpose = purpose, Format = format, Filter = filter, Redactions = redactions };
        problems.AddRange(addresses.Check(kind, done.All).Where(problem => problems.All(known => known.Field != problem.Field)).ToList());
        return problems.Count == 0 ? done : throw new InvalidStreamException(problems);
    }

    private static void RequireNothingOfEntries(StreamDraft draft, StreamFilter filter, List<string> redactions, List<FieldProblem> problems)
    {
        const string Problem = "Checkpoints are about the whole log, and hold nothing of its entries: leave this out.";
        if (!filter.IsAll)
        {
            problems.Add(new("filter", Problem));
        }
        if (redactions.Count > 0)
        {
            problems.Add(new("redactions", Problem));
        }
        if (draft.Since is not null)
        {
            problems.Add(new("since", "The newest checkpoint tells of everything before it: leave this out."));
        }
    }

    /// <summary>The settings of a kind as they are kept; what is wrong with them is reported.</summary>
    internal static CheckedDraft Fill(
        IDestinationKind kind, IReadOnlyDictionary<string, string> given, IReadOnlyDictionary<string, string>? stored, List<FieldProblem> problems)
    {
        var (settings, secrets, generated) = (new Dictionary<string, string>(), new Dictionary<string, string>(), new Dictionary<string, string>());
        foreach (var name in given.Keys.Where(name => kind.Fields.All(field => field.Name != name)))
        {
            problems.Add(new(name, $"{kind.DisplayName} has no such setting. It has {string.Join(", ", kind.Fields.Select(field => field.Name))}."));
        }
        foreach (var field in kind.Fields)
        {
            var kept = stored?.GetValueOrDefault(field.Name);
            var value = Clean(given.GetValueOrDefault(field.Name), field);
            if (value.Length == 0)
            {
                // Secrets never come back to be sent again, and what the service made is nobody's to type.
                value = field.IsSecret || field.Generate is not null ? kept ?? "" : stored is null || !given.ContainsKey(field.Name) ? field.Default ?? "" : "";
            }
            if (value.Length == 0 && field.Generate is { } generate)
            {
                generated[field.Name] = value = generate();
            }
            if (value.Length > MaxValueLength)
            {
                problems.Add(new(field.Name, $"{field.Label} is longer than {MaxValueLength:N0} characters."));
            }
            else if (value.Length == 0 && !field.IsOptional)
            {
                problems.Add(new(field.Name, $"{field.Label} is missing. {field.Help}"));
            }
            else if (value.Length > 0 && field.Choices.Count > 0 && !field.Choices.Contains(value))
            {
                problems.Add(new(field.Name, $"{field.Label} is one of {string.Join(", ", field.Choices)}."));
            }
            if (value.Length > 0)
            {
                (field.IsSecret ? secrets : settings)[field.Name] = value;
            }
        }
        foreach (var (name, value) in stored ?? new Dictionary<string, string>())
        {
            if (name.StartsWith(Delivery.StreamSetups.Previous, StringComparison.Ordinal))
            {
                secrets[name] = value;
            }
        }
        return new CheckedDraft("", kind, default, default, new StreamFilter(), [], settings, secrets, generated);
    }

    private static string Clean(string? value, DestinationField field) =>
        (field.IsLong ? value?.ReplaceLineEndings("\n") : value)?.Trim() ?? "";
}
