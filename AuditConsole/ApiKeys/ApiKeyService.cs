using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Ingest;
using AuditConsole.Storage;
using AuditConsole.Tenants;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.ApiKeys;

/// <summary>When a new key ends by itself.</summary>
public enum KeyExpiry
{
    /// <summary>Never.</summary>
    None,

    /// <summary>After 30 days.</summary>
    Days30,

    /// <summary>After 90 days.</summary>
    Days90,

    /// <summary>After a year.</summary>
    Year,
}

/// <summary>A new key.</summary>
/// <param name="Id"><c>key_…</c>.</param>
/// <param name="Text">The key itself; it can't be had again.</param>
public sealed record CreatedKey(string Id, string Text);

/// <summary>A row of the keys page.</summary>
/// <param name="Id"><c>key_…</c>.</param>
/// <param name="Name">For people.</param>
/// <param name="Hint">The last characters of its random part.</param>
/// <param name="Scopes">Separated by spaces.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="CreatedBy">The maker's e-mail address, id, or <c>console</c>.</param>
/// <param name="ExpiresAt">When it ends by itself.</param>
/// <param name="LastUsedAt">When it was last used, to the minute.</param>
/// <param name="RevokedAt">When it was revoked.</param>
public sealed record KeyRow(
    string Id, string Name, string Hint, string Scopes, DateTimeOffset CreatedAt, string CreatedBy,
    DateTimeOffset? ExpiresAt, DateTimeOffset? LastUsedAt, DateTimeOffset? RevokedAt)
{
    /// <summary>Whether the key works at a time.</summary>
    public bool IsActive(DateTimeOffset now) => RevokedAt is null && !(ExpiresAt <= now);
}

