using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Ingest;
using AuditConsole.Query;
using AuditConsole.Retention;
using AuditConsole.Storage;
using AuditConsole.Tenants;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.Holds;

/// <summary>Which entries a hold covers: those that match all that is given, those to come included.</summary>
public sealed record HoldFilter
{
    /// <summary>The beginning; null for the log's.</summary>
    public TimeBound? From { get; init; }

    /// <summary>The end; null for none.</summary>
    public TimeBound? To { get; init; }

    /// <summary>Exact entity type.</summary>
    public string? EntityType { get; init; }

    /// <summary>Exact action.</summary>
    public string? Action { get; init; }

    /// <summary>Exact slug, or the id of an entity without one.</summary>
    public string? Slug { get; init; }

    /// <summary>Exact id of the actor.</summary>
    public string? Actor { get; init; }

    /// <summary>Normalised client address.</summary>
    public string? Ip { get; init; }

    /// <summary>Whether it covers the whole log.</summary>
    public bool IsAll => From is null && To is null && (EntityType ?? Action ?? Slug ?? Actor ?? Ip) is null;

    /// <summary>The store's filter.</summary>
    public EntryFilter In(ReadScope scope) => new()
    {
        Scope = scope,
        From = From?.Start,
        To = To?.End,
        EntityType = EntityType,
        Action = Action,
        Target = Slug,
        Actor = Actor,
        Ip = Ip,
    };
}

/// <summary>A hold as its page shows it.</summary>
/// <param name="Hold">It.</param>
/// <param name="PlacedBy">The e-mail address of who placed it, an id, or <c>console</c>.</param>
/// <param name="LiftedBy">The same of who lifted it; null while it holds.</param>
/// <param name="Count">How many readable entries it covers now; null if it is lifted.</param>
/// <param name="Expired">How many of them would have expired without it.</param>
public sealed record HoldRow(Hold Hold, string PlacedBy, string? LiftedBy, long? Count, long? Expired);

