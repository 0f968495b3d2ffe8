using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Retention;
using AuditConsole.Storage;

namespace AuditConsole.Entities;

/// <summary>A resource, as its page is asked for it.</summary>
/// <param name="Tenant">The tenant's slug; null for the person's first.</param>
/// <param name="Type">The entity type of the wire.</param>
/// <param name="Slug">The slug, or the id where there is none.</param>
public sealed record EntityName(string? Tenant, string Type, string Slug)
{
    /// <summary>Reads the path of the resource's page as it stands in the address, escaped; null if it is none.</summary>
    /// <remarks>The router leaves it open whether %2F was an escaped slash or three letters.</remarks>
    public static EntityName? Read(string path) => path.Split('/') is [.., "entities", var type, var slug]
        ? new EntityName(null, Uri.UnescapeDataString(type), Uri.UnescapeDataString(slug))
        : null;
}

/// <summary>What the log knows of one resource.</summary>
/// <param name="Member">Who looks.</param>
/// <param name="Name">The resource.</param>
/// <param name="First">Its oldest entry that is still kept.</param>
/// <param name="Last">Its newest entry.</param>
/// <param name="Count">How many entries it has.</param>
/// <param name="Snapshot">The newest sequence that counted.</param>
/// <param name="KeptSince">What occurred before this has expired.</param>
/// <param name="State">What its last action left it in, if the log tells.</param>
/// <param name="Publishing">The action that publishes its versions; null if the log holds no published one.</param>
/// <param name="BeganInTheLog">Whether its creation is still in the log, so that nothing of it can be missing.</param>
public sealed record EntitySummary(
    Member Member, EntityName Name, AuditEntry First, AuditEntry Last, long Count, long Snapshot, DateTimeOffset KeptSince, EntityState? State,
    string? Publishing, bool BeganInTheLog);

/// <summary>A part of an entity's published versions, newest first.</summary>
/// <param name="Versions">The versions.</param>
/// <param name="HasOlder">Whether the log holds older ones.</param>
public sealed record VersionList(IReadOnlyList<PublishedVersion> Versions, bool HasOlder);

/// <summary>Reads what the log knows of one resource. Every call asks anew whether the person may.</summary>
public sealed class EntityReader(IEntryStore store, ReadScopes scopes, IMemberDirectory directory)
{
    /// <summary>The resource, or null if no readable entry names it.</summary>
    /// <exception cref="AccessDeniedException">The person may not read this log.</exception>
    public async Task<EntitySummary?> FindAsync(string userId, EntityName name, CancellationToken cancellationToken)
    {
        var (member, filter) = await OpenAsync(userId, name, cancellationToken);
        var newest = await store.ReadPageAsync(filter, new PageRequest(1), cancellationToken);
        if (newest.Entries is not [var last])
        {
            return null;
        }
        // Before everything is no entry: the page just newer than that is the oldest one.
        var oldest = await store.ReadPageAsync(
            filter, new PageRequest(1, newest.Snapshot, NewerThan: new EntryPosition(DateTimeOffset.UnixEpoch, 0)), cancellationToken);
        var count = await store.CountAsync(filter, newest.Snapshot, cancellationToken);
        var kinds = await store.ListKindsAsync(filter.Scope, cancellationToken);
        var publishing = ActionOf(kinds, name.Type, "Published");
        var published = await NewestAsync(filter, publishing, newest.Snapshot, cancellationToken);
        var created = await NewestAsync(filter, ActionOf(kinds, name.Type, "Created"), newest.Snapshot, cancellationToken);
        var first = oldest.Entries is [var entry] ? entry : last;
        return new EntitySummary(
            member, name with { Tenant = member.TenantSlug }, first, last, count, newest.Snapshot, filter.Scope.ExpiredBefore,
            EntityState.After(last.Content.Action, published is not null), published is null ? null : publishing, created is not null);
    }

    /// <summary>Whether a readable entry names the resource.</summary>
    /// <exception cref="AccessDeniedException">The person may not read this log.</exception>
    public async Task<bool> ExistsAsync(string userId, EntityName name, CancellationToken cancellationToken)
    {
        var (_, filter) = await OpenAsync(userId, name, cancellationToken);
        return (await store.ReadPageAsync(filter, new PageRequest(1), cancellationToken)).Entries.Count > 0;
    }

    /// <summary>Published versions, newest first, each with the one before it.</summary>
    /// <param name="userId">Who looks.</param>
    /// <param name="summary">The resource.</param>
    /// <param name="olderThan">Where the part before ended; null for the newest.</param>
    /// <param name="count">The most versions.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="AccessDeniedException">The person may not read this log.</exception>
    public async Task<VersionList> ReadVersionsAsync(
        string userId, EntitySummary summary, EntryPosition? olderThan, int count, CancellationToken cancellationToken)
    {
        var (_, filter) = await OpenAsync(userId, summary.Name, cancellationToken);
        if (summary.Publishing is null)
        {
            return new VersionList([], false);
        }
        var page = await store.ReadPageAsync(
            filter with { Action = summary.Publishing }, new PageRequest(count + 1, summary.Snapshot, OlderThan: olderThan), cancellationToken);
        var entries = page.Entries;
        var versions = entries.Take(count)
            .Select((entry, index) => index + 1 < entries.Count
                ? new PublishedVersion(entry, entries[index + 1], IsFirst: false)
                : new PublishedVersion(entry, null, summary.BeganInTheLog))
            .ToList();
        return new VersionList(versions, entries.Count > count);
    }

    private async Task<(Member Member, EntryFilter Filter)> OpenAsync(string userId, EntityName name, CancellationToken cancellationToken)
    {
        var member = await directory.RequireAsync(userId, name.Tenant, Permission.ReadLog, cancellationToken);
        var scope = await scopes.OfAsync(member.Tenant, cancellationToken);
        return (member, new EntryFilter { Scope = scope, EntityType = name.Type, Slug = name.Slug });
    }

    // RulePublished for a Rule; other producers' words end alike (policy.published).
    private static string? ActionOf(IReadOnlyList<EntryKind> kinds, string type, string verb) =>
        kinds.Where(kind => kind.EntityType == type && kind.Action.EndsWith(verb, StringComparison.OrdinalIgnoreCase))
            .Select(kind => kind.Action)
            .OrderByDescending(action => action == type + verb)
            .FirstOrDefault();

    private async Task<AuditEntry?> NewestAsync(EntryFilter filter, string? action, long snapshot, CancellationToken cancellationToken) =>
        action is not null
        && (await store.ReadPageAsync(filter with { Action = action }, new PageRequest(1, snapshot), cancellationToken)).Entries is [var entry]
            ? entry
            : null;
}
