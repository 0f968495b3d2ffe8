using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Storage;

namespace AuditConsole.Ingest;

/// <summary>Appends the entries that the service writes itself, in one transaction with what they tell of.</summary>
public sealed class ServiceEntries(IEntryStore store)
{
    /// <summary>Applies a change and records it: both or neither.</summary>
    /// <param name="tenant">The tenant's number in the store.</param>
    /// <param name="tenantId">The tenant's UUID.</param>
    /// <param name="by">Who acts.</param>
    /// <param name="action">As <c>MemberAdded</c>.</param>
    /// <param name="target">What was acted on.</param>
    /// <param name="metadata">The payload, serialised with its members' names as they stand.</param>
    /// <param name="change">The change of other data; runs on the writer's thread.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="reasoning">Why, if somebody was asked.</param>
    /// <exception cref="StorageException">The disk is full or fails; nothing was stored.</exception>
    public Task AppendAsync(
        int tenant, Guid tenantId, Acting by, string action, Resource target, IReadOnlyDictionary<string, object?> metadata,
        Action<ConsoleDbContext>? change, CancellationToken cancellationToken, string? reasoning = null) =>
        AppendAsync(tenant, tenantId, by, [new ServiceEntry(action, target, metadata, reasoning)], change, cancellationToken);

    /// <summary>Applies a change and records all that it means: everything or nothing.</summary>
    /// <param name="tenant">The tenant's number in the store.</param>
    /// <param name="tenantId">The tenant's UUID.</param>
    /// <param name="by">Who acts.</param>
    /// <param name="entries">What to record, in order.</param>
    /// <param name="change">The change of other data; runs on the writer's thread.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="StorageException">The disk is full or fails; nothing was stored.</exception>
    public Task AppendAsync(
        int tenant, Guid tenantId, Acting by, IReadOnlyList<ServiceEntry> entries, Action<ConsoleDbContext>? change, CancellationToken cancellationToken) =>
        store.AppendAsync(Request(tenant, tenantId, by, entries) with { Change = change }, cancellationToken);

    /// <summary>The request that appends entries of the service's own.</summary>
    internal static AppendRequest Request(int tenant, Guid tenantId, Acting by, params IReadOnlyList<ServiceEntry> entries) => new()
    {
        Tenant = tenant,
        TenantId = tenantId,
        RecordedBy = by.RecordedBy,
        Entries = [.. entries.Select(entry => PreparedEntry.From(new NewEntry
        {
            Actor = by.Actor,
            Action = entry.Action,
            Target = entry.Target,
            Ip = by.Client.Ip,
            UserAgent = by.Client.UserAgent,
            Reasoning = entry.Reasoning,
            Metadata = CanonicalObject.From(entry.Metadata),
        }))],
    };
}

/// <summary>An entry that the service writes itself.</summary>
/// <param name="Action">As <c>MemberAdded</c>.</param>
/// <param name="Target">What was acted on.</param>
/// <param name="Metadata">The payload, serialised with its members' names as they stand.</param>
/// <param name="Reasoning">Why, if somebody was asked.</param>
public sealed record ServiceEntry(string Action, Resource Target, IReadOnlyDictionary<string, object?> Metadata, string? Reasoning = null);
