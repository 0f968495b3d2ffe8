using System.Collections.Concurrent;
using AuditConsole.Portal;
using AuditConsole.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.Identity;

/// <summary>Who is a member of what, and whose session is still good, from memory. Every change empties it.</summary>
public sealed class MemberDirectory(IDbContextFactory<ConsoleDbContext> contexts, SecurityLog log, TimeProvider clock) : IMemberDirectory
{
    private sealed record Known(string? Stamp, IReadOnlyList<Member> Members, DateTimeOffset? Until = null);

    private static readonly Known Nobody = new(null, []);

    private readonly ConcurrentDictionary<string, Known> _known = new(StringComparer.Ordinal);
    private long _generation;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Member>> ListAsync(string userId, CancellationToken cancellationToken) =>
        (await KnowAsync(userId, cancellationToken)).Members;

    /// <inheritdoc/>
    public async Task<Member> RequireAsync(string userId, string? tenantSlug, Permission permission, CancellationToken cancellationToken)
    {
        var members = await ListAsync(userId, cancellationToken);
        var member = string.IsNullOrEmpty(tenantSlug)
            ? members.FirstOrDefault()
            : members.FirstOrDefault(candidate => candidate.TenantSlug == tenantSlug);
        if (member is not null && member.May(permission))
        {
            return member;
        }
        log.Write(SecurityEventKinds.Denied, userId, member?.Tenant, Client.Unknown, permission.ToString());
        throw new AccessDeniedException(permission, member?.Role);
    }

    /// <summary>Whether a session that was opened under this security stamp is still good.</summary>
    public async Task<bool> IsCurrentAsync(string userId, string stamp, CancellationToken cancellationToken) =>
        (await KnowAsync(userId, cancellationToken)).Stamp == stamp;

    /// <summary>Forgets everything: what comes next is read from the store.</summary>
    internal void Clear()
    {
        // In this order: a reader that began before the change sees another generation and keeps nothing.
        Interlocked.Increment(ref _generation);
        _known.Clear();
    }

    private async Task<Known> KnowAsync(string userId, CancellationToken cancellationToken)
    {
        if (_known.TryGetValue(userId, out var known))
        {
            return known.Until <= clock.GetUtcNow() ? Nobody : known;
        }
        var generation = Interlocked.Read(ref _generation);
        known = await ReadAsync(userId, cancellationToken);
        if (known.Stamp is not null && generation == Interlocked.Read(ref _generation))
        {
            _known[userId] = known;
            // A change between the comparison and the store would otherwise leave the old answer behind.
            if (generation != Interlocked.Read(ref _generation))
            {
                _known.TryRemove(userId, out _);
            }
        }
        return known;
    }

    private async Task<Known> ReadAsync(string userId, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        if (PortalSession.IsOne(userId))
        {
            return await ReadPortalAsync(context, userId, cancellationToken);
        }
        var user = await context.Users.AsNoTracking()
            .Where(candidate => candidate.Id == userId)
            .Select(candidate => new { candidate.Email, candidate.SecurityStamp })
            .SingleOrDefaultAsync(cancellationToken);
        if (user is null)
        {
            return Nobody;
        }
        var memberships = await context.Memberships.AsNoTracking()
            .Where(membership => membership.UserId == userId)
            .Select(membership => new { membership.Role, membership.Tenant!.Number, membership.Tenant.Id, membership.Tenant.Slug, membership.Tenant.Name })
            .ToListAsync(cancellationToken);
        var members = memberships
            .Select(row => new Member(userId, user.Email ?? userId, row.Number, row.Id, row.Slug, row.Name, row.Role))
            .OrderBy(member => member.TenantName, StringComparer.OrdinalIgnoreCase)
            .ThenBy(member => member.TenantSlug, StringComparer.Ordinal)
            .ToList();
        return new Known(user.SecurityStamp, members);
    }

    // Whoever came by a portal link is as an Auditor of its tenant, or sets up one stream of it, for as long as it says.
    private async Task<Known> ReadPortalAsync(ConsoleDbContext context, string linkId, CancellationToken cancellationToken)
    {
        var link = await context.PortalLinks.AsNoTracking().Include(row => row.Tenant).SingleOrDefaultAsync(row => row.Id == linkId, cancellationToken);
        if (link is not { SessionUntil: { } until, Tenant: { } tenant } || until <= clock.GetUtcNow())
        {
            return Nobody;
        }
        var member = new Member(link.Id, $"{PortalSession.Name} {link.Id}", tenant.Number, tenant.Id, tenant.Slug, tenant.Name, Role.Auditor)
        {
            Portal = new PortalSession(link.Intent, link.ReturnUrl, link.SuccessUrl, until),
        };
        return new Known(link.Id, [member], until);
    }
}
