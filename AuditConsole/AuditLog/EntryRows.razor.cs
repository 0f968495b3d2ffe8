using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Query;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;

namespace AuditConsole.AuditLog;

/// <summary>
/// Entries in the table and, opened, their details below. One component for all: the server would remember each of a
/// hundred for as long as the page is open.
/// </summary>
public sealed partial class EntryRows : ComponentBase
{
    private (IReadOnlyList<AuditEntry>, EntryFilterQuery, Member?)? _made;
    private (IReadOnlyList<AuditEntry>, LogQuery, Member?, string)? _rendered;
    private MarkupString[] _cells = [];
    // Kept, so that opening one entry touches nothing of the others.
    private EventCallback<MouseEventArgs>[] _toggles = [];

    /// <summary>The entries, in the order of the table. The Tab key comes to the first; console.js moves on from there.</summary>
    [Parameter, EditorRequired]
    public required IReadOnlyList<AuditEntry> Entries { get; set; }

    /// <summary>The page's state: which entries are open, and what links lead on from.</summary>
    [Parameter, EditorRequired]
    public required LogQuery Query { get; set; }

    /// <summary>The cursor of the page.</summary>
    [Parameter, EditorRequired]
    public required string Here { get; set; }

    /// <summary>Who looks.</summary>
    [Parameter]
    public Member? Member { get; set; }

    /// <summary>Shows or hides the details of an entry.</summary>
    [Parameter]
    public EventCallback<long> OnToggle { get; set; }

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        var now = (Entries, Query.Filter, Member);
        if (_made != now)
        {
            _made = now;
            _cells = [.. Entries.Select(entry => EntryCells.Of(entry, Query, Member))];
            _toggles = [.. Entries.Select(entry => EventCallback.Factory.Create<MouseEventArgs>(this, () => OnToggle.InvokeAsync(entry.Sequence)))];
        }
    }

    /// <inheritdoc/>
    protected override bool ShouldRender()
    {
        var now = (Entries, Query, Member, Here);
        var changed = _rendered != now;
        _rendered = now;
        return changed;
    }

    private static string DetailsIdOf(AuditEntry entry) => $"details-{entry.Sequence}";
}
