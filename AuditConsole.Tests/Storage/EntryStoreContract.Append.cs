using System.Security.Cryptography;
using System.Text;
using AuditConsole.Core;
using AuditConsole.Storage;
using AuditConsole.Tenants;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.Tests.Storage;

// Idempotency, changes that belong to entries, stopping.
public abstract partial class EntryStoreContract
{
    [Fact]
    public async Task A_repeat_with_the_same_key_and_body_gets_the_first_answer_and_stores_nothing()
    {
        var tenant = await storage.AddTenantAsync();
        var key = Key("k1", "body");
        Assert.Null(await Store.FindAnswerAsync(tenant, key, default));
        var first = await Store.AppendAsync(Idempotent(tenant, key, "first"), default);
        var second = await Store.AppendAsync(Idempotent(tenant, key, "second"), default);
        Assert.Equal((1, null), (first.Entries.Count, first.ReplayedAnswer));
        Assert.Empty(second.Entries);
        Assert.Equal("first", Encoding.UTF8.GetString(second.ReplayedAnswer!));
        Assert.Equal("first", Encoding.UTF8.GetString((await Store.FindAnswerAsync(tenant, key, default))!));
        Assert.Equal(1, (await Store.ReadHeadAsync(tenant, default)).Size);
    }

    [Fact]
    public async Task A_key_with_another_body_is_refused_alone()
    {
        var tenant = await storage.AddTenantAsync();
        await Store.AppendAsync(Idempotent(tenant, Key("k1", "body"), "answer"), default);
        var other = Key("k1", "another body");
        await Assert.ThrowsAsync<IdempotencyKeyReusedException>(() => Store.AppendAsync(Idempotent(tenant, other, "x"), default));
        await Assert.ThrowsAsync<IdempotencyKeyReusedException>(() => Store.FindAnswerAsync(tenant, other, default));
        Assert.Equal(1, (await Store.ReadHeadAsync(tenant, default)).Size);
        // Another route and another tenant have keys of their own.
        await Store.AppendAsync(Idempotent(tenant, other with { Route = "/elsewhere" }, "x"), default);
        await Store.AppendAsync(Idempotent(await storage.AddTenantAsync(), other, "x"), default);
    }

