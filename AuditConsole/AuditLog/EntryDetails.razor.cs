using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Query;
using AuditConsole.Sealing;
using Microsoft.AspNetCore.Components;

namespace AuditConsole.AuditLog;

/// <summary>Everything that an entry holds, and ways on from it.</summary>
public sealed partial class EntryDetails : ComponentBase
{
    private static readonly TimeSpan Nearby = TimeSpan.FromMinutes(5);

    /// <summary>The entry.</summary>
    [Parameter, EditorRequired]
    public required AuditEntry Entry { get; set; }

    /// <summary>The page's state, which links lead on from.</summary>
    [Parameter, EditorRequired]
    public required LogQuery Query { get; set; }

    /// <summary>The cursor of the page.</summary>
    [Parameter, EditorRequired]
    public required string Here { get; set; }

    [CascadingParameter]
    private Member? Member { get; set; }

    private bool IsPortal => Member?.Portal is not null;

    private NewEntry Content => Entry.Content;

    private bool HasSealed => SealedMarks.In(Content).Count > 0;

    private string PayloadId => $"payload-{Entry.Sequence}";

    private string ActorText => (Content.Actor, Content.Actor.Name) switch
    {
        ({ Type: Actor.ApiKeyType } actor, _) => actor.Id,
        (var actor, null or "") => $"{actor.Id} ({actor.Type})",
        var (actor, name) => $"{actor.Id} ({actor.Type}, {name})",
    };

    /// <summary>Everything that happened around the entry, whoever did it.</summary>
    private EntryFilterQuery Around => new()
    {
        Tenant = Query.Filter.Tenant,
        From = TimeBound.Of(Entry.OccurredAt - Nearby),
        To = TimeBound.Of(Entry.OccurredAt + Nearby),
    };

    private static string Moment(DateTimeOffset time) => WireTime.Format(time).Replace('T', ' ');

    private static RenderFragment Fact(string name, string? value) => builder =>
    {
        if (value is null)
        {
            return;
        }
        builder.OpenElement(0, "dt");
        builder.AddContent(1, name);
        builder.CloseElement();
        builder.OpenElement(2, "dd");
        builder.OpenComponent<VisibleText>(3);
        builder.AddComponentParameter(4, nameof(VisibleText.Value), value);
        builder.CloseComponent();
        builder.CloseElement();
    };
}
