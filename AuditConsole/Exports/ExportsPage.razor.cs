using AuditConsole.Identity;
using Microsoft.AspNetCore.Components;

namespace AuditConsole.Exports;

/// <summary>What was downloaded in the last 30 days, with the receipts.</summary>
public sealed partial class ExportsPage : AdminPage
{
    [Inject]
    internal ExportRecords Records { get; init; } = default!;

    /// <inheritdoc/>
    protected override Permission Needs => Permission.Export;

    private IReadOnlyList<ExportRow> Rows { get; set; } = [];

    /// <inheritdoc/>
    protected override async Task LoadAsync()
    {
        var (userId, _) = await WhoAsync();
        Rows = await Records.ListAsync(userId, Member?.TenantSlug, Gone);
    }

    /// <inheritdoc/>
    protected override void Forget()
    {
        base.Forget();
        Rows = [];
    }
}
