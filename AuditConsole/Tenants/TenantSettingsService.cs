using System.Collections.Concurrent;
using System.Globalization;
using AuditConsole.Api;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Ingest;
using AuditConsole.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AuditConsole.Tenants;

/// <summary>
/// An account's own settings: whether keys may read its log, how much they may ask, and whether reads are recorded.
/// Read from memory; every change empties it, since one process alone writes.
/// </summary>
public sealed class TenantSettingsService(
    IDbContextFactory<ConsoleDbContext> contexts, IMemberDirectory directory, ServiceEntries entries, SecurityLog log, IOptions<RateLimitOptions> limits)
{
    /// <summary>How many times the service's limit an account may give itself; the command line may give more.</summary>
    public const int MostTimes = 10;

    private readonly Remembered<int, TenantSettings> _known = new();
    private readonly ConcurrentDictionary<string, int> _numbers = new(StringComparer.Ordinal);

    /// <summary>The service's own limits.</summary>
    public RateLimitOptions Service => limits.Value;

    /// <summary>The settings of a tenant.</summary>
    /// <param name="tenant">The tenant's number in the store.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public ValueTask<TenantSettings> OfAsync(int tenant, CancellationToken cancellationToken) => _known.GetAsync(tenant, ReadAsync, cancellationToken);

    /// <summary>The settings of the tenant of that id, slug or external id, or null.</summary>
    public async ValueTask<TenantSettings?> FindAsync(string name, CancellationToken cancellationToken)
    {
        var isId = Guid.TryParse(name, out var id);
        name = isId ? id.ToString() : name;
        // None of the three names ever changes.
        if (!_numbers.TryGetValue(name, out var number))
        {
            await using var context = await contexts.CreateDbContextAsync(cancellationToken);
            if (await context.Tenants.AsNoTracking().FirstOrDefaultAsync(
                row => isId ? row.Id == id : row.Slug == name || row.ExternalId == name, cancellationToken) is not { } row)
            {
                return null;
            }
            _numbers[name] = number = row.Number;
        }
        return await OfAsync(number, cancellationToken);
    }

    /// <summary>The settings, for who may change them.</summary>
    /// <exception cref="AccessDeniedException">The person isn't Admin there.</exception>
    public async Task<TenantSettings> GetAsync(string userId, string? tenantSlug, CancellationToken cancellationToken) =>
        await OfAsync((await AdminAsync(userId, tenantSlug, cancellationToken)).Tenant, cancellationToken);

    /// <summary>Lets keys read the log, or not any more.</summary>
    /// <exception cref="AccessDeniedException">The person isn't Admin there.</exception>
    public async Task SetProgrammaticReadingAsync(string userId, string? tenantSlug, bool on, Client client, CancellationToken cancellationToken)
    {
        var admin = await AdminAsync(userId, tenantSlug, cancellationToken);
        await SetProgrammaticReadingAsync(admin.Tenant, on, Acting.As(admin, client), cancellationToken);
    }

    /// <summary>Lets keys read the log, or not any more.</summary>
    public Task SetProgrammaticReadingAsync(int tenant, bool on, Acting by, CancellationToken cancellationToken) => ChangeAsync(
        tenant, by, on ? "ProgrammaticReadingEnabled" : "ProgrammaticReadingDisabled", settings => settings.ProgrammaticReading == on,
        row => row.ProgrammaticReading = on, cancellationToken);

    /// <summary>Records views and exports of the log in it, or not any more.</summary>
    /// <exception cref="AccessDeniedException">The person isn't Admin there.</exception>
    public async Task SetReadLoggingAsync(string userId, string? tenantSlug, bool on, Client client, CancellationToken cancellationToken)
    {
        var admin = await AdminAsync(userId, tenantSlug, cancellationToken);
        await ChangeAsync(
            admin.Tenant, Acting.As(admin, client), on ? "ReadLoggingEnabled" : "ReadLoggingDisabled", settings => settings.LogsReads == on,
            row => row.LogsReads = on, cancellationToken);
    }

    /// <summary>Gives the account limits of its own.</summary>
    /// <param name="userId">Who decides it.</param>
    /// <param name="tenantSlug">The account.</param>
    /// <param name="reads">Reading requests a minute and key; null for the service's limit.</param>
    /// <param name="writes">Appending requests a minute and key; null for the service's limit.</param>
    /// <param name="client">From where.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="AccessDeniedException">The person isn't Admin there.</exception>
    /// <exception cref="RefusedException">A limit is out of its range.</exception>
    public async Task SetLimitsAsync(string userId, string? tenantSlug, int? reads, int? writes, Client client, CancellationToken cancellationToken)
    {
        var admin = await AdminAsync(userId, tenantSlug, cancellationToken);
        Check("Reading", reads, Service.ReadsPerMinute);
        Check("Appending", writes, Service.WritesPerMinute);
        await SetLimitsAsync(admin.Tenant, reads, writes, cancellationToken);
        log.Write(SecurityEventKinds.SettingsChanged, userId, admin.Tenant, client, string.Create(
            CultureInfo.InvariantCulture, $"rate limits: {reads ?? Service.ReadsPerMinute} reads, {writes ?? Service.WritesPerMinute} writes a minute"));

        static void Check(string what, int? limit, int service)
        {
            if (limit < 1 || limit > (long)service * MostTimes)
            {
                throw new RefusedException(string.Create(CultureInfo.InvariantCulture,
                    $"{what}: give 1 to {(long)service * MostTimes:N0} requests a minute. Who runs this server can give more, by the command tenants set."));
            }
        }
    }

    /// <summary>Gives the account limits of its own, whatever they are.</summary>
    public async Task SetLimitsAsync(int tenant, int? reads, int? writes, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var row = await context.Tenants.SingleAsync(candidate => candidate.Number == tenant, cancellationToken);
        (row.ReadsPerMinute, row.WritesPerMinute) = (reads, writes);
        await context.SaveChangesAsync(cancellationToken);
        _known.Clear();
    }

    private Task<Member> AdminAsync(string userId, string? tenantSlug, CancellationToken cancellationToken) =>
        directory.RequireAsync(userId, tenantSlug, Permission.ManageSettings, cancellationToken);

    private async Task ChangeAsync(
        int tenant, Acting by, string action, Func<TenantSettings, bool> isSo, Action<Tenant> change, CancellationToken cancellationToken)
    {
        var settings = await OfAsync(tenant, cancellationToken);
        if (isSo(settings))
        {
            return;
        }
        await entries.AppendAsync(
            tenant, settings.TenantId, by, action, new Resource("Tenant", settings.TenantId.ToString(), settings.Slug, Name: settings.Name),
            new Dictionary<string, object?>(), context => change(context.Tenants.Single(row => row.Number == tenant)), cancellationToken);
        _known.Clear();
    }

    private async Task<TenantSettings> ReadAsync(int tenant, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return TenantSettings.Of(await context.Tenants.AsNoTracking().SingleAsync(row => row.Number == tenant, cancellationToken));
    }
}
