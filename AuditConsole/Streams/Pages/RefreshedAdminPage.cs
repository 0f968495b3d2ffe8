using Microsoft.AspNetCore.Components;

namespace AuditConsole.Streams.Pages;

/// <summary>A page about streams whose list changes by itself: it is read anew every few seconds while somebody looks.</summary>
public abstract class RefreshedAdminPage : StreamAdminPage
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
