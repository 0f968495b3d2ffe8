using AuditConsole.Checkpoints;
using AuditConsole.Core.Evidence;
using AuditConsole.Identity;
using AuditConsole.Retention;
using AuditConsole.Storage;
using AuditConsole.Streams.Buckets;

namespace AuditConsole.Integrity;

/// <summary>A stored checkpoint as it is shown.</summary>
/// <param name="Row">What is stored.</param>
/// <param name="Statement">What it states; null where it can't be read.</param>
/// <param name="Fault">What is wrong with it, a sentence; null if nothing.</param>
public sealed record ShownCheckpoint(StoredCheckpoint Row, Checkpoint? Statement, string? Fault);

/// <summary>What the integrity page shows.</summary>
/// <param name="Size">The length of the log.</param>
/// <param name="Purged">How long its beginning is that was purged with its leaves.</param>
/// <param name="State">What verification found.</param>
/// <param name="Refusal">Why no checkpoints are signed; null while they are.</param>
/// <param name="Checkpoints">The newest ones.</param>
/// <param name="Publications">How publishing them goes, place by place, and how far it is.</param>
/// <param name="Gaps">What explains that something is missing, the newest first; null where that can't be read.</param>
public sealed record IntegrityView(
    long Size, long Purged, VerificationState State, string? Refusal, IReadOnlyList<ShownCheckpoint> Checkpoints,
    IReadOnlyList<(PublicationStatus Status, long Size)> Publications, IReadOnlyList<ExplainedGap>? Gaps)
{
    /// <summary>The buckets that checkpoints go to, by name.</summary>
    public IReadOnlyList<CheckpointBucket> Buckets { get; init; } = [];
}

/// <summary>What the badge says.</summary>
/// <param name="State">What verification found.</param>
/// <param name="Refusal">Why no checkpoints are signed; null while they are.</param>
public sealed record IntegritySummary(VerificationState State, string? Refusal);

/// <summary>Reads for the integrity page and the badge, and starts what the page asks for.</summary>
public sealed class IntegrityReader(
    IMemberDirectory members, IntegrityMonitor monitor, CheckpointService signing, CheckpointReader checkpoints, CheckpointPublisher publisher, CheckpointSource buckets,
    IEntryStore store, ReadScopes scopes, IHostApplicationLifetime lifetime)
{
    private const int CheckpointsShown = 10;
    private const int GapsShown = 20;

    /// <summary>Everything that the page shows.</summary>
    /// <exception cref="AccessDeniedException">Not a member.</exception>
    public async Task<IntegrityView> ReadAsync(string userId, string? tenantSlug, CancellationToken cancellationToken)
    {
        var member = await members.RequireAsync(userId, tenantSlug, Permission.ReadLog, cancellationToken);
        var head = await store.ReadHeadAsync(member.Tenant, cancellationToken);
        var start = await store.ReadBaseAsync(member.Tenant, cancellationToken);
        var rows = await checkpoints.ReadNewestAsync(member.Tenant, CheckpointsShown, cancellationToken);
        var shown = rows.Select(row =>
        {
            var fault = checkpoints.FindFault(row, member.TenantId, out var statement);
            return new ShownCheckpoint(row, statement, fault);
        }).ToList();
        var published = await publisher.PublishedAsync(member.Tenant, cancellationToken);
        return new IntegrityView(
            head.Size, start.Head.Size, await monitor.StatusOfAsync(member.Tenant, cancellationToken), signing.RefusalOf(member.Tenant), shown,
            [.. publisher.Status.Select(status => (status, published.GetValueOrDefault(status.Target)))],
            await ReadGapsAsync(member, cancellationToken))
        {
            Buckets = await buckets.ListAsync(member.Tenant, cancellationToken),
        };
    }

    /// <summary>What the badge says.</summary>
    /// <exception cref="AccessDeniedException">Not a member.</exception>
    public async Task<IntegritySummary> SummariseAsync(string userId, string? tenantSlug, CancellationToken cancellationToken)
    {
        var member = await members.RequireAsync(userId, tenantSlug, Permission.ReadLog, cancellationToken);
        return new IntegritySummary(await monitor.StatusOfAsync(member.Tenant, cancellationToken), signing.RefusalOf(member.Tenant));
    }

    /// <summary>Walks the whole log now. It goes on when the page is left.</summary>
    /// <exception cref="AccessDeniedException">Not an Auditor or Admin.</exception>
    public async Task<RunningVerification> VerifyNowAsync(string userId, string? tenantSlug, CancellationToken cancellationToken)
    {
        var member = await members.RequireAsync(userId, tenantSlug, Permission.VerifyLog, cancellationToken);
        return monitor.Start(member.Tenant, member.Email, lifetime.ApplicationStopping);
    }

    private async Task<IReadOnlyList<ExplainedGap>?> ReadGapsAsync(Member member, CancellationToken cancellationToken)
    {
        var filter = new EntryFilter { Scope = await scopes.OfAsync(member.Tenant, cancellationToken), Actions = ExplainedGap.Actions };
        try
        {
            var page = await store.ReadPageAsync(filter, new PageRequest(GapsShown), cancellationToken);
            return [.. page.Entries.Where(ExplainedGap.IsOne).Select(ExplainedGap.From)];
        }
        catch (StorageException)
        {
            // An entry among them was changed and can't be read: the page says that, and the rest of it.
            return null;
        }
    }
}