    [Fact]
    public async Task Of_fifty_at_once_with_one_key_one_is_stored()
    {
        var tenant = await storage.AddTenantAsync();
        var key = Key("race", "body");
        var results = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(() => Store.AppendAsync(Idempotent(tenant, key, $"answer {i}"), default))));
        Assert.Single(results, result => result.ReplayedAnswer is null);
        Assert.Single(results.Where(result => result.ReplayedAnswer is not null).Select(result => Encoding.UTF8.GetString(result.ReplayedAnswer!)).Distinct());
        Assert.Equal(1, (await Store.ReadHeadAsync(tenant, default)).Size);
    }

    [Fact]
    public async Task A_key_is_free_again_after_24_hours()
    {
        var tenant = await storage.AddTenantAsync();
        var key = Key("k1", "body");
        await Store.AppendAsync(Idempotent(tenant, key, "first"), default);
        Clock.Advance(TimeSpan.FromHours(24) - TimeSpan.FromMilliseconds(1));
        Assert.NotNull((await Store.AppendAsync(Idempotent(tenant, key, "second"), default)).ReplayedAnswer);
        Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Null(await Store.FindAnswerAsync(tenant, key, default));
        Assert.Null((await Store.AppendAsync(Idempotent(tenant, Key("k1", "new body"), "third"), default)).ReplayedAnswer);
        Clock.Advance(TimeSpan.FromHours(25));
        Assert.True(await Store.RemoveOldAnswersAsync(default) > 0);
        Assert.Equal(0, await Store.RemoveOldAnswersAsync(default));
    }

    [Fact]
    public async Task A_change_and_its_entry_are_stored_together()
    {
        var tenant = await storage.AddTenantAsync();
        await Store.AppendAsync(TestEntries.Request(tenant, TestEntries.Entry()) with { Change = Rename(tenant, "New name") }, default);
        Assert.Equal("New name", await NameAsync(tenant));
        Assert.Equal(1, (await Store.ReadHeadAsync(tenant, default)).Size);
        await Store.AppendAsync(TestEntries.Request(tenant) with { Change = Rename(tenant, "Without an entry") }, default);
        Assert.Equal("Without an entry", await NameAsync(tenant));
        Assert.Equal(1, (await Store.ReadHeadAsync(tenant, default)).Size);
    }

    [Fact]
    public async Task A_change_that_throws_stores_nothing_and_harms_no_other()
    {
        var tenant = await storage.AddTenantAsync();
        var other = await storage.AddTenantAsync();
        var appends = new List<Task>();
        var failing = new List<Task>();
        for (var i = 0; i < 40; i++)
        {
            appends.Add(Store.AppendAsync(TestEntries.Request(tenant, TestEntries.Entry(slug: $"good-{i}")), default));
            failing.Add(Store.AppendAsync(
                TestEntries.Request(tenant, TestEntries.Entry("Lost", slug: $"lost-{i}")) with
                {
                    Change = context =>
                    {
                        Rename(tenant, "Lost")(context);
                        context.SaveChanges();
                        throw new InvalidOperationException("No.");
                    },
                },
                default));
            // A violated constraint fails in the store's own save.
            failing.Add(Store.AppendAsync(
                TestEntries.Request(tenant, TestEntries.Entry("Lost", slug: $"lost-{i}")) with
                {
                    Change = context => context.Set<Tenant>().Single(candidate => candidate.Number == tenant).Slug = $"tenant-{other}",
                },
                default));
            appends.Add(Store.AppendAsync(TestEntries.Request(tenant, TestEntries.Entry(slug: $"lost-{i}")), default));
        }
        await Task.WhenAll(appends);
        for (var i = 0; i < failing.Count; i++)
        {
            var task = failing[i];
            _ = i % 2 == 0 ? await Assert.ThrowsAsync<InvalidOperationException>(() => task) : (Exception)await Assert.ThrowsAsync<DbUpdateException>(() => task);
        }
        Assert.Equal(80, (await Store.ReadHeadAsync(tenant, default)).Size);
        Assert.Equal($"Tenant {tenant}", await NameAsync(tenant));
        Assert.Empty(await ReadAllAsync(TestEntries.Filter(tenant) with { Action = "Lost" }));
        Assert.Equal([new EntryKind("Rule", "RulePublished")], await Store.ListKindsAsync(TestEntries.Scope(tenant), default));
        Assert.Null((await storage.VerifyAsync(tenant)).Fault);
    }

    [Fact]
    public async Task A_change_with_a_key_is_made_once()
    {
        var tenant = await storage.AddTenantAsync();
        var key = Key("change", "body");
        var changes = 0;
        for (var i = 0; i < 3; i++)
        {
            await Store.AppendAsync(Idempotent(tenant, key, "answer") with { Change = _ => changes++ }, default);
        }
        Assert.Equal((1, 1L), (changes, (await Store.ReadHeadAsync(tenant, default)).Size));
    }

    [Fact]
    public async Task People_save_while_producers_write_without_a_pause()
    {
        var tenant = await storage.AddTenantAsync();
        using var stop = new CancellationTokenSource();
        var producers = Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await AppendAsync(tenant, TestEntries.Entry());
            }
        })).ToList();
        for (var i = 0; i < 20; i++)
        {
            await using var context = await storage.Contexts.CreateDbContextAsync();
            var found = await context.Tenants.SingleAsync(candidate => candidate.Number == tenant);
            found.Name = $"Name {i}";
            await context.SaveChangesAsync();
            await context.Tenants.Where(candidate => candidate.Number == tenant).ExecuteUpdateAsync(set => set.SetProperty(candidate => candidate.ExternalId, $"org_{tenant}_{i}"));
            await using var transaction = await context.Database.BeginTransactionAsync();
            found.Name = "Not kept";
            await context.SaveChangesAsync();
            if (i % 2 == 0)
            {
                await transaction.RollbackAsync();
            }
        }
        await stop.CancelAsync();
        await Task.WhenAll(producers);
        Assert.Equal("Name 19", await NameAsync(tenant));
        Assert.Null((await storage.VerifyAsync(tenant)).Fault);
    }

    private static AppendRequest Idempotent(int tenant, IdempotencyKey key, string answer) =>
        TestEntries.Request(tenant, TestEntries.Entry()) with { Idempotency = key, Answer = _ => Encoding.UTF8.GetBytes(answer) };

    private static IdempotencyKey Key(string key, string body) =>
        new("/api/audit-log", key, new EntryHash(SHA256.HashData(Encoding.UTF8.GetBytes(body))));

    private static Action<ConsoleDbContext> Rename(int tenant, string name) =>
        context => context.Set<Tenant>().Single(candidate => candidate.Number == tenant).Name = name;

    private async Task<string> NameAsync(int tenant)
    {
        await using var context = await storage.Contexts.CreateDbContextAsync();
        return (await context.Tenants.SingleAsync(candidate => candidate.Number == tenant)).Name;
    }
}
