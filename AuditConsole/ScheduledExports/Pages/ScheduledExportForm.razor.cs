using AuditConsole.Streams.Destinations;
using AuditConsole.Streams.Pages;
using Microsoft.AspNetCore.Components;

namespace AuditConsole.ScheduledExports.Pages;

/// <summary>The form of a scheduled export: for a new one and for one that there is.</summary>
public sealed partial class ScheduledExportForm : ComponentBase
{
    private static readonly string[] Days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

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

    private bool IsNew => Secrets is null;

    private IReadOnlyList<FormField> Fields =>
    [
        new("name", "export-name", "Name"),
        new("schedule", Model.Every == "cron" ? "export-cron" : "export-at", Model.Every == "cron" ? "Expression" : "At"),
        new("time_zone", "export-zone", "Time zone"), .. DestinationFields.Of(Kind), new("format", "export-format", "Format"), new("rows_per_part", "export-rows", "Rows of a file"),
        new("since", "export-day", "First day"), .. FilterFields.Fields,
    ];
}
