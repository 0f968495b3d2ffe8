using AuditConsole.Storage;
using AuditConsole.Storage.Segments;
using AuditConsole.Storage.Sqlite;
using AuditConsole.Tests.Withholding;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Storage.Segments;

/// <summary>Segments in the database: sealed behind the entries that come (8 of them), put together (32), mended, made anew.</summary>
public sealed class SegmentUpkeepTests(TestStorage storage) : IClassFixture<TestStorage>
{
    private static readonly DateTimeOffset Start = new(2026, 11, 1, 8, 0, 0, TimeSpan.Zero);

    private IEntryIndex Index => storage.Services.GetRequiredService<IEntryIndex>();

    [Fact]
    public async Task Small_segments_are_put_together_and_filters_find_the_same()
    {
        var tenant = await storage.AddTenantAsync();
        await AppendAsync(tenant, 75);
        // 75 = 2 * 32 + 8 + 3: two large segments, a small one, and three entries that none holds.
        await UntilAsync(async () => await SegmentsOfAsync(tenant) == 3);
        await RequireAllFoundAsync(storage, tenant, 75);
        Assert.Empty(await Index.FindDamageAsync(tenant, default));
        Assert.Equal(0, storage.QueryRaw("SELECT count(*) FROM segment_part WHERE id / 16 NOT IN (SELECT id FROM segment)"));
    }

    [Fact]
    public async Task A_segment_is_complete_on_disk_soon_after_the_entries_it_holds()
    {
        var tenant = await storage.AddTenantAsync();
        await AppendAsync(tenant, 17);
        Assert.Equal(16, storage.QueryRaw($"SELECT sealed FROM segment_state WHERE tenant = {tenant}"));
        Assert.Equal(16, storage.QueryRaw($"SELECT sum(entries) FROM segment WHERE tenant = {tenant}"));
        await RequireAllFoundAsync(storage, tenant, 17);
    }

    [Theory]
    [InlineData("UPDATE segment_part SET data = x'00' WHERE id / 16 = {0}", "Its end is missing")]
    [InlineData("UPDATE segment_part SET data = CAST(substr(data, 1, length(data) - 1) || x'5a' AS BLOB) WHERE id / 16 = {0}", "checksum")]
    [InlineData("UPDATE segment_part SET data = CAST(substr(data, 1, 9) || x'ff' || substr(data, 11) AS BLOB) WHERE id = 16 * {0} + 3", "checksum")]
    [InlineData("UPDATE segment_part SET data = substr(data, 1, length(data) / 2) WHERE id = 16 * {0}", "checksum")]
    [InlineData("DELETE FROM segment_part WHERE id = 16 * {0} + 3", "part of it is missing")]
    [InlineData("DELETE FROM segment_part", "part of it is missing", 16)]
    [InlineData("UPDATE segment_part SET data = (SELECT data FROM segment_part WHERE id = 16 * {0} + 3) WHERE id = 16 * {0}", "checksum")]
    [InlineData("UPDATE segment_part SET id = id - 100 WHERE id IN (16 * {0} + 3, 16 * {0} + 19); UPDATE segment_part SET id = 32 * {0} + 22 - (id + 100) WHERE id < 0", "checksum", 16)]
    [InlineData("UPDATE segment SET id = id - 100; UPDATE segment SET id = 2 * {0} + 1 - (id + 100)", "checksum", 16)]
    [InlineData("DELETE FROM segment WHERE id = {0}", "row is missing")]
    [InlineData("DELETE FROM segment", "row is missing", 16)]
    [InlineData("UPDATE segment SET gone = x'01' WHERE id = {0}", "row is damaged")]
    [InlineData("UPDATE segment SET entries = 100000 WHERE id = {0}", "row is damaged")]
    [InlineData("UPDATE segment SET entries = 0 WHERE id = {0}", "row is damaged")]
    [InlineData("UPDATE segment SET oldest = oldest - 1 WHERE id = {0}", "checksum")]
    [InlineData("UPDATE segment SET last = last + 4 WHERE id = {0}", "checksum", 16)]
    [InlineData("UPDATE segment SET last = 4611686018427387904 WHERE id = {0}", "row is damaged", 16)]
    [InlineData("UPDATE segment SET last = 4611686018427387904 WHERE id = {0} + 1", "row is damaged", 16, 9)]
    [InlineData("UPDATE segment SET first = first + 2 WHERE id = {0}", "row is")]
    public async Task A_damaged_segment_is_told_of_and_made_anew_by_whoever_meets_it(string damage, string reason, long last = 8, long first = 1)
    {
        await using var own = await TestStorage.StartAsync();
        var tenant = await own.AddTenantAsync();
        await AppendAsync(own, tenant, 20);
        await own.StopAsync();
        own.ExecuteRaw(string.Format(System.Globalization.CultureInfo.InvariantCulture, damage, own.QueryRaw("SELECT min(id) FROM segment")));
        await own.InitializeAsync();
        Assert.Equal((first, last), Joined(await own.Services.GetRequiredService<IEntryIndex>().FindDamageAsync(tenant, default)));
        await RequireAllFoundAsync(own, tenant, 20);
        Assert.Equal(20, (await own.Store.ReadPageAsync(TestEntries.Filter(tenant), new PageRequest(1000), default)).Entries.Count);
        Assert.Contains("has been made anew: ", own.Log.Text, StringComparison.Ordinal);
        Assert.Contains(reason, own.Log.Text, StringComparison.Ordinal);
        Assert.Empty(await own.Services.GetRequiredService<IEntryIndex>().FindDamageAsync(tenant, default));

        static (long, long) Joined(IReadOnlyList<SequenceRange> ranges) => (ranges[0].First, ranges[^1].Last);
    }

