using System.Text;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Retention;
using AuditConsole.Storage;
using AuditConsole.Storage.Sqlite;
using AuditConsole.Tests.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Retention;

public sealed class PurgeTests(TestStorage storage) : IClassFixture<TestStorage>
{
    private IEntryStore Store => storage.Store;

    [Theory]
    [InlineData("prefix", new[] { 1, 2, 3 }, 3)]
    [InlineData("middle", new[] { 4, 5, 9 }, 0)]
    [InlineData("prefix and middle", new[] { 1, 2, 5 }, 2)]
    [InlineData("everything", new[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 }, 10)]
    [InlineData("nothing", new int[0], 0)]
    public async Task Purge_keeps_the_chain_verifiable(string where, int[] expired, long size)
    {
        var tenant = await storage.AddTenantAsync();
        var cutoff = WireTime.Truncate(storage.Clock.Now.AddDays(-100));
        var appended = (await Store.AppendAsync(
            TestEntries.Request(tenant, [.. Enumerable.Range(1, 10).Select(i => TestEntries.Entry(slug: $"{where}-{i}", occurredAt: expired.Contains(i) ? cutoff.AddMilliseconds(-i) : cutoff.AddMilliseconds(i % 2)))]),
            default)).Entries;
        var before = await ReadAllAsync(tenant);
        var found = await Store.FindExpiredAsync(tenant, cutoff, default);
        var purged = await Store.PurgeAsync(tenant, cutoff, default);
        Assert.Equal(expired.Length, purged.Count);
        Assert.Equal(expired.Select(i => (long)i), purged.Ranges.SelectMany(range => Enumerable.Range((int)range.First, (int)(range.Last - range.First + 1))).Select(i => (long)i));
        Assert.Equal(found.Ranges, purged.Ranges);
        // What stays is as it was, the link before it included.
        Assert.Equal(before.Where(entry => !expired.Contains((int)entry.Sequence)).Select(entry => (entry.Sequence, entry.PreviousHash, entry.Hash)),
            (await ReadAllAsync(tenant)).Select(entry => (entry.Sequence, entry.PreviousHash, entry.Hash)));
        var start = await Store.ReadBaseAsync(tenant, default);
        Assert.Equal(size, start.Head.Size);
        Assert.Equal(size == 0 ? EntryHash.Zero : appended[(int)size - 1].Hash, start.Head.Hash);
        Assert.Equal(size, start.Frontier.Size);
        var result = await storage.VerifyAsync(tenant);
        Assert.Equal((null, 10 - expired.Length, expired.Length - size), (result.Fault, result.Entries, result.Purged));
        // A second purge finds nothing; the chain goes on.
        Assert.Equal(0, (await Store.PurgeAsync(tenant, cutoff, default)).Count);
        Assert.Equal(11, (await Store.AppendAsync(TestEntries.Request(tenant, TestEntries.Entry()), default)).Entries[0].Sequence);
        Assert.True((await storage.VerifyAsync(tenant)).Holds);
    }

    [Fact]
    public async Task The_frontier_after_a_purge_is_that_of_all_leaves()
    {
        var tenant = await storage.AddTenantAsync();
        var cutoff = WireTime.Truncate(storage.Clock.Now.AddDays(-100));
        // The first stays until the second purge, so that leaves wait behind it.
        await Store.AppendAsync(TestEntries.Request(tenant, [.. Enumerable.Range(1, 1200).Select(i => TestEntries.Entry(occurredAt: cutoff.AddMilliseconds(i == 1 ? 1 : -i)))]), default);
        var whole = new MerkleFrontier();
        foreach (var entry in (await ReadAllAsync(tenant)).OrderBy(entry => entry.Sequence))
        {
            whole.Append(entry.Leaf);
        }
        Assert.Equal([new SequenceRange(2, 1200)], (await Store.PurgeAsync(tenant, cutoff, default)).Ranges);
        Assert.Equal(0, (await Store.ReadBaseAsync(tenant, default)).Head.Size);
        Assert.Equal(1199, (await storage.VerifyAsync(tenant)).Purged);
        Assert.Equal(1, (await Store.PurgeAsync(tenant, cutoff.AddDays(1), default)).Count);
        var start = await Store.ReadBaseAsync(tenant, default);
        Assert.Equal((1200L, whole.Root()), (start.Head.Size, start.Frontier.Root()));
        Assert.Equal(0, storage.QueryRaw($"SELECT count(*) FROM purged_leaf WHERE tenant = {tenant}"));
        Assert.True((await storage.VerifyAsync(tenant)).Holds);
    }

