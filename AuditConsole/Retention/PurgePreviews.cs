using AuditConsole.Identity;
using AuditConsole.Storage;
using AuditConsole.Tenants;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.Retention;

/// <summary>A tenant's retention, and what a purge would do now.</summary>
/// <param name="Period">As <c>24 months</c>.</param>
/// <param name="IsOwn">Whether it is the tenant's own, not the server's.</param>
/// <param name="Before">What occurred before this has expired.</param>
/// <param name="Expired">What a purge deletes.</param>
/// <param name="Held">What each hold in force keeps from it.</param>
/// <param name="Pending">A shorter retention that waits, as <c>90 days</c>.</param>
/// <param name="PendingFrom">When it takes effect.</param>
/// <param name="PendingExpires">How many readable entries it would expire now.</param>
public sealed record PurgePreview(
    string Period, bool IsOwn, DateTimeOffset Before, ExpiredEntries Expired, IReadOnlyList<HeldEntries> Held,
    string? Pending, DateTimeOffset? PendingFrom, long? PendingExpires);

/// <summary>Tells Admins what the next purge would delete, and what holds keep from it.</summary>
public sealed class PurgePreviews(
    IDbContextFactory<ConsoleDbContext> contexts, IEntryStore store, IMemberDirectory directory, TimeProvider clock)
{
    /// <summary>Looks now.</summary>
    /// <exception cref="AccessDeniedException">The person isn't Admin there.</exception>
    public async Task<PurgePreview> ReadAsync(string userId, string? tenantSlug, CancellationToken cancellationToken)
    {
        var admin = await directory.RequireAsync(userId, tenantSlug, Permission.ManageRetention, cancellationToken);
        Tenant tenant;
        await using (var context = await contexts.CreateDbContextAsync(cancellationToken))
        {
            tenant = await context.Tenants.AsNoTracking().SingleAsync(candidate => candidate.Number == admin.Tenant, cancellationToken);
        }
        var now = clock.GetUtcNow();
        var period = tenant.RetentionAt(now);
        var before = period.CutoffAt(now);
        var expired = await store.FindExpiredAsync(tenant.Number, before, cancellationToken);
        var pending = tenant.PendingFrom > now ? tenant.PendingRetention : null;
        long? more = pending is null
            ? null
            : (await store.FindExpiredAsync(tenant.Number, RetentionPeriod.Parse(pending).CutoffAt(now), cancellationToken)).Count - expired.Count;
        return new PurgePreview(
            period.ToString(), tenant.RetentionDays is not null, before, expired, await store.CountHeldAsync(tenant.Number, before, cancellationToken),
            pending, pending is null ? null : tenant.PendingFrom, more);
    }
}
