using System.Text;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Retention;
using AuditConsole.Storage;
using AuditConsole.Tests.Storage;
using AuditConsole.Withholding;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Withholding;

/// <summary>Details are destroyed wherever the store keeps them; heads stay, and stay proved.</summary>
public sealed class WithholdTests(TestStorage storage) : IClassFixture<TestStorage>
{
    private const string Address = "198.51.100.231";

    private IEntryStore Store => storage.Store;

    [Fact]
    public async Task A_withheld_entry_keeps_its_head_and_says_who_withheld_it_and_why()
    {
        var tenant = await storage.AddTenantAsync();
        await Store.AppendAsync(TestEntries.Request(tenant, TestEntries.Entry(slug: "before"), Secret(0), TestEntries.Entry(slug: "after")), default);
        var before = (await Store.FindAsync(TestEntries.Scope(tenant), 2, default))!;
        storage.Clock.Now = storage.Clock.Now.AddMinutes(1);

        await storage.WithholdAsync(tenant, "Leaked token, ticket 17", 2);

        var entry = (await Store.FindAsync(TestEntries.Scope(tenant), 2, default))!;
        Assert.Equal(
            new WithheldDetails(
                HashChain.HashDetails(before.Salt, EntryText.Details(before.Content)), WireTime.Truncate(storage.Clock.Now), "usr_admin", "admin@example.com",
                "Leaked token, ticket 17", 4),
            entry.Withheld);
        Assert.Equal((before.Id, before.Leaf, before.Hash, before.PreviousHash, before.OccurredAt), (entry.Id, entry.Leaf, entry.Hash, entry.PreviousHash, entry.OccurredAt));
        Assert.Equal(
            before.Content with { Actor = before.Content.Actor with { Name = null }, Target = before.Content.Target with { Name = null }, Ip = null, Reasoning = null, Metadata = CanonicalObject.Empty, Targets = [] },
            entry.Content);
        var record = (await Store.FindAsync(TestEntries.Scope(tenant), 4, default))!;
        Assert.Equal(("EntryWithheld", "Entry", entry.Id.ToString(), "2"), (record.Content.Action, record.Content.Target.Type, record.Content.Target.Id, record.Content.Target.Slug));
        Assert.Equal(new Actor("user", "usr_admin", "admin@example.com"), record.Content.Actor);
        Assert.Equal(
            $$"""{"details_hash":"{{entry.Withheld!.DetailsHash}}","entry_id":"{{entry.Id}}","reason":"Leaked token, ticket 17","sequence":2}""", record.Content.Metadata.ToString());
        var result = await storage.VerifyAsync(tenant);
        Assert.Equal((null, 4, 1), (result.Fault, result.Entries, result.Withheld));
        // Found by what stays, not by what went.
        Assert.Equal(0, await Store.CountAsync(TestEntries.Filter(tenant) with { Target = "further-MARKER-00000" }, long.MaxValue, default));
        Assert.Equal(1, await Store.CountAsync(TestEntries.Filter(tenant) with { Target = "id-of-secret-0" }, long.MaxValue, default));
        Assert.Equal(1, await Store.CountAsync(TestEntries.Filter(tenant) with { Slug = "secret-0" }, long.MaxValue, default));
        Assert.Equal(0, await Store.CountAsync(TestEntries.Filter(tenant) with { Ip = Address }, long.MaxValue, default));
    }

    [Fact]
    public async Task Nothing_of_withheld_details_is_left_in_the_files()
    {
        await using var own = await TestStorage.StartAsync();
        var tenant = await own.AddTenantAsync();
        var neighbour = await own.AddTenantAsync();
        var random = new Random(5);
        for (var i = 0; i < 40; i++)
        {
            await own.Store.AppendAsync(TestEntries.Request(tenant, [.. Enumerable.Range(0, 25).Select(j => Secret(i * 25 + j, random.Next(5) == 0 ? 12_000 : random.Next(900)))]), default);
            await own.Store.AppendAsync(TestEntries.Request(neighbour, TestEntries.Entry(ip: $"10.9.{i}.1")), default);
        }
        var entries = (await own.ReadAllAsync(TestEntries.Filter(tenant))).OrderBy(_ => random.Next()).Take(300).ToList();
        var salts = entries.ToDictionary(entry => entry.Sequence, entry => entry.Salt.ToArray());
        var some = entries[..100].Select(entry => entry.Sequence).ToArray();
        Assert.Equal(100, Found(own, some, salts).Count);

        // One after the other and together: neighbours move between pages as their rows shrink.
        foreach (var sequence in some[..20])
        {
            await own.WithholdAsync(tenant, "erasure", sequence);
            Assert.Empty(Found(own, [sequence], salts));
        }
        await own.WithholdAsync(tenant, "erasure", some[20..]);
        Assert.Empty(Found(own, some, salts));

        var rest = entries[100..].Select(entry => entry.Sequence).ToArray();
        await own.WithholdAsync(tenant, "erasure", rest);
        Assert.Empty(Found(own, [.. some, .. rest], salts));
        Assert.Equal((true, 300), (await own.VerifyAsync(tenant) is { Holds: var holds, Withheld: var withheld } ? (holds, (int)withheld) : default));
        Assert.True((await own.VerifyAsync(neighbour)).Holds);
        Assert.Equal(0, own.QueryRaw($"SELECT names_left FROM chain WHERE tenant = {tenant}"));
    }