    [Theory]
    [InlineData("DELETE FROM segment_state")]
    [InlineData("DELETE FROM segment_state; DELETE FROM segment WHERE first = 1")]
    [InlineData("DELETE FROM segment_state; DELETE FROM segment WHERE first > 1")]
    [InlineData("UPDATE segment_state SET sealed = 8")]
    public async Task A_lost_state_of_the_segments_is_made_anew_by_the_next_start(string damage)
    {
        await using var own = await TestStorage.StartAsync();
        var tenant = await own.AddTenantAsync();
        await AppendAsync(own, tenant, 28);
        await own.StopAsync();
        own.ExecuteRaw(damage);
        await own.InitializeAsync();
        await RequireAllFoundAsync(own, tenant, 28);
        await AppendAsync(own, tenant, 40);
        await RequireAllFoundAsync(own, tenant, 68);
        Assert.Empty(await own.Services.GetRequiredService<IEntryIndex>().FindDamageAsync(tenant, default));
    }

    [Theory]
    [InlineData("DELETE FROM segment WHERE first = 9")]
    [InlineData("DELETE FROM segment_part WHERE id = 16 * (SELECT id FROM segment WHERE first = 9) + 5")]
    public async Task Small_segments_are_put_together_with_one_that_was_damaged(string damage)
    {
        await using var own = await TestStorage.StartAsync();
        var tenant = await own.AddTenantAsync();
        await own.Services.GetRequiredService<SegmentUpkeep>().StopAsync();
        await AppendSealedAsync(own, tenant, 5);
        await own.StopAsync();
        own.ExecuteRaw(damage);
        await own.InitializeAsync();
        await UntilAsync(async () => await SegmentsOfAsync(own, tenant) == 2);
        Assert.Empty(await own.Services.GetRequiredService<IEntryIndex>().FindDamageAsync(tenant, default));
        await RequireAllFoundAsync(own, tenant, 40);
    }

    [Theory]
    [InlineData("UPDATE segment_part SET data = x'00'")]
    [InlineData("DELETE FROM segment_part WHERE id % 16 IN (0, 6)")]
    [InlineData("DELETE FROM segment_part WHERE id = 16 * (SELECT id FROM segment WHERE first = 9) + 7")]
    [InlineData("UPDATE segment SET gone = x'01'")]
    [InlineData("DELETE FROM segment")]
    public async Task A_purge_and_a_withholding_mend_the_segment_that_they_change(string damage)
    {
        await using var own = await TestStorage.StartAsync();
        var tenant = await own.AddTenantAsync();
        await AppendAsync(own, tenant, 20);
        await own.Store.PurgeAsync(tenant, Start.AddSeconds(2), default);
        await own.StopAsync();
        own.ExecuteRaw(damage);
        await own.InitializeAsync();
        await own.WithholdAsync(tenant, "erasure", 11);
        await own.Store.PurgeAsync(tenant, Start.AddSeconds(4), default);
        Assert.Empty(await own.Services.GetRequiredService<IEntryIndex>().FindDamageAsync(tenant, default));
        Assert.Equal(18, await own.Store.CountAsync(TestEntries.Filter(tenant), long.MaxValue, default));
    }

