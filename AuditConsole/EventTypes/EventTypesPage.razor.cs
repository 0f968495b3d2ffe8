using AuditConsole.Identity;
using AuditConsole.Query;
using Microsoft.AspNetCore.Components;

namespace AuditConsole.EventTypes;

/// <summary>The actions that the log holds or that have a schema.</summary>
public sealed partial class EventTypesPage : AdminPage
{
    [Inject]
    private EventTypeService Service { get; init; } = default!;

    /// <inheritdoc/>
    protected override Permission Needs => Permission.ManageSchemas;

    private IReadOnlyList<EventTypeRow> Rows { get; set; } = [];

    /// <inheritdoc/>
    protected override async Task LoadAsync()
    {
        var (userId, _) = await WhoAsync();
        Rows = await Service.ListAsync(userId, Member?.TenantSlug, Gone);
    }

    /// <inheritdoc/>
    protected override void Forget()
    {
        base.Forget();
        Rows = [];
    }

    private string LogUrl(string action) => ConsoleUrls.ActionInLog(action, Member?.TenantSlug);
}
