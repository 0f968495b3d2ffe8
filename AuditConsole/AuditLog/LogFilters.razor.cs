using Microsoft.AspNetCore.Components;

namespace AuditConsole.AuditLog;

/// <summary>The filter bar of the log page.</summary>
public sealed partial class LogFilters : ComponentBase
{
    /// <summary>What stands in the bar.</summary>
    [Parameter, EditorRequired]
    public required LogFilterForm Form { get; set; }

    /// <summary>What is applied and what can be chosen.</summary>
    [Parameter, EditorRequired]
    public required LogView View { get; set; }

    /// <summary>Applies what stands in the bar.</summary>
    [Parameter]
    public EventCallback OnApply { get; set; }

    /// <summary>Goes back to the last 30 days of everything.</summary>
    [Parameter]
    public EventCallback OnClear { get; set; }

    // Milliseconds are part of an instant; a browser calls them wrong without this.
    private static string? StepOf(string input) => input == "datetime-local" ? "0.001" : null;

    // An option can hold no marks, so what would deceive stands as its escape alone.
    private static string Plain(string text) => VisibleMarkup.ToPlain(text);

    // What the URL asks for is offered even if the log doesn't hold it, or the bar would show something else.
    private static IEnumerable<string> With(IReadOnlyList<string> options, string chosen) =>
        chosen.Length == 0 || options.Contains(chosen) ? options : options.Prepend(chosen);

    private string? Invalid(string field) => View.Problems.Any(problem => problem.Field == field) ? "true" : null;

    private string? Described(string field) => Invalid(field) is null ? null : $"problem-{field}";

    private string ActorText(string actor) => View.Page?.Actor ?? actor;

    private void ForgetOtherAction()
    {
        if (Form.Action.Length > 0 && !View.ActionsOf(Form.EntityType).Contains(Form.Action))
        {
            Form.Action = "";
        }
    }
}
