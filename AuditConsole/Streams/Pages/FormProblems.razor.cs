using AuditConsole.Streams.Destinations;
using Microsoft.AspNetCore.Components;

namespace AuditConsole.Streams.Pages;

/// <summary>A field of a form.</summary>
/// <param name="Name">As problems name it.</param>
/// <param name="Id">Its input's id; null where there is nothing to be typed.</param>
/// <param name="Label">As it is labelled.</param>
public sealed record FormField(string Name, string? Id, string Label);

/// <summary>All that is wrong with a form, in the order of its fields.</summary>
public sealed partial class FormProblems : ComponentBase
{
    private ElementReference _summary;
    private IReadOnlyList<FieldProblem>? _focused;

    /// <summary>What is wrong.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<FieldProblem> Problems { get; set; } = [];

    /// <summary>The form's fields, as they stand below each other.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<FormField> Fields { get; set; } = [];

    [Inject]
    private NavigationManager Navigation { get; init; } = default!;

    // A link within the page is resolved against the base address, which isn't the page's own.
    private string Here => new Uri(Navigation.Uri).PathAndQuery;

    private IEnumerable<(FieldProblem Problem, FormField Field)> Listed =>
        from problem in Problems
        let place = Fields.TakeWhile(one => one.Name != problem.Field).Count()
        orderby place
        select (problem, place < Fields.Count ? Fields[place] : new FormField(problem.Field, null, problem.Field));

    /// <summary>The value of <c>aria-invalid</c> for a field.</summary>
    public static string? Invalid(IReadOnlyList<FieldProblem> problems, string field) => problems.Any(problem => problem.Field == field) ? "true" : null;

    /// <summary>The value of <c>aria-describedby</c> for a field.</summary>
    public static string? Described(IReadOnlyList<FieldProblem> problems, string field, string? help = null) =>
        string.Join(' ', new[] { help, Invalid(problems, field) is null ? null : StreamFormProblem.IdOf(field) }.OfType<string>()) is { Length: > 0 } ids ? ids : null;

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (Problems.Count > 0 && !ReferenceEquals(Problems, _focused))
        {
            _focused = Problems;
            await _summary.FocusAsync();
        }
    }
}