    [Fact]
    public async Task Nothing_of_a_purged_entry_is_left_in_the_files()
    {
        await using var own = await TestStorage.StartAsync();
        var tenant = await own.AddTenantAsync();
        var neighbour = await own.AddTenantAsync();
        var cutoff = WireTime.Truncate(own.Clock.Now.AddDays(-100));
        NewEntry Marked(int i) => TestEntries.Entry($"Action-MARKER{i % 3}", "Type-MARKER", $"slug-MARKER-{i}", $"actor-MARKER-{i}", cutoff.AddDays(-1), "198.51.100.77", new { text = $"payload-MARKER-{i}", large = new string('x', i % 50 * 400) }) with
        {
            EngineVersion = "engine-MARKER",
            CorrelationId = "correlation-MARKER",
            Reasoning = "reasoning-MARKER",
            Targets = [new Resource("Type", $"target-MARKER-{i}", "kept-by-use")],
        };
        for (var i = 0; i < 30; i++)
        {
            await own.Store.AppendAsync(TestEntries.Request(tenant, [.. Enumerable.Range(0, 50).Select(j => Marked(i * 50 + j)), TestEntries.Entry(slug: "kept-by-use"), TestEntries.Entry(occurredAt: cutoff.AddDays(-1), slug: "kept-by-use")]), default);
            await own.Store.AppendAsync(TestEntries.Request(neighbour, TestEntries.Entry()), default);
        }
        Assert.True(Occurrences(own, "MARKER") > 1000);
        var size = Directory.GetFiles(own.Directory, "audit-console.db*").Sum(file => new FileInfo(file).Length);
        Assert.Equal(1530, (await own.Store.PurgeAsync(tenant, cutoff, default)).Count);
        Assert.Equal(0, Occurrences(own, "MARKER"));
        Assert.Equal(0, Occurrences(own, "198.51.100.77"));
        Assert.True(Occurrences(own, "kept-by-use") > 0);
        Assert.True(new FileInfo(own.DatabaseFile).Length < size / 2);
        Assert.Equal(0, own.QueryRaw("PRAGMA freelist_count"));
        Assert.Equal([new EntryKind("Rule", "RulePublished")], await own.Store.ListKindsAsync(TestEntries.Scope(tenant), default));
        Assert.Equal(1, own.QueryRaw($"SELECT count(*) FROM entry_kind WHERE tenant = {tenant}"));
        Assert.Equal(0, own.QueryRaw("SELECT count(*) FROM client_address"));
        Assert.Equal(0, own.QueryRaw($"SELECT count(*) FROM entry_target WHERE target_tenant = {tenant} AND target_sequence NOT IN (SELECT sequence FROM entry WHERE tenant = {tenant})"));
        Assert.Equal(30, await own.Store.CountAsync(TestEntries.Filter(tenant) with { Target = "kept-by-use" }, long.MaxValue, default));
        // Names come back with new ids, in this process and after a restart.
        await own.Store.AppendAsync(TestEntries.Request(tenant, Marked(1) with { OccurredAt = null }), default);
        Assert.Single((await own.Store.ReadPageAsync(TestEntries.Filter(tenant) with { Slug = "slug-MARKER-1", Ip = "198.51.100.77" }, new PageRequest(10), default)).Entries);
        await own.RestartAsync();
        Assert.True((await own.VerifyAsync(tenant)).Holds);
        Assert.True((await own.VerifyAsync(neighbour)).Holds);
    }

    [Fact]
    public async Task A_purge_that_was_broken_off_is_completed_by_the_next()
    {
        await using var own = await TestStorage.StartAsync();
        var tenant = await own.AddTenantAsync();
        var cutoff = WireTime.Truncate(own.Clock.Now.AddDays(-100));
        await own.Store.AppendAsync(TestEntries.Request(tenant, TestEntries.Entry(slug: "MARKER", occurredAt: cutoff.AddDays(-1))), default);
        // The process ended right after the deletion.
        await own.Writer.RunAsync(inTransaction: true, session => session.Purge(tenant, cutoff.ToUnixTimeMilliseconds(), ExpiredRow.Read(tenant, [1], session.Prepare), 500), default);
        await own.RestartAsync();
        Assert.True(Occurrences(own, "MARKER") > 0);
        Assert.Equal(0, (await own.Store.PurgeAsync(tenant, cutoff, default)).Count);
        Assert.Equal(0, Occurrences(own, "MARKER"));
    }

