using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace AuditConsole.Identity;

/// <summary>Where people sign in: a plain form, without a circuit.</summary>
public sealed partial class SignInPage : ComponentBase
{
    /// <summary>Where to go afterwards; only places of this console count.</summary>
    [SupplyParameterFromQuery(Name = "returnUrl")]
    public string? ReturnUrl { get; set; }

    /// <summary>1 where a session ended.</summary>
    [SupplyParameterFromQuery(Name = "ended")]
    public string? EndedFlag { get; set; }

    /// <summary>1 after a password was set.</summary>
    [SupplyParameterFromQuery(Name = "password-set")]
    public string? PasswordSetFlag { get; set; }

    [CascadingParameter]
    private HttpContext Context { get; set; } = default!;

    [SupplyParameterFromForm(FormName = "sign-in")]
    private SignInForm Form { get; set; } = default!;

    [Inject]
    private SignInService SignIns { get; init; } = default!;

    [Inject]
    private IOptions<SecurityOptions> Options { get; init; } = default!;

    [Inject]
    private NavigationManager Addresses { get; init; } = default!;

    private string? Message { get; set; }

    private bool Ended => EndedFlag == "1";

    private bool PasswordWasSet => PasswordSetFlag == "1";

    private bool IsAcceptable => InsecureHttp.IsAcceptable(Context, Options.Value);

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        Form ??= new SignInForm();
        if (HttpMethods.IsGet(Context.Request.Method) && Context.User.UserId() is not null)
        {
            Addresses.NavigateTo(LocalUrl.Or(ReturnUrl));
        }
    }

    private async Task SubmitAsync()
    {
        if (!IsAcceptable)
        {
            return;
        }
        var (outcome, user) = await SignIns.CheckAsync(Form.Email, Form.Password, Client.Of(Context));
        switch (outcome)
        {
            case SignInOutcome.SignedIn:
                await Context.SignInAsync(IdentityConstants.ApplicationScheme, Sessions.Open(user!));
                Addresses.NavigateTo(LocalUrl.Or(ReturnUrl));
                return;
            case SignInOutcome.LockedOut:
                Message = $"Too many failed attempts for this e-mail. Wait {SignInService.Lockout.TotalMinutes} minutes and try again, or ask an Admin for a link to set a new password.";
                return;
            default:
                Message = $"The e-mail or the password is wrong. After {SignInService.MaxFailures} failed attempts signing in is blocked for {SignInService.Lockout.TotalMinutes} minutes.";
                return;
        }
    }

    private sealed class SignInForm
    {
        public string? Email { get; set; }

        public string? Password { get; set; }
    }
}
