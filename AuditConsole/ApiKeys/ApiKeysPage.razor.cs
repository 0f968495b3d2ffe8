using AuditConsole.Identity;
using Microsoft.AspNetCore.Components;

namespace AuditConsole.ApiKeys;

/// <summary>Where Admins make, rename and revoke the account's keys.</summary>
public sealed partial class ApiKeysPage : AdminPage
{
    private ElementReference _createdTitle;
    private ElementReference _renameInput;
    private bool _focusCreated;
    private bool _focusRename;

    [Inject]
    private ApiKeyService Service { get; init; } = default!;

    [Inject]
    private TimeProvider Clock { get; init; } = default!;

    /// <inheritdoc/>
    protected override Permission Needs => Permission.ManageKeys;

    private IReadOnlyList<KeyRow> Keys { get; set; } = [];

    private DateTimeOffset Now => Clock.GetUtcNow();

    private string NewName { get; set; } = "";

    private KeyExpiry NewExpiry { get; set; }

    private CreatedKey? Created { get; set; }

    private string? CreatedName { get; set; }

    private string? Renamed { get; set; }

    private string RenamedTo { get; set; } = "";

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (_focusCreated)
        {
            _focusCreated = false;
            await _createdTitle.FocusAsync();
        }
        if (_focusRename)
        {
            _focusRename = false;
            await _renameInput.FocusAsync();
        }
    }

    /// <inheritdoc/>
    protected override async Task LoadAsync()
    {
        var (userId, _) = await WhoAsync();
        Keys = await Service.ListAsync(userId, Member?.TenantSlug, Gone);
    }

    /// <inheritdoc/>
    protected override void Forget()
    {
        base.Forget();
        (Keys, Created, Renamed) = ([], null, null);
    }

    private async Task CreateAsync()
    {
        var name = NewName.Trim();
        var done = await ActAsync(async () =>
        {
            var (userId, client) = await WhoAsync();
            Created = await Service.CreateAsync(
                userId, Member?.TenantSlug, name, [ApiKeyPolicies.EventsWriteScope], NewExpiry, client, Gone);
        });
        if (done)
        {
            (CreatedName, NewName, _focusCreated) = (name, "", true);
        }
    }

    private void Stored() => Created = null;

    private void BeginRename(KeyRow key) => (Renamed, RenamedTo, _focusRename) = (key.Id, key.Name, true);

    private async Task RenameAsync(KeyRow key)
    {
        var done = await ActAsync(async () =>
        {
            var (userId, _) = await WhoAsync();
            await Service.RenameAsync(userId, Member?.TenantSlug, key.Id, RenamedTo, Gone);
        });
        if (done)
        {
            Renamed = null;
            Done = $"“{key.Name}” is now called “{RenamedTo.Trim()}”.";
        }
    }

    private async Task RevokeAsync(KeyRow key)
    {
        if (!await ConfirmAsync("Revoke this key?", $"“{key.Name}” stops working at once, for good. Programs that use it are refused.", "Revoke"))
        {
            return;
        }
        var done = await ActAsync(async () =>
        {
            var (userId, client) = await WhoAsync();
            await Service.RevokeAsync(userId, Member?.TenantSlug, key.Id, client, Gone);
        });
        if (done)
        {
            Done = $"“{key.Name}” is revoked.";
        }
    }
}
