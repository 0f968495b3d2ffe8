using AuditConsole.Storage;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Radzen;

namespace AuditConsole.Identity;

/// <summary>What the pages of Admins share: who asks, the states of a list, and how an act fails.</summary>
public abstract partial class AdminPage : ComponentBase, IDisposable
{
    private static readonly TimeSpan RefreshInterval = TimeSpan.FromSeconds(3);

    private readonly CancellationTokenSource _gone = new();
    private bool _isReading;
    private string? _loadedFor;

    /// <summary>Who looks, in which account.</summary>
    [CascadingParameter]
    public Member? Member { get; set; }

    [CascadingParameter]
    private Task<AuthenticationState>? Authentication { get; set; }

    [Inject]
    private ILogger<AdminPage> Logger { get; init; } = default!;

    /// <summary>Asks before what can't be undone.</summary>
    [Inject]
    protected DialogService Dialogs { get; init; } = default!;

    /// <summary>The time.</summary>
    [Inject]
    protected TimeProvider Clock { get; init; } = default!;

    /// <summary>What the page needs.</summary>
    protected abstract Permission Needs { get; }

    /// <summary>Whether the role allows the page.</summary>
    protected bool IsAllowed => Member?.May(Needs) == true;

    /// <summary>Whether the list changes by itself: then it is read anew every few seconds while somebody looks.</summary>
    protected virtual bool IsRefreshed => false;

    /// <summary>Whether the list is there.</summary>
    protected bool IsLoaded { get; private set; }

    /// <summary>Whether the list could not be read.</summary>
    protected bool HasFailed { get; private set; }

    /// <summary>Whether an act is under way.</summary>
    protected bool IsBusy { get; private set; }

    /// <summary>Why the last act was refused.</summary>
    protected string? Problem { get; private set; }

    /// <summary>What the last act did.</summary>
    protected string? Done { get; set; }

    /// <summary>Ends when the page is left.</summary>
    protected CancellationToken Gone => _gone.Token;

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        if (IsRefreshed)
        {
            var timer = Clock.CreateTimer(_ => _ = InvokeAsync(RefreshAsync), null, RefreshInterval, RefreshInterval);
            Gone.Register(timer.Dispose);
        }
    }

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        var account = $"{Member?.Tenant} {Member?.Role}";
        if (account != _loadedFor)
        {
            _loadedFor = account;
            Forget();
            await ReloadAsync();
        }
    }

    /// <summary>Reads the list.</summary>
    protected abstract Task LoadAsync();

    /// <summary>Drops what belonged to another account.</summary>
    protected virtual void Forget() => (IsLoaded, Problem, Done) = (false, null, null);

    /// <summary>Reads the list, or says that it can't be read.</summary>
    protected async Task ReloadAsync()
    {
        if (!IsAllowed)
        {
            return;
        }
        HasFailed = false;
        try
        {
            await LoadAsync();
            IsLoaded = true;
        }
        catch (OperationCanceledException) when (Gone.IsCancellationRequested)
        {
            // The page has gone.
        }
        catch (AccessDeniedException)
        {
            // The gate is about to tell.
        }
        catch (Exception failure)
        {
            HasFailed = true;
            Log.Failed(Logger, failure);
        }
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

    /// <summary>Does something, then reads the list anew; a refusal is shown.</summary>
    /// <param name="act">What to do.</param>
    /// <returns>Whether it was done.</returns>
    protected async Task<bool> ActAsync(Func<Task> act)
    {
        if (IsBusy)
        {
            return false;
        }
        (IsBusy, Problem, Done) = (true, null, null);
        try
        {
            await act();
            await ReloadAsync();
            return true;
        }
        catch (OperationCanceledException) when (Gone.IsCancellationRequested)
        {
            return false;
        }
        catch (RefusedException refused)
        {
            Problem = refused.Message;
        }
        catch (AccessDeniedException denied)
        {
            Problem = denied.Message;
        }
        catch (Exception failure)
        {
            Log.Failed(Logger, failure);
            Problem = failure is StorageException
                ? "It could not be written to disk, and nothing was changed. Tell whoever runs this server, then try again."
                : "Something failed on the server. Reload the page to see what is true now, then try again.";
        }
        finally
        {
            IsBusy = false;
        }
        return false;
    }

    /// <summary>The signed-in person and from where.</summary>
    protected async Task<(string UserId, Client Client)> WhoAsync()
    {
        var session = (await Authentication!).User;
        return (session.RequireUserId(), Client.Of(session));
    }

    /// <summary>Asks for a yes.</summary>
    protected async Task<bool> ConfirmAsync(string title, string question, string yes) =>
        await Dialogs.Confirm(question, title, new ConfirmOptions { OkButtonText = yes, CancelButtonText = "Cancel" }) == true;

    /// <inheritdoc/>
    public void Dispose()
    {
        _gone.Cancel();
        _gone.Dispose();
        GC.SuppressFinalize(this);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "An act of an Admin page failed")]
        public static partial void Failed(ILogger logger, Exception failure);
    }
}
