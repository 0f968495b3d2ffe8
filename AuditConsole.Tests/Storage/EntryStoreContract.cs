using AuditConsole.Core;
using AuditConsole.Storage;

namespace AuditConsole.Tests.Storage;

/// <summary>What every store of entries keeps to. Each provider derives from it.</summary>
public abstract partial class EntryStoreContract(TestStorage storage)
{
    protected TestStorage Storage => storage;

    protected IEntryStore Store => storage.Store;

    protected FakeClock Clock => storage.Clock;

    [Fact]
    public async Task Entries_enter_the_chain_in_the_order_of_the_request()
    {
        var tenant = await storage.AddTenantAsync();
        var first = await AppendAsync(tenant, TestEntries.Entry("RuleCreated"), TestEntries.Entry("RuleEdited"));
        var second = await AppendAsync(tenant, TestEntries.Entry("RulePublished"));
        Assert.Equal([1L, 2L], first.Select(entry => entry.Sequence));
        Assert.Equal([3L], second.Select(entry => entry.Sequence));
        var page = await ReadAllAsync(TestEntries.Filter(tenant));
        Assert.Equal(["RulePublished", "RuleEdited", "RuleCreated"], page.Select(entry => entry.Content.Action));
        var head = ChainHead.Empty;
        foreach (var entry in page.Reverse())
        {
            Assert.Equal(head.Hash, entry.PreviousHash);
            head = head.Append(entry.Leaf);
            Assert.Equal(head.Hash, entry.Hash);
        }
        Assert.Equal(head, await Store.ReadHeadAsync(tenant, default));
        Assert.Equal([.. first.Concat(second).Select(entry => entry.Id)], page.Reverse().Select(entry => entry.Id));
        Assert.All(page, entry => Assert.Equal(7, entry.Id.Version));
    }

    [Fact]
    public async Task What_is_read_is_what_was_appended()
    {
        var tenant = await storage.AddTenantAsync();
        var entry = new NewEntry
        {
            OccurredAt = WireTime.Truncate(Clock.Now.AddDays(-3)),
            Actor = new Actor("api_key", "key_7", "acme-web-ci", CanonicalObject.From(new { team = "Web" })),
            Action = "ProfilePublished",
            Target = new Resource("Profile", "prf_12", "backend-standards", "1.5.0", "Backend", CanonicalObject.From(new { a = 1 })),
            Targets = [new Resource("Rule", "rul_1", "no-eval", "2.0.0", "No eval"), new Resource("Rule", "rul_2")],
            EngineVersion = "3.2.0",
            Ip = System.Net.IPAddress.Parse("2001:db8::7"),
            Location = "",
            UserAgent = "acme-cli/3.2.0",
            Reasoning = "because",
            SchemaVersion = 3,
            CorrelationId = "build 7",
            Metadata = CanonicalObject.From(new { rules = new[] { 1, 2 }, text = Hostile.Text }),
        };
        await AppendAsync(tenant, entry);
        var read = Assert.Single(await ReadAllAsync(TestEntries.Filter(tenant)));
        Assert.Equal(entry with { Targets = read.Content.Targets }, read.Content);
        Assert.Equal(entry.Targets, read.Content.Targets);
        Assert.Equal((TestEntries.IdOf(tenant), "key:key_1", WireTime.Truncate(Clock.Now)), (read.TenantId, read.RecordedBy, read.RecordedAt));
        Assert.Equivalent(read, await Store.FindAsync(TestEntries.Scope(tenant), 1, default));
    }

    [Fact]
    public async Task Hostile_text_comes_back_and_the_chain_holds()
    {
        var tenant = await storage.AddTenantAsync();
        var entries = Hostile.Texts.Select(text => TestEntries.Entry(text, text, text, text, metadata: new { text }) with
        {
            EngineVersion = text,
            CorrelationId = text,
            Reasoning = text,
        }).ToArray();
        await AppendAsync(tenant, entries);
        var read = await ReadAllAsync(TestEntries.Filter(tenant));
        Assert.Equal(entries.Select(entry => (entry.Action, entry.Target, entry.CorrelationId, entry.Reasoning, entry.Metadata)),
            read.Reverse().Select(entry => (entry.Content.Action, entry.Content.Target, entry.Content.CorrelationId, entry.Content.Reasoning, entry.Content.Metadata)));
        foreach (var text in Hostile.Texts)
        {
            Assert.Single(await ReadAllAsync(TestEntries.Filter(tenant) with { Slug = text }));
        }
        Assert.Null((await storage.VerifyAsync(tenant)).Fault);
    }

    [Fact]
    public async Task A_text_that_has_no_canonical_form_fails_alone()
    {
        var tenant = await storage.AddTenantAsync();
        var good = Enumerable.Range(0, 20).Select(_ => Store.AppendAsync(TestEntries.Request(tenant, TestEntries.Entry()), default)).ToList();
        var bad = Store.AppendAsync(TestEntries.Request(tenant, TestEntries.Entry(), TestEntries.Entry()) with { RecordedBy = "half \ud800" }, default);
        await Assert.ThrowsAsync<CanonicalJsonException>(() => bad);
        // What an entry itself says is refused before it gets to a store.
        Assert.Throws<CanonicalJsonException>(() => TestEntries.Request(tenant, TestEntries.Entry(slug: "half \ud800")));
        await Task.WhenAll(good);
        Assert.Equal(20, (await Store.ReadHeadAsync(tenant, default)).Size);
        Assert.Null((await storage.VerifyAsync(tenant)).Fault);
    }

