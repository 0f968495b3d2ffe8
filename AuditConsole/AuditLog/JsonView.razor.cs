using AuditConsole.Core;
using Microsoft.AspNetCore.Components;

namespace AuditConsole.AuditLog;

/// <summary>A payload as formatted, highlighted JSON.</summary>
public sealed partial class JsonView : ComponentBase
{
    private string _html = "";
    private CanonicalObject? _shown;

    /// <summary>The payload.</summary>
    [Parameter, EditorRequired]
    public required CanonicalObject Value { get; set; }

    /// <summary>The element's id, by which a copy button finds it.</summary>
    [Parameter]
    public string? Id { get; set; }

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        if (!ReferenceEquals(_shown, Value))
        {
            (_shown, _html) = (Value, JsonMarkup.Of(Value));
        }
    }
}
