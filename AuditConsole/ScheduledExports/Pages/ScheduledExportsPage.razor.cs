using AuditConsole.Identity;
using AuditConsole.Streams;
using AuditConsole.Streams.Pages;
using Microsoft.AspNetCore.Components;

namespace AuditConsole.ScheduledExports.Pages;

/// <summary>The scheduled exports of an account and how each goes.</summary>
public sealed partial class ScheduledExportsPage : AdminPage
{
    [Inject]
    private ScheduledExportService Service { get; init; } = default!;

    /// <inheritdoc/>
    protected override bool IsRefreshed => true;

    /// <inheritdoc/>
    protected override Permission Needs => Permission.ViewScheduledExports;

    private bool MayChange => Member?.May(Permission.ManageScheduledExports) == true;

    private IReadOnlyList<ScheduledExportView> Exports { get; set; } = [];

    private int Troubled => Exports.Count(export => ScheduledExportTexts.Of(export).Look is not "good" && export.State != StreamState.Paused);

    /// <inheritdoc/>
    protected override async Task LoadAsync()
    {
        var (userId, client) = await WhoAsync();
        Exports = await Service.ListAsync(await Service.EnterToLookAsync(userId, Member?.TenantSlug, client, Gone), Gone);
    }

    /// <inheritdoc/>
    protected override void Forget()
    {
        base.Forget();
        Exports = [];
    }
}
