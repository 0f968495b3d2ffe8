using AuditConsole.Core;
using AuditConsole.Storage;
using AuditConsole.Tenants;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AuditConsole.Retention;

/// <summary>
/// Decides how long a tenant's entries live. A longer retention holds at once; a shorter one after seven days, so that
/// a mistake can be undone before it destroys anything. Each decision is an entry, <c>RetentionChanged</c>.
/// </summary>
public sealed class RetentionService(
    IDbContextFactory<ConsoleDbContext> contexts, IEntryStore store, ReadScopes scopes, IOptions<RetentionOptions> options, TimeProvider clock)
{
    /// <summary>How long a shorter retention waits.</summary>
    public static readonly TimeSpan Notice = TimeSpan.FromDays(7);

    private const int Attempts = 10;

    /// <summary>What tenants without a retention of their own have.</summary>
    public RetentionPeriod Default => RetentionPeriod.OfMonths(options.Value.Months);

    /// <summary>How many days a tenant's entries live, as it was decided last: a shorter retention counts before it takes effect.</summary>
    /// <param name="tenant">The tenant's number in the store.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<int> DaysOfAsync(int tenant, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var own = await context.Tenants.Where(row => row.Number == tenant).Select(row => row.RetentionDays).SingleAsync(cancellationToken);
        var now = clock.GetUtcNow();
        return own ?? (int)Math.Round((now - Default.CutoffAt(now)).TotalDays);
    }

    /// <summary>Gives a tenant a retention of its own, or takes it away.</summary>
    /// <param name="tenant">The tenant's number in the store.</param>
    /// <param name="days">1 to 36,500 days; null for the service's retention.</param>
    /// <param name="actor">Who decides it.</param>
    /// <param name="recordedBy">The credential: <c>user:…</c>, <c>key:…</c>, <c>console</c>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of days isn't allowed.</exception>
    public Task SetAsync(int tenant, int? days, Actor actor, string recordedBy, CancellationToken cancellationToken)
    {
        if (days is { } number)
        {
            _ = RetentionPeriod.OfDays(number);
        }
        return ReconcileAsync(tenant, found => found.RetentionDays = days, actor, recordedBy, cancellationToken);
    }

    /// <summary>Brings every tenant to the retention that is wanted for it: after a change of the configuration, or of time.</summary>
    public async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        foreach (var tenant in await context.Tenants.Select(tenant => tenant.Number).ToListAsync(cancellationToken))
        {
            await ReconcileAsync(tenant, _ => { }, Actor.Service, "console", cancellationToken);
        }
    }

    private async Task ReconcileAsync(int number, Action<Tenant> change, Actor actor, string recordedBy, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            await using var context = await contexts.CreateDbContextAsync(cancellationToken);
            var tenant = await context.Tenants.AsNoTracking().SingleAsync(candidate => candidate.Number == number, cancellationToken);
            var before = RetentionState.Of(tenant);
            change(tenant);
            var entry = Decide(tenant, actor);
            var after = RetentionState.Of(tenant);
            if (after == before)
            {
                return;
            }
            try
            {
                await store.AppendAsync(
                    new AppendRequest
                    {
                        Tenant = number,
                        TenantId = tenant.Id,
                        RecordedBy = recordedBy,
                        Entries = entry is null ? [] : [PreparedEntry.From(entry)],
                        Change = changed =>
                        {
                            var current = changed.Set<Tenant>().Single(candidate => candidate.Number == number);
                            if (RetentionState.Of(current) != before)
                            {
                                throw new DbUpdateConcurrencyException("The retention was changed by somebody else at the same time. Try again.");
                            }
                            after.ApplyTo(current);
                        },
                    },
                    cancellationToken);
                scopes.Clear();
                return;
            }
            catch (DbUpdateConcurrencyException) when (attempt < Attempts)
            {
                // Decide again, from what the other one left.
            }
        }
    }

    /// <summary>Moves the tenant's retention on and says what is to be recorded of it, if anything.</summary>
    private NewEntry? Decide(Tenant tenant, Actor actor)
    {
        var now = clock.GetUtcNow();
        var applied = RetentionPeriod.Parse(tenant.AppliedRetention);
        var wanted = tenant.RetentionDays is { } days ? RetentionPeriod.OfDays(days) : Default;
        var pending = tenant.PendingRetention;
        if (wanted == applied)
        {
            (tenant.PendingRetention, tenant.PendingFrom) = (null, null);
            return pending is null ? null : Entry(tenant, actor, applied, wanted, now, pending);
        }
        if (wanted.CutoffAt(now) <= applied.CutoffAt(now))
        {
            (tenant.AppliedRetention, tenant.PendingRetention, tenant.PendingFrom) = (wanted.ToString(), null, null);
            return Entry(tenant, actor, applied, wanted, now, pending);
        }
        if (pending != wanted.ToString())
        {
            (tenant.PendingRetention, tenant.PendingFrom) = (wanted.ToString(), WireTime.Truncate(now + Notice));
            return Entry(tenant, actor, applied, wanted, tenant.PendingFrom.Value, pending);
        }
        if (tenant.PendingFrom <= now)
        {
            // Recorded when it was decided, with this day.
            (tenant.AppliedRetention, tenant.PendingRetention, tenant.PendingFrom) = (pending, null, null);
        }
        return null;
    }

    private static NewEntry Entry(
        Tenant tenant, Actor actor, RetentionPeriod from, RetentionPeriod to, DateTimeOffset effectiveAt, string? withdrawn) => new()
        {
            Actor = actor,
            Action = "RetentionChanged",
            Target = tenant.AsResource(),
            Metadata = withdrawn is null
                ? CanonicalObject.From(new { from = from.ToString(), to = to.ToString(), effective_at = WireTime.Format(effectiveAt) })
                : CanonicalObject.From(new { from = from.ToString(), to = to.ToString(), effective_at = WireTime.Format(effectiveAt), withdrawn }),
        };

    private sealed record RetentionState(int? Days, string Applied, string? Pending, DateTimeOffset? PendingFrom)
    {
        public static RetentionState Of(Tenant tenant) =>
            new(tenant.RetentionDays, tenant.AppliedRetention, tenant.PendingRetention, tenant.PendingFrom);

        public void ApplyTo(Tenant tenant) =>
            (tenant.RetentionDays, tenant.AppliedRetention, tenant.PendingRetention, tenant.PendingFrom) = (Days, Applied, Pending, PendingFrom);
    }
}

/// <summary>How entries about a tenant name it.</summary>
internal static class TenantResource
{
    public static Resource AsResource(this Tenant tenant) => new("Tenant", tenant.Id.ToString(), tenant.Slug, Name: tenant.Name);

    /// <summary>The retention that is in force, a pending one from its day on.</summary>
    public static RetentionPeriod RetentionAt(this Tenant tenant, DateTimeOffset now) =>
        RetentionPeriod.Parse(tenant is { PendingRetention: { } pending, PendingFrom: { } from } && from <= now ? pending : tenant.AppliedRetention);
}
