using System.Globalization;
using AuditConsole.Identity;
using AuditConsole.Query;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.JSInterop;

namespace AuditConsole.AuditLog;

/// <summary>The log: filters, a page of entries, their details. Its state is its URL.</summary>
public sealed partial class AuditLogPage : ComponentBase, IAsyncDisposable
{
    private static readonly TimeSpan NewerInterval = TimeSpan.FromSeconds(20);

    private string? _shownUri;
    private bool _again;
    private ITimer? _newer;
    private Func<Task> _reread = default!;

    /// <summary>Who looks.</summary>
    [CascadingParameter]
    public Member? Member { get; set; }

    [CascadingParameter]
    private Task<AuthenticationState>? Authentication { get; set; }

    [Inject]
    internal NavigationManager Addresses { get; init; } = default!;

    [Inject]
    internal LogReader Reader { get; init; } = default!;

    [Inject]
    internal TimeProvider Clock { get; init; } = default!;

    [Inject]
    internal ILogger<LogView> Logger { get; init; } = default!;

    [Inject]
    internal IJSRuntime Browser { get; init; } = default!;

    // Named here so that a change of any of them sets the page's parameters; LogQuery reads them from the URL.
    [SupplyParameterFromQuery(Name = "tenant")]
    private string? Tenant { get; set; }

    [SupplyParameterFromQuery(Name = "from")]
    private string? From { get; set; }

    [SupplyParameterFromQuery(Name = "to")]
    private string? To { get; set; }

    [SupplyParameterFromQuery(Name = "entityType")]
    private string? EntityType { get; set; }

    [SupplyParameterFromQuery(Name = "action")]
    private string? Action { get; set; }

    [SupplyParameterFromQuery(Name = "slug")]
    private string? Slug { get; set; }

    [SupplyParameterFromQuery(Name = "actor")]
    private string? Actor { get; set; }

    [SupplyParameterFromQuery(Name = "ip")]
    private string? Ip { get; set; }

    [SupplyParameterFromQuery(Name = "cursor")]
    private string? Cursor { get; set; }

    [SupplyParameterFromQuery(Name = "entry")]
    private string? Entry { get; set; }

    private LogView View { get; set; } = default!;

    private LogFilterForm Form { get; } = new();

    private string RangeText => View switch
    {
        { Phase: LogPhase.Loading } => "Reading the log …",
        { Phase: LogPhase.Shown, Page: { Rows.Count: > 0 } page } =>
            $"Entries {Number(page.Start + 1)}–{Number(page.Start + page.Rows.Count)}"
            + (View.Count is { } count ? $" of {Number(count)}" : View.CountFailed ? " (not counted)" : " of …"),
        { Phase: LogPhase.Shown, Page.Prev: null } => "No entries",
        _ => "",
    };

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        View = new LogView(Reader, Clock, Logger);
        View.Changed += OnViewChanged;
        _reread = RetryAsync;
        _newer = Clock.CreateTimer(_ => _ = InvokeAsync(LookForNewerAsync), null, NewerInterval, NewerInterval);
    }

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        if (Member is null || !IsHere())
        {
            return;
        }
        var (uri, before) = (Addresses.Uri, _shownUri);
        _shownUri = uri;
        if (uri == before)
        {
            return;
        }
        View.Client = Authentication is null ? Client.Unknown : Client.Of((await Authentication).User);
        var cursorBefore = View.Query?.Cursor;
        var work = View.ShowAsync(Member, new Uri(uri), _again);
        _again = false;
        var raw = QueryHelpers.ParseQuery(new Uri(uri).Query);
        Form.Load(View.Query!.Filter, View.Problems, name => raw.TryGetValue(name, out var value) ? value.ToString() : null);
        if (before is not null && cursorBefore != View.Query.Cursor)
        {
            await Browser.InvokeVoidAsync("scrollTo", 0, 0);
        }
        await work;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        View.Changed -= OnViewChanged;
        View.Dispose();
        if (_newer is not null)
        {
            await _newer.DisposeAsync();
        }
    }

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private bool IsHere() => new Uri(Addresses.Uri).AbsolutePath.Equals(ConsoleUrls.AuditLogPath, StringComparison.OrdinalIgnoreCase);

    private void OnViewChanged() => _ = InvokeAsync(StateHasChanged);

    private Task ApplyAsync() => GoAsync(Form.ToUrl(View.Query.Filter.Tenant, View.Today));

    private Task ClearAsync() => GoAsync(ConsoleUrls.AuditLog(View.Query.Filter.Tenant));

    private void Turn(string? cursor)
    {
        if (cursor is not null)
        {
            Addresses.NavigateTo(ConsoleUrls.AuditLog(View.Query with { Cursor = cursor, Open = [] }));
        }
    }

    // Replaces the address: opening an entry is no step that Back should undo one by one.
    private void Toggle(long sequence) =>
        Addresses.NavigateTo(ConsoleUrls.AuditLog(View.Query.Toggle(sequence)), replace: true);

    private async Task RetryAsync()
    {
        if (Member is not null)
        {
            await View.ShowAsync(Member, new Uri(Addresses.Uri), again: true);
        }
    }

    private Task ShowNewerAsync() => GoAsync(ConsoleUrls.AuditLog(View.Query.Filter));

    // Reads anew even where the address says what is shown already.
    private async Task GoAsync(string url)
    {
        if (Addresses.ToAbsoluteUri(url).ToString() == Addresses.Uri)
        {
            await RetryAsync();
            return;
        }
        _again = true;
        Addresses.NavigateTo(url);
    }

    private async Task LookForNewerAsync()
    {
        if (Member is not null)
        {
            await View.LookForNewerAsync(Member);
        }
    }
}
