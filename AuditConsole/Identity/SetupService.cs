using System.Security.Cryptography;
using System.Text;
using AuditConsole.Storage;
using AuditConsole.Tenants;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.Identity;

/// <summary>
/// The first start: while nobody has an account here, a link printed to the console makes the first Admin and tenant.
/// Its token is in memory alone, is good for an hour and once.
/// </summary>
public sealed class SetupService(
    IDbContextFactory<ConsoleDbContext> contexts, TenantService tenants, MemberService members, SecurityLog log, TimeProvider clock)
{
    /// <summary>How long the link is good.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private readonly SemaphoreSlim _one = new(1);
    private byte[]? _hash;
    private DateTimeOffset _until;

    /// <summary>Makes the token, or null if somebody has an account already. A token that was made before ends.</summary>
    public async Task<string?> CreateTokenAsync(CancellationToken cancellationToken)
    {
        if (await IsDoneAsync(cancellationToken))
        {
            return null;
        }
        var token = RandomText.NewSecret();
        await _one.WaitAsync(cancellationToken);
        try
        {
            (_hash, _until) = (Hash(token), clock.GetUtcNow() + Lifetime);
        }
        finally
        {
            _one.Release();
        }
        return token;
    }

    /// <summary>Why the token is of no use, or null.</summary>
    public async Task<string?> FindRefusalAsync(string? token, CancellationToken cancellationToken)
    {
        if (await IsDoneAsync(cancellationToken))
        {
            return "Setup was done already. Sign in, or ask an Admin to add you.";
        }
        var good = _hash is { } hash && clock.GetUtcNow() < _until && CryptographicOperations.FixedTimeEquals(hash, Hash(token ?? ""));
        return good ? null : "This setup link is wrong or has expired. Restart the server: it prints a new one.";
    }

    /// <summary>Makes the first tenant and Admin. Of two at once one wins and the other is told.</summary>
    /// <exception cref="RefusedException">The link is of no use, or a field unfit.</exception>
    public async Task<User> RunAsync(
        string? token, string? name, string? slug, string? email, string? password, Client client, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            if (await FindRefusalAsync(token, cancellationToken) is { } refusal)
            {
                throw new RefusedException(refusal);
            }
            // Everything that can be refused is refused before the first write.
            (name, slug, email) = (TenantService.CheckName(name), TenantService.CheckSlug(slug), EmailAddress.Check(email));
            if (PasswordRule.FindRefusal(password, email) is { } unfit)
            {
                throw new RefusedException(unfit);
            }
            // The script way (`tenants add`) may have made the tenant without its people.
            var tenant = await tenants.FindAsync(slug, cancellationToken) ?? await tenants.AddAsync(slug, name, null, cancellationToken);
            var added = await members.AddAsync(
                tenant.Number, tenant.Id, user => Acting.As(user.Id, email, client), email, Role.Admin, password, cancellationToken);
            _hash = null;
            log.Write(SecurityEventKinds.PasswordSet, added.UserId, tenant.Number, client, "setup");
            await using var context = await contexts.CreateDbContextAsync(cancellationToken);
            return await context.Users.AsNoTracking().SingleAsync(user => user.Id == added.UserId, cancellationToken);
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task<bool> IsDoneAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.Users.AnyAsync(cancellationToken);
    }

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}

/// <summary>Prints the setup link once the server listens.</summary>
internal sealed class SetupLinkPrinter(SetupService setup, IServer server) : IHostedLifecycleService
{
    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        if (await setup.CreateTokenAsync(cancellationToken) is not { } token)
        {
            return;
        }
        var address = server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? "http://127.0.0.1:5080";
        // Standard output and not the log: logs are collected, and whoever reads the link becomes Admin.
        await Console.Out.WriteLineAsync($"""

            Nobody has an account here yet. Make the first Admin with this link (once, within an hour):
              {InsecureHttp.Reachable(address)}/setup?token={token}

            """);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
