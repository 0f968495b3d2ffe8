using System.Text.RegularExpressions;
using AuditConsole.Identity;
using AuditConsole.Retention;
using AuditConsole.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.Tenants;

/// <summary>Makes and finds accounts.</summary>
public sealed partial class TenantService(IDbContextFactory<ConsoleDbContext> contexts, TimeProvider clock, IConfiguration configuration)
{
    /// <summary>Makes an account.</summary>
    /// <exception cref="RefusedException">A name is unfit or taken.</exception>
    public async Task<Tenant> AddAsync(string slug, string name, string? externalId, CancellationToken cancellationToken)
    {
        slug = CheckSlug(slug);
        name = CheckName(name);
        if (externalId is not null && !ExternalIdPattern().IsMatch(externalId))
        {
            throw new RefusedException("An external id begins with org_ and has letters, digits, - and _ after it, as org_01ABC.");
        }
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await RefuseTakenAsync(context, slug, externalId, cancellationToken);
        var now = clock.GetUtcNow();
        var tenant = new Tenant
        {
            Id = Guid.CreateVersion7(now),
            Slug = slug,
            Name = name,
            ExternalId = externalId,
            CreatedAt = now,
            AppliedRetention = RetentionPeriod.OfMonths(configuration.GetValue("Retention:Months", 24)).ToString(),
        };
        context.Tenants.Add(tenant);
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException)
        {
            // Somebody was faster: the unique index knows.
            await RefuseTakenAsync(context, slug, externalId, cancellationToken);
            throw;
        }
        return tenant;
    }

    /// <summary>The account of that slug, or null.</summary>
    public async Task<Tenant?> FindAsync(string slug, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.Tenants.AsNoTracking().SingleOrDefaultAsync(tenant => tenant.Slug == slug, cancellationToken);
    }

    /// <summary>The account of that slug.</summary>
    /// <exception cref="RefusedException">There is none.</exception>
    public async Task<Tenant> GetAsync(string slug, CancellationToken cancellationToken) =>
        await FindAsync(slug, cancellationToken) ?? throw new RefusedException($"There is no tenant \"{slug}\".");

    /// <summary>All accounts, by slug.</summary>
    public async Task<IReadOnlyList<Tenant>> ListAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.Tenants.AsNoTracking().OrderBy(tenant => tenant.Slug).ToListAsync(cancellationToken);
    }

    /// <summary>The slug without surrounding blanks.</summary>
    /// <exception cref="RefusedException">It is unfit.</exception>
    public static string CheckSlug(string? slug) => slug?.Trim() is { Length: <= 64 } text && SlugPattern().IsMatch(text)
        ? text
        : throw new RefusedException("A slug has 1 to 64 characters: a–z, 0–9 and single dashes between them, as acme-corp.");

    /// <summary>The name without surrounding blanks.</summary>
    /// <exception cref="RefusedException">It is unfit.</exception>
    public static string CheckName(string? name) => name?.Trim() is { Length: >= 1 and <= 256 } text && !text.Any(char.IsControl)
        ? text
        : throw new RefusedException("A name has 1 to 256 characters.");

    private static async Task RefuseTakenAsync(ConsoleDbContext context, string slug, string? externalId, CancellationToken cancellationToken)
    {
        if (await context.Tenants.AnyAsync(tenant => tenant.Slug == slug, cancellationToken))
        {
            throw new RefusedException($"There is already a tenant \"{slug}\". Choose another slug.");
        }
        if (externalId is not null && await context.Tenants.AnyAsync(tenant => tenant.ExternalId == externalId, cancellationToken))
        {
            throw new RefusedException($"The external id \"{externalId}\" belongs to another tenant.");
        }
    }

    [GeneratedRegex("^[a-z0-9]+(-[a-z0-9]+)*$")]
    private static partial Regex SlugPattern();

    [GeneratedRegex("^org_[A-Za-z0-9_-]{1,250}$")]
    private static partial Regex ExternalIdPattern();
}