    [Fact]
    public async Task What_comes_under_a_hold_between_reading_and_deleting_stays()
    {
        await using var own = await TestStorage.StartAsync();
        var tenant = await own.AddTenantAsync();
        var cutoff = WireTime.Truncate(own.Clock.Now.AddDays(-100));
        await own.Store.AppendAsync(
            TestEntries.Request(tenant, [.. Enumerable.Range(1, 9).Select(i => TestEntries.Entry(slug: i == 3 ? "held" : "free", occurredAt: i == 7 ? cutoff : cutoff.AddMilliseconds(-1)))]), default);
        var batch = await own.Writer.RunRepeatableAsync(
            inTransaction: true,
            session =>
            {
                var rows = ExpiredRow.Read(tenant, [1, 2, 3, 4, 5, 7, 8, 77], session.Prepare);
                Assert.Equal([1, 2, 3, 4, 5, 7, 8], rows.Select(row => row.Sequence));
                SqlitePragmas.Execute(
                    session.Connection, $"INSERT INTO hold (Id, TenantNumber, Name, Reason, PlacedAt, PlacedBy, Slug) VALUES ('late', {tenant}, 'x', 'x', 0, 'x', 'held')");
                return session.Purge(tenant, cutoff.ToUnixTimeMilliseconds(), rows, 500);
            },
            default);
        Assert.Equal([1, 2, 4, 5, 8], batch.Deleted);
        Assert.Equal([3, 6, 7, 9], (await Task.WhenAll(Enumerable.Range(1, 9).Select(i => own.Store.FindAsync(TestEntries.Scope(tenant), i, default)))).OfType<AuditEntry>().Select(entry => entry.Sequence));
        Assert.Equal(4, await own.Store.CountAsync(TestEntries.Filter(tenant), long.MaxValue, default));
        Assert.Equal(0, (await own.Store.PurgeAsync(tenant, cutoff.AddMilliseconds(-1), default)).Count);
        Assert.True((await own.VerifyAsync(tenant)).Holds);
    }

    [Fact]
    public async Task Only_what_would_be_done_again_may_commit_before_it_is_on_disk()
    {
        await using var own = await TestStorage.StartAsync();
        var (full, normal) = (2L, 1L);
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(normal, await own.Writer.RunRepeatableAsync(inTransaction: true, Level, default));
            Assert.Equal(full, await own.Writer.RunAsync(inTransaction: true, Level, default));
            Assert.Equal(normal, await own.Writer.RunRepeatableAsync(inTransaction: false, Level, default));
            var level = 0L;
            await own.Store.AppendAsync(TestEntries.Request(await own.AddTenantAsync(), TestEntries.Entry()) with { Change = context => level = LevelOf(context) }, default);
            Assert.Equal(full, level);
        }

        static long Level(WriterSession session)
        {
            using var command = session.Connection.CreateCommand();
            command.CommandText = "PRAGMA synchronous";
            return (long)command.ExecuteScalar()!;
        }