    [Fact]
    public async Task Recorded_times_never_go_back_when_the_clock_does()
    {
        var tenant = await storage.AddTenantAsync();
        var start = Clock.Now;
        await AppendAsync(tenant, TestEntries.Entry());
        Clock.Advance(TimeSpan.FromHours(-1));
        await AppendAsync(tenant, TestEntries.Entry());
        Clock.Now = start.AddSeconds(1);
        await AppendAsync(tenant, TestEntries.Entry());
        var read = await ReadAllAsync(TestEntries.Filter(tenant));
        Assert.Equal(
            new[] { start.AddSeconds(1), start, start }.Select(WireTime.Truncate),
            read.OrderByDescending(entry => entry.Sequence).Select(entry => entry.RecordedAt));
        Assert.All(read, entry => Assert.Equal(entry.RecordedAt, entry.OccurredAt));
    }

    [Fact]
    public async Task Tenants_that_write_at_once_have_chains_of_their_own()
    {
        int[] tenants = [await storage.AddTenantAsync(), await storage.AddTenantAsync()];
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i =>
            Store.AppendAsync(TestEntries.Request(tenants[i % 2], TestEntries.Entry(slug: $"rule-{i}"), TestEntries.Entry(slug: "shared")), default)));
        foreach (var tenant in tenants)
        {
            var read = await ReadAllAsync(TestEntries.Filter(tenant));
            Assert.Equal(Enumerable.Range(1, 200).Select(i => (long)i), read.Reverse().Select(entry => entry.Sequence));
            Assert.All(read, entry => Assert.Equal(TestEntries.IdOf(tenant), entry.TenantId));
            Assert.Equal(100, await Store.CountAsync(TestEntries.Filter(tenant) with { Slug = "shared" }, 200, default));
            Assert.Null((await storage.VerifyAsync(tenant)).Fault);
        }
        Assert.Empty(await ReadAllAsync(TestEntries.Filter(tenants[0]) with { Slug = "rule-1" }));
    }

    [Fact]
    public async Task Kinds_are_those_of_readable_entries_in_order()
    {
        var tenant = await storage.AddTenantAsync();
        var old = Clock.Now.AddDays(-10);
        await AppendAsync(tenant,
            TestEntries.Entry("RuleEdited", "Rule"), TestEntries.Entry("RuleEdited", "Rule"), TestEntries.Entry("RuleCreated", "Rule"),
            TestEntries.Entry("ApiKeyCreated", "ApiKey"), TestEntries.Entry("ProfileCreated", "Profile", occurredAt: old));
        EntryKind[] recent = [new("ApiKey", "ApiKeyCreated"), new("Rule", "RuleCreated"), new("Rule", "RuleEdited")];
        Assert.Equal(recent, await Store.ListKindsAsync(TestEntries.Scope(tenant, old.AddDays(1)), default));
        Assert.Equal(4, (await Store.ListKindsAsync(TestEntries.Scope(tenant), default)).Count);
    }

    [Fact]
    public async Task An_expired_entry_cannot_be_read_in_any_way()
    {
        var tenant = await storage.AddTenantAsync();
        var old = WireTime.Truncate(Clock.Now.AddDays(-10));
        await AppendAsync(tenant, TestEntries.Entry("RuleCreated", occurredAt: old), TestEntries.Entry());
        foreach (var (expiredBefore, readable) in new[] { (old, 2), (old.AddMilliseconds(1), 1) })
        {
            var filter = TestEntries.Filter(tenant, expiredBefore) with { From = old.AddDays(-100) };
            Assert.Equal(readable, (await Store.ReadPageAsync(filter, new PageRequest(10), default)).Entries.Count);
            Assert.Equal(readable, (await Store.ReadPageAsync(filter, new PageRequest(10, NewerThan: new(old.AddDays(-1), 0)), default)).Entries.Count);
            Assert.Equal(readable, await Store.CountAsync(filter, 2, default));
            Assert.Equal(readable, (await ReadAllAsync(filter)).Count);
            Assert.Equal(readable == 2, await Store.FindAsync(filter.Scope, 1, default) is not null);
            Assert.Equal(readable, (await Store.ListKindsAsync(filter.Scope, default)).Count);
        }
    }

    protected async Task<IReadOnlyList<AppendedEntry>> AppendAsync(int tenant, params NewEntry[] entries) =>
        (await Store.AppendAsync(TestEntries.Request(tenant, entries), default)).Entries;

    protected async Task<IReadOnlyList<AuditEntry>> ReadAllAsync(EntryFilter filter, long snapshot = long.MaxValue, int limit = int.MaxValue)
    {
        var entries = new List<AuditEntry>();
        await foreach (var entry in Store.ReadAsync(filter, snapshot, limit, default))
        {
            entries.Add(entry);
        }
        return entries;
    }
}

/// <summary>Texts that break careless code.</summary>
public static class Hostile
{
    public const string Text = "'; DROP TABLE entry; --\u2028\u202e\ufeff\u007f\U0001F4A9\"\\\n\t\u0001=1+1";

    public static readonly string[] Texts =
    [
        Text, "%_*?[a-z]", "null", "NULL", "x'00'", "e\u0301", "é", "ﬃ", "I", "ı", "\ud83d\ude00", "\u200bzero", " trailing ", "\ufffe\uffff", "a\r\nb",
        string.Concat(Enumerable.Repeat("\U0001D11E", 256)),
    ];
}