    [Fact]
    public async Task An_address_that_only_withheld_details_held_is_gone_and_one_in_use_stays()
    {
        await using var own = await TestStorage.StartAsync();
        var tenant = await own.AddTenantAsync();
        await own.Store.AppendAsync(TestEntries.Request(tenant,
            TestEntries.Entry(ip: Address), TestEntries.Entry(ip: "198.51.100.77"), TestEntries.Entry(ip: "198.51.100.77"), TestEntries.Entry(ip: "198.51.100.5", actor: "198.51.100.5")), default);
        await own.WithholdAsync(tenant, "erasure", 1, 2, 4);
        Assert.Equal((0, true, true), (Occurrences(own, Encoding.UTF8.GetBytes(Address)), Occurrences(own, "198.51.100.77"u8) > 0, Occurrences(own, "198.51.100.5"u8) > 0));
        Assert.Equal([3L], (await own.ReadAllAsync(TestEntries.Filter(tenant) with { Ip = "198.51.100.77" })).Select(entry => entry.Sequence));
        await own.Store.AppendAsync(TestEntries.Request(tenant, TestEntries.Entry(ip: Address)), default);
        Assert.Equal(1, await own.Store.CountAsync(TestEntries.Filter(tenant) with { Ip = Address }, long.MaxValue, default));
        Assert.True((await own.VerifyAsync(tenant)).Holds);
    }

    [Fact]
    public async Task A_kill_after_the_commit_leaves_it_done_and_the_next_purge_removes_the_remains()
    {
        await using var own = await TestStorage.StartAsync();
        var tenant = await own.AddTenantAsync();
        await own.Store.AppendAsync(TestEntries.Request(tenant, TestEntries.Entry(), Secret(7, 3000)), default);
        var salts = new Dictionary<long, byte[]> { [2] = (await own.Store.FindAsync(TestEntries.Scope(tenant), 2, default))!.Salt.ToArray() };
        // The transaction alone, as if the process had ended behind it.
        await own.Writer.AppendAsync(await own.WithholdRequestAsync(tenant, "erasure", 2), default);
        await own.RestartAsync();
        Assert.NotNull((await own.Store.FindAsync(TestEntries.Scope(tenant), 2, default))!.Withheld);
        Assert.Equal(2, own.QueryRaw($"SELECT names_left FROM chain WHERE tenant = {tenant}"));
        await own.Services.GetRequiredService<PurgeService>().PurgeAsync(default);
        Assert.Equal(0, own.QueryRaw($"SELECT names_left FROM chain WHERE tenant = {tenant}"));
        Assert.Empty(Found(own, [2], salts));
        Assert.Equal(0, Occurrences(own, "198.51.100.7"u8));
        Assert.True((await own.VerifyAsync(tenant)).Holds);
    }

    [Fact]
    public async Task All_of_a_request_is_withheld_and_recorded_or_nothing()
    {
        var tenant = await storage.AddTenantAsync();
        await Store.AppendAsync(TestEntries.Request(tenant, Secret(1), Secret(2), Secret(3)), default);
        var request = await storage.WithholdRequestAsync(tenant, "erasure", 1, 2);
        var wrong = request with { Withholds = [request.Withholds[0], request.Withholds[1] with { DetailsHash = request.Withholds[0].DetailsHash }] };
        Assert.Equal(2, (await Assert.ThrowsAsync<NotWithholdableException>(() => Store.WithholdAsync([wrong], default))).Sequence);
        Assert.Equal((3, 0), ((await Store.ReadHeadAsync(tenant, default)).Size, storage.QueryRaw($"SELECT count(*) FROM withheld WHERE tenant = {tenant}")));
        Assert.Null((await Store.FindAsync(TestEntries.Scope(tenant), 1, default))!.Withheld);
        await Store.WithholdAsync([request], default);
        var again = await Assert.ThrowsAsync<NotWithholdableException>(() => Store.WithholdAsync([request], default));
        Assert.Contains("withheld already", again.Message);
        await Assert.ThrowsAsync<NotWithholdableException>(() => Store.WithholdAsync([request with { Withholds = [request.Withholds[0] with { Sequence = 99 }] }], default));
        // A later request that is refused leaves the earlier one done.
        var third = await storage.WithholdRequestAsync(tenant, "erasure", 3);
        await Assert.ThrowsAsync<NotWithholdableException>(() => Store.WithholdAsync([third, request], default));
        Assert.NotNull((await Store.FindAsync(TestEntries.Scope(tenant), 3, default))!.Withheld);
        Assert.Equal(0, storage.QueryRaw($"SELECT names_left FROM chain WHERE tenant = {tenant}"));
        var result = await storage.VerifyAsync(tenant);
        Assert.Equal((null, 6, 3), (result.Fault, result.Entries, result.Withheld));
    }

