using System.Collections.Immutable;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Query;
using AuditConsole.Storage;

namespace AuditConsole.AuditLog;

/// <summary>What the log page shows now.</summary>
public enum LogPhase
{
    /// <summary>Nothing yet.</summary>
    Loading,

    /// <summary>A page of entries, perhaps an empty one.</summary>
    Shown,

    /// <summary>The URL asks for something that can't be asked; <see cref="LogView.Problems"/> says what.</summary>
    BadQuery,

    /// <summary>The URL's cursor isn't one of its list.</summary>
    BadCursor,

    /// <summary>The store didn't answer.</summary>
    Failed,

    /// <summary>The person is no member of the tenant, or not any more.</summary>
    Denied,
}

/// <summary>
/// The state of the log page, apart from its looks: from the URL to a page of entries, then their count, each step
/// told to whoever listens. A new URL ends the work for the one before.
/// </summary>
public sealed partial class LogView(LogReader reader, TimeProvider clock, ILogger<LogView> logger) : IDisposable
{
    private CancellationTokenSource _work = new();
    private string? _kindsOf;

    /// <summary>Something that is shown has changed.</summary>
    public event Action? Changed;

    /// <summary>From where the person looks.</summary>
    public Client Client { get; set; } = Client.Unknown;

    /// <summary>What the page shows.</summary>
    public LogPhase Phase { get; private set; }

    /// <summary>Whether another page than the one that is shown is on its way.</summary>
    public bool IsBusy { get; private set; }

    /// <summary>What the URL asks.</summary>
    public LogQuery Query { get; private set; } = null!;

    /// <summary>
    /// What the entries answer that are shown, and where their links lead on from: behind <see cref="Query"/> while
    /// another page is on its way, so that the old rows aren't drawn anew just before they go.
    /// </summary>
    public LogQuery Shown { get; private set; } = null!;

    /// <summary>What is wrong with the URL.</summary>
    public IReadOnlyList<QueryProblem> Problems { get; private set; } = [];

    /// <summary>The page; null until there is one to show.</summary>
    public ShownPage? Page { get; private set; }

    /// <summary>How many entries the filter selects; null until they are counted.</summary>
    public long? Count { get; private set; }

    /// <summary>Whether counting failed: the entries are shown without.</summary>
    public bool CountFailed { get; private set; }

    /// <summary>The entries that the URL opens, by their sequence.</summary>
    public IReadOnlyDictionary<long, AuditEntry> Opened { get; private set; } = ImmutableDictionary<long, AuditEntry>.Empty;

    /// <summary>Those of <see cref="Opened"/> that aren't on the page.</summary>
    public IReadOnlyList<LogRow> Linked { get; private set; } = [];

    /// <summary>Sequences that the URL opens and that can't be read.</summary>
    public IReadOnlyList<long> Missing { get; private set; } = [];

    /// <summary>The entity types and actions that the log holds.</summary>
    public IReadOnlyList<EntryKind> Kinds { get; private set; } = [];

    /// <summary>Matching entries that have arrived since the page was read.</summary>
    public long Newer { get; private set; }

    /// <summary>What failed, for a person.</summary>
    public string? Failure { get; private set; }

