using System.Globalization;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Query;
using AuditConsole.Storage;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.WebUtilities;

namespace AuditConsole.Entities;

/// <summary>What the log knows of one resource: since when, its versions and what changed in them, its history.</summary>
public sealed partial class EntityPage : ComponentBase, IDisposable
{
    private const int VersionsAtOnce = 10;

    private readonly CancellationTokenSource _gone = new();
    private readonly List<PublishedVersion> _versions = [];
    private EntitySummary? _summary;
    private LogPage? _page;
    private Problem? _problem;
    private bool _hasOlderVersions;
    private bool _loadingVersions;
    private string? _loaded;

    private sealed record Problem(string Title, string Text, bool Retry);

    /// <summary>The entity type, as the router cut it; the address itself tells exactly.</summary>
    [Parameter]
    public string? Type { get; set; }

    /// <summary>The slug, as the router cut it; the address itself tells exactly.</summary>
    [Parameter]
    public string? Slug { get; set; }

    /// <summary>Who looks.</summary>
    [CascadingParameter]
    public Member? Member { get; set; }

    [Inject]
    internal EntityReader Entities { get; init; } = default!;

    [Inject]
    internal LogReader Log { get; init; } = default!;

    [Inject]
    internal NavigationManager Addresses { get; init; } = default!;

    [Inject]
    internal ILogger<EntityPage> Logger { get; init; } = default!;

    private EntityName Name { get; set; } = new(null, "", "");

    private string? CursorText { get; set; }

    // All that is kept, whenever it occurred: the page is about the resource, not about a time. Cursors are bound to it.
    private EntryFilterQuery History => new()
    {
        Tenant = Name.Tenant,
        From = TimeBound.Of(DateOnly.MinValue),
        To = TimeBound.Of(DateOnly.MaxValue),
        EntityType = Name.Type,
        Slug = Name.Slug,
    };

    private string LogUrl => _summary is null
        ? ConsoleUrls.AuditLog(Name.Tenant)
        : ConsoleUrls.AuditLog(History with { From = DayOf(_summary.First), To = DayOf(_summary.Last) });

    /// <inheritdoc/>
    protected override void OnInitialized() => Addresses.LocationChanged += OnLocationChanged;

    /// <inheritdoc/>
    protected override Task OnParametersSetAsync() => LoadIfMovedAsync();

    /// <inheritdoc/>
    public void Dispose()
    {
        Addresses.LocationChanged -= OnLocationChanged;
        _gone.Cancel();
        _gone.Dispose();
    }

    private void OnLocationChanged(object? sender, LocationChangedEventArgs arguments) => _ = InvokeAsync(async () =>
    {
        await LoadIfMovedAsync();
        StateHasChanged();
    });

    private Task LoadIfMovedAsync()
    {
        var uri = new Uri(Addresses.Uri);
        if (Member is null || _loaded == uri.PathAndQuery || EntityName.Read(uri.AbsolutePath) is not { } name)
        {
            return Task.CompletedTask;
        }
        _loaded = uri.PathAndQuery;
        var query = QueryHelpers.ParseQuery(uri.Query);
        CursorText = query.TryGetValue("cursor", out var cursor) && cursor.Count == 1 && cursor[0] is { Length: > 0 } text ? text : null;
        Name = name with { Tenant = Member.TenantSlug };
        return LoadAsync();
    }

    private async Task LoadAsync()
    {
        var name = Name;
        _problem = null;
        try
        {
            var summary = await Entities.FindAsync(Member!.UserId, name, _gone.Token);
            if (summary is null)
            {
                (_summary, _problem) = (null, new Problem(
                    "The log knows nothing of this",
                    "No entry that is kept names this resource. The address may be mistyped, or everything about it has expired.", Retry: false));
                return;
            }
            var versions = await Entities.ReadVersionsAsync(Member.UserId, summary, null, VersionsAtOnce, _gone.Token);
            _summary = summary;
            var page = await Log.ReadAsync(Member.UserId, new LogQuery { Filter = History, Cursor = CursorText }, Client.Unknown, _gone.Token);
            if (name != Name)
            {
                return;
            }
            _page = page;
            _versions.Clear();
            _versions.AddRange(versions.Versions);
            _hasOlderVersions = versions.HasOlder;
        }
        catch (InvalidCursorException invalid)
        {
            (_summary, _problem) = (null, new Problem("This page of the history can’t be found", invalid.Message, Retry: false));
        }
        catch (AccessDeniedException denied)
        {
            (_summary, _problem) = (null, new Problem("You may not read this log", denied.Message, Retry: false));
        }
        catch (OperationCanceledException) when (_gone.IsCancellationRequested)
        {
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            Events.Failed(Logger, fault);
            (_summary, _problem) = (null, new Problem(
                "The log could not be read", "The fault is in the service’s log. Nothing was changed; try again in a moment.", Retry: true));
        }
    }

    private async Task LoadMoreVersionsAsync()
    {
        if (_summary is null || _versions is not [.., { Entry: var oldest }])
        {
            return;
        }
        _loadingVersions = true;
        try
        {
            var more = await Entities.ReadVersionsAsync(
                Member!.UserId, _summary, new EntryPosition(oldest.OccurredAt, oldest.Sequence), VersionsAtOnce, _gone.Token);
            _versions.AddRange(more.Versions);
            _hasOlderVersions = more.HasOlder;
        }
        finally
        {
            _loadingVersions = false;
        }
    }

    // The day of the entry, so that its neighbours show, too; the log finds the entry even where the day fills many pages.
    private string EntryUrl(AuditEntry entry) => ConsoleUrls.AuditLog(
        new LogQuery { Filter = History with { From = DayOf(entry), To = DayOf(entry) }, Open = [entry.Sequence] });

    private static TimeBound DayOf(AuditEntry entry) => TimeBound.Of(DateOnly.FromDateTime(entry.OccurredAt.UtcDateTime));

    private string? PageUrl(string? cursor) => cursor is null
        ? null
        : $"{ConsoleUrls.Entity(Name.Tenant, Name.Type, Name.Slug)}&cursor={Uri.EscapeDataString(cursor)}";

    private static string Range(LogPage page, long count) => page.Entries.Count == 0
        ? "No entries"
        : $"Entries {Number(page.Start + 1)}–{Number(page.Start + page.Entries.Count)} of {Number(count)}";

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Tone(EntityState state) => state.Tone switch
    {
        StateTone.Good => "good",
        StateTone.Warn => "warn",
        StateTone.Bad => "bad",
        _ => "",
    };

    private static partial class Events
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "The page of a resource could not be read")]
        public static partial void Failed(ILogger logger, Exception fault);
    }
}
