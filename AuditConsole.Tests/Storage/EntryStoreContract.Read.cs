using AuditConsole.Core;
using AuditConsole.Storage;
using FsCheck;
using FsCheck.Fluent;

namespace AuditConsole.Tests.Storage;

// Pages, counts and streams.
public abstract partial class EntryStoreContract
{
    [Fact]
    public async Task Entries_of_one_millisecond_are_ordered_by_sequence()
    {
        var tenant = await storage.AddTenantAsync();
        var time = WireTime.Truncate(Clock.Now);
        await AppendAsync(tenant, [.. Enumerable.Range(0, 7).Select(i => TestEntries.Entry(occurredAt: time.AddMilliseconds(i % 2)))]);
        var first = await Store.ReadPageAsync(TestEntries.Filter(tenant), new PageRequest(3), default);
        Assert.Equal([6L, 4, 2], first.Entries.Select(entry => entry.Sequence));
        var second = await Store.ReadPageAsync(TestEntries.Filter(tenant), new PageRequest(3, first.Snapshot, PlaceOf(first.Entries[^1])), default);
        Assert.Equal([7L, 5, 3], second.Entries.Select(entry => entry.Sequence));
        Assert.True(second is { HasOlder: true, HasNewer: true });
    }

    [Fact]
    public async Task A_page_tells_what_is_before_and_behind_it()
    {
        var tenant = await storage.AddTenantAsync();
        var filter = TestEntries.Filter(tenant);
        Assert.Equal(new EntryPage([], 0, false, false), await Store.ReadPageAsync(filter, new PageRequest(10), default) with { Entries = [] });
        await AppendAsync(tenant, TestEntries.Entry(), TestEntries.Entry(), TestEntries.Entry());
        var all = await Store.ReadPageAsync(filter, new PageRequest(3), default);
        Assert.True(all is { HasOlder: false, HasNewer: false, Snapshot: 3 });
        var two = await Store.ReadPageAsync(filter, new PageRequest(2), default);
        Assert.True(two is { HasOlder: true, HasNewer: false });
        var last = await Store.ReadPageAsync(filter, new PageRequest(2, 3, OlderThan: PlaceOf(two.Entries[^1])), default);
        Assert.True(last is { HasOlder: false, HasNewer: true, Entries.Count: 1 });
        var back = await Store.ReadPageAsync(filter, new PageRequest(1, 3, NewerThan: PlaceOf(last.Entries[0])), default);
        Assert.Equal([2L], back.Entries.Select(entry => entry.Sequence));
        Assert.True(back is { HasOlder: true, HasNewer: true });
    }

    [Fact]
    public async Task Instants_include_the_first_and_exclude_the_last()
    {
        var tenant = await storage.AddTenantAsync();
        var time = WireTime.Truncate(Clock.Now);
        await AppendAsync(tenant, TestEntries.Entry(occurredAt: time), TestEntries.Entry(occurredAt: time.AddMilliseconds(1)), TestEntries.Entry(occurredAt: time.AddMilliseconds(2)));
        var filter = TestEntries.Filter(tenant);
        Assert.Equal([2L, 1], await SequencesAsync(filter with { From = time, To = time.AddMilliseconds(2) }));
        // Half a millisecond: from on, and before, begin at the next whole one.
        Assert.Equal([2L], await SequencesAsync(filter with { From = time.AddTicks(1), To = time.AddMilliseconds(2) }));
        Assert.Equal([2L, 1], await SequencesAsync(filter with { To = time.AddMilliseconds(1).AddTicks(1) }));
    }

    [Fact]
    public async Task A_name_that_no_entry_has_matches_nothing()
    {
        var tenant = await storage.AddTenantAsync();
        await AppendAsync(tenant, TestEntries.Entry(ip: "203.0.113.42"));
        var filter = TestEntries.Filter(tenant);
        foreach (var unknown in new[] { filter with { Slug = "x" }, filter with { Actor = "x" }, filter with { Action = "x" }, filter with { EntityType = "x" }, filter with { Ip = "203.0.113.1" }, filter with { Slug = "Rule" } })
        {
            Assert.Empty(await SequencesAsync(unknown));
            Assert.Equal(0, await Store.CountAsync(unknown, 1, default));
            Assert.True(await Store.ReadPageAsync(unknown, new PageRequest(5), default) is { Entries: [], Snapshot: 1, HasOlder: false, HasNewer: false });
        }
        Assert.Equal([1L], await SequencesAsync(filter with { Ip = "203.0.113.42", Slug = "no-eval", EntityType = "Rule", Action = "RulePublished", Actor = "usr_1" }));
    }

