using AuditConsole.Identity;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;

namespace AuditConsole.Signatures;

/// <summary>The key that signed an entry, by name.</summary>
public sealed partial class SignedBy : ComponentBase
{
    private string? _name;

    /// <summary>The key's id.</summary>
    [Parameter, EditorRequired]
    public required string KeyId { get; set; }

    [CascadingParameter]
    private Member? Member { get; set; }

    [CascadingParameter]
    private Task<AuthenticationState>? Authentication { get; set; }

    // Asked for only by entries that are signed.
    [Inject]
    private IServiceProvider Services { get; init; } = default!;

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        if (Member is null || Authentication is null || Services.GetService<SigningKeyService>() is not { } keys)
        {
            return;
        }
        try
        {
            _name = await keys.NameOfAsync((await Authentication).User.RequireUserId(), Member.TenantSlug, KeyId, CancellationToken.None);
        }
        catch (AccessDeniedException)
        {
            // The gate is about to tell.
        }
    }
}
