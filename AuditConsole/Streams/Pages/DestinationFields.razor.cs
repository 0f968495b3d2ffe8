using AuditConsole.Streams.Destinations;
using Microsoft.AspNetCore.Components;

namespace AuditConsole.Streams.Pages;

/// <summary>The fields of a destination's settings, for whatever is set up to go there.</summary>
public sealed partial class DestinationFields : ComponentBase
{
    /// <summary>The destination.</summary>
    [Parameter, EditorRequired]
    public IDestinationKind Kind { get; set; } = default!;

    /// <summary>What is typed, by the setting's name.</summary>
    [Parameter, EditorRequired]
    public IDictionary<string, string> Settings { get; set; } = default!;

    /// <summary>What stands for secrets that are set; null for what is new.</summary>
    [Parameter]
    public IReadOnlyDictionary<string, string>? Secrets { get; set; }

    /// <summary>What is wrong.</summary>
    [Parameter]
    public IReadOnlyList<FieldProblem> Problems { get; set; } = [];

    /// <summary>What goes there, in a word: <c>stream</c>.</summary>
    [Parameter, EditorRequired]
    public string What { get; set; } = "";

    private bool IsNew => Secrets is null;

    /// <summary>The id of a field's input.</summary>
    public static string IdOf(DestinationField field) => $"set-{field.Name}";

    /// <summary>The fields as <see cref="FormProblems"/> lists them, in their order.</summary>
    public static IEnumerable<FormField> Of(IDestinationKind? kind) =>
        (kind?.Fields ?? []).Select(field => new FormField(field.Name, field.Generate is null ? IdOf(field) : null, field.Label));

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        foreach (var field in Kind.Fields.Where(field => field is { Default: not null, IsSecret: false, Generate: null }))
        {
            Settings.TryAdd(field.Name, field.Default!);
        }
    }

    private Dictionary<string, string> Typed => Settings.ToDictionary(pair => pair.Key, pair => pair.Value.Trim(), StringComparer.Ordinal);

    // What is wrong is to be seen, whatever is chosen.
    private bool IsMeant(DestinationField field) =>
        field.With is not var (other, value) || Value(Kind.Fields.First(one => one.Name == other)) == value || Problems.Any(problem => problem.Field == field.Name);

    // The external id belongs to a role alone: the kind says so by what it asks to be set up.
    private bool IsAsked(DestinationField field)
    {
        if (field.IsSecret || Kind is not ISetupGuide guide)
        {
            return true;
        }
        const string Mark = "9f1c7e52";
        return guide.SetupTexts(new DestinationSettings(new Dictionary<string, string>(Typed) { [field.Name] = Mark })).Any(text => text.Text.Contains(Mark, StringComparison.Ordinal));
    }

    private string Value(DestinationField field) => Settings.TryGetValue(field.Name, out var value) ? value : "";

    private void Set(DestinationField field, ChangeEventArgs change) => Settings[field.Name] = change.Value as string ?? "";
}
