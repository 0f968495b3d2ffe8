using AuditConsole.Identity;
using Microsoft.AspNetCore.Components;

namespace AuditConsole.Signatures;

/// <summary>Where Admins register the public keys that programs sign entries with.</summary>
public sealed partial class SigningKeysPage : AdminPage
{
    [Inject]
    private SigningKeyService Service { get; init; } = default!;

    /// <inheritdoc/>
    protected override Permission Needs => Permission.ManageSigningKeys;

    private IReadOnlyList<SigningKeyRow> Keys { get; set; } = [];

    private bool IsRequired { get; set; }

    private string NewName { get; set; } = "";

    private string NewPem { get; set; } = "";

    /// <inheritdoc/>
    protected override async Task LoadAsync()
    {
        var (userId, _) = await WhoAsync();
        var list = await Service.ListAsync(userId, Member?.TenantSlug, Gone);
        (Keys, IsRequired) = (list.Keys, list.RequiresSignatures);
    }

    /// <inheritdoc/>
    protected override void Forget()
    {
        base.Forget();
        Keys = [];
    }

    private async Task AddAsync()
    {
        var id = "";
        var done = await ActAsync(async () =>
        {
            var (userId, client) = await WhoAsync();
            id = await Service.AddAsync(userId, Member?.TenantSlug, NewName, NewPem, client, Gone);
        });
        if (done)
        {
            Done = $"“{NewName.Trim()}” is registered. Its key_id is {id}.";
            (NewName, NewPem) = ("", "");
        }
    }

    private async Task RevokeAsync(SigningKeyRow key)
    {
        if (!await ConfirmAsync("Revoke this key?", $"Entries that “{key.Name}” signs are refused from then on. Those that it signed before stay, and still verify.", "Revoke"))
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

    private async Task ToggleAsync()
    {
        var required = !IsRequired;
        if (required && !await ConfirmAsync("Require signatures?", "Programs that don’t sign are refused at once: their entries get lost unless they repeat them.", "Require"))
        {
            return;
        }
        var done = await ActAsync(async () =>
        {
            var (userId, client) = await WhoAsync();
            await Service.RequireAsync(userId, Member?.TenantSlug, required, client, Gone);
        });
        if (done)
        {
            Done = required ? "Unsigned entries are refused from now on." : "Unsigned entries are taken again.";
        }
    }
}