    [Fact]
    public async Task A_withheld_entry_is_purged_like_any_other()
    {
        var tenant = await storage.AddTenantAsync();
        var cutoff = WireTime.Truncate(storage.Clock.Now.AddDays(-100));
        await Store.AppendAsync(TestEntries.Request(tenant, Secret(1) with { OccurredAt = cutoff.AddDays(1) }, Secret(2) with { OccurredAt = cutoff.AddDays(-1) }, Secret(3)), default);
        await storage.WithholdAsync(tenant, "erasure", 1, 2);
        Assert.Equal(1, (await Store.PurgeAsync(tenant, cutoff, default)).Count);
        Assert.Equal(1, storage.QueryRaw($"SELECT count(*) FROM withheld WHERE tenant = {tenant}"));
        var result = await storage.VerifyAsync(tenant);
        Assert.Equal((null, 4, 1, 1), (result.Fault, result.Entries, result.Withheld, result.Purged));
    }

    [Theory]
    [InlineData("UPDATE entry SET salt = x'', details = '', ip = NULL WHERE tenant = {0} AND sequence = 1")]
    [InlineData("INSERT INTO withheld VALUES ({0}, 1, zeroblob(32), 0, 'x', NULL, 'x', 77); UPDATE entry SET salt = x'', details = '', ip = NULL WHERE tenant = {0} AND sequence = 1")]
    [InlineData("INSERT INTO withheld VALUES ({0}, 1, zeroblob(32), 0, 'x', NULL, 'x', 3); UPDATE entry SET salt = x'', details = '{{}}', ip = NULL WHERE tenant = {0} AND sequence = 1")]
    [InlineData("INSERT INTO withheld VALUES ({0}, 1, zeroblob(32), 0, 'x', NULL, 'x', 3); UPDATE entry SET salt = x'', details = '', ip = NULL, action = entity_type WHERE tenant = {0} AND sequence = 1")]
    [InlineData("INSERT INTO withheld VALUES ({0}, 1, zeroblob(32), 0, 'x', NULL, 'x', 3); UPDATE entry SET salt = x'', details = '', ip = NULL, correlation_id = 'x' WHERE tenant = {0} AND sequence = 1")]
    [InlineData("INSERT INTO withheld VALUES ({0}, 1, zeroblob(32), 0, 'x', NULL, 'x', 3); UPDATE entry SET salt = x'', details = '' WHERE tenant = {0} AND sequence = 1")]
    [InlineData("INSERT INTO hold (Id, TenantNumber, Name, Reason, PlacedAt, PlacedBy, Slug) VALUES ('hold-{0}', {0}, 'x', 'x', 0, 'x', 'secret-1'); INSERT INTO withheld VALUES ({0}, 1, zeroblob(32), 0, 'x', NULL, 'x', 3); UPDATE entry SET salt = x'', details = '', ip = NULL WHERE tenant = {0} AND sequence = 1")]
    [InlineData("UPDATE entry SET salt = zeroblob(16), details = '{{}}' WHERE tenant = {0} AND sequence = 2")]
    [InlineData("UPDATE withheld SET reason = 'x' WHERE tenant = {0}")]
    [InlineData("DELETE FROM withheld WHERE tenant = {0}")]
    [InlineData("INSERT OR REPLACE INTO withheld SELECT tenant, sequence, details_hash, at, by, by_name, 'x', record FROM withheld WHERE tenant = {0}")]
    public async Task The_store_lets_no_other_change_through(string sql)
    {
        var tenant = await storage.AddTenantAsync();
        await Store.AppendAsync(TestEntries.Request(tenant, Secret(1), Secret(2)), default);
        await storage.WithholdAsync(tenant, "erasure", 2);
        Assert.Throws<SqliteException>(() => storage.ExecuteRaw(string.Format(System.Globalization.CultureInfo.InvariantCulture, sql, tenant)));
        storage.ExecuteRaw($"DELETE FROM withheld WHERE tenant = {tenant} AND sequence = 99; DELETE FROM hold WHERE TenantNumber = {tenant}");
        Assert.Equal((null, 1), (await storage.VerifyAsync(tenant) is var result ? (result.Fault, (int)result.Withheld) : default));
    }

