using AuditConsole.Checkpoints;
using AuditConsole.Identity;
using Microsoft.AspNetCore.Components;

namespace AuditConsole.Integrity;

/// <summary>What is verified, what was signed, and what explains the gaps. Viewers see it; Auditors and Admins verify now and download.</summary>
public sealed partial class IntegrityPage : ComponentBase, IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _gone = new();
    private ITimer? _timer;
    private int _tenant;

    /// <summary>Who looks, in which account.</summary>
    [CascadingParameter]
    public Member? Member { get; set; }

    [Inject]
    internal IntegrityReader Reader { get; init; } = default!;

    [Inject]
    internal IntegrityMonitor Monitor { get; init; } = default!;

    [Inject]
    internal CheckpointService Signing { get; init; } = default!;

    [Inject]
    internal TimeProvider Clock { get; init; } = default!;

    [Inject]
    internal ILogger<IntegrityPage> Logger { get; init; } = default!;

    private IntegrityView? View { get; set; }

    private RunningVerification? Running { get; set; }

    private string? Problem { get; set; }

    private bool HasFailed { get; set; }

    // What stops signing for everybody isn't mended by accepting a restore.
    private bool IsOfTenant => Signing.Problem is null;

    private (string Text, string Look) Status => View! switch
    {
        { State.FaultSequence: { } sequence } => ($"Does not hold at #{IntegrityTexts.Number(sequence)}", "bad"),
        { Refusal: not null } => ("Checkpoints are not signed", "warn"),
        { Size: 0 } => ("Empty", ""),
        { State.VerifiedAt: { } at } view => ($"✓ Verified to #{IntegrityTexts.Number(view.State.Size)} · {IntegrityTexts.Ago(Clock.GetUtcNow() - at)}", "good"),
        _ => ("Not verified yet", ""),
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
            (_tenant, View, Problem) = (member.Tenant, null, null);
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
            var ended = Running;
            Running = Monitor.RunningFor(Member.Tenant);
            if (ended is not null && Running is null)
            {
                Problem = ended.Failure;
            }
            View = await Reader.ReadAsync(Member.UserId, Member.TenantSlug, _gone.Token);
            HasFailed = false;
        }
        catch (OperationCanceledException)
        {
            // The page has gone.
            return;
        }
        catch (AccessDeniedException)
        {
            // The gate is about to tell.
            return;
        }
        catch (Exception fault)
        {
            HasFailed = View is null;
            Problem = View is null ? null : "The newest state could not be read; what is shown may be old. The server noted the error.";
            Log.Failed(Logger, fault);
        }
        StateHasChanged();
    }

    private async Task VerifyAsync()
    {
        try
        {
            Problem = null;
            Running = await Reader.VerifyNowAsync(Member!.UserId, Member.TenantSlug, _gone.Token);
        }
        catch (AccessDeniedException denied)
        {
            Problem = denied.Message;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "The integrity page could not be read")]
        public static partial void Failed(ILogger logger, Exception fault);
    }
}
