using System.Security.Cryptography;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Ingest;
using AuditConsole.Storage;
using AuditConsole.Tenants;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.Signatures;

/// <summary>A row of the signing keys page.</summary>
/// <param name="Id"><c>sgk_…</c>.</param>
/// <param name="Name">For people.</param>
/// <param name="Fingerprint">SHA-256 of the SubjectPublicKeyInfo, hexadecimal.</param>
/// <param name="CreatedAt">When it was registered.</param>
/// <param name="CreatedBy">The e-mail address of who did, their id, or <c>console</c>.</param>
/// <param name="RevokedAt">When it was revoked.</param>
public sealed record SigningKeyRow(string Id, string Name, string Fingerprint, DateTimeOffset CreatedAt, string CreatedBy, DateTimeOffset? RevokedAt);

/// <summary>What the page shows.</summary>
/// <param name="Keys">Newest first.</param>
/// <param name="RequiresSignatures">Whether unsigned entries are refused.</param>
public sealed record SigningKeyList(IReadOnlyList<SigningKeyRow> Keys, bool RequiresSignatures);

/// <summary>Registers and revokes the keys that producers sign with; each act is an entry of the tenant's log.</summary>
public sealed class SigningKeyService(
    IDbContextFactory<ConsoleDbContext> contexts, IMemberDirectory directory, ServiceEntries entries, SigningKeyDirectory keys, TimeProvider clock)
{
    private const string EntityType = "SigningKey";
    private const string P256 = "1.2.840.10045.3.1.7";

    // A tenant with that many has a factory of keys and wants another design.
    private const int MaxKeys = 1000;

    /// <summary>The tenant's keys.</summary>
    /// <exception cref="AccessDeniedException">The person isn't Admin there.</exception>
    public async Task<SigningKeyList> ListAsync(string userId, string? tenantSlug, CancellationToken cancellationToken)
    {
        var admin = await directory.RequireAsync(userId, tenantSlug, Permission.ManageSigningKeys, cancellationToken);
        return new SigningKeyList(await ReadAsync(admin.Tenant, cancellationToken), (await keys.OfAsync(admin.Tenant, cancellationToken)).RequiresSignatures);
    }

    /// <summary>A tenant's keys, as the command line lists them.</summary>
    public Task<IReadOnlyList<SigningKeyRow>> ListFromConsoleAsync(Tenant tenant, CancellationToken cancellationToken) => ReadAsync(tenant.Number, cancellationToken);

    private async Task<IReadOnlyList<SigningKeyRow>> ReadAsync(int tenant, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = await (
            from key in context.SigningKeys.AsNoTracking()
            where key.TenantNumber == tenant
            join user in context.Users on key.CreatedBy equals user.Id into makers
            from maker in makers.DefaultIfEmpty()
            orderby key.CreatedAt descending, key.Id
            select new { key, Maker = maker == null ? key.CreatedBy : maker.Email! }).ToListAsync(cancellationToken);
        return [.. rows.Select(row => new SigningKeyRow(row.key.Id, row.key.Name, Fingerprint(row.key.PublicKey), row.key.CreatedAt, row.Maker, row.key.RevokedAt))];
    }

    /// <summary>The name of a key, for people who see an entry that it signed; null for an unknown one.</summary>
    /// <exception cref="AccessDeniedException">The person is no member there.</exception>
    public async Task<string?> NameOfAsync(string userId, string? tenantSlug, string keyId, CancellationToken cancellationToken)
    {
        var member = await directory.RequireAsync(userId, tenantSlug, Permission.ReadLog, cancellationToken);
        return (await keys.OfAsync(member.Tenant, cancellationToken)).Keys.GetValueOrDefault(keyId)?.Name;
    }

    /// <summary>Registers a key.</summary>
    /// <returns>Its id.</returns>
    /// <exception cref="AccessDeniedException">The person isn't Admin there.</exception>
    /// <exception cref="RefusedException">The name or the key is unfit, or the key is known.</exception>
    public async Task<string> AddAsync(string userId, string? tenantSlug, string name, string pem, Client client, CancellationToken cancellationToken)
    {
        var admin = await directory.RequireAsync(userId, tenantSlug, Permission.ManageSigningKeys, cancellationToken);
        return await AddAsync(admin.Tenant, admin.TenantId, Acting.As(admin, client), name, pem, cancellationToken);
    }

    /// <summary>Registers a key, as the command line does.</summary>
    /// <exception cref="RefusedException">The name or the key is unfit, or the key is known.</exception>
    public Task<string> AddFromConsoleAsync(Tenant tenant, string name, string pem, CancellationToken cancellationToken) =>
        AddAsync(tenant.Number, tenant.Id, Acting.Console, name, pem, cancellationToken);

    /// <summary>Ends a key: nothing more is taken under it. What it signed before still verifies.</summary>
    /// <exception cref="AccessDeniedException">The person isn't Admin there.</exception>
    /// <exception cref="RefusedException">There is no such key, or it was revoked before.</exception>
    public async Task RevokeAsync(string userId, string? tenantSlug, string keyId, Client client, CancellationToken cancellationToken)
    {
        var admin = await directory.RequireAsync(userId, tenantSlug, Permission.ManageSigningKeys, cancellationToken);
        await RevokeAsync(admin.Tenant, admin.TenantId, Acting.As(admin, client), keyId, cancellationToken);
    }

    /// <summary>Ends a key, as the command line does.</summary>
    /// <exception cref="RefusedException">There is no such key, or it was revoked before.</exception>
    public Task RevokeFromConsoleAsync(Tenant tenant, string keyId, CancellationToken cancellationToken) =>
        RevokeAsync(tenant.Number, tenant.Id, Acting.Console, keyId, cancellationToken);

    private async Task RevokeAsync(int tenant, Guid tenantId, Acting by, string keyId, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var key = await context.SigningKeys.AsNoTracking().SingleOrDefaultAsync(row => row.Id == keyId && row.TenantNumber == tenant, cancellationToken)
            ?? throw new RefusedException($"There is no signing key {keyId} in this account. Look again.");
        await entries.AppendAsync(
            tenant, tenantId, by, "SigningKeyRevoked", new Resource(EntityType, key.Id, key.Name, Name: key.Name), Facts(key),
            changed =>
            {
                var found = changed.SigningKeys.Single(row => row.Id == keyId && row.TenantNumber == tenant);
                if (found.RevokedAt is not null)
                {
                    throw new RefusedException("The key was revoked already.");
                }
                (found.RevokedAt, found.RevokedBy) = (clock.GetUtcNow(), by.Subject);
            },
            cancellationToken);
        keys.Clear();
    }

    /// <summary>Says whether unsigned entries are refused.</summary>
    /// <exception cref="AccessDeniedException">The person isn't Admin there.</exception>
    /// <exception cref="RefusedException">It is so already, or there is no key to sign with.</exception>
    public async Task RequireAsync(string userId, string? tenantSlug, bool required, Client client, CancellationToken cancellationToken)
    {
        var admin = await directory.RequireAsync(userId, tenantSlug, Permission.ManageSigningKeys, cancellationToken);
        await entries.AppendAsync(
            admin.Tenant, admin.TenantId, Acting.As(admin, client), "SignatureRequirementChanged",
            new Resource("Tenant", admin.TenantId.ToString(), admin.TenantSlug, Name: admin.TenantName),
            new Dictionary<string, object?> { ["required"] = required },
            context =>
            {
                if (required && !context.SigningKeys.Any(key => key.TenantNumber == admin.Tenant && key.RevokedAt == null))
                {
                    throw new RefusedException("Register a signing key first: without one, every entry would be refused.");
                }
                var policy = context.SigningPolicies.Find(admin.Tenant);
                if ((policy?.RequiresSignatures ?? false) == required)
                {
                    throw new RefusedException("It is so already. Look again.");
                }
                if (policy is null)
                {
                    context.SigningPolicies.Add(new SigningPolicy { TenantNumber = admin.Tenant, RequiresSignatures = required });
                }
                else
                {
                    policy.RequiresSignatures = required;
                }
            },
            cancellationToken);
        keys.Clear();
    }

    private async Task<string> AddAsync(int tenant, Guid tenantId, Acting by, string name, string pem, CancellationToken cancellationToken)
    {
        var key = new SigningKey
        {
            Id = RandomText.NewSigningKeyId(),
            TenantNumber = tenant,
            Name = TenantService.CheckName(name),
            PublicKey = ReadPublicKey(pem),
            CreatedAt = clock.GetUtcNow(),
            CreatedBy = by.Subject,
        };
        await entries.AppendAsync(
            tenant, tenantId, by, "SigningKeyRegistered", new Resource(EntityType, key.Id, key.Name, Name: key.Name), Facts(key),
            context =>
            {
                if (context.SigningKeys.FirstOrDefault(row => row.TenantNumber == tenant && row.PublicKey == key.PublicKey) is { } known)
                {
                    throw new RefusedException($"This key is registered already, as {known.Id}{(known.RevokedAt is null ? "" : ", and was revoked: make another one")}.");
                }
                if (context.SigningKeys.Count(row => row.TenantNumber == tenant) >= MaxKeys)
                {
                    throw new RefusedException($"The account has {MaxKeys:N0} signing keys, which are the most.");
                }
                context.SigningKeys.Add(key);
            },
            cancellationToken);
        keys.Clear();
        return key.Id;
    }

    /// <summary>The SubjectPublicKeyInfo of a P-256 key in PEM.</summary>
    private static byte[] ReadPublicKey(string pem)
    {
        if (pem.Contains("PRIVATE KEY", StringComparison.Ordinal))
        {
            throw new RefusedException("That is a private key. It belongs to the program that signs and to nobody else: give the public one, openssl ec -in key.pem -pubout.");
        }
        try
        {
            using var key = ECDsa.Create();
            key.ImportFromPem(pem);
            if (key.ExportParameters(false).Curve.Oid.Value == P256)
            {
                return key.ExportSubjectPublicKeyInfo();
            }
        }
        catch (Exception fault) when (fault is ArgumentException or CryptographicException)
        {
            // As below.
        }
        throw new RefusedException("That is no P-256 public key in PEM form (-----BEGIN PUBLIC KEY-----). Make one: openssl ecparam -name prime256v1 -genkey -noout -out key.pem; openssl ec -in key.pem -pubout");
    }

    private static string Fingerprint(byte[] publicKey) => Convert.ToHexStringLower(SHA256.HashData(publicKey));

    // The key itself too: whoever has the log can verify what it signed.
    private static Dictionary<string, object?> Facts(SigningKey key) => new()
    {
        ["name"] = key.Name,
        ["fingerprint"] = Fingerprint(key.PublicKey),
        ["public_key"] = Convert.ToBase64String(key.PublicKey),
    };
}