/// <summary>Makes, renames and revokes keys; making and revoking are entries of the tenant's log.</summary>
public sealed class ApiKeyService(
    IDbContextFactory<ConsoleDbContext> contexts, IMemberDirectory directory, ServiceEntries entries, ApiKeyDirectory keys, TimeProvider clock)
{
    /// <summary>The scopes that keys can have now.</summary>
    public static readonly IReadOnlyList<string> KnownScopes = [ApiKeyPolicies.EventsWriteScope];

    private const string EntityType = "ApiKey";

    /// <summary>The tenant's keys, newest first.</summary>
    /// <exception cref="AccessDeniedException">The person isn't Admin there.</exception>
    public async Task<IReadOnlyList<KeyRow>> ListAsync(string userId, string? tenantSlug, CancellationToken cancellationToken)
    {
        var admin = await directory.RequireAsync(userId, tenantSlug, Permission.ManageKeys, cancellationToken);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = await (
            from key in context.ApiKeys.AsNoTracking()
            where key.TenantNumber == admin.Tenant
            join user in context.Users on key.CreatedBy equals user.Id into makers
            from maker in makers.DefaultIfEmpty()
            orderby key.CreatedAt descending, key.Id
            select new KeyRow(
                key.Id, key.Name, key.Hint, key.Scopes, key.CreatedAt, maker == null ? key.CreatedBy : maker.Email!,
                key.ExpiresAt, key.LastUsedAt, key.RevokedAt)).ToListAsync(cancellationToken);
        return [.. rows.Select(row => row with { LastUsedAt = keys.LastUse(row.Id) ?? row.LastUsedAt })];
    }

    /// <summary>Makes a key.</summary>
    /// <exception cref="AccessDeniedException">The person isn't Admin there.</exception>
    /// <exception cref="RefusedException">The name or a scope is unfit.</exception>
    public async Task<CreatedKey> CreateAsync(
        string userId, string? tenantSlug, string name, IReadOnlyList<string> scopes, KeyExpiry expiry, Client client, CancellationToken cancellationToken)
    {
        var admin = await directory.RequireAsync(userId, tenantSlug, Permission.ManageKeys, cancellationToken);
        return await CreateAsync(admin.Tenant, admin.TenantId, Acting.As(admin, client), name, scopes, expiry, cancellationToken);
    }

    /// <summary>Makes a key, as the command line does.</summary>
    /// <exception cref="RefusedException">The name or a scope is unfit.</exception>
    public Task<CreatedKey> CreateFromConsoleAsync(
        Tenant tenant, string name, IReadOnlyList<string> scopes, KeyExpiry expiry, CancellationToken cancellationToken) =>
        CreateAsync(tenant.Number, tenant.Id, Acting.Console, name, scopes, expiry, cancellationToken);

    /// <summary>Gives a key another name; no entry tells of it.</summary>
    /// <exception cref="AccessDeniedException">The person isn't Admin there.</exception>
    /// <exception cref="RefusedException">There is no such key, or the name is unfit.</exception>
    public async Task RenameAsync(string userId, string? tenantSlug, string keyId, string name, CancellationToken cancellationToken)
    {
        var admin = await directory.RequireAsync(userId, tenantSlug, Permission.ManageKeys, cancellationToken);
        name = TenantService.CheckName(name);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        (await FindAsync(context, admin.Tenant, keyId, cancellationToken)).Name = name;
        await context.SaveChangesAsync(cancellationToken);
        keys.Clear();
    }

    /// <summary>Ends a key at once.</summary>
    /// <exception cref="AccessDeniedException">The person isn't Admin there.</exception>
    /// <exception cref="RefusedException">There is no such key, or it was revoked before.</exception>
    public async Task RevokeAsync(string userId, string? tenantSlug, string keyId, Client client, CancellationToken cancellationToken)
    {
        var admin = await directory.RequireAsync(userId, tenantSlug, Permission.ManageKeys, cancellationToken);
        ApiKey key;
        await using (var context = await contexts.CreateDbContextAsync(cancellationToken))
        {
            key = await FindAsync(context, admin.Tenant, keyId, cancellationToken);
        }
        await entries.AppendAsync(
            admin.Tenant, admin.TenantId, Acting.As(admin, client), "ApiKeyRevoked", new Resource(EntityType, key.Id, key.Slug, Name: key.Name),
            Facts(key.Name, key.Scopes.Split(' '), key.ExpiresAt),
            context =>
            {
                var found = context.ApiKeys.Single(row => row.Id == keyId && row.TenantNumber == admin.Tenant);
                if (found.RevokedAt is not null)
                {
                    throw new RefusedException("The key was revoked already.");
                }
                (found.RevokedAt, found.RevokedBy) = (clock.GetUtcNow(), userId);
            },
            cancellationToken);
        keys.Clear();
    }

    private async Task<CreatedKey> CreateAsync(
        int tenant, Guid tenantId, Acting by, string name, IReadOnlyList<string> scopes, KeyExpiry expiry, CancellationToken cancellationToken)
    {
        name = TenantService.CheckName(name);
        scopes = CheckScopes(scopes);
        var text = ApiKeyText.Create();
        var now = clock.GetUtcNow();
        var key = new ApiKey
        {
            Id = RandomText.NewKeyId(),
            TenantNumber = tenant,
            Name = name,
            Slug = name,
            Hash = ApiKeyText.Hash(text),
            Hint = ApiKeyText.Hint(text),
            Scopes = string.Join(' ', scopes),
            CreatedAt = now,
            CreatedBy = by.Subject,
            ExpiresAt = expiry switch
            {
                KeyExpiry.Days30 => now.AddDays(30),
                KeyExpiry.Days90 => now.AddDays(90),
                KeyExpiry.Year => now.AddYears(1),
                _ => null,
            },
        };
        await entries.AppendAsync(
            tenant, tenantId, by, "ApiKeyCreated", new Resource(EntityType, key.Id, name, Name: name), Facts(name, scopes, key.ExpiresAt),
            context => context.ApiKeys.Add(key), cancellationToken);
        keys.Clear();
        return new CreatedKey(key.Id, text);
    }

    private static IReadOnlyList<string> CheckScopes(IReadOnlyList<string> scopes)
    {
        if (scopes.Count == 0)
        {
            throw new RefusedException($"A key needs a scope: {string.Join(", ", KnownScopes)}.");
        }
        foreach (var scope in scopes)
        {
            if (!KnownScopes.Contains(scope))
            {
                throw new RefusedException($"Keys can't have the scope \"{scope}\" yet. They can have: {string.Join(", ", KnownScopes)}.");
            }
        }
        return [.. scopes.Distinct()];
    }

    private static Dictionary<string, object?> Facts(string name, IReadOnlyList<string> scopes, DateTimeOffset? expiresAt)
    {
        var facts = new Dictionary<string, object?> { ["name"] = name, ["scopes"] = scopes };
        if (expiresAt is { } end)
        {
            facts["expires_at"] = WireTime.Format(end);
        }
        return facts;
    }

    private static async Task<ApiKey> FindAsync(ConsoleDbContext context, int tenant, string keyId, CancellationToken cancellationToken) =>
        await context.ApiKeys.SingleOrDefaultAsync(key => key.Id == keyId && key.TenantNumber == tenant, cancellationToken)
            ?? throw new RefusedException("There is no such key any more. Look again.");
}
