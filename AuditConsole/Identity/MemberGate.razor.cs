using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.WebUtilities;

namespace AuditConsole.Identity;

/// <summary>
/// Stands around every page: finds the account that the address means (<c>?tenant=</c>), cascades who the person is in
/// it, and takes the page away the moment that person may not see it any more.
/// </summary>
public sealed partial class MemberGate : ComponentBase, IDisposable
{
    private readonly CancellationTokenSource _gone = new();
    private string? _userId;

    private enum GateState
    {
        Loading,
        Open,
        NoSuchAccount,
        NoAccount,
        RoleChanged,
        Ended,
        Failed,
    }

    /// <summary>What only a member sees.</summary>
    [Parameter]
    public RenderFragment? ChildContent { get; set; }

    [Inject]
    private AuthenticationStateProvider Authentication { get; init; } = default!;

    [Inject]
    private Sessions Sessions { get; init; } = default!;

    [Inject]
    private IMemberDirectory Directory { get; init; } = default!;

    [Inject]
    private MemberChanges Changes { get; init; } = default!;

    [Inject]
    private NavigationManager Addresses { get; init; } = default!;

    [Inject]
    private ILogger<MemberGate> Logger { get; init; } = default!;

    private GateState State { get; set; }

    private Member? Member { get; set; }

    private IReadOnlyList<Member> Members { get; set; } = [];

    private string? Asked { get; set; }

    private Member? Was { get; set; }

    private Member? Now { get; set; }

    private bool IsPortal => Portal.PortalSession.IsOne(_userId);

    private string SignInAddress => "/sign-in?returnUrl=" + Uri.EscapeDataString(new Uri(Addresses.Uri).PathAndQuery);

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        var session = await Authentication.GetAuthenticationStateAsync();
        _userId = session.User.UserId();
        // Before the first look, so that no change falls between the two.
        Changes.Changed += OnChanged;
        Addresses.LocationChanged += OnLocationChanged;
        Authentication.AuthenticationStateChanged += OnAuthenticationChanged;
        await LookAsync();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Changes.Changed -= OnChanged;
        Addresses.LocationChanged -= OnLocationChanged;
        Authentication.AuthenticationStateChanged -= OnAuthenticationChanged;
        _gone.Cancel();
        _gone.Dispose();
    }

    private async Task LookAsync()
    {
        if (State is GateState.Ended or GateState.RoleChanged)
        {
            return;
        }
        try
        {
            var session = await Authentication.GetAuthenticationStateAsync();
            if (_userId is null || !await Sessions.IsGoodAsync(session.User, _gone.Token))
            {
                await EndAsync();
                return;
            }
            Members = await Directory.ListAsync(_userId, _gone.Token);
            Asked = QueryHelpers.ParseQuery(new Uri(Addresses.Uri).Query).TryGetValue("tenant", out var slug) ? slug.ToString() : null;
            Member = string.IsNullOrEmpty(Asked) ? Members.FirstOrDefault() : Members.FirstOrDefault(member => member.TenantSlug == Asked);
            State = Member is not null ? GateState.Open : Members.Count == 0 ? GateState.NoAccount : GateState.NoSuchAccount;
        }
        catch (OperationCanceledException)
        {
            // The page has gone.
        }
        catch (Exception failure)
        {
            // Whether the person may still see the page can't be told, so it goes until it can.
            (Member, State) = (null, GateState.Failed);
            Log.Failed(Logger, failure);
        }
    }

    private async Task EndAsync()
    {
        Was = Member;
        Member = null;
        Members = _userId is null ? [] : await Directory.ListAsync(_userId, _gone.Token);
        Now = Members.FirstOrDefault(member => member.Tenant == Was?.Tenant);
        State = Now is not null && Now.Role != Was?.Role ? GateState.RoleChanged : GateState.Ended;
    }

    private void OnChanged(string userId)
    {
        if (userId == _userId)
        {
            LookSoon();
        }
    }

    private void OnLocationChanged(object? sender, LocationChangedEventArgs arguments) => LookSoon();

    private void OnAuthenticationChanged(Task<AuthenticationState> state) => LookSoon();

    private void LookSoon() => _ = InvokeAsync(async () =>
    {
        await LookAsync();
        StateHasChanged();
    });

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "It could not be told whose page this is")]
        public static partial void Failed(ILogger logger, Exception failure);
    }
}