    [Theory]
    [InlineData("UPDATE withheld SET details_hash = zeroblob(32)", 2, "The entry was changed")]
    [InlineData("UPDATE withheld SET details_hash = x'00'", 2, "can't be read")]
    [InlineData("DELETE FROM withheld", 2, "can't be read")]
    [InlineData("UPDATE withheld SET record = 1", 2, "#1 doesn't record that")]
    [InlineData("UPDATE withheld SET record = 9", 2, "no entry records that")]
    [InlineData("UPDATE withheld SET reason = 'other'", 2, "#3 records something else")]
    [InlineData("UPDATE withheld SET by = 'usr_9'", 2, "#3 records something else")]
    [InlineData("UPDATE withheld SET by_name = NULL", 2, "#3 records something else")]
    [InlineData("UPDATE withheld SET at = at + 1", 2, "#3 records something else")]
    [InlineData("INSERT INTO withheld SELECT tenant, 3, details_hash, at, by, by_name, reason, record FROM withheld; UPDATE entry SET salt = x'', details = '', ip = NULL WHERE sequence = 3", 2, "those of entry #3, which records that")]
    [InlineData("UPDATE entry SET details = '{}' WHERE sequence = 2", 2, "still holds details")]
    [InlineData("UPDATE entry SET ip = action WHERE sequence = 2", 2, "still holds details")]
    [InlineData("UPDATE entry SET action = entity_type WHERE sequence = 2", 2, "The entry was changed")]
    [InlineData("INSERT INTO withheld SELECT tenant, 1, details_hash, at, by, by_name, reason, record FROM withheld; UPDATE entry SET salt = x'', details = '', ip = NULL WHERE sequence = 1", 1, "The entry was changed")]
    public async Task A_change_of_what_stays_is_named(string sql, long sequence, string reason)
    {
        await using var own = await TestStorage.StartAsync();
        var tenant = await own.AddTenantAsync();
        await own.Store.AppendAsync(TestEntries.Request(tenant, Secret(1), Secret(2)), default);
        await own.WithholdAsync(tenant, "erasure", 2);
        own.ExecuteRaw("DROP TRIGGER entry_is_never_updated; DROP TRIGGER withheld_is_never_updated; DROP TRIGGER withheld_leaves_with_its_entry;" + sql);
        var fault = (await own.VerifyAsync(tenant)).Fault;
        Assert.Equal(sequence, fault?.Sequence);
        Assert.Contains(reason, fault?.Reason);
    }

    private static NewEntry Secret(int i, int length = 10) => TestEntries.Entry(
        slug: $"secret-{i}", ip: $"198.51.100.{i % 250}", metadata: new { token = $"MARKER-{i:d5}-{new string('y', length)}" }) with
    {
        Actor = new Actor("user", "usr_1", $"name-MARKER-{i:d5}"),
        Reasoning = $"reasoning-MARKER-{i:d5}",
        Targets = [new Resource("Rule", $"further-MARKER-{i:d5}", $"slug-of-MARKER-{i:d5}-{new string('z', i % 3 * 40)}"), new Resource("Rule", "shared", "no-eval")],
    };

    /// <summary>The sequences of which a salt or a marker is still in a file.</summary>
    private static List<long> Found(TestStorage storage, long[] sequences, Dictionary<long, byte[]> salts)
    {
        var files = Directory.GetFiles(storage.Directory, "audit-console.db*").Select(file =>
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var memory = new MemoryStream();
            stream.CopyTo(memory);
            return memory.ToArray();
        }).ToList();
        return [.. sequences.Where(sequence => files.Any(file =>
            file.AsSpan().IndexOf(salts[sequence]) >= 0 || file.AsSpan().IndexOf(Encoding.UTF8.GetBytes($"MARKER-{sequence - 1:d5}")) >= 0))];
    }

    private static int Occurrences(TestStorage storage, ReadOnlySpan<byte> bytes)
    {
        var count = 0;
        foreach (var file in Directory.GetFiles(storage.Directory, "audit-console.db*"))
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var memory = new MemoryStream();
            stream.CopyTo(memory);
            var rest = memory.GetBuffer().AsSpan(0, (int)memory.Length);
            for (var at = rest.IndexOf(bytes); at >= 0; at = rest.IndexOf(bytes))
            {
                count++;
                rest = rest[(at + 1)..];
            }
        }
        return count;
    }
}
