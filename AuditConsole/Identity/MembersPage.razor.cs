using Microsoft.AspNetCore.Components;

namespace AuditConsole.Identity;

/// <summary>Where Admins add people, set their roles and remove them.</summary>
public sealed partial class MembersPage : AdminPage
{
    private ElementReference _linkTitle;
    private ElementReference _roleSelect;
    private bool _focusLink;
    private bool _focusRole;

    [Inject]
    private MemberService Service { get; init; } = default!;

    [Inject]
    private NavigationManager Addresses { get; init; } = default!;

    /// <inheritdoc/>
    protected override Permission Needs => Permission.ManageMembers;

    private IReadOnlyList<MemberRow> Rows { get; set; } = [];

    private string NewEmail { get; set; } = "";

    private Role NewRole { get; set; } = Role.Viewer;

    private string? Link { get; set; }

    private string? LinkFor { get; set; }

    private string? Changed { get; set; }

    private Role ChangedTo { get; set; }

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (_focusLink)
        {
            _focusLink = false;
            await _linkTitle.FocusAsync();
        }
        if (_focusRole)
        {
            _focusRole = false;
            await _roleSelect.FocusAsync();
        }
    }

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
        (Rows, Link, Changed) = ([], null, null);
    }

    private async Task AddAsync()
    {
        AddedMember? added = null;
        var done = await ActAsync(async () =>
        {
            var (userId, client) = await WhoAsync();
            added = await Service.AddAsync(userId, Member?.TenantSlug, NewEmail, NewRole, client, Gone);
        });
        if (!done || added is null)
        {
            return;
        }
        NewEmail = "";
        if (added.LinkPath is { } path)
        {
            Show(path, added.Email);
        }
        else
        {
            Done = $"{added.Email} is a member now, and signs in with the password they already have.";
        }
    }

    private void BeginChange(MemberRow row) => (Changed, ChangedTo, _focusRole) = (row.UserId, row.Role, true);

    private async Task SetRoleAsync(MemberRow row)
    {
        if (row.UserId == Member?.UserId && ChangedTo < row.Role
            && !await ConfirmAsync("Lower your own role?", "You lose this page, and another Admin would have to raise your role again.", "Lower my role"))
        {
            return;
        }
        var done = await ActAsync(async () =>
        {
            var (userId, client) = await WhoAsync();
            await Service.SetRoleAsync(userId, Member?.TenantSlug, row.UserId, ChangedTo, client, Gone);
        });
        Changed = null;
        if (done)
        {
            Done = $"{row.Email} is {ChangedTo} now.";
        }
    }

    private async Task NewLinkAsync(MemberRow row)
    {
        string? path = null;
        var done = await ActAsync(async () =>
        {
            var (userId, _) = await WhoAsync();
            path = await Service.NewLinkAsync(userId, Member?.TenantSlug, row.UserId, Gone);
        });
        if (done)
        {
            Show(path!, row.Email);
        }
    }

    private async Task RemoveAsync(MemberRow row)
    {
        if (!await ConfirmAsync("Remove this member?", $"{row.Email} loses access to {Member?.TenantName} at once, open pages included. What they did stays in the log.", "Remove"))
        {
            return;
        }
        var done = await ActAsync(async () =>
        {
            var (userId, client) = await WhoAsync();
            await Service.RemoveAsync(userId, Member?.TenantSlug, row.UserId, client, Gone);
        });
        if (done)
        {
            Done = $"{row.Email} was removed.";
        }
    }

    private void Show(string path, string email) => (Link, LinkFor, _focusLink) = (new Uri(new Uri(Addresses.BaseUri), path).AbsoluteUri, email, true);
}
