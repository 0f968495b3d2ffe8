using System.Security.Cryptography;
using System.Text;
using AuditConsole.ApiKeys;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Ingest;
using AuditConsole.Storage;
using AuditConsole.Tenants;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AuditConsole.Portal;

/// <summary>Makes portal links and uses them up.</summary>
public sealed class PortalService(
    IDbContextFactory<ConsoleDbContext> contexts, ServiceEntries entries, SecurityLog log, ApiKeyDirectory keys, IOptions<PortalOptions> options, TimeProvider clock) : IDisposable
{
    /// <summary>How long a link can be used.</summary>
    public static readonly TimeSpan LinkLifetime = TimeSpan.FromMinutes(5);

    /// <summary>How long it opens the log.</summary>
    public static readonly TimeSpan SessionLifetime = TimeSpan.FromHours(1);

    // What was used or has expired is of no more use than to say who came by it.
    private static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    private const int MaxUrl = 2000;
    private const string KeyPrefix = "key:";

    // One at a time: of two who use the same link, one comes first.
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>Makes a link; it is recorded in the tenant's log.</summary>
    /// <param name="tenant">Whose log it opens.</param>
    /// <param name="by">The key that asks.</param>
    /// <param name="intent">What it opens.</param>
    /// <param name="returnUrl">Where the portal leads back to.</param>
    /// <param name="successUrl">Where it leads once a stream is set up; of no use to a log that is only read.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The secret of the link; it can't be had again.</returns>
    /// <exception cref="RefusedException">An address is none, or of an origin that isn't listed.</exception>
    public async Task<string> CreateAsync(
        TenantSettings tenant, Acting by, PortalIntent intent, string? returnUrl, string? successUrl, CancellationToken cancellationToken)
    {
        Check("return_url", returnUrl);
        Check("success_url", successUrl);
        var secret = RandomText.NewSecret();
        var now = WireTime.Truncate(clock.GetUtcNow());
        var link = new PortalLink
        {
            Id = PortalSession.IdPrefix + RandomText.NewSecret()[..16],
            TenantNumber = tenant.Tenant,
            Hash = Hash(secret),
            CreatedAt = now,
            CreatedBy = by.Subject,
            ExpiresAt = now + LinkLifetime,
            Intent = intent,
            ReturnUrl = returnUrl,
            SuccessUrl = intent == PortalIntent.LogStreams ? successUrl : null,
        };
        var facts = new Dictionary<string, object?> { ["intent"] = intent == PortalIntent.LogStreams ? "log_streams" : "audit_logs", ["expires_at"] = WireTime.Format(link.ExpiresAt) };
        if (returnUrl is not null)
        {
            facts["return_origin"] = PortalOptions.OriginOf(returnUrl);
        }
        await entries.AppendAsync(
            tenant.Tenant, tenant.TenantId, by, "PortalLinkCreated", new Resource("PortalLink", link.Id), facts,
            context =>
            {
                var old = now - Kept;
                context.PortalLinks.RemoveRange(context.PortalLinks.Where(row => row.CreatedAt < old));
                context.PortalLinks.Add(link);
            },
            cancellationToken);
        return secret;
    }

    /// <summary>The link, with its tenant, while it opens something; else null. Looking uses nothing up.</summary>
    public async Task<PortalLink?> FindAsync(string? secret, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await FindAsync(context.PortalLinks.AsNoTracking().Include(link => link.Tenant), secret, cancellationToken);
    }

    /// <summary>Uses a link up.</summary>
    /// <returns>The link with its tenant, or null where it opens nothing any more.</returns>
    public async Task<PortalLink?> UseAsync(string? secret, Client client, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await using var context = await contexts.CreateDbContextAsync(cancellationToken);
            if (await FindAsync(context.PortalLinks.Include(row => row.Tenant), secret, cancellationToken) is not { } link)
            {
                log.Write(SecurityEventKinds.PortalDenied, null, null, client);
                return null;
            }
            link.UsedAt = clock.GetUtcNow();
            link.SessionUntil = link.UsedAt + SessionLifetime;
            await context.SaveChangesAsync(cancellationToken);
            log.Write(SecurityEventKinds.PortalOpened, link.Id, link.TenantNumber, client, $"made by {link.CreatedBy}");
            return link;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private async Task<PortalLink?> FindAsync(IQueryable<PortalLink> links, string? secret, CancellationToken cancellationToken)
    {
        if (secret is not { Length: RandomText.SecretLength })
        {
            return null;
        }
        var hash = Hash(secret);
        var now = clock.GetUtcNow();
        if (await links.SingleOrDefaultAsync(link => link.Hash == hash && link.UsedAt == null && link.ExpiresAt > now, cancellationToken) is not { } link)
        {
            return null;
        }
        // What was true when the link was made may be no more: the key is revoked, the account has stopped programs from letting others read.
        return link.Tenant!.ProgrammaticReading && (!link.CreatedBy.StartsWith(KeyPrefix, StringComparison.Ordinal)
            || await keys.FindByIdAsync(link.CreatedBy[KeyPrefix.Length..], cancellationToken) is { RevokedAt: null } key && !(key.ExpiresAt <= now)) ? link : null;
    }

    private void Check(string name, string? url)
    {
        if (url is null)
        {
            return;
        }
        if (url.Length > MaxUrl || PortalOptions.OriginOf(url) is not { } origin)
        {
            throw new RefusedException($"{name} must be an address as https://app.example.com/settings, of up to {MaxUrl:N0} characters.");
        }
        if (!options.Value.Allows(url))
        {
            throw new RefusedException(
                $"{name} leads to {origin}, which is not one of the origins that a portal may lead to. Who runs this server can add it to {PortalOptions.Section}:{nameof(PortalOptions.ReturnOrigins)}.");
        }
    }

    private static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