        static long LevelOf(ConsoleDbContext context)
        {
            using var command = context.Database.GetDbConnection().CreateCommand();
            command.CommandText = "PRAGMA synchronous";
            return (long)command.ExecuteScalar()!;
        }
    }

    [Fact]
    public async Task A_reader_in_the_way_of_emptying_the_log_is_not_waited_for()
    {
        await using var own = await TestStorage.StartAsync();
        var tenant = await own.AddTenantAsync();
        using (var reader = own.OpenRaw())
        {
            SqlitePragmas.Execute(reader, "BEGIN; SELECT count(*) FROM entry;");
            for (var i = 0; i < 3; i++)
            {
                await own.Store.AppendAsync(TestEntries.Request(tenant, TestEntries.Entry()), default);
                Assert.False(await own.Writer.RunAsync(inTransaction: false, session => session.EmptyLog(), default).WaitAsync(TimeSpan.FromSeconds(15)));
            }
        }
        Assert.True(await own.Writer.RunAsync(inTransaction: false, session => session.EmptyLog(), default));
        Assert.Equal(0, new FileInfo(own.DatabaseFile + "-wal").Length);
    }

    [Fact]
    public async Task What_was_known_of_names_before_a_purge_removed_some_is_not_believed()
    {
        await using var own = await TestStorage.StartAsync();
        var tenant = await own.AddTenantAsync();
        var cutoff = WireTime.Truncate(own.Clock.Now.AddDays(-100));
        await own.Store.AppendAsync(TestEntries.Request(tenant, TestEntries.Entry(slug: "gone", occurredAt: cutoff.AddDays(-1))), default);
        await own.Store.PurgeAsync(tenant, cutoff, default);
        var request = TestEntries.Request(tenant, TestEntries.Entry(slug: "gone", ip: "198.51.100.9"));
        var old = new FoundWords(Version: 0, RecordedBy: 900, [new EntryWords(901, 902, 903, 904, 905, 906, 907, 908, 909)]);

        await own.Writer.RunAsync(inTransaction: true, session => session.Append(request, old, out _), default);

        var entry = Assert.Single((await own.Store.ReadPageAsync(TestEntries.Filter(tenant) with { Slug = "gone", Ip = "198.51.100.9" }, new PageRequest(10), default)).Entries);
        Assert.Equal((request.RecordedBy, request.Entries[0].Content.Action, request.Entries[0].Content.Target), (entry.RecordedBy, entry.Content.Action, entry.Content.Target));
        Assert.True((await own.VerifyAsync(tenant)).Holds);
    }

    [Fact]
    public async Task Others_write_while_a_purge_runs()
    {
        var tenant = await storage.AddTenantAsync();
        var cutoff = WireTime.Truncate(storage.Clock.Now.AddDays(-100));
        for (var i = 0; i < 5; i++)
        {
            await Store.AppendAsync(TestEntries.Request(tenant, [.. Enumerable.Range(0, 1000).Select(j => TestEntries.Entry(slug: $"old-{i}-{j}", occurredAt: cutoff.AddSeconds(j % 3 == 0 ? 1 : -j - 1)))]), default);
        }
        using var stop = new CancellationTokenSource();
        var during = 0;
        var writers = Enumerable.Range(0, 8).Select(w => Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                // Half of them late: expired on arrival, with names that the purge is about to remove.
                await Store.AppendAsync(TestEntries.Request(tenant, TestEntries.Entry(slug: $"old-0-{i % 50}"), TestEntries.Entry(slug: $"late-{w}-{i}", occurredAt: cutoff.AddDays(-1))), default);
                Interlocked.Increment(ref during);
            }
        })).ToList();
        while (Volatile.Read(ref during) < 100)
        {
            await Task.Yield();
        }
        var at = Volatile.Read(ref during);
        var purged = 0L;
        for (var run = 0; run < 3; run++)
        {
            purged += (await Store.PurgeAsync(tenant, cutoff, default)).Count;
            Assert.True((await storage.VerifyAsync(tenant)).Holds);
        }
        Assert.True(Volatile.Read(ref during) > at);
        await stop.CancelAsync();
        await Task.WhenAll(writers);
        purged += (await Store.PurgeAsync(tenant, cutoff, default)).Count;
        Assert.Equal(5 * 666 + during, purged);
        var result = await storage.VerifyAsync(tenant);
        Assert.Equal((null, 5 * 334 + during), (result.Fault, result.Entries));
        Assert.Equal(0, (await Store.FindExpiredAsync(tenant, cutoff, default)).Count);
        var left = await ReadAllAsync(tenant);
        Assert.Equal(left.Count, await Store.CountAsync(TestEntries.Filter(tenant), long.MaxValue, default));
        Assert.DoesNotContain(left, entry => entry.Content.Target.ShownSlug.StartsWith("late-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_purge_of_all_tenants_is_previewed_and_recorded()
    {
        await using var own = await TestStorage.StartAsync();
        var (tenant, untouched) = (await own.AddTenantAsync(), await own.AddTenantAsync());
        var cutoff = WireTime.Truncate(own.Clock.Now.AddMonths(-24));
        await own.Store.AppendAsync(TestEntries.Request(tenant, [.. Enumerable.Range(1, 6).Select(i => TestEntries.Entry(occurredAt: cutoff.AddMilliseconds(i is 2 or 3 or 5 ? -1 : 0)))]), default);
        await own.Store.AppendAsync(TestEntries.Request(untouched, TestEntries.Entry()), default);
        var root = await RootAsync(own, tenant);
        var purges = own.Services.GetRequiredService<PurgeService>();
        var preview = await purges.PreviewAsync(default);
        Assert.Equal(6, (await own.Store.ReadHeadAsync(tenant, default)).Size);
        var report = await purges.PurgeAsync(default);
        Assert.Equivalent(preview, report);
        Assert.Equal(3, report.Count);
        var only = Assert.Single(report.Tenants);
        Assert.Equal((tenant, $"tenant-{tenant}", cutoff), (only.Tenant, only.Slug, only.Before));
        var entry = (await own.Store.FindAsync(TestEntries.Scope(tenant), 7, default))!;
        Assert.Equal(("AuditLogPurged", Actor.Service, "console", "Tenant", $"tenant-{tenant}"),
            (entry.Content.Action, entry.Content.Actor, entry.RecordedBy, entry.Content.Target.Type, entry.Content.Target.Slug));
        Assert.Equal(
            $$$"""{"before":"{{{WireTime.Format(cutoff)}}}","count":3,"ranges":[{"first":2,"last":3},{"first":5,"last":5}],"ranges_complete":true,"total":{"count":3,"digest":"{{{DigestOf("2-3\n5-5\n")}}}","ranges":[{"first":2,"last":3},{"first":5,"last":5}],"ranges_complete":true},"tree":{"root":"{{{root}}}","size":6}}""",
            entry.Content.Metadata.ToString());
        Assert.Empty((await purges.PurgeAsync(default)).Tenants);
        Assert.Equal(7, (await own.Store.ReadHeadAsync(tenant, default)).Size);
        Assert.Equal(1, (await own.Store.ReadHeadAsync(untouched, default)).Size);
    }

    [Fact]
    public async Task A_purge_that_a_kill_broke_off_before_its_record_is_recorded_by_the_next()
    {
        await using var own = await TestStorage.StartAsync();
        var tenant = await own.AddTenantAsync();
        var cutoff = WireTime.Truncate(own.Clock.Now.AddMonths(-24));
        await own.Store.AppendAsync(TestEntries.Request(tenant, [.. Enumerable.Range(1, 4).Select(i => TestEntries.Entry(occurredAt: cutoff.AddMilliseconds(i <= 3 ? -1 : 0)))]), default);
        var root = await RootAsync(own, tenant);
        await own.Writer.RunAsync(inTransaction: true, session => session.Purge(tenant, cutoff.ToUnixTimeMilliseconds(), ExpiredRow.Read(tenant, [1, 2], session.Prepare), 2), default);
        await own.RestartAsync();
        var report = await own.Services.GetRequiredService<PurgeService>().PurgeAsync(default);
        Assert.Equal(1, report.Count);
        var entry = (await own.Store.FindAsync(TestEntries.Scope(tenant), 5, default))!;
        Assert.Equal(
            $$$"""{"before":"{{{WireTime.Format(cutoff)}}}","count":3,"ranges":[{"first":1,"last":3}],"ranges_complete":true,"total":{"count":3,"digest":"{{{DigestOf("1-3\n")}}}","ranges":[{"first":1,"last":3}],"ranges_complete":true},"tree":{"root":"{{{root}}}","size":4}}""",
            entry.Content.Metadata.ToString());
        Assert.Equal(0, (await own.Store.FindUnrecordedPurgeAsync(tenant, default)).Count);
        Assert.True((await own.VerifyAsync(tenant)).Holds);
    }

    [Fact]
    public async Task The_security_log_is_kept_for_twelve_months()
    {
        await using var own = await TestStorage.StartAsync();
        await using var context = await own.Contexts.CreateDbContextAsync();
        var cutoff = own.Clock.Now.AddMonths(-12);
        context.SecurityEvents.AddRange(Enumerable.Range(0, 600).Select(i => new SecurityEvent { At = cutoff.AddMilliseconds(-1 - i), Kind = "sign_in" }));
        context.SecurityEvents.Add(new SecurityEvent { At = cutoff, Kind = "sign_in" });
        await context.SaveChangesAsync();
        Assert.Equal(600, (await own.Services.GetRequiredService<PurgeService>().RemoveOldRecordsAsync(default)).SecurityEvents);
        Assert.Equal(1, await context.SecurityEvents.CountAsync());
    }

    private static string DigestOf(string ranges) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData([5, .. Encoding.ASCII.GetBytes(ranges)]));

    private static async Task<EntryHash> RootAsync(TestStorage storage, int tenant)
    {
        var tree = new MerkleFrontier();
        await foreach (var place in storage.Store.ReadChainAsync(tenant, 0, default))
        {
            tree.Append(place.Place!.Leaf);
        }
        return tree.Root();
    }

    private static int Occurrences(TestStorage storage, string marker)
    {
        var (count, bytes) = (0, Encoding.UTF8.GetBytes(marker));
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

    private async Task<List<AuditEntry>> ReadAllAsync(int tenant)
    {
        var entries = new List<AuditEntry>();
        await foreach (var entry in Store.ReadAsync(TestEntries.Filter(tenant), long.MaxValue, int.MaxValue, default))
        {
            entries.Add(entry);
        }
        return entries;
    }
}
