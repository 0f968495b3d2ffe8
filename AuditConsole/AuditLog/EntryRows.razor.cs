using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Query;
using Microsoft.AspNetCore.Components;

namespace AuditConsole.AuditLog;

/// <summary>An entry in the table and, opened, its details below.</summary>
public sealed partial class EntryRow : ComponentBase
{
    private (AuditEntry, bool, EntryFilterQuery, Member?, string)? _rendered;

    /// <summary>The entry.</summary>
    [Parameter, EditorRequired]
    public required AuditEntry Entry { get; set; }

    /// <summary>Whether its details are shown.</summary>
    [Parameter]
    public bool IsOpen { get; set; }

    /// <summary>Whether the Tab key comes to the entries here; console.js moves on from there.</summary>
    [Parameter]
    public bool IsFirst { get; set; }

    /// <summary>The page's state, which links lead on from.</summary>
    [Parameter, EditorRequired]
    public required LogQuery Query { get; set; }

    /// <summary>The cursor of the page.</summary>
    [Parameter, EditorRequired]
    public required string Here { get; set; }

    /// <summary>Who looks.</summary>
    [Parameter]
    public Member? Member { get; set; }

    /// <summary>Shows or hides the details.</summary>
    [Parameter]
    public EventCallback<long> OnToggle { get; set; }

    private string DetailsId => $"details-{Entry.Sequence}";

    /// <inheritdoc/>
    protected override bool ShouldRender()
    {
        // Opening one entry leaves the other 99 rows alone.
        var now = (Entry, IsOpen, Query.Filter, Member, IsOpen ? Here : "");
        var changed = _rendered != now;
        _rendered = now;
        return changed;
    }
}
