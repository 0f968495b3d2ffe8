using AuditConsole.Identity;
using Microsoft.AspNetCore.Components;

namespace AuditConsole.Integrity;

/// <summary>Says in a line how far the log was verified. Kept up to date while the page is open.</summary>
public sealed partial class IntegrityBadge : ComponentBase, IDisposable
{
    // The age is told in minutes.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _gone = new();
    private ITimer? _timer;
    private int _tenant;

    /// <summary>Who looks, in which account.</summary>
    [Parameter, EditorRequired]
    public Member? Member { get; set; }

    [Inject]
    internal IntegrityReader Reader { get; init; } = default!;

    [Inject]
    internal IntegrityMonitor Monitor { get; init; } = default!;

    [Inject]
    internal TimeProvider Clock { get; init; } = default!;

    [Inject]
    internal ILogger<IntegrityBadge> Logger { get; init; } = default!;

    private IntegritySummary? Summary { get; set; }

    private string Look => Summary switch
    {
        { State.FaultSequence: not null } => "bad",
        { Refusal: not null } => "warn",
        { State.VerifiedAt: not null } => "good",
        _ => "",
    };

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        Monitor.Changed += OnChanged;
        _timer = Clock.CreateTimer(_ => _ = InvokeAsync(LoadAsync), null, Interval, Interval);
    }

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        if (Member is { } member && member.Tenant != _tenant)
        {
            _tenant = member.Tenant;
            await LoadAsync();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Monitor.Changed -= OnChanged;
        _timer?.Dispose();
        _gone.Cancel();
        _gone.Dispose();
    }

    private void OnChanged(int tenant)
    {
        if (tenant == Volatile.Read(ref _tenant))
        {
            _ = InvokeAsync(LoadAsync);
        }
    }

    private async Task LoadAsync()
    {
        if (Member is null || _gone.IsCancellationRequested)
        {
            return;
        }
        try
        {
            Summary = await Reader.SummariseAsync(Member.UserId, Member.TenantSlug, _gone.Token);
            StateHasChanged();
        }
        catch (OperationCanceledException)
        {
            // The page has gone.
        }
        catch (AccessDeniedException)
        {
            // The gate is about to tell.
            Summary = null;
        }
        catch (Exception fault)
        {
            // The page itself tells that the store can't be read.
            Log.Failed(Logger, fault);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The badge of the log could not be read")]
        public static partial void Failed(ILogger logger, Exception fault);
    }
}
