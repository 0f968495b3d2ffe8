using AuditConsole.Streams.Destinations;
using Microsoft.AspNetCore.Components;

namespace AuditConsole.Streams.Pages;

/// <summary>The form of a stream, made from its kind: for a new one and for one that there is.</summary>
public sealed partial class StreamForm : ComponentBase
{
    /// <summary>What it goes to.</summary>
    [Parameter, EditorRequired]
    public IDestinationKind Kind { get; set; } = default!;

    /// <summary>The formats that can be chosen.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<StreamFormat> Formats { get; set; } = [];

    /// <summary>Whether checkpoints are sent, of which nothing is to be chosen.</summary>
    [Parameter]
    public bool IsCheckpoints { get; set; }

    /// <summary>What is typed.</summary>
    [Parameter, EditorRequired]
    public StreamFormModel Model { get; set; } = default!;

    /// <summary>What stands for secrets that are set; null for a new stream.</summary>
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

    private bool IsNew => Secrets is null;

    // The setting that the other side finds fault with is marked as one that is wrong before it is sent.
    private IReadOnlyList<FieldProblem> Marked => Checked is { Verdict: not DeliveryVerdict.Delivered, Field: { } named } && Problems.All(problem => problem.Field != named)
        ? [.. Problems, new FieldProblem(named, Checked.Message)]
        : Problems;

    private bool HasFilter => Model.Redactions.Length > 0 || Problems.Any(problem => problem.Field == "redactions") || FilterFields.IsUsed(Model, Problems);

    private IReadOnlyList<FormField> Fields =>
    [
        new("name", "stream-name", "Name"), .. DestinationFields.Of(Kind), new("format", "stream-format", "Format"), new("since", "stream-day", "First day"), .. FilterFields.Fields,
        new("redactions", "filter-redactions", "Left out of every entry"),
    ];

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        if (Model.Format.Length == 0)
        {
            Model.Format = Formats[0].ToString();
        }
    }
}
