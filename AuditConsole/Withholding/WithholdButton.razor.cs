using System.Globalization;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Storage;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Radzen;

namespace AuditConsole.Withholding;

/// <summary>Lets an Admin destroy an entry's details; nobody else sees it.</summary>
public sealed partial class WithholdButton : ComponentBase
{
    /// <summary>The name of the cascading delegate by which a page reads its entries anew.</summary>
    public const string Reread = "Reread";

    /// <summary>The entry.</summary>
    [Parameter, EditorRequired]
    public required AuditEntry Entry { get; set; }

    /// <summary>Who looks.</summary>
    [CascadingParameter]
    public Member? Member { get; set; }

    [CascadingParameter]
    private Task<AuthenticationState>? Authentication { get; set; }

    [CascadingParameter(Name = Reread)]
    private Func<Task>? RereadAsync { get; set; }

    // Asked for only where it is needed: most people never see the button.
    [Inject]
    private IServiceProvider Services { get; init; } = default!;

    private bool CanBeWithheld => Entry.Withheld is null && !ServiceActions.ExplainsGaps(Entry.Content.Action, Entry.RecordedBy);

    private async Task OpenAsync()
    {
        var session = (await Authentication!).User;
        var parameters = new Dictionary<string, object?>
        {
            [nameof(WithholdDialog.Entry)] = Entry,
            [nameof(WithholdDialog.Tenant)] = Member!.TenantSlug,
            [nameof(WithholdDialog.UserId)] = session.RequireUserId(),
            [nameof(WithholdDialog.Client)] = Client.Of(session),
        };
        var title = string.Create(CultureInfo.InvariantCulture, $"Withhold the details of entry #{Entry.Sequence:N0}?");
        var done = await Services.GetRequiredService<DialogService>().OpenAsync<WithholdDialog>(
            title, parameters, new DialogOptions { Width = "min(92vw, 560px)", AutoFocusFirstElement = true });
        if (done is true && RereadAsync is not null)
        {
            await RereadAsync();
        }
    }
}