    [Fact]
    public async Task An_entity_without_a_slug_is_found_by_its_id()
    {
        var tenant = await storage.AddTenantAsync();
        await AppendAsync(tenant, TestEntries.Entry() with { Target = new Resource("Rule", "rul_9") }, TestEntries.Entry(slug: "rul_9"));
        Assert.Equal([2L, 1], await SequencesAsync(TestEntries.Filter(tenant) with { Slug = "rul_9" }));
        Assert.Empty(await SequencesAsync(TestEntries.Filter(tenant) with { Slug = "id-of-rul_9" }));
        Assert.Null((await ReadAllAsync(TestEntries.Filter(tenant)))[1].Content.Target.Slug);
    }

    [Fact]
    public async Task Paging_neither_repeats_nor_skips_while_entries_arrive()
    {
        var tenant = await storage.AddTenantAsync();
        var start = WireTime.Truncate(Clock.Now);
        await AppendAsync(tenant, [.. Enumerable.Range(0, 95).Select(i => TestEntries.Entry(occurredAt: start.AddMilliseconds(i % 7)))]);
        var filter = TestEntries.Filter(tenant);
        var page = await Store.ReadPageAsync(filter, new PageRequest(10), default);
        var down = new List<EntryPage> { page };
        while (page.HasOlder)
        {
            // Late ones that belong on pages already seen, on this one and on those to come.
            await AppendAsync(tenant, TestEntries.Entry(occurredAt: start.AddMilliseconds(down.Count % 7)), TestEntries.Entry(occurredAt: start.AddDays(1)));
            page = await Store.ReadPageAsync(filter, new PageRequest(10, down[0].Snapshot, OlderThan: PlaceOf(page.Entries[^1])), default);
            down.Add(page);
        }
        Assert.Equal(Enumerable.Range(1, 95).Select(i => (long)i).OrderByDescending(i => (i - 1) % 7).ThenByDescending(i => i), down.SelectMany(seen => seen.Entries).Select(entry => entry.Sequence));
        for (var i = down.Count - 2; i >= 0; i--)
        {
            var up = await Store.ReadPageAsync(filter, new PageRequest(10, down[0].Snapshot, NewerThan: PlaceOf(down[i + 1].Entries[0])), default);
            Assert.Equal(down[i].Entries.Select(entry => entry.Sequence), up.Entries.Select(entry => entry.Sequence));
            Assert.Equal(i > 0, up.HasNewer);
            Assert.True(up.HasOlder);
        }
        Assert.Equal(95, await Store.CountAsync(filter, down[0].Snapshot, default));
    }

    [Fact]
    public async Task A_stream_of_large_entries_is_whole_and_stops_at_its_limit()
    {
        var tenant = await storage.AddTenantAsync();
        var large = new string('x', 60_000);
        for (var i = 0; i < 3; i++)
        {
            await AppendAsync(tenant, [.. Enumerable.Range(0, 50).Select(_ => TestEntries.Entry(metadata: new { large }))]);
        }
        await AppendAsync(tenant, [.. Enumerable.Range(0, 1000).Select(_ => TestEntries.Entry())]);
        await AppendAsync(tenant, [.. Enumerable.Range(0, 1000).Select(_ => TestEntries.Entry())]);
        Assert.Equal(Enumerable.Range(1, 2150).Select(i => (long)i).Reverse(), await SequencesAsync(TestEntries.Filter(tenant)));
        Assert.Equal(2049, (await ReadAllAsync(TestEntries.Filter(tenant), limit: 2049)).Count);
        Assert.Null((await storage.VerifyAsync(tenant)).Fault);
    }

