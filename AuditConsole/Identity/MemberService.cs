using AuditConsole.ApiKeys;
using AuditConsole.Core;
using AuditConsole.Ingest;
using AuditConsole.Storage;
using AuditConsole.Tenants;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.Identity;

/// <summary>A row of the members page.</summary>
/// <param name="UserId"><c>usr_…</c>.</param>
/// <param name="Email">The person's address.</param>
/// <param name="Role">The role in this tenant.</param>
/// <param name="AddedAt">Since when.</param>
/// <param name="HasPassword">Whether the person has set a password yet.</param>
public sealed record MemberRow(string UserId, string Email, Role Role, DateTimeOffset AddedAt, bool HasPassword);

/// <summary>Somebody who was added.</summary>
/// <param name="UserId"><c>usr_…</c>.</param>
/// <param name="Email">The address.</param>
/// <param name="LinkPath">The path of the link where a new person sets a password; null where there is a password.</param>
public sealed record AddedMember(string UserId, string Email, string? LinkPath);

/// <summary>Adds people to tenants, sets their roles and removes them; each is an entry of the tenant's log.</summary>
public sealed class MemberService(
    IDbContextFactory<ConsoleDbContext> contexts, IMemberDirectory directory, Sessions sessions, ServiceEntries entries,
    PasswordLinks links, IPasswordHasher<User> hasher, TimeProvider clock)
{
    /// <summary>The entity type of a member in the log.</summary>
    public const string EntityType = "Member";

    /// <summary>The members of a tenant, by e-mail.</summary>
    /// <exception cref="AccessDeniedException">The person isn't Admin there.</exception>
    public async Task<IReadOnlyList<MemberRow>> ListAsync(string userId, string? tenantSlug, CancellationToken cancellationToken)
    {
        var admin = await directory.RequireAsync(userId, tenantSlug, Permission.ManageMembers, cancellationToken);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.Memberships.AsNoTracking()
            .Where(membership => membership.TenantNumber == admin.Tenant)
            .OrderBy(membership => membership.User!.NormalizedEmail)
            .Select(membership => new MemberRow(
                membership.UserId, membership.User!.Email!, membership.Role, membership.AddedAt, membership.User.PasswordHash != null))
            .ToListAsync(cancellationToken);
    }

    /// <summary>Adds a person. Somebody new gets a link to set a password; somebody known only the membership.</summary>
    /// <exception cref="AccessDeniedException">The person who acts isn't Admin there.</exception>
    /// <exception cref="RefusedException">The address is unfit, or a member already.</exception>
    public async Task<AddedMember> AddAsync(
        string userId, string? tenantSlug, string email, Role role, Client client, CancellationToken cancellationToken)
    {
        var admin = await directory.RequireAsync(userId, tenantSlug, Permission.ManageMembers, cancellationToken);
        return await AddAsync(admin.Tenant, admin.TenantId, _ => Acting.As(admin, client), email, role, null, cancellationToken);
    }

    /// <summary>Adds a person with a password, as the command line does. A person who is known keeps theirs.</summary>
    /// <exception cref="RefusedException">The address or password is unfit, or the person a member already.</exception>
    public async Task<AddedMember> AddFromConsoleAsync(
        Tenant tenant, string email, Role role, string password, CancellationToken cancellationToken)
    {
        if (PasswordRule.FindRefusal(password, email.Trim()) is { } reason)
        {
            throw new RefusedException(reason);
        }
        return await AddAsync(tenant.Number, tenant.Id, _ => Acting.Console, email, role, password, cancellationToken);
    }

    /// <summary>Gives a member another role.</summary>
    /// <exception cref="AccessDeniedException">The person who acts isn't Admin there.</exception>
    /// <exception cref="RefusedException">There is no such member, or it is the last Admin.</exception>
    public async Task SetRoleAsync(
        string userId, string? tenantSlug, string memberId, Role role, Client client, CancellationToken cancellationToken)
    {
        var admin = await directory.RequireAsync(userId, tenantSlug, Permission.ManageMembers, cancellationToken);
        var member = await FindAsync(admin.Tenant, memberId, cancellationToken);
        if (member.Role == role)
        {
            return;
        }
        await entries.AppendAsync(
            admin.Tenant, admin.TenantId, Acting.As(admin, client), "MemberRoleChanged", Target(member),
            new Dictionary<string, object?> { ["from"] = member.Role.ToString(), ["to"] = role.ToString() },
            context =>
            {
                var membership = context.Memberships.SingleOrDefault(
                    row => row.TenantNumber == admin.Tenant && row.UserId == memberId && row.Role == member.Role) ?? throw Gone(member);
                if (role < member.Role)
                {
                    KeepAnAdmin(context, admin.Tenant, memberId);
                    EndSessions(context, memberId);
                }
                membership.Role = role;
            },
            cancellationToken);
        if (role < member.Role)
        {
            sessions.End(memberId);
        }
        else
        {
            sessions.Refresh(memberId);
        }
    }

    /// <summary>Takes a member out of the tenant.</summary>
    /// <exception cref="AccessDeniedException">The person who acts isn't Admin there.</exception>
    /// <exception cref="RefusedException">There is no such member, or it is the last Admin.</exception>
    public async Task RemoveAsync(string userId, string? tenantSlug, string memberId, Client client, CancellationToken cancellationToken)
    {
        var admin = await directory.RequireAsync(userId, tenantSlug, Permission.ManageMembers, cancellationToken);
        var member = await FindAsync(admin.Tenant, memberId, cancellationToken);
        IReadOnlyList<ApiKey> keys;
        await using (var context = await contexts.CreateDbContextAsync(cancellationToken))
        {
            keys = ReadingKeys.Of(context, admin.Tenant, memberId);
        }
        await entries.AppendAsync(
            admin.Tenant, admin.TenantId, Acting.As(admin, client),
            [
                new("MemberRemoved", Target(member), new Dictionary<string, object?> { ["role"] = member.Role.ToString() }),
                .. ReadingKeys.Entries(keys),
            ],
            context =>
            {
                var membership = context.Memberships.SingleOrDefault(
                    row => row.TenantNumber == admin.Tenant && row.UserId == memberId && row.Role == member.Role) ?? throw Gone(member);
                KeepAnAdmin(context, admin.Tenant, memberId);
                if (!ReadingKeys.End(context, admin.Tenant, memberId, keys, userId, clock.GetUtcNow()))
                {
                    throw Gone(member);
                }
                EndSessions(context, memberId);
                context.Memberships.Remove(membership);
            },
            cancellationToken);
        sessions.End(memberId);
    }

    /// <summary>A link where a member sets a new password: the path, to be shown once.</summary>
    /// <exception cref="AccessDeniedException">The person who acts isn't Admin there.</exception>
    /// <exception cref="RefusedException">There is no such member, or the person belongs to a tenant of which the one who acts isn't Admin.</exception>
    public async Task<string> NewLinkAsync(string userId, string? tenantSlug, string memberId, CancellationToken cancellationToken)
    {
        var admin = await directory.RequireAsync(userId, tenantSlug, Permission.ManageMembers, cancellationToken);
        await FindAsync(admin.Tenant, memberId, cancellationToken);
        var mine = await directory.ListAsync(userId, cancellationToken);
        var theirs = await directory.ListAsync(memberId, cancellationToken);
        // Whoever holds the link can become that person, in every tenant.
        if (theirs.Any(their => !mine.Any(my => my.Tenant == their.Tenant && my.May(Permission.ManageMembers))))
        {
            throw new RefusedException("This person also belongs to an account of which you are not Admin, so you can't give out a link that sets their password.");
        }
        return await links.CreateAsync(memberId);
    }

    /// <summary>Makes the person a member, and the person where there is none; used by setup, too.</summary>
    internal async Task<AddedMember> AddAsync(
        int tenant, Guid tenantId, Func<User, Acting> actor, string email, Role role, string? password, CancellationToken cancellationToken)
    {
        email = EmailAddress.Check(email);
        var known = await FindUserAsync(email, cancellationToken);
        var user = known ?? NewUser(email, password);
        var by = actor(user);
        if (known is { PasswordHash: null } && by != Acting.Console)
        {
            // Somebody else holds the link that sets this person's password, and would enter here with it.
            await RefuseUnsetAsync(known, tenant, cancellationToken);
        }
        await entries.AppendAsync(
            tenant, tenantId, by, "MemberAdded",
            new Resource(EntityType, user.Id, Name: user.Email),
            new Dictionary<string, object?> { ["role"] = role.ToString() },
            context =>
            {
                if (known is null)
                {
                    if (context.Users.Any(other => other.NormalizedEmail == user.NormalizedEmail))
                    {
                        throw new RefusedException("Somebody else added this person at the same moment. Look again.");
                    }
                    context.Users.Add(user);
                }
                else if (context.Memberships.Any(row => row.TenantNumber == tenant && row.UserId == user.Id))
                {
                    throw new RefusedException($"{user.Email} is a member already.");
                }
                else
                {
                    // A password link that was given out before must not open this tenant, too.
                    EndSessions(context, user.Id);
                }
                context.Memberships.Add(new Membership { TenantNumber = tenant, UserId = user.Id, Role = role, AddedAt = clock.GetUtcNow() });
            },
            cancellationToken);
        sessions.End(user.Id);
        return new AddedMember(user.Id, email, user.PasswordHash is null && by != Acting.Console ? await links.CreateAsync(user.Id) : null);
    }

    private User NewUser(string email, string? password)
    {
        var user = new User
        {
            Id = RandomText.NewUserId(),
            UserName = email,
            NormalizedUserName = EmailAddress.Normalize(email),
            Email = email,
            NormalizedEmail = EmailAddress.Normalize(email),
            SecurityStamp = RandomText.NewSecret(),
            LockoutEnabled = true,
            CreatedAt = clock.GetUtcNow(),
        };
        user.PasswordHash = password is null ? null : hasher.HashPassword(user, password);
        return user;
    }

    private async Task<User?> FindUserAsync(string email, CancellationToken cancellationToken)
    {
        var normalized = EmailAddress.Normalize(email);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.Users.AsNoTracking().SingleOrDefaultAsync(user => user.NormalizedEmail == normalized, cancellationToken);
    }

    private async Task RefuseUnsetAsync(User user, int tenant, CancellationToken cancellationToken)
    {
        var members = await directory.ListAsync(user.Id, cancellationToken);
        if (members.Count > 0 && members.All(member => member.Tenant != tenant))
        {
            throw new RefusedException($"{user.Email} was invited by another account and has not set a password yet. Ask them to do that first.");
        }
    }

    private async Task<MemberRow> FindAsync(int tenant, string memberId, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.Memberships.AsNoTracking()
            .Where(row => row.TenantNumber == tenant && row.UserId == memberId)
            .Select(row => new MemberRow(row.UserId, row.User!.Email!, row.Role, row.AddedAt, row.User.PasswordHash != null))
            .SingleOrDefaultAsync(cancellationToken) ?? throw new RefusedException("This person is not a member any more. Look again.");
    }

    private static Resource Target(MemberRow member) => new(EntityType, member.UserId, Name: member.Email);

    private static RefusedException Gone(MemberRow member) => new($"Somebody else changed {member.Email} at the same moment. Look again.");

    private static void KeepAnAdmin(ConsoleDbContext context, int tenant, string exceptUser)
    {
        if (!context.Memberships.Any(row => row.TenantNumber == tenant && row.Role == Role.Admin && row.UserId != exceptUser))
        {
            throw new RefusedException("This is the last Admin of the account. Make somebody else Admin first.");
        }
    }

    private static void EndSessions(ConsoleDbContext context, string userId) =>
        context.Users.Single(user => user.Id == userId).SecurityStamp = RandomText.NewSecret();
}
