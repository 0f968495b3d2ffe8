using AuditConsole.Identity;
using AuditConsole.Tenants;
using Microsoft.AspNetCore.Components;

namespace AuditConsole.ApiKeys;

/// <summary>Where Admins make, rename and revoke the account's keys.</summary>
public sealed partial class ApiKeysPage : AdminPage
{
    private ElementReference _createdTitle;
    private ElementReference _renameInput;
    private bool _focusCreated;
    private ElementReference _rotateInput;
    private bool _focusRename;
    private bool _focusRotate;

    [Inject]
    private ApiKeyService Service { get; init; } = default!;

    [Inject]
    private TenantSettingsService Settings { get; init; } = default!;

    /// <inheritdoc/>
    protected override Permission Needs => Permission.ManageKeys;

    private IReadOnlyList<KeyRow> Keys { get; set; } = [];

    private DateTimeOffset Now => Clock.GetUtcNow();

    private string NewName { get; set; } = "";

    private KeyExpiry NewExpiry { get; set; }

    private string NewScopes { get; set; } = ApiKeyPolicies.EventsWriteScope;

    private string NewAddresses { get; set; } = "";

    private bool CanRead { get; set; }

    private string? Rotated { get; set; }

    private int Overlap { get; set; } = 24;

    private string RotatedAddresses { get; set; } = "";

    private static IEnumerable<(string Scopes, string Label, bool Reads)> Uses { get; } =
    [
        (ApiKeyPolicies.EventsWriteScope, "Append entries", false),
        (ApiKeyPolicies.SchemasWriteScope, "Register schemas", false),
        ($"{ApiKeyPolicies.EventsWriteScope} {ApiKeyPolicies.SchemasWriteScope}", "Append entries and register schemas", false),
        (ApiKeyPolicies.EventsReadScope, "Read pages of JSON", true),
        (ApiKeyPolicies.ExportsReadScope, "Read CSV and NDJSON", true),
        ($"{ApiKeyPolicies.EventsReadScope} {ApiKeyPolicies.ExportsReadScope}", "Read all of these", true),
        (ApiKeyPolicies.RetentionWriteScope, "Set the retention", true),
        (ApiKeyPolicies.PortalWriteScope, "Make portal links", true),
        (ApiKeyPolicies.StreamsWriteScope, "Set up streams", true),
    ];

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
        if (_focusRotate)
        {
            _focusRotate = false;
            await _rotateInput.FocusAsync();
        }
    }

    /// <inheritdoc/>
    protected override async Task LoadAsync()
    {
        var (userId, _) = await WhoAsync();
        Keys = await Service.ListAsync(userId, Member?.TenantSlug, Gone);
        CanRead = Member is not null && (await Settings.OfAsync(Member.Tenant, Gone)).ProgrammaticReading;
    }

    /// <inheritdoc/>
    protected override void Forget()
    {
        base.Forget();
        (Keys, Created, Renamed, Rotated, NewScopes, NewAddresses) = ([], null, null, null, ApiKeyPolicies.EventsWriteScope, "");
    }

    private async Task CreateAsync()
    {
        var name = NewName.Trim();
        var done = await ActAsync(async () =>
        {
            var (userId, client) = await WhoAsync();
            Created = await Service.CreateAsync(
                userId, Member?.TenantSlug, name, NewScopes.Split(' '), NewExpiry, client, Gone, NewAddresses);
        });
        if (done)
        {
            (CreatedName, NewName, NewAddresses, _focusCreated) = (name, "", "", true);
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

    private void BeginRotate(KeyRow key) =>
        (Rotated, Renamed, RotatedAddresses, _focusRotate) = (key.Id, null, key.AllowedAddresses?.Replace(" ", ", ", StringComparison.Ordinal) ?? "", true);

    private async Task RotateAsync(KeyRow key)
    {
        var done = await ActAsync(async () =>
        {
            var (userId, client) = await WhoAsync();
            Created = await Service.RotateAsync(
                userId, Member?.TenantSlug, key.Id, TimeSpan.FromHours(Overlap), RotatedAddresses, client, Gone);
        });
        if (done)
        {
            (CreatedName, Rotated, _focusCreated) = (key.Name, null, true);
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
