using AuditConsole.ApiKeys;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Retention;
using AuditConsole.Storage;
using AuditConsole.Tenants;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.Demo;

/// <summary>Fills an empty database with the demo's accounts, people, keys and logs, before the server takes requests.</summary>
internal sealed class DemoSeeder(
    DemoWorlds worlds, DemoClock clock, IDbContextFactory<ConsoleDbContext> contexts, IEntryStore store, IPasswordHasher<User> hasher) : IHostedService
{
    /// <summary>Whom the sign-in link signs in: Admin of acme, Viewer of globex.</summary>
    public const string AdminId = "usr_admin";

    // Below what the writer's queue holds, so that appends enter the chain in the order in which they are called.
    private const int AppendsInFlight = 1900;

    private static readonly TimeSpan Together = TimeSpan.FromSeconds(4);

    private readonly List<User> _people = [];
    private readonly List<Membership> _memberships = [];

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var ((acmeLog, acmeEntries), (globexLog, globexEntries), start) = await worlds.Ready;
        // One password that nobody knows for all: people come in by the link, and can be sent one to set their own.
        var password = hasher.HashPassword(new User(), RandomText.NewSecret());
        var (acme, globex) = (NewTenant("acme", "Acme", start), NewTenant("globex", "Globex", start));
        var admin = NewUser(AdminId, "admin@acme.example");
        Join(acme, admin, Role.Admin);
        Join(acme, NewUser("usr_auditor", "auditor@acme.example"), Role.Auditor);
        Join(acme, NewUser("usr_viewer", "viewer@acme.example"), Role.Viewer);
        AddPeople(acme, acmeLog, "acme.example");
        Join(globex, admin, Role.Viewer);
        AddPeople(globex, globexLog, "globex.example");

        await using (var context = await contexts.CreateDbContextAsync(cancellationToken))
        {
            context.ChangeTracker.AutoDetectChangesEnabled = false;
            context.Tenants.AddRange(acme, globex);
            context.Users.AddRange(_people);
            context.Memberships.AddRange(_memberships);
            context.ApiKeys.AddRange(acmeLog.Keys.Select(key => NewKey(acme, key)));
            context.ApiKeys.AddRange(globexLog.Keys.Select(key => NewKey(globex, key)));
            await context.SaveChangesAsync(cancellationToken);
        }
        await AppendAsync(acme, acmeLog, acmeEntries, cancellationToken);
        await AppendAsync(globex, globexLog, globexEntries, cancellationToken);
        clock.Stop();

        User NewUser(string id, string email)
        {
            var user = new User
            {
                Id = id,
                UserName = email,
                NormalizedUserName = email.ToUpperInvariant(),
                Email = email,
                NormalizedEmail = email.ToUpperInvariant(),
                EmailConfirmed = true,
                LockoutEnabled = true,
                SecurityStamp = RandomText.NewSecret(),
                PasswordHash = password,
                CreatedAt = start,
            };
            _people.Add(user);
            return user;
        }

        void AddPeople(Tenant tenant, DemoWorld log, string domain)
        {
            foreach (var (person, index) in log.People.Select((person, index) => (person, index)))
            {
                var user = NewUser(person.Id, $"{person.Name!.ToLowerInvariant().Replace(' ', '.')}@{domain}");
                Join(tenant, user, index < 4 ? Role.Admin : index < 8 ? Role.Auditor : Role.Viewer);
            }
        }

        void Join(Tenant tenant, User user, Role role) =>
            _memberships.Add(new Membership { Tenant = tenant, User = user, UserId = user.Id, Role = role, AddedAt = start });
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task AppendAsync(Tenant tenant, DemoWorld log, PreparedEntry[] prepared, CancellationToken cancellationToken)
    {
        var waiting = new Queue<Task>(AppendsInFlight);
        for (var start = 0; start < prepared.Length;)
        {
            var end = EndOfRequest(log, prepared, start);
            if (waiting.Count == AppendsInFlight)
            {
                await waiting.Dequeue();
            }
            cancellationToken.ThrowIfCancellationRequested();
            // It takes a moment from a producer's clock to the service's.
            clock.Enqueue(prepared[end - 1].Content.OccurredAt!.Value.AddMilliseconds(20 + start * 7919 % 180));
            waiting.Enqueue(store.AppendAsync(
                new AppendRequest { Tenant = tenant.Number, TenantId = tenant.Id, RecordedBy = log.RecordedBy(prepared[start].Content), Entries = prepared[start..end] },
                cancellationToken));
            start = end;
        }
        await Task.WhenAll(waiting);
    }

    // A producer sends what happens within seconds as one request.
    private static int EndOfRequest(DemoWorld log, PreparedEntry[] prepared, int start)
    {
        var (by, until) = (log.RecordedBy(prepared[start].Content), prepared[start].Content.OccurredAt + Together);
        var end = start + 1;
        while (end < prepared.Length && prepared[end].Content.OccurredAt <= until && log.RecordedBy(prepared[end].Content) == by)
        {
            end++;
        }
        return end;
    }

    private static Tenant NewTenant(string slug, string name, DateTimeOffset start) => new()
    {
        Id = Guid.CreateVersion7(start),
        Slug = slug,
        Name = name,
        CreatedAt = start,
        AppliedRetention = RetentionPeriod.OfMonths(24).ToString(),
    };

    private static ApiKey NewKey(Tenant tenant, DemoKey key)
    {
        var text = ApiKeyText.Create();
        return new ApiKey
        {
            Id = key.Id,
            Tenant = tenant,
            Name = key.Name,
            Slug = key.Name,
            Hash = ApiKeyText.Hash(text),
            Hint = ApiKeyText.Hint(text),
            Scopes = ApiKeyPolicies.EventsWriteScope,
            CreatedAt = key.CreatedAt,
            CreatedBy = key.CreatedBy,
            ExpiresAt = key.ExpiresAt,
            LastUsedAt = key.LastUsedAt,
            RevokedAt = key.RevokedAt,
            RevokedBy = key.RevokedBy,
        };
    }
}

/// <summary>The logs of the demo's accounts, made while the application is being built and the database migrated.</summary>
internal sealed class DemoWorlds(int entries, int seed, DateTimeOffset now)
{
    /// <summary>The logs with their entries hashed, and their beginning: two days within the retention.</summary>
    public Task<((DemoWorld, PreparedEntry[]) Acme, (DemoWorld, PreparedEntry[]) Globex, DateTimeOffset Start)> Ready { get; } = Task.Run(() =>
    {
        var start = now.AddMonths(-24).AddDays(2);
        return (Make(DemoWorld.Acme(entries), seed), Make(DemoWorld.Globex, seed + 1), start);

        (DemoWorld, PreparedEntry[]) Make(DemoScale scale, int ownSeed)
        {
            var world = DemoWorld.Make(scale, ownSeed, now, start);
            return (world, [.. world.Entries.AsParallel().AsOrdered().Select(PreparedEntry.From)]);
        }
    });
}
