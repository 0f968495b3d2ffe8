using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Options;

namespace AuditConsole.Identity;

/// <summary>Where an invitation or a reset link leads.</summary>
public sealed partial class SetPasswordPage : ComponentBase
{
    /// <summary>Whose link it is.</summary>
    [SupplyParameterFromQuery(Name = "user")]
    public string? User { get; set; }

    /// <summary>The link's secret.</summary>
    [SupplyParameterFromQuery(Name = "token")]
    public string? Token { get; set; }

    [CascadingParameter]
    private HttpContext Context { get; set; } = default!;

    [SupplyParameterFromForm(FormName = "set-password")]
    private PasswordForm Form { get; set; } = default!;

    [Inject]
    private PasswordLinks Links { get; init; } = default!;

    [Inject]
    private IOptions<SecurityOptions> Options { get; init; } = default!;

    [Inject]
    private NavigationManager Addresses { get; init; } = default!;

    private string? Email { get; set; }

    private string? Message { get; set; }

    private bool IsAcceptable => InsecureHttp.IsAcceptable(Context, Options.Value);

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        Form ??= new PasswordForm();
        Email = await Links.FindEmailAsync(User, Token);
    }

    private async Task SubmitAsync()
    {
        if (!IsAcceptable)
        {
            return;
        }
        try
        {
            await Links.SetAsync(User, Token, Form.Password, Client.Of(Context));
            Addresses.NavigateTo("/sign-in?password-set=1");
        }
        catch (RefusedException refused)
        {
            Message = refused.Message;
            Email = await Links.FindEmailAsync(User, Token);
        }
    }

    private sealed class PasswordForm
    {
        public string? Password { get; set; }
    }
}
