using AuditConsole.Identity;
using AuditConsole.Query;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace AuditConsole.Portal;

/// <summary>Where a portal link leads: a plain form with one button, which uses it up.</summary>
public sealed partial class PortalPage : ComponentBase
{
    /// <summary>The link's secret.</summary>
    [SupplyParameterFromQuery(Name = "token")]
    public string? QueryToken { get; set; }

    /// <summary>1 for who has just left.</summary>
    [SupplyParameterFromQuery(Name = "left")]
    public string? Left { get; set; }

    [CascadingParameter]
    private HttpContext Context { get; set; } = default!;

    [SupplyParameterFromForm(FormName = "portal")]
    private PortalForm Form { get; set; } = default!;

    [Inject]
    private PortalService Portal { get; init; } = default!;

    [Inject]
    private Sessions Sessions { get; init; } = default!;

    [Inject]
    private IOptions<SecurityOptions> Options { get; init; } = default!;

    [Inject]
    private NavigationManager Addresses { get; init; } = default!;

    private string? Token => QueryToken ?? Form.Token;

    private PortalLink? Link { get; set; }

    private bool IsForStream => Link?.Intent == PortalIntent.LogStreams;

    private bool HasLeft => Left == "1";

    private bool IsAcceptable => InsecureHttp.IsAcceptable(Context, Options.Value);

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        Form ??= new PortalForm();
        Link = await Portal.FindAsync(Token, Context.RequestAborted);
    }

    private async Task OpenAsync()
    {
        if (!IsAcceptable)
        {
            return;
        }
        if (await Portal.UseAsync(Token, Client.Of(Context), Context.RequestAborted) is not { } link)
        {
            Link = null;
            return;
        }
        // Whoever had a session here has this one in its place.
        Sessions.SignOut(Context.User);
        await Context.SignInAsync(
            IdentityConstants.ApplicationScheme, Sessions.OpenPortal(link),
            new AuthenticationProperties { ExpiresUtc = link.SessionUntil, AllowRefresh = false });
        Addresses.NavigateTo(ConsoleUrls.Of(PortalSession.StartOf(link.Intent), link.Tenant!.Slug));
    }

    private sealed class PortalForm
    {
        public string? Token { get; set; }
    }
}
