using AuditConsole.Identity;
using Microsoft.AspNetCore.Components;

namespace AuditConsole.ScheduledExports.Pages;

/// <summary>A page of scheduled exports, which change by themselves: it is read anew every few seconds while somebody looks.</summary>
public abstract class RefreshedExportPage : AdminPage
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);

    private bool _isReading;

    /// <summary>The time.</summary>
    [Inject]
    protected TimeProvider Clock { get; init; } = default!;

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        var timer = Clock.CreateTimer(_ => _ = InvokeAsync(RefreshAsync), null, Interval, Interval);
        Gone.Register(timer.Dispose);
    }

    private async Task RefreshAsync()
    {
        if (_isReading || IsBusy || !IsLoaded || Gone.IsCancellationRequested)
        {
            return;
        }
        _isReading = true;
        await ReloadAsync();
        _isReading = false;
        StateHasChanged();
    }
}