/// <summary>Places and lifts legal holds; both are entries of the tenant's log.</summary>
public sealed class HoldService(
    IDbContextFactory<ConsoleDbContext> contexts, IEntryStore store, ReadScopes scopes, IMemberDirectory directory, ServiceEntries entries, TimeProvider clock)
{
    /// <summary>The longest reason, in characters.</summary>
    public const int MaxReasonLength = 2000;

    private const string EntityType = "Hold";

    /// <summary>The tenant's holds: those in force first, then the lifted ones, the newest of each first.</summary>
    /// <exception cref="AccessDeniedException">The person is neither Auditor nor Admin there.</exception>
    public async Task<IReadOnlyList<HoldRow>> ListAsync(string userId, string? tenantSlug, CancellationToken cancellationToken)
    {
        var member = await directory.RequireAsync(userId, tenantSlug, Permission.ViewHolds, cancellationToken);
        var scope = await scopes.OfAsync(member.Tenant, cancellationToken);
        List<Hold> holds;
        Dictionary<string, string> names;
        await using (var context = await contexts.CreateDbContextAsync(cancellationToken))
        {
            holds = await context.Holds.AsNoTracking().Where(hold => hold.TenantNumber == member.Tenant).ToListAsync(cancellationToken);
            var people = holds.SelectMany(hold => new[] { hold.PlacedBy, hold.LiftedBy }).Distinct().ToList();
            names = await context.Users.AsNoTracking().Where(user => people.Contains(user.Id)).ToDictionaryAsync(user => user.Id, user => user.Email ?? user.Id, cancellationToken);
        }
        var expired = (await store.CountHeldAsync(member.Tenant, scope.ExpiredBefore, cancellationToken)).ToDictionary(held => held.Hold.Id, held => held.Count);
        var rows = new List<HoldRow>();
        foreach (var hold in holds.OrderBy(hold => hold.LiftedAt is not null).ThenByDescending(hold => hold.PlacedAt).ThenBy(hold => hold.Id, StringComparer.Ordinal))
        {
            long? count = hold.LiftedAt is null ? await store.CountAsync(FilterOf(hold, scope), long.MaxValue, cancellationToken) : null;
            rows.Add(new HoldRow(
                hold, NameOf(hold.PlacedBy)!, NameOf(hold.LiftedBy), count, expired.TryGetValue(hold.Id, out var kept) ? kept : null));
        }
        return rows;

        string? NameOf(string? person) => person is null ? null : names.GetValueOrDefault(person, person);
    }

    /// <summary>How many entries a filter would hold now.</summary>
    /// <exception cref="AccessDeniedException">The person isn't Admin there.</exception>
    public async Task<long> CountAsync(string userId, string? tenantSlug, HoldFilter filter, CancellationToken cancellationToken)
    {
        var admin = await directory.RequireAsync(userId, tenantSlug, Permission.ManageHolds, cancellationToken);
        return await store.CountAsync(filter.In(await scopes.OfAsync(admin.Tenant, cancellationToken)), long.MaxValue, cancellationToken);
    }

    /// <summary>Places a hold; it counts from its commit on, also for a purge that is under way.</summary>
    /// <returns>Its id.</returns>
    /// <exception cref="AccessDeniedException">The person isn't Admin there.</exception>
    /// <exception cref="RefusedException">Name, reason or filter is unfit.</exception>
    public async Task<string> PlaceAsync(
        string userId, string? tenantSlug, string name, string reason, HoldFilter filter, Client client, CancellationToken cancellationToken)
    {
        var admin = await directory.RequireAsync(userId, tenantSlug, Permission.ManageHolds, cancellationToken);
        name = TenantService.CheckName(name);
        reason = CheckReason(reason);
        if (filter is { From: { } from, To: { } to } && from.Start >= to.End)
        {
            throw new RefusedException($"From ({from}) is after To ({to}). Make From the earlier one.");
        }
        var hold = new Hold
        {
            Id = RandomText.NewHoldId(),
            TenantNumber = admin.Tenant,
            Name = name,
            Reason = reason,
            From = filter.From?.Start,
            To = filter.To?.End,
            EntityType = filter.EntityType,
            Action = filter.Action,
            Slug = filter.Slug,
            Actor = filter.Actor,
            Ip = filter.Ip,
            PlacedAt = clock.GetUtcNow(),
            PlacedBy = admin.UserId,
        };
        await entries.AppendAsync(
            admin.Tenant, admin.TenantId, Acting.As(admin, client), ServiceActions.HoldPlaced, new Resource(EntityType, hold.Id, name, Name: name),
            new Dictionary<string, object?> { ["name"] = name, ["reason"] = reason, ["filter"] = Facts(hold) },
            context => context.Holds.Add(hold), cancellationToken);
        return hold.Id;
    }

    /// <summary>Lifts a hold: what has expired meanwhile can't be read from then on, and the next purge deletes it.</summary>
    /// <exception cref="AccessDeniedException">The person isn't Admin there.</exception>
    /// <exception cref="RefusedException">There is no such hold in force, or the reason is unfit.</exception>
    public async Task LiftAsync(string userId, string? tenantSlug, string holdId, string reason, Client client, CancellationToken cancellationToken)
    {
        var admin = await directory.RequireAsync(userId, tenantSlug, Permission.ManageHolds, cancellationToken);
        reason = CheckReason(reason);
        Hold hold;
        await using (var context = await contexts.CreateDbContextAsync(cancellationToken))
        {
            hold = await context.Holds.AsNoTracking().SingleOrDefaultAsync(row => row.Id == holdId && row.TenantNumber == admin.Tenant, cancellationToken)
                ?? throw new RefusedException("There is no such hold. Look again.");
        }
        await entries.AppendAsync(
            admin.Tenant, admin.TenantId, Acting.As(admin, client), ServiceActions.HoldLifted, new Resource(EntityType, hold.Id, hold.Name, Name: hold.Name),
            new Dictionary<string, object?> { ["name"] = hold.Name, ["reason"] = reason, ["placed_at"] = WireTime.Format(hold.PlacedAt), ["filter"] = Facts(hold) },
            context =>
            {
                var found = context.Holds.Single(row => row.Id == holdId && row.TenantNumber == admin.Tenant);
                if (found.LiftedAt is not null)
                {
                    throw new RefusedException("The hold was lifted already.");
                }
                (found.LiftedAt, found.LiftedBy, found.LiftReason) = (clock.GetUtcNow(), userId, reason);
            },
            cancellationToken);
    }

    private static EntryFilter FilterOf(Hold hold, ReadScope scope) => new()
    {
        Scope = scope,
        From = hold.From,
        To = hold.To,
        EntityType = hold.EntityType,
        Action = hold.Action,
        Target = hold.Slug,
        Actor = hold.Actor,
        Ip = hold.Ip,
    };

    private static Dictionary<string, string> Facts(Hold hold)
    {
        (string Name, string? Value)[] all =
        [
            ("from", hold.From is { } from ? WireTime.Format(from) : null), ("to", hold.To is { } to ? WireTime.Format(to) : null),
            ("entity_type", hold.EntityType), ("action", hold.Action), ("slug", hold.Slug), ("actor", hold.Actor), ("ip", hold.Ip),
        ];
        return all.Where(fact => fact.Value is not null).ToDictionary(fact => fact.Name, fact => fact.Value!);
    }

    private static string CheckReason(string reason)
    {
        reason = reason.Trim();
        if (reason.Length == 0 || reason.EnumerateRunes().Count() > MaxReasonLength || CanonicalJson.FindRefusal(reason) is not null)
        {
            throw new RefusedException($"A reason is needed, of at most {MaxReasonLength:N0} characters. It is recorded in the log.");
        }
        return reason;
    }
}
