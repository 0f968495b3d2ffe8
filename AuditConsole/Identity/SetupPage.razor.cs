using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace AuditConsole.Identity;

/// <summary>Where the one-time setup link leads.</summary>
public sealed partial class SetupPage : ComponentBase
{
    /// <summary>The link's secret.</summary>
    [SupplyParameterFromQuery(Name = "token")]
    public string? Token { get; set; }

    [CascadingParameter]
    private HttpContext Context { get; set; } = default!;

    [SupplyParameterFromForm(FormName = "setup")]
    private SetupForm Form { get; set; } = default!;

    [Inject]
    private SetupService Setup { get; init; } = default!;

    [Inject]
    private IOptions<SecurityOptions> Options { get; init; } = default!;

    [Inject]
    private NavigationManager Addresses { get; init; } = default!;

    private string? Refusal { get; set; }

    private string? Message { get; set; }

    private bool IsAcceptable => InsecureHttp.IsAcceptable(Context, Options.Value);

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        Form ??= new SetupForm();
        if (HttpMethods.IsGet(Context.Request.Method))
        {
            Refusal = await Setup.FindRefusalAsync(Token, Context.RequestAborted);
        }
    }

    private async Task SubmitAsync()
    {
        if (!IsAcceptable)
        {
            return;
        }
        try
        {
            var user = await Setup.RunAsync(Token, Form.Name, Form.Slug, Form.Email, Form.Password, Client.Of(Context), Context.RequestAborted);
            await Context.SignInAsync(IdentityConstants.ApplicationScheme, Sessions.Open(user));
            Addresses.NavigateTo(LocalUrl.Or(null));
        }
        catch (RefusedException refused)
        {
            Refusal = await Setup.FindRefusalAsync(Token, Context.RequestAborted);
            Message = refused.Message;
        }
    }

    private sealed class SetupForm
    {
        public string? Name { get; set; }

        public string? Slug { get; set; }

        public string? Email { get; set; }

        public string? Password { get; set; }
    }
}
