using AuditConsole.Streams.Destinations;
using AuditConsole.Streams.Pages;
using Microsoft.AspNetCore.Components;

namespace AuditConsole.ScheduledExports.Pages;

/// <summary>The form of a scheduled export: for a new one and for one that there is.</summary>
public sealed partial class ScheduledExportForm : ComponentBase
{
    private static readonly string[] Days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

    private static readonly Dictionary<string, (string Id, string Label)> Own = new(StringComparer.Ordinal)
    {
        ["name"] = ("export-name", "Name"),
        ["format"] = ("export-format", "Format"),
        ["schedule"] = ("export-every", "Schedule"),
        ["time_zone"] = ("export-zone", "Time zone"),
        ["rows_per_part"] = ("export-rows", "Rows of a file"),
        ["since"] = ("export-day", "First day"),
        ["entity_type"] = ("filter-type", "Entity type"),
        ["target"] = ("filter-slug", "Slug"),
        ["actor"] = ("filter-actor", "Actor"),
        ["ip"] = ("filter-ip", "Client IP"),
        ["actions"] = ("filter-actions", "Actions"),
    };

    private ElementReference _summary;
    private IReadOnlyList<FieldProblem>? _focused;

    /// <summary>What it goes to; null for downloads.</summary>
    [Parameter]
    public IDestinationKind? Kind { get; set; }

    /// <summary>What is typed.</summary>
    [Parameter, EditorRequired]
    public ScheduledExportFormModel Model { get; set; } = default!;

    /// <summary>What stands for secrets that are set; null for a new export.</summary>
    [Parameter]
    public IReadOnlyDictionary<string, string>? Secrets { get; set; }

    /// <summary>What is wrong.</summary>
    [Parameter]
    public IReadOnlyList<FieldProblem> Problems { get; set; } = [];

    /// <summary>What a check found.</summary>
    [Parameter]
    public DeliveryOutcome? Checked { get; set; }

    /// <summary>Whether an act is under way.</summary>
    [Parameter]
    public bool IsBusy { get; set; }

    /// <summary>The text of the first button.</summary>
    [Parameter, EditorRequired]
    public string SubmitText { get; set; } = "";

    /// <summary>The form's name for those who don't see it.</summary>
    [Parameter, EditorRequired]
    public string Label { get; set; } = "";

    /// <summary>Keeps what is typed.</summary>
    [Parameter]
    public EventCallback Submit { get; set; }

    /// <summary>Tries what is typed.</summary>
    [Parameter]
    public EventCallback Check { get; set; }

    /// <summary>More buttons.</summary>
    [Parameter]
    public RenderFragment? ChildContent { get; set; }

    [Inject]
    private NavigationManager Navigation { get; init; } = default!;

    private bool IsNew => Secrets is null;

    // A link within the page is resolved against the base address, which isn't the page's own.
    private string Here => new Uri(Navigation.Uri).PathAndQuery;

    private bool HasFilter => (Model.EntityType + Model.Slug + Model.Actor + Model.Ip + Model.Actions).Length > 0
        || Problems.Any(problem => problem.Field is "entity_type" or "target" or "actor" or "ip" or "actions");

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        foreach (var field in Kind?.Fields.Where(field => field is { Default: not null, IsSecret: false, Generate: null }) ?? [])
        {
            Model.Settings.TryAdd(field.Name, field.Default!);
        }
    }

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (Problems.Count > 0 && !ReferenceEquals(Problems, _focused))
        {
            _focused = Problems;
            await _summary.FocusAsync();
        }
    }

    private string Value(DestinationField field) => Model.Settings.GetValueOrDefault(field.Name) ?? "";

    private void Set(DestinationField field, ChangeEventArgs change) => Model.Settings[field.Name] = change.Value as string ?? "";

    private string? Invalid(string field) => Problems.Any(problem => problem.Field == field) ? "true" : null;

    private string? Described(string field, string? help = null) =>
        string.Join(' ', new[] { help, Invalid(field) is null ? null : StreamFormProblem.IdOf(field) }.OfType<string>()) is { Length: > 0 } ids ? ids : null;

    private string? IdOf(string field) =>
        Own.TryGetValue(field, out var own) ? own.Id : Kind?.Fields.Any(one => one.Name == field && one.Generate is null) == true ? $"set-{field}" : null;

    private string LabelOf(string field) =>
        Own.TryGetValue(field, out var own) ? own.Label : Kind?.Fields.FirstOrDefault(one => one.Name == field)?.Label ?? field;
}
