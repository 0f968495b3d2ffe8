using System.Globalization;
using AuditConsole.Identity;
using AuditConsole.Query;
using Microsoft.AspNetCore.Components;
using Radzen;

namespace AuditConsole.Exports;

/// <summary>The downloads of the log page: a plain form, so that the browser itself saves the file.</summary>
public sealed partial class ExportButtons : ComponentBase
{
    /// <summary>The filter as it was applied.</summary>
    [Parameter, EditorRequired]
    public required EntryFilterQuery Filter { get; set; }

    /// <summary>The newest sequence that counts; null while it isn't known.</summary>
    [Parameter, EditorRequired]
    public long? Snapshot { get; set; }

    /// <summary>How many entries the filter selects; null while they are counted.</summary>
    [Parameter, EditorRequired]
    public long? Count { get; set; }

    /// <summary>Who looks. Nothing is shown to who may not export.</summary>
    [CascadingParameter]
    public Member? Member { get; set; }

    [Inject]
    internal ExportService Exports { get; init; } = default!;

    [Inject]
    internal DialogService Dialogs { get; init; } = default!;

    private bool IsEmpty => Snapshot is null || Count is null or 0;

    private bool IsCut => Snapshot is not null && Count > Exports.Limit;

    private string CountText => Count switch
    {
        null => "Counting…",
        1 => "1 entry",
        _ => string.Create(CultureInfo.InvariantCulture, $"{Count:N0} entries"),
    };

    private async Task ConfirmAsync(ExportFormat format)
    {
        if (Member is null || Snapshot is not { } snapshot || Count is not { } count)
        {
            return;
        }
        var parameters = new Dictionary<string, object?>
        {
            [nameof(ExportConfirm.Filter)] = Filter with { Tenant = Member.TenantSlug },
            [nameof(ExportConfirm.Snapshot)] = snapshot,
            [nameof(ExportConfirm.Count)] = count,
            [nameof(ExportConfirm.Format)] = format,
            [nameof(ExportConfirm.UserId)] = Member.UserId,
        };
        var title = string.Create(CultureInfo.InvariantCulture, $"Export the newest {Exports.Limit:N0} entries?");
        await Dialogs.OpenAsync<ExportConfirm>(title, parameters, new DialogOptions { Width = "min(92vw, 480px)", AutoFocusFirstElement = true });
    }
}