    [Fact]
    public async Task A_count_can_be_broken_off()
    {
        var tenant = await storage.AddTenantAsync();
        await AppendAsync(tenant, TestEntries.Entry());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.CountAsync(TestEntries.Filter(tenant), 1, new CancellationToken(canceled: true)));
        Assert.Equal(1, await Store.CountAsync(TestEntries.Filter(tenant), 1, default));
    }

    [Fact]
    public void Pages_counts_and_streams_are_those_of_a_plain_list() =>
        // The random logs hold ties, late entries and expired ones; the random filters hold unknown names.
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(25), Prop.ForAll(RandomLog.Arbitrary, PagesCountsAndStreamsAgreeAsync));

    private async Task PagesCountsAndStreamsAgreeAsync(RandomLog log)
    {
        var tenant = await storage.AddTenantAsync();
        var start = WireTime.Truncate(Clock.Now);
        var entries = log.Entries.Select(entry => entry.ToEntry(start)).ToList();
        foreach (var batch in entries.Chunk(17))
        {
            await AppendAsync(tenant, batch);
        }
        foreach (var random in log.Filters)
        {
            var filter = random.ToFilter(tenant, start);
            var snapshot = entries.Count * random.Snapshot / 4;
            var expected = entries.Select((entry, i) => (Entry: entry, Sequence: i + 1L))
                .Where(item => item.Sequence <= snapshot && random.Matches(item.Entry, filter))
                .OrderByDescending(item => item.Entry.OccurredAt).ThenByDescending(item => item.Sequence)
                .Select(item => item.Sequence).ToList();
            var chained = entries.Select((entry, i) => (Entry: entry, Sequence: i + 1L)).Where(item => random.Matches(item.Entry, filter)).Select(item => item.Sequence).ToList();
            await RequireSameAsync(filter, snapshot, random.PageSize, expected, chained);
        }
    }

    private async Task<List<AuditEntry>> TailAsync(EntryFilter filter, int size)
    {
        var (all, tail) = (new List<AuditEntry>(), new EntryTail([], 0, 1));
        while (tail.HasMore)
        {
            var before = tail.ReachedLink;
            tail = await Store.ReadTailAsync(filter, tail.Reached, size, default);
            Assert.Equal(before, tail.AfterLink);
            if (tail.Entries.Count > 0 && tail.Entries[^1].Sequence == tail.Reached)
            {
                Assert.Equal(tail.Entries[^1].Hash, tail.ReachedLink);
            }
            // None in an empty log, nor where a purge took all of its beginning.
            else if (tail.ReachedLink is { } link && tail.Reached == tail.Size)
            {
                Assert.Equal((await Store.ReadHeadAsync(filter.Scope.Tenant, default)).Hash, link);
            }
            all.AddRange(tail.Entries);
        }
        return all;
    }

    private async Task<IEnumerable<long>> SequencesAsync(EntryFilter filter) => (await ReadAllAsync(filter)).Select(entry => entry.Sequence);

    private static EntryPosition PlaceOf(AuditEntry entry) => new(entry.OccurredAt, entry.Sequence);
}

/// <summary>A small random log, and filters to read it with.</summary>
public sealed record RandomLog(RandomEntry[] Entries, RandomFilter[] Filters)
{
    public static readonly Arbitrary<RandomLog> Arbitrary = Arb.From(
        from entries in Gen.ArrayOf(
            from time in Gen.Choose(0, 6)
            from action in Gen.Choose(0, 2)
            from type in Gen.Choose(0, 1)
            from slug in Gen.Choose(0, 3)
            from actor in Gen.Choose(0, 2)
            from ip in Gen.Choose(-1, 1)
            from targets in Gen.ArrayOf(Gen.Choose(0, 7))
            select new RandomEntry(time, action, type, slug, actor, ip, [.. targets.Take(3)]))
        from filters in Gen.ArrayOf(
            from names in Gen.ArrayOf(Gen.Frequency((3, Gen.Constant(-1)), (4, Gen.Choose(0, 3))), 5)
            from times in Gen.ArrayOf(Gen.Choose(-3, 15), 3)
            from groups in Gen.ArrayOf(Gen.Elements(OtherNames))
            from target in Gen.Frequency((3, Gen.Constant(-1)), (4, Gen.Choose(0, 8)))
            from id in Gen.Frequency((5, Gen.Constant(-1)), (2, Gen.Choose(0, 8)))
            from network in Gen.Frequency((4, Gen.Constant<string?>(null)), (3, Gen.Elements<string?>("10.0.0.0/31", "10.0.0.1/32", "0.0.0.0/0", "10.0.0.2/31", "::/0")))
            from size in Gen.Choose(1, 9)
            from snapshot in Gen.Choose(2, 4)
            select new RandomFilter(names, times[0], times[1], times[2], size, snapshot, [.. groups.Take(3)], target, id, network), 8)
        select new RandomLog(entries, filters));