    /// <summary>The UTC day.</summary>
    public DateOnly Today => DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);

    /// <summary>Shows what a URL asks for; only opening and closing of entries reads nothing anew.</summary>
    /// <param name="member">Who looks.</param>
    /// <param name="uri">The page's URL.</param>
    /// <param name="again">Whether to read even what is shown.</param>
    public async Task ShowAsync(Member member, Uri uri, bool again = false)
    {
        var problems = new List<QueryProblem>();
        var query = LogQuery.Parse(uri, Today, problems);
        query = query with { Filter = query.Filter with { Tenant = query.Filter.Tenant ?? member.TenantSlug } };
        var (before, hadPage) = (Query, Phase is LogPhase.Shown && Page is not null);
        (Query, Problems) = (query, problems);
        if (!again && hadPage && problems.Count == 0 && before.Filter == query.Filter && before.Cursor == query.Cursor)
        {
            Shown = query;
            var opening = _work.Token;
            await GuardAsync(() => FindOpenedAsync(member, opening), opening, whole: true);
            return;
        }
        var work = Restart();
        if (problems.Count > 0)
        {
            Turn(LogPhase.BadQuery);
            await GuardAsync(() => LoadKindsAsync(member, work), work, whole: false);
            return;
        }
        IsBusy = hadPage;
        Turn(hadPage ? LogPhase.Shown : LogPhase.Loading);
        await GuardAsync(() => LoadAsync(member, query, again, recount: again || before?.Filter != query.Filter, work), work, whole: true);
    }

    /// <summary>Looks whether matching entries have arrived since the page was read.</summary>
    public async Task LookForNewerAsync(Member member)
    {
        var work = _work.Token;
        if (Phase is not LogPhase.Shown || IsBusy || Page is not { } page || Count is not { } count)
        {
            return;
        }
        await GuardAsync(async () =>
        {
            var newest = await reader.NewestAsync(member.UserId, Query.Filter.Tenant, work);
            if (newest > page.Snapshot)
            {
                Newer = Math.Max(0, await reader.CountAsync(member.UserId, Query.Filter, newest, work) - count);
                Changed?.Invoke();
            }
        }, work, whole: false);
    }

    /// <summary>The actions to choose from with an entity type, or with any.</summary>
    public IReadOnlyList<string> ActionsOf(string? entityType) =>
        [.. Kinds.Where(kind => string.IsNullOrEmpty(entityType) || kind.EntityType == entityType).Select(kind => kind.Action).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>The entity types to choose from: the known ones, then what else the log holds.</summary>
    public IReadOnlyList<string> EntityTypes =>
        [.. EntityLabels.KnownTypes, .. Kinds.Select(kind => kind.EntityType).Distinct().Except(EntityLabels.KnownTypes).Order(StringComparer.Ordinal)];

    /// <inheritdoc/>
    public void Dispose()
    {
        _work.Cancel();
        _work.Dispose();
    }

    private async Task LoadAsync(Member member, LogQuery query, bool again, bool recount, CancellationToken work)
    {
        var kinds = LoadKindsAsync(member, work);
        try
        {
            var page = await reader.ReadAsync(member.UserId, query, Client, work);
            work.ThrowIfCancellationRequested();
            recount |= Page?.Snapshot != page.Snapshot;
            var shown = ShownPage.Of(page, query, member);
            (Page, Shown) = (shown, query);
            Opened = page.Entries.Concat(again ? [] : Opened.Values).Where(entry => query.Open.Contains(entry.Sequence))
                .DistinctBy(entry => entry.Sequence).ToDictionary(entry => entry.Sequence);
            if (recount)
            {
                Count = null;
            }
            IsBusy = false;
            Turn(LogPhase.Shown);
            await FindOpenedAsync(member, work);
            if (recount)
            {
                await CountAsync(member, query, shown, work);
            }
        }
        finally
        {
            await GuardAsync(() => kinds, work, whole: false);
        }
    }

    private async Task CountAsync(Member member, LogQuery query, ShownPage page, CancellationToken work)
    {
        try
        {
            // A list that ends on its first page has counted itself.
            Count = page is { Prev: null, Next: null }
                ? page.Rows.Count
                : await reader.CountAsync(member.UserId, query.Filter, page.Snapshot, work);
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or AccessDeniedException))
        {
            Log.CountFailed(logger, exception);
            CountFailed = true;
        }
        Changed?.Invoke();
    }

    private async Task LoadKindsAsync(Member member, CancellationToken work)
    {
        var tenant = Query.Filter.Tenant;
        if (_kindsOf == tenant && Query.Cursor is not null)
        {
            return;
        }
        Kinds = await reader.ListKindsAsync(member.UserId, tenant, work);
        _kindsOf = tenant;
        Changed?.Invoke();
    }

    private async Task FindOpenedAsync(Member member, CancellationToken work)
    {
        var (query, opened, missing) = (Query, new Dictionary<long, AuditEntry>(), new List<long>());
        foreach (var sequence in query.Open)
        {
            if (Opened.GetValueOrDefault(sequence) is { } known)
            {
                opened.Add(sequence, known);
            }
            else if (await reader.FindAsync(member.UserId, query.Filter.Tenant, sequence, work) is { } found)
            {
                opened.Add(sequence, found);
            }
            else
            {
                missing.Add(sequence);
            }
        }
        // Another entry may have been opened meanwhile; whoever asked for that shows both.
        if (ReferenceEquals(query, Query) && Page is { } page)
        {
            var onPage = page.Rows.Select(row => row.Sequence).ToHashSet();
            (Opened, Missing) = (opened, missing);
            Linked = LogRow.Of(opened.Values.Where(entry => !onPage.Contains(entry.Sequence)), query, member);
            Changed?.Invoke();
        }
    }

    private async Task GuardAsync(Func<Task> act, CancellationToken work, bool whole)
    {
        try
        {
            await act();
        }
        catch (OperationCanceledException) when (work.IsCancellationRequested)
        {
            // Another URL is shown by now.
        }
        catch (AccessDeniedException denied)
        {
            Failure = denied.Message;
            Page = null;
            Turn(LogPhase.Denied);
        }
        catch (InvalidCursorException invalid)
        {
            Failure = invalid.Message;
            Turn(LogPhase.BadCursor);
        }
        catch (Exception exception)
        {
            Log.ReadFailed(logger, exception);
            if (whole)
            {
                Failure = exception is StorageException fault ? fault.PublicMessage : "The server met an error that it did not expect, and noted it.";
                Turn(LogPhase.Failed);
            }
        }
    }

    private CancellationToken Restart()
    {
        _work.Cancel();
        _work.Dispose();
        _work = new CancellationTokenSource();
        (Failure, CountFailed, Newer, IsBusy) = (null, false, 0, false);
        return _work.Token;
    }

    private void Turn(LogPhase phase)
    {
        Phase = phase;
        if (phase is not LogPhase.Shown)
        {
            IsBusy = false;
        }
        Changed?.Invoke();
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The log could not be read.")]
        public static partial void ReadFailed(ILogger logger, Exception exception);

        [LoggerMessage(2, LogLevel.Warning, "The entries could not be counted.")]
        public static partial void CountFailed(ILogger logger, Exception exception);
    }
}
