using AuditConsole.Identity;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.Components.Web;

namespace AuditConsole.Portal;

/// <summary>What stands around the log for somebody who came by a portal link: no navigation, and a way back.</summary>
public sealed partial class PortalFrame : ComponentBase, IDisposable
{
    private ErrorBoundary? _boundary;

    /// <summary>The page.</summary>
    [Parameter]
    public RenderFragment? ChildContent { get; set; }

    /// <summary>Who looks.</summary>
    [Parameter, EditorRequired]
    public required Member Member { get; set; }

    [Inject]
    private NavigationManager Addresses { get; init; } = default!;

    private PortalSession Session => Member.Portal!;

    // Pages of the same circuit are reached without a request that could be refused.
    private bool IsOpen => PortalSession.Opens(Session.Intent, new Uri(Addresses.Uri).AbsolutePath);

    /// <inheritdoc/>
    protected override void OnInitialized() => Addresses.LocationChanged += OnLocationChanged;

    /// <inheritdoc/>
    public void Dispose() => Addresses.LocationChanged -= OnLocationChanged;

    private static string Host(string url) => new Uri(url).Authority;

    private void Reload() => Addresses.NavigateTo(Addresses.Uri, forceLoad: true);

    private void OnLocationChanged(object? sender, LocationChangedEventArgs arguments)
    {
        _boundary?.Recover();
        _ = InvokeAsync(StateHasChanged);
    }
}
