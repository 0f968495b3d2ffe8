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
/// <param name="AllowedAddresses">From where it may be used, separated by spaces; null for anywhere.</param>
/// <param name="ReplacedBy">The key that takes its place.</param>
/// <param name="IsForAllTenants">Whether it serves all accounts: then it was made on the command line, and is changed there alone.</param>
public sealed record KeyRow(
    string Id, string Name, string Hint, string Scopes, DateTimeOffset CreatedAt, string CreatedBy,
    DateTimeOffset? ExpiresAt, DateTimeOffset? LastUsedAt, DateTimeOffset? RevokedAt, string? AllowedAddresses, string? ReplacedBy,
    bool IsForAllTenants)
{
    /// <summary>Whether the key works at a time.</summary>
    public bool IsActive(DateTimeOffset now) => RevokedAt is null && !(ExpiresAt <= now);
}

/// <summary>Makes, renames and revokes keys; making and revoking are entries of the tenant's log.</summary>
public sealed class ApiKeyService(
    IDbContextFactory<ConsoleDbContext> contexts, IMemberDirectory directory, ServiceEntries entries, ApiKeyDirectory keys, TimeProvider clock)
{
    /// <summary>The scopes that keys can have now.</summary>
    public static readonly IReadOnlyList<string> KnownScopes = Access.Scopes;

    private const string EntityType = "ApiKey";

    /// <summary>The tenant's keys, newest first.</summary>
    /// <exception cref="AccessDeniedException">The person isn't Admin there.</exception>
    public async Task<IReadOnlyList<KeyRow>> ListAsync(string userId, string? tenantSlug, CancellationToken cancellationToken)
    {
        var admin = await directory.RequireAsync(userId, tenantSlug, Permission.ManageKeys, cancellationToken);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = await (
            from key in context.ApiKeys.AsNoTracking()
            where key.TenantNumber == admin.Tenant || key.TenantNumber == null
            join user in context.Users on key.CreatedBy equals user.Id into makers
            from maker in makers.DefaultIfEmpty()
            orderby key.CreatedAt descending, key.Id
            select new KeyRow(
                key.Id, key.Name, key.Hint, key.Scopes, key.CreatedAt, maker == null ? key.CreatedBy : maker.Email!,
                key.ExpiresAt, key.LastUsedAt, key.RevokedAt, key.AllowedAddresses, key.ReplacedBy, key.TenantNumber == null)).ToListAsync(cancellationToken);
        return [.. rows.Select(row => row with { LastUsedAt = keys.LastUse(row.Id) ?? row.LastUsedAt })];
    }

    /// <summary>Makes a key.</summary>
    /// <exception cref="AccessDeniedException">The person isn't Admin there.</exception>
    /// <exception cref="RefusedException">The name or a scope is unfit.</exception>
    public async Task<CreatedKey> CreateAsync(
        string userId, string? tenantSlug, string name, IReadOnlyList<string> scopes, KeyExpiry expiry, Client client, CancellationToken cancellationToken,
        string? allowedAddresses = null)
    {
        var admin = await directory.RequireAsync(userId, tenantSlug, Permission.ManageKeys, cancellationToken);
        var by = Acting.As(admin, client);
        var key = Make(admin.Tenant, by, name, CheckScopes(scopes, by), KeyAddresses.Check(allowedAddresses), now => EndOf(expiry, now), out var text);
        await AddAsync(admin.Tenant, admin.TenantId, by, key, null, cancellationToken);
        return new CreatedKey(key.Id, text);
    }

    /// <summary>Makes a key, as the command line does.</summary>
    /// <exception cref="RefusedException">The name or a scope is unfit.</exception>
    public async Task<CreatedKey> CreateFromConsoleAsync(
        Tenant tenant, string name, IReadOnlyList<string> scopes, KeyExpiry expiry, CancellationToken cancellationToken, string? allowedAddresses = null)
    {
        var by = Acting.Console;
        var key = Make(tenant.Number, by, name, CheckScopes(scopes, by), KeyAddresses.Check(allowedAddresses), now => EndOf(expiry, now), out var text);
        await AddAsync(tenant.Number, tenant.Id, by, key, null, cancellationToken);
        return new CreatedKey(key.Id, text);
    }

    /// <summary>Makes a key that serves all tenants, those that come later included. It is recorded in each that there is.</summary>
    /// <exception cref="RefusedException">The name or a scope is unfit, or there is no tenant yet.</exception>
    public async Task<CreatedKey> CreateForAllTenantsAsync(
        string name, IReadOnlyList<string> scopes, KeyExpiry expiry, CancellationToken cancellationToken, string? allowedAddresses = null)
    {
        var by = Acting.Console;
        var key = Make(null, by, name, CheckScopes(scopes, by), KeyAddresses.Check(allowedAddresses), now => EndOf(expiry, now), out var text);
        var tenants = await TenantsAsync(cancellationToken);
        // The key comes with the last record: one that nobody was told of never works.
        foreach (var (number, id) in tenants.SkipLast(1))
        {
            await entries.AppendAsync(number, id, by, "ApiKeyCreated", AsResource(key), Facts(key), null, cancellationToken);
        }
        await AddAsync(tenants[^1].Number, tenants[^1].Id, by, key, null, cancellationToken);
        return new CreatedKey(key.Id, text);
    }

    /// <summary>All keys, newest first, as the command line lists them.</summary>
    public async Task<IReadOnlyList<ApiKey>> ListFromConsoleAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.ApiKeys.AsNoTracking().Include(key => key.Tenant).OrderByDescending(key => key.CreatedAt).ThenBy(key => key.Id).ToListAsync(cancellationToken);
    }

    /// <summary>Ends a key at once, as the command line does: a tenant's, or one that serves all.</summary>
    /// <exception cref="RefusedException">There is no such key, or it was revoked before.</exception>
    public async Task RevokeFromConsoleAsync(string keyId, CancellationToken cancellationToken)
    {
        ApiKey key;
        IReadOnlyList<(int Number, Guid Id)> tenants;
        await using (var context = await contexts.CreateDbContextAsync(cancellationToken))
        {
            key = await context.ApiKeys.AsNoTracking().Include(row => row.Tenant).SingleOrDefaultAsync(row => row.Id == keyId, cancellationToken)
                ?? throw new RefusedException($"There is no key \"{keyId}\". \"keys list\" shows them.");
            tenants = key.Tenant is { } tenant ? [(tenant.Number, tenant.Id)] : await TenantsAsync(cancellationToken);
        }
        // With the first record it ends; the others only tell of it.
        await RevokeAsync(tenants[0].Number, tenants[0].Id, Acting.Console, key, cancellationToken);
        foreach (var (number, id) in tenants.Skip(1))
        {
            await entries.AppendAsync(number, id, Acting.Console, "ApiKeyRevoked", AsResource(key), Facts(key), null, cancellationToken);
        }
    }

    /// <summary>Makes a key that takes another's place; the old one works on for a while, so that programs can change over.</summary>
    /// <param name="userId">Who rotates: the maker of the new key.</param>
    /// <param name="tenantSlug">The account.</param>
    /// <param name="keyId">The key to replace.</param>
    /// <param name="overlap">How long both work.</param>
    /// <param name="allowedAddresses">From where the new key may be used; null or empty for anywhere.</param>
    /// <param name="client">From where.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="AccessDeniedException">The person isn't Admin there.</exception>
    /// <exception cref="RefusedException">There is no such key, or it doesn't work any more or was replaced before, or an address is unfit.</exception>
    public async Task<CreatedKey> RotateAsync(
        string userId, string? tenantSlug, string keyId, TimeSpan overlap, string? allowedAddresses, Client client, CancellationToken cancellationToken)
    {
        var admin = await directory.RequireAsync(userId, tenantSlug, Permission.ManageKeys, cancellationToken);
        ApiKey old;
        await using (var context = await contexts.CreateDbContextAsync(cancellationToken))
        {
            old = await FindAsync(context, admin.Tenant, keyId, cancellationToken);
        }
        var now = clock.GetUtcNow();
        var by = Acting.As(admin, client);
        // The new key lives as long as the old one was meant to.
        var key = Make(
            admin.Tenant, by, old.Name, CheckScopes(old.Scopes.Split(' '), by), KeyAddresses.Check(allowedAddresses),
            created => created + (old.ExpiresAt - old.CreatedAt), out var text);
        var oldEnd = old.ExpiresAt < now + overlap ? old.ExpiresAt.Value : WireTime.Truncate(now + overlap);
        await AddAsync(admin.Tenant, admin.TenantId, by, key, (old, oldEnd), cancellationToken);
        return new CreatedKey(key.Id, text);
    }

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
        await RevokeAsync(admin.Tenant, admin.TenantId, Acting.As(admin, client), key, cancellationToken);
    }

    private async Task RevokeAsync(int tenant, Guid tenantId, Acting by, ApiKey key, CancellationToken cancellationToken)
    {
        await entries.AppendAsync(
            tenant, tenantId, by, "ApiKeyRevoked", AsResource(key), Facts(key),
            context =>
            {
                var found = context.ApiKeys.Single(row => row.Id == key.Id);
                if (found.RevokedAt is not null)
                {
                    throw new RefusedException("The key was revoked already.");
                }
                (found.RevokedAt, found.RevokedBy) = (clock.GetUtcNow(), by.Subject);
            },
            cancellationToken);
        keys.Clear();
    }

    private async Task<IReadOnlyList<(int Number, Guid Id)>> TenantsAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var tenants = await context.Tenants.OrderBy(tenant => tenant.Number).Select(tenant => new { tenant.Number, tenant.Id }).ToListAsync(cancellationToken);
        return tenants.Count > 0
            ? tenants.ConvertAll(tenant => (tenant.Number, tenant.Id))
            : throw new RefusedException("There is no tenant yet. Make one: AuditConsole tenants add --slug acme --name \"Acme\"");
    }

    private ApiKey Make(
        int? tenant, Acting by, string name, IReadOnlyList<string> scopes, string? allowedAddresses, Func<DateTimeOffset, DateTimeOffset?> endOf, out string text)
    {
        var now = clock.GetUtcNow();
        name = TenantService.CheckName(name);
        text = ApiKeyText.Create();
        return new ApiKey
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
            ExpiresAt = endOf(now),
            AllowedAddresses = allowedAddresses,
        };
    }

    private async Task AddAsync(
        int tenant, Guid tenantId, Acting by, ApiKey key, (ApiKey Key, DateTimeOffset End)? old, CancellationToken cancellationToken)
    {
        var facts = Facts(key);
        if (old is { } replaced)
        {
            (facts["replaces"], facts["replaced_until"]) = (replaced.Key.Id, WireTime.Format(replaced.End));
        }
        await entries.AppendAsync(
            tenant, tenantId, by, "ApiKeyCreated", AsResource(key), facts,
            context =>
            {
                if (old is { } replaced)
                {
                    var row = context.ApiKeys.Single(row => row.Id == replaced.Key.Id && row.TenantNumber == key.TenantNumber);
                    if (row.RevokedAt is not null || row.ReplacedBy is not null || row.ExpiresAt <= clock.GetUtcNow())
                    {
                        throw new RefusedException("The key doesn't work any more, or was rotated already. Make a new one.");
                    }
                    (row.ReplacedBy, row.ExpiresAt) = (key.Id, replaced.End);
                }
                context.ApiKeys.Add(key);
            },
            cancellationToken);
        keys.Clear();
    }

    private static DateTimeOffset? EndOf(KeyExpiry expiry, DateTimeOffset now) => expiry switch
    {
        KeyExpiry.Days30 => now.AddDays(30),
        KeyExpiry.Days90 => now.AddDays(90),
        KeyExpiry.Year => now.AddYears(1),
        _ => null,
    };

    private static IReadOnlyList<string> CheckScopes(IReadOnlyList<string> scopes, Acting by)
    {
        if (scopes.Count == 0)
        {
            throw new RefusedException($"A key needs a scope: {string.Join(", ", KnownScopes)}.");
        }
        foreach (var scope in scopes)
        {
            if (!KnownScopes.Contains(scope))
            {
                throw new RefusedException($"Keys can't have the scope \"{scope}\". They can have: {string.Join(", ", KnownScopes)}.");
            }
        }
        if (by != Acting.Console && scopes.Any(ReadingKeys.IsReading) && !scopes.All(ReadingKeys.IsReading))
        {
            throw new RefusedException(
                "A key either appends or reads: a reading key ends with its maker's membership, which must not stop a producer. Make two keys.");
        }
        return [.. KnownScopes.Intersect(scopes)];
    }

    internal static Resource AsResource(ApiKey key) => new(EntityType, key.Id, key.Slug, Name: key.Name);

    internal static Dictionary<string, object?> Facts(ApiKey key)
    {
        var facts = new Dictionary<string, object?> { ["name"] = key.Name, ["scopes"] = key.Scopes.Split(' ') };
        if (key.ExpiresAt is { } end)
        {
            facts["expires_at"] = WireTime.Format(end);
        }
        if (key.TenantNumber is null)
        {
            facts["all_tenants"] = true;
        }
        if (key.AllowedAddresses is { } addresses)
        {
            facts["allowed_addresses"] = addresses.Split(' ');
        }
        return facts;
    }

    private static async Task<ApiKey> FindAsync(ConsoleDbContext context, int tenant, string keyId, CancellationToken cancellationToken) =>
        await context.ApiKeys.SingleOrDefaultAsync(key => key.Id == keyId && key.TenantNumber == tenant, cancellationToken)
            ?? throw new RefusedException("There is no such key any more. Look again.");
}
