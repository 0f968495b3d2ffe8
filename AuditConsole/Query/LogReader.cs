using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Retention;
using AuditConsole.Storage;

namespace AuditConsole.Query;

/// <summary>A page of the log as a person sees it.</summary>
/// <param name="Entries">Newest first.</param>
/// <param name="Snapshot">The newest sequence that counted.</param>
/// <param name="Start">How many entries of the list stand before the first.</param>
/// <param name="Here">The cursor of this very page, later arrivals left out: what a copied link carries.</param>
/// <param name="Prev">The cursor of the page of newer entries; null where there is none.</param>
/// <param name="Next">The cursor of the page of older entries; null where there is none.</param>
/// <param name="ReadableFrom">What occurred before this has expired and can't be read.</param>
public sealed record LogPage(
    IReadOnlyList<AuditEntry> Entries, long Snapshot, long Start, string Here, string? Prev, string? Next, DateTimeOffset ReadableFrom);

/// <summary>
/// Reads the log for a person. Every call asks anew whether they may: a page that stays open shows nothing more once
/// the membership has ended.
/// </summary>
public sealed class LogReader(IEntryStore store, IMemberDirectory members, ReadScopes scopes, CursorProtector cursors, ReadRecords records)
{
    /// <summary>The entries of a page.</summary>
    public const int PageSize = 100;

    /// <summary>The page that the query asks for.</summary>
    /// <exception cref="InvalidCursorException">The query's cursor isn't one of its list.</exception>
    /// <exception cref="AccessDeniedException">Not a member, or not any more.</exception>
    public async Task<LogPage> ReadAsync(string userId, LogQuery query, Client client, CancellationToken cancellationToken)
    {
        var member = await members.RequireAsync(userId, query.Filter.Tenant, Permission.ReadLog, cancellationToken);
        var cursor = query.Cursor is null
            ? null
            : cursors.Read(query.Cursor, member.TenantId, query.Filter) ?? throw new InvalidCursorException();
        var scope = await scopes.OfAsync(member.Tenant, cancellationToken);
        var page = await store.ReadPageAsync(
            query.Filter.ToFilter(scope),
            new PageRequest(PageSize, cursor?.Snapshot, cursor?.OlderThan, cursor?.NewerThan),
            cancellationToken);
        await records.NoteAsync(
            new LogRead(member.Tenant, Acting.As(member, client), "console", null, query.Filter.Parameters()), page.Entries, cancellationToken);

        // A page of newer entries that is the first starts the list, whatever was counted on the way here.
        var start = !page.HasNewer ? 0 : cursor is { NewerThan: not null } ? Math.Max(0, cursor.Start - page.Entries.Count) : cursor?.Start ?? 0;
        var here = cursor is null ? new Cursor(page.Snapshot, 0) : cursor;
        return new LogPage(
            page.Entries, page.Snapshot, start, Protect(here),
            page.HasNewer && page.Entries.Count > 0 ? Protect(new Cursor(page.Snapshot, start, NewerThan: PlaceOf(page.Entries[0]))) : null,
            page.HasOlder && page.Entries.Count > 0
                ? Protect(new Cursor(page.Snapshot, start + page.Entries.Count, OlderThan: PlaceOf(page.Entries[^1])))
                : null,
            scope.ExpiredBefore);

        string Protect(Cursor place) => cursors.Protect(place, member.TenantId, query.Filter);
    }

    /// <summary>How many entries the filter selects among those up to <paramref name="snapshot"/>.</summary>
    /// <exception cref="AccessDeniedException">Not a member, or not any more.</exception>
    public async Task<long> CountAsync(string userId, EntryFilterQuery filter, long snapshot, CancellationToken cancellationToken)
    {
        var scope = await ScopeAsync(userId, filter.Tenant, cancellationToken);
        return await store.CountAsync(filter.ToFilter(scope), snapshot, cancellationToken);
    }

    /// <summary>The entity types and actions that the tenant's log holds.</summary>
    /// <exception cref="AccessDeniedException">Not a member, or not any more.</exception>
    public async Task<IReadOnlyList<EntryKind>> ListKindsAsync(string userId, string? tenant, CancellationToken cancellationToken) =>
        await store.ListKindsAsync(await ScopeAsync(userId, tenant, cancellationToken), cancellationToken);

    /// <summary>One entry, or null where there is none or it has expired.</summary>
    /// <exception cref="AccessDeniedException">Not a member, or not any more.</exception>
    public async Task<AuditEntry?> FindAsync(string userId, string? tenant, long sequence, CancellationToken cancellationToken) =>
        await store.FindAsync(await ScopeAsync(userId, tenant, cancellationToken), sequence, cancellationToken);

    /// <summary>The newest sequence of the tenant's chain, readable or not: whether something has arrived.</summary>
    /// <exception cref="AccessDeniedException">Not a member, or not any more.</exception>
    public async Task<long> NewestAsync(string userId, string? tenant, CancellationToken cancellationToken) =>
        (await store.ReadHeadAsync((await ScopeAsync(userId, tenant, cancellationToken)).Tenant, cancellationToken)).Size;

    private async Task<ReadScope> ScopeAsync(string userId, string? tenant, CancellationToken cancellationToken)
    {
        var member = await members.RequireAsync(userId, tenant, Permission.ReadLog, cancellationToken);
        return await scopes.OfAsync(member.Tenant, cancellationToken);
    }

    private static EntryPosition PlaceOf(AuditEntry entry) => new(entry.OccurredAt, entry.Sequence);
}
