using System.Globalization;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Storage;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Radzen;

namespace AuditConsole.Sealing;

/// <summary>What rules sealed in an entry; Admins can read and destroy it from here.</summary>
public sealed partial class SealedValues : ComponentBase
{
    private IReadOnlyList<SealedRow>? _rows;
    private AuditEntry? _read;

    /// <summary>The entry.</summary>
    [Parameter, EditorRequired]
    public required AuditEntry Entry { get; set; }

    [CascadingParameter]
    private Member? Member { get; set; }

    [CascadingParameter]
    private Task<AuthenticationState>? Authentication { get; set; }

    // Asked for only by entries that hold something sealed.
    [Inject]
    private IServiceProvider Services { get; init; } = default!;

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        if (!ReferenceEquals(_read, Entry))
        {
            _read = Entry;
            await ReadAsync();
        }
    }

    private async Task ReadAsync()
    {
        if (Member is null || Authentication is null)
        {
            return;
        }
        try
        {
            var userId = (await Authentication).User.RequireUserId();
            _rows = await Services.GetRequiredService<SealedValueService>().ListAsync(userId, Member.TenantSlug, Entry, CancellationToken.None);
        }
        catch (Exception fault) when (fault is AccessDeniedException or StorageException)
        {
            // The gate is about to tell, or the page: without the list the entry is still all there.
            _rows = [];
        }
    }

    private async Task OpenAsync(SealedRow row, bool destroys)
    {
        var session = (await Authentication!).User;
        var parameters = new Dictionary<string, object?>
        {
            [nameof(SealedValueDialog.Sequence)] = Entry.Sequence,
            [nameof(SealedValueDialog.Row)] = row,
            [nameof(SealedValueDialog.Destroys)] = destroys,
            [nameof(SealedValueDialog.Tenant)] = Member!.TenantSlug,
            [nameof(SealedValueDialog.UserId)] = session.RequireUserId(),
            [nameof(SealedValueDialog.Client)] = Client.Of(session),
        };
        var title = string.Create(CultureInfo.InvariantCulture, $"{(destroys ? "Destroy" : "Read")} a sealed value of entry #{Entry.Sequence:N0}?");
        await Services.GetRequiredService<DialogService>().OpenAsync<SealedValueDialog>(
            title, parameters, new DialogOptions { Width = "min(92vw, 560px)", AutoFocusFirstElement = true });
        await ReadAsync();
    }

    private static string Short(SealedRow row) => $"{row.Commitment.ToString().AsSpan(0, 12)}…";
}