    private static readonly string[] OtherNames = ["action-0", "action-1", "unknown", "group.*", "action-.*", "group.sub.*", "group.a"];
}

/// <param name="Targets">Names of further targets: some are slugs of main entities, too, and some stand there twice.</param>
public sealed record RandomEntry(int Time, int Action, int Type, int Slug, int Actor, int Ip, int[] Targets)
{
    public NewEntry ToEntry(DateTimeOffset start) => TestEntries.Entry(
        Action < 2 ? $"action-{Action}" : Targets.Length == 0 ? "group.a" : Slug == 0 ? "group.sub.x" : "grouped",
        $"type-{Type}", $"slug-{Slug}", $"actor-{Actor}", start.AddMilliseconds(Time), Ip < 0 ? null : $"10.0.0.{Ip}") with
    {
        Target = Slug == 3 ? new Resource($"type-{Type}", "slug-3") : new Resource($"type-{Type}", $"id-{Slug}", $"slug-{Slug}"),
        Targets = [.. Targets.Select(name => new Resource("Other", name < 4 ? $"id-{name}" : "other", name % 2 == 0 ? $"slug-{name % 5}" : null))],
    };
}

/// <param name="Names">Of action, type, slug, actor, ip; -1 for none.</param>
/// <param name="From">Half milliseconds; negative for none.</param>
/// <param name="To">Half milliseconds; negative for none.</param>
/// <param name="Expired">Half milliseconds.</param>
/// <param name="PageSize">Entries a page.</param>
/// <param name="Snapshot">Quarters of the log.</param>
/// <param name="Actions">Actions and groups of them.</param>
/// <param name="Target">A name of a target; -1 for none.</param>
/// <param name="EntityId">An id of a main entity; -1 for none.</param>
/// <param name="Network">A network of client addresses.</param>
public sealed record RandomFilter(
    int[] Names, int From, int To, int Expired, int PageSize, int Snapshot, string[] Actions, int Target, int EntityId, string? Network)
{
    public EntryFilter ToFilter(int tenant, DateTimeOffset start) => new()
    {
        Scope = TestEntries.Scope(tenant, Time(start, Math.Min(Expired, 6))),
        Action = Name("action-", 0),
        EntityType = Name("type-", 1),
        Slug = Name("slug-", 2),
        Actor = Name("actor-", 3),
        Actions = Actions,
        Target = Target < 0 ? null : Target < 4 ? $"id-{Target}" : $"slug-{Target - 4}",
        EntityId = EntityId < 0 ? null : EntityId < 4 ? $"id-{EntityId}" : $"slug-{EntityId - 4}",
        Ip = Network ?? Name("10.0.0.", 4),
        From = From < 0 ? null : Time(start, From),
        To = To < 0 ? null : Time(start, To),
    };

    public bool Matches(NewEntry entry, EntryFilter filter) =>
        entry.OccurredAt >= filter.Scope.ExpiredBefore
        && (filter.From is null || entry.OccurredAt >= filter.From)
        && (filter.To is null || entry.OccurredAt < filter.To)
        && (filter.Action is null || filter.Action == entry.Action)
        && (filter.EntityType is null || filter.EntityType == entry.Target.Type)
        && (Actions.Length == 0 || Actions.Any(action => action.EndsWith(".*", StringComparison.Ordinal) ? entry.Action.StartsWith(action[..^1], StringComparison.Ordinal) : entry.Action == action))
        && (filter.Slug is null || filter.Slug == entry.Target.ShownSlug)
        && (filter.EntityId is null || filter.EntityId == entry.Target.Id)
        && (filter.Target is null || entry.Targets.Prepend(entry.Target).Any(target => filter.Target == target.Id || filter.Target == target.Slug))
        && (filter.Actor is null || filter.Actor == entry.Actor.Id)
        && (filter.Ip is null || filter.Ip == entry.Ip?.ToString() || Network switch
        {
            "10.0.0.0/31" or "0.0.0.0/0" => entry.Ip is not null,
            "10.0.0.1/32" => entry.Ip?.ToString() == "10.0.0.1",
            _ => false,
        });

    private string? Name(string prefix, int index) => Names[index] < 0 ? null : $"{prefix}{Names[index]}";

    private static DateTimeOffset Time(DateTimeOffset start, int halves) => start.AddTicks(halves * TimeSpan.TicksPerMillisecond / 2);
}