    [Fact]
    public async Task A_segment_whose_parts_do_not_say_where_they_belong_is_an_older_versions_and_good()
    {
        await using var own = await TestStorage.StartAsync();
        var tenant = await own.AddTenantAsync();
        await AppendAsync(own, tenant, 20);
        await own.StopAsync();
        var part = SlugsOfTheFirst(own);
        SegmentChecksum.Set(part);
        own.ExecuteRaw($"UPDATE segment_part SET data = x'{Convert.ToHexString(part)}' WHERE id = 16 * (SELECT min(id) FROM segment) + 3");
        await own.InitializeAsync();
        await RequireAllFoundAsync(own, tenant, 20);
        Assert.DoesNotContain("made anew", own.Log.Text, StringComparison.Ordinal);

        static byte[] SlugsOfTheFirst(TestStorage storage)
        {
            using var connection = storage.OpenRaw();
            using var command = connection.CreateCommand();
            command.CommandText = "SELECT data FROM segment_part WHERE id = 16 * (SELECT min(id) FROM segment) + 3";
            return (byte[])command.ExecuteScalar()!;
        }
    }

    [Fact]
    public async Task A_command_that_only_reads_says_how_to_mend_what_is_damaged()
    {
        await using var own = await TestStorage.StartAsync();
        var tenant = await own.AddTenantAsync();
        await AppendAsync(own, tenant, 20);
        await own.StopAsync();
        own.ExecuteRaw("DELETE FROM segment_part");
        await using var reader = TestStorage.Build(own.Directory, own.Clock);
        var refusal = await Assert.ThrowsAsync<StorageException>(() => reader.GetRequiredService<IEntryStore>().FindExpiredAsync(tenant, Start.AddSeconds(4), default));
        Assert.Contains("storage rebuild-index", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("UPDATE segment SET gone = x'0100000000000000' WHERE id = {0}", 1)]
    [InlineData("UPDATE segment SET newest = newest - 1 WHERE id = {0}", 1)]
    [InlineData("UPDATE entry SET actor = action WHERE tenant = 1 AND sequence = 9", 9)]
    public async Task What_no_checksum_shows_is_found_by_comparing_and_mended_by_making_all_anew(string damage, long first)
    {
        await using var own = await TestStorage.StartAsync();
        var tenant = await own.AddTenantAsync();
        await AppendAsync(own, tenant, 20);
        await own.StopAsync();
        own.ExecuteRaw("DROP TRIGGER entry_is_never_updated");
        own.ExecuteRaw(string.Format(System.Globalization.CultureInfo.InvariantCulture, damage, own.QueryRaw("SELECT min(id) FROM segment")));
        await own.InitializeAsync();
        var index = own.Services.GetRequiredService<IEntryIndex>();
        Assert.Equal([first], (await index.FindDamageAsync(tenant, default)).Select(range => range.First));
        await index.RebuildAsync(tenant, default);
        Assert.Empty(await index.FindDamageAsync(tenant, default));
    }

    [Fact]
    public async Task Making_the_index_of_an_older_database_can_be_broken_off_and_goes_on()
    {
        await using var own = await TestStorage.StartAsync();
        var tenant = await own.AddTenantAsync();
        await AppendAsync(own, tenant, 100);
        await own.Writer.RunAsync(inTransaction: true, session => { session.RemoveSegments(tenant); return session.Seal(tenant); }, default);
        Assert.Equal(32, own.QueryRaw($"SELECT sealed FROM segment_state WHERE tenant = {tenant}"));
        // With most of them in no segment, the log reads as ever.
        await RequireAllFoundAsync(own, tenant, 100);
        await own.RestartAsync();
        Assert.Equal(96, own.QueryRaw($"SELECT sealed FROM segment_state WHERE tenant = {tenant}"));
        Assert.Equal(3, await SegmentsOfAsync(own, tenant));
        await RequireAllFoundAsync(own, tenant, 100);
    }

    [Fact]
    public async Task A_merge_that_was_not_made_before_the_end_is_made_after_the_next_start()
    {
        await using var own = await TestStorage.StartAsync();
        var tenant = await own.AddTenantAsync();
        await own.Services.GetRequiredService<SegmentUpkeep>().StopAsync();
        await AppendSealedAsync(own, tenant, 5);
        Assert.Equal(5, await SegmentsOfAsync(own, tenant));
        await own.RestartAsync();
        await UntilAsync(async () => await SegmentsOfAsync(own, tenant) == 2);
        await RequireAllFoundAsync(own, tenant, 40);
    }

    [Theory]
    [InlineData("purge")]
    [InlineData("withhold")]
    [InlineData("purge of a damaged one")]
    public async Task A_merge_takes_in_nothing_that_was_purged_or_withheld_meanwhile(string change)
    {
        await using var own = await TestStorage.StartAsync();
        var tenant = await own.AddTenantAsync();
        await own.Services.GetRequiredService<SegmentUpkeep>().StopAsync();
        await AppendSealedAsync(own, tenant, 5);
        var small = await own.Services.GetRequiredService<ReaderPool>().RunAsync(connection => SegmentRows.ReadAll(tenant, 1, 32, connection.Prepare), default);
        switch (change)
        {
            case "purge":
                await own.Store.PurgeAsync(tenant, Start.AddSeconds(4), default);
                break;
            case "withhold":
                await own.WithholdAsync(tenant, "erasure", 3);
                break;
            default:
                // Whoever reads remembers the row: the purge meets the damage, and makes the segment anew without saying what is gone.
                Assert.Equal(40, await own.Store.CountAsync(TestEntries.Filter(tenant), 40, default));
                own.ExecuteRaw("UPDATE segment SET gone = x'01' WHERE first = 1");
                await own.Store.PurgeAsync(tenant, Start.AddSeconds(4), default);
                break;
        }
        var replaced = await own.Writer.RunAsync(inTransaction: true, session => session.ReplaceSegments(tenant, small, large: null), default);
        Assert.False(replaced);
        Assert.Equal(5, await SegmentsOfAsync(own, tenant));
        Assert.Equal(change == "withhold" ? 40 : 37, await own.Store.CountAsync(TestEntries.Filter(tenant), 40, default));
    }

    [Fact]
    public async Task Readers_see_a_merge_at_once_and_nobody_mends_what_it_put_together()
    {
        await using var own = await TestStorage.StartAsync();
        var tenant = await own.AddTenantAsync();
        await own.Services.GetRequiredService<SegmentUpkeep>().StopAsync();
        await AppendSealedAsync(own, tenant, 4);
        // Remembers the rows of the small ones, and of their parts that of the slugs alone.
        Assert.Equal(6, await own.Store.CountAsync(TestEntries.Filter(tenant) with { Slug = "rule-3" }, 32, default));
        var (small, large) = await own.Services.GetRequiredService<ReaderPool>().RunAsync(
            connection => (SegmentRows.ReadAll(tenant, 1, 32, connection.Prepare), SegmentRows.Build(tenant, 1, 32, connection.Prepare)), default);
        Assert.True(await own.Writer.RunAsync(inTransaction: true, session => session.ReplaceSegments(tenant, small, large), default));
        Assert.Equal(32, await own.Store.CountAsync(TestEntries.Filter(tenant) with { Actor = "usr_1" }, 32, default).WaitAsync(TimeSpan.FromMinutes(1)));
        // Who met one of them before comes too late.
        foreach (var row in small)
        {
            Assert.False(await own.Writer.RunAsync(inTransaction: true, session => session.MendSegment(tenant, row), default));
        }
        Assert.Equal(1, await SegmentsOfAsync(own, tenant));
        Assert.DoesNotContain("made anew", own.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_waits_to_be_sealed_or_put_together_is_told_once()
    {
        await using var own = await TestStorage.StartAsync();
        var tenant = await own.AddTenantAsync();
        await own.Services.GetRequiredService<SegmentUpkeep>().StopAsync();
        await AppendSealedAsync(own, tenant, 4);
        await AppendOnlyAsync(own, tenant, 3);
        using var stop = new CancellationTokenSource();
        var told = new List<long?>();
        var waiting = own.Services.GetRequiredService<SegmentQueue>().ReadAllAsync(stop.Token).GetAsyncEnumerator();
        var next = waiting.MoveNextAsync();
        for (; next.IsCompleted; next = waiting.MoveNextAsync())
        {
            Assert.True(await next);
            told.Add(waiting.Current.First);
        }
        Assert.Equal([null, null, null, null, 1], told);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next.AsTask());
    }

    [Fact]
    public async Task Two_readers_that_meet_the_same_damage_mend_it_once()
    {
        await using var own = await TestStorage.StartAsync();
        var tenant = await own.AddTenantAsync();
        await AppendAsync(own, tenant, 20);
        var row = await own.Services.GetRequiredService<ReaderPool>().RunAsync(connection => SegmentRows.Find(tenant, 1, connection.Prepare)!, default);
        Assert.True(await own.Writer.RunAsync(inTransaction: true, session => session.MendSegment(tenant, row), default));
        Assert.False(await own.Writer.RunAsync(inTransaction: true, session => session.MendSegment(tenant, row), default));
        await RequireAllFoundAsync(own, tenant, 20);
    }

    [Fact]
    public async Task Missing_segments_come_back_in_the_sizes_that_segments_have()
    {
        await using var own = await TestStorage.StartAsync();
        var tenant = await own.AddTenantAsync();
        await AppendAsync(own, tenant, 75);
        await own.StopAsync();
        own.ExecuteRaw("DELETE FROM segment");
        await own.InitializeAsync();
        await RequireAllFoundAsync(own, tenant, 75);
        Assert.Equal(3, await SegmentsOfAsync(own, tenant));
        Assert.Equal(1 + 33 + 65, own.QueryRaw("SELECT sum(first) FROM segment"));
    }

    [Fact]
    public async Task A_large_segment_is_never_made_across_the_places_of_two()
    {
        await using var own = await TestStorage.StartAsync();
        var tenant = await own.AddTenantAsync();
        await own.Services.GetRequiredService<SegmentUpkeep>().StopAsync();
        await AppendSealedAsync(own, tenant, 1);
        await AppendOnlyAsync(own, tenant, 32);
        Assert.Equal(0, own.QueryRaw("SELECT count(*) FROM segment WHERE (first - 1) / 32 <> (last - 1) / 32"));
        Assert.Equal(40, own.QueryRaw("SELECT sum(entries) FROM segment"));
        await RequireAllFoundAsync(own, tenant, 40);
    }

    [Fact]
    public async Task Readers_see_at_once_that_segments_are_forgotten()
    {
        await using var own = await TestStorage.StartAsync();
        var tenant = await own.AddTenantAsync();
        await AppendAsync(own, tenant, 20);
        await RequireAllFoundAsync(own, tenant, 20);
        await own.Writer.RunAsync(inTransaction: true, session => { session.RemoveSegments(tenant); return true; }, default);
        await RequireAllFoundAsync(own, tenant, 20);
    }

    [Fact]
    public async Task Wherever_a_purge_ends_segments_and_tail_are_without_what_it_took()
    {
        await using var own = await TestStorage.StartAsync();
        var tenant = await own.AddTenantAsync();
        await AppendAsync(own, tenant, 44);
        for (var purged = 0; purged <= 44; purged++)
        {
            await own.Store.PurgeAsync(tenant, Start.AddSeconds(purged + 1), default);
            await RequireAllFoundAsync(own, tenant, 44, purged);
            Assert.Empty(await own.Services.GetRequiredService<IEntryIndex>().FindDamageAsync(tenant, default));
        }
        Assert.Equal(0, await SegmentsOfAsync(own, tenant));
        Assert.Equal(0, own.QueryRaw("SELECT count(*) FROM segment_part"));
        Assert.DoesNotContain("made anew", own.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wherever_a_withheld_entry_stands_its_address_and_further_targets_find_it_no_more()
    {
        await using var own = await TestStorage.StartAsync();
        var tenant = await own.AddTenantAsync();
        for (var i = 1; i <= 20; i++)
        {
            await own.Store.AppendAsync(TestEntries.Request(tenant, TestEntries.Entry(ip: "203.0.113.1", occurredAt: Start.AddSeconds(i)) with { Targets = [new("Rule", "other")] }), default);
        }
        await UntilAsync(() => Task.FromResult(own.QueryRaw("SELECT sealed FROM segment_state") == 16));
        var left = 20;
        foreach (var sequence in new[] { 16, 17, 1, 20, 9 })
        {
            await own.WithholdAsync(tenant, "erasure", sequence);
            left--;
            Assert.Equal(left, await own.Store.CountAsync(TestEntries.Filter(tenant) with { Ip = "203.0.113.1" }, 20, default));
            Assert.Equal(left, await own.Store.CountAsync(TestEntries.Filter(tenant) with { Target = "other" }, 20, default));
            Assert.Equal(20, await own.Store.CountAsync(TestEntries.Filter(tenant), 20, default));
            var page = await own.Store.ReadPageAsync(TestEntries.Filter(tenant) with { Ip = "203.0.113.1" }, new PageRequest(100, 20), default);
            Assert.DoesNotContain(sequence, page.Entries.Select(entry => entry.Sequence));
            Assert.Empty(await own.Services.GetRequiredService<IEntryIndex>().FindDamageAsync(tenant, default));
        }
        Assert.DoesNotContain("made anew", own.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Readers_remember_nothing_of_a_withholding_that_was_undone()
    {
        await using var own = await TestStorage.StartAsync();
        var tenant = await own.AddTenantAsync();
        for (var i = 1; i <= 16; i++)
        {
            await own.Store.AppendAsync(TestEntries.Request(tenant, TestEntries.Entry(ip: $"203.0.113.{i}", occurredAt: Start.AddSeconds(i))), default);
        }
        await UntilAsync(() => Task.FromResult(own.QueryRaw("SELECT sealed FROM segment_state") == 16));
        var request = await own.WithholdRequestAsync(tenant, "erasure", 1, 2, 12);
        await own.WithholdAsync(tenant, "erasure", 12);
        await Assert.ThrowsAsync<NotWithholdableException>(() => own.Store.WithholdAsync([request], default));
        await own.WithholdAsync(tenant, "erasure", 2);
        Assert.Equal(1, await own.Store.CountAsync(TestEntries.Filter(tenant) with { Ip = "203.0.113.1" }, 16, default));
        Assert.Equal(0, await own.Store.CountAsync(TestEntries.Filter(tenant) with { Ip = "203.0.113.2" }, 16, default));
    }

    [Fact]
    public async Task A_segment_goes_with_the_last_of_its_entries()
    {
        var tenant = await storage.AddTenantAsync();
        await AppendAsync(tenant, 20);
        await storage.Store.PurgeAsync(tenant, Start.AddSeconds(10), default);
        Assert.Equal(1, await SegmentsOfAsync(tenant));
        Assert.Equal(11, await storage.Store.CountAsync(TestEntries.Filter(tenant), 20, default));
        Assert.Empty(await Index.FindDamageAsync(tenant, default));
    }

    [Theory]
    [InlineData("purge")]
    [InlineData("withhold")]
    [InlineData("seal")]
    public async Task A_segment_that_was_made_beside_the_writer_is_taken_only_if_nothing_changed_meanwhile(string change)
    {
        await using var own = await TestStorage.StartAsync();
        var tenant = await own.AddTenantAsync();
        await own.Services.GetRequiredService<SegmentUpkeep>().StopAsync();
        await AppendOnlyAsync(own, tenant, 20);
        var (state, segment) = await own.Services.GetRequiredService<ReaderPool>().RunAsync(
            connection => (SegmentRows.ReadState(tenant, connection.Prepare), SegmentRows.Build(tenant, 1, 8, connection.Prepare)), default);
        switch (change)
        {
            case "purge":
                await own.Store.PurgeAsync(tenant, Start.AddSeconds(4), default);
                break;
            case "withhold":
                await own.WithholdAsync(tenant, "erasure", 3);
                break;
            default:
                await own.Writer.RunAsync(inTransaction: true, session => session.Seal(tenant), default);
                break;
        }
        Assert.False(await own.Writer.RunAsync(inTransaction: true, session => session.TakeSegment(tenant, state, 8, segment), default));
        await own.RestartAsync();
        Assert.Equal(16, own.QueryRaw($"SELECT sealed FROM segment_state WHERE tenant = {tenant}"));
        Assert.Empty(await own.Services.GetRequiredService<IEntryIndex>().FindDamageAsync(tenant, default));
    }

    [Fact]
    public async Task A_segment_that_the_database_refuses_fails_no_append_and_is_made_with_the_next()
    {
        var tenant = await storage.AddTenantAsync();
        RefuseSegments(storage, tenant);
        await AppendOnlyAsync(storage, tenant, 9);
        Assert.Equal(0, await SegmentsOfAsync(storage, tenant));
        storage.ExecuteRaw("DROP INDEX refuses");
        Assert.Equal(9, await storage.Store.CountAsync(TestEntries.Filter(tenant), 9, default));
        await AppendAsync(tenant, 7);
        await RequireAllFoundAsync(storage, tenant, 16);
    }

    [Fact]
    public async Task Where_nobody_seals_beside_the_writer_it_does_so_itself_and_what_is_undone_leaves_nothing_behind()
    {
        await using var own = await TestStorage.StartAsync();
        var tenant = await own.AddTenantAsync();
        await own.Services.GetRequiredService<SegmentUpkeep>().StopAsync();
        await AppendOnlyAsync(own, tenant, 31);
        Assert.Equal(0, await SegmentsOfAsync(own, tenant));
        RefuseSegments(own, tenant);
        await Assert.ThrowsAsync<StorageException>(() => AppendOnlyAsync(own, tenant, 1));
        own.ExecuteRaw("DROP INDEX refuses");
        Assert.Equal(0, await SegmentsOfAsync(own, tenant));
        await AppendOnlyAsync(own, tenant, 1);
        Assert.Equal(32, own.QueryRaw($"SELECT sealed FROM segment_state WHERE tenant = {tenant}"));
        Assert.Equal(32, await own.Store.CountAsync(TestEntries.Filter(tenant), 32, default));
    }

    private Task AppendAsync(int tenant, int count) => AppendAsync(storage, tenant, count);

    private static async Task AppendAsync(TestStorage storage, int tenant, int count)
    {
        await AppendOnlyAsync(storage, tenant, count);
        var size = (await storage.Store.ReadHeadAsync(tenant, default)).Size;
        await UntilAsync(() => Task.FromResult(size < 8 || storage.QueryRaw($"SELECT coalesce(max(sealed), 0) FROM segment_state WHERE tenant = {tenant}") == size / 8 * 8));
    }

    /// <summary>Eight entries and their segment, again and again, by the writer alone.</summary>
    private static async Task AppendSealedAsync(TestStorage storage, int tenant, int segments)
    {
        for (var i = 0; i < segments; i++)
        {
            await AppendOnlyAsync(storage, tenant, 8);
            Assert.Equal(8, await storage.Writer.RunAsync(inTransaction: true, session => session.Seal(tenant), default));
        }
    }

    // A number without a magnitude; a trigger wouldn't fire on the writer's connection.
    private static void RefuseSegments(TestStorage storage, int tenant) =>
        storage.ExecuteRaw($"CREATE INDEX refuses ON segment (abs(CASE tenant WHEN {tenant} THEN {long.MinValue} END))");

    private static async Task AppendOnlyAsync(TestStorage storage, int tenant, int count)
    {
        var size = (await storage.Store.ReadHeadAsync(tenant, default)).Size;
        for (var i = size + 1; i <= size + count; i++)
        {
            await storage.Store.AppendAsync(TestEntries.Request(tenant, TestEntries.Entry(slug: $"rule-{i % 5}", occurredAt: Start.AddSeconds(i))), default);
        }
    }

    private static async Task RequireAllFoundAsync(TestStorage storage, int tenant, int count, int purged = 0)
    {
        var all = TestEntries.Filter(tenant);
        for (var slug = 0; slug < 5; slug++)
        {
            var filter = all with { Slug = $"rule-{slug}" };
            var expected = Enumerable.Range(1, count).Where(i => i % 5 == slug && i > purged).Reverse().Select(i => (long)i).ToList();
            Assert.Equal(expected, (await storage.Store.ReadPageAsync(filter, new PageRequest(1000), default)).Entries.Select(entry => entry.Sequence));
            Assert.Equal(expected.Count, await storage.Store.CountAsync(filter, count, default));
        }
    }

    private Task<long> SegmentsOfAsync(int tenant) => SegmentsOfAsync(storage, tenant);

    private static Task<long> SegmentsOfAsync(TestStorage storage, int tenant) => Task.FromResult(storage.QueryRaw($"SELECT count(*) FROM segment WHERE tenant = {tenant}"));

    private static async Task UntilAsync(Func<Task<bool>> done)
    {
        for (var i = 0; !await done(); i++)
        {
            Assert.True(i < 1000, "It never came.");
            await Task.Delay(20);
        }
    }
}
