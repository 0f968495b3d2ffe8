using AuditConsole.Identity;
using AuditConsole.Query;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.Components.Web;

namespace AuditConsole.Shell;

/// <summary>What stands around every page of a member: navigation, account, and what to do when the page breaks.</summary>
public sealed partial class ConsoleFrame : ComponentBase, IDisposable
{
    private ErrorBoundary? _boundary;
    private bool _menuOpen;

    /// <summary>The page.</summary>
    [Parameter]
    public RenderFragment? ChildContent { get; set; }

    /// <summary>Who looks at it.</summary>
    [CascadingParameter]
    public Member? Member { get; set; }

    [Inject]
    internal NavigationManager Addresses { get; init; } = default!;

    [Inject]
    internal IServiceProvider Services { get; init; } = default!;

    private IReadOnlyList<Member> Accounts { get; set; } = [];

    private IReadOnlyList<NavigationGroup> Navigation => ConsoleNavigation.Of(Member);

    /// <inheritdoc/>
    protected override void OnInitialized() => Addresses.LocationChanged += OnLocationChanged;

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        if (Member is not null && Accounts.Count == 0 && Services.GetService<IMemberDirectory>() is { } directory)
        {
            Accounts = await directory.ListAsync(Member.UserId, CancellationToken.None);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Addresses.LocationChanged -= OnLocationChanged;

    // A page of one thing belongs to the list of all of them.
    private bool IsCurrent(NavigationEntry entry)
    {
        var path = new Uri(Addresses.Uri).AbsolutePath;
        return path.Equals(entry.Path, StringComparison.OrdinalIgnoreCase)
            || path.StartsWith(entry.Path + "/", StringComparison.OrdinalIgnoreCase)
            || entry.Path == ConsoleUrls.EventTypesPath && path.Equals(ConsoleUrls.EventTypePath, StringComparison.OrdinalIgnoreCase);
    }

    private void ToggleMenu() => _menuOpen = !_menuOpen;

    // Loads the document anew: a component that threw can't be trusted to go on.
    private void Reload() => Addresses.NavigateTo(Addresses.Uri, forceLoad: true);

    private void OnLocationChanged(object? sender, LocationChangedEventArgs arguments)
    {
        _menuOpen = false;
        _boundary?.Recover();
        _ = InvokeAsync(StateHasChanged);
    }
}
