using AuditConsole.Core;
using AuditConsole.Holds;
using AuditConsole.Storage;
using AuditConsole.Tests.Holds;
using AuditConsole.Tests.Withholding;

namespace AuditConsole.Tests.Storage;

// Filters that find little.
public abstract partial class EntryStoreContract
{
    // More of them with AUDIT_SPARSE_LOGS, for instance after a change of how entries are found.
    private static readonly int SparseLogs =
        int.TryParse(Environment.GetEnvironmentVariable("AUDIT_SPARSE_LOGS"), out var logs) ? logs : 8;

    [Fact]
    public async Task Every_way_of_reading_finds_the_few_entries_of_a_plain_list_withheld_held_and_purged_ones_included()
    {
        for (var i = 0; i < SparseLogs; i++)
        {
            var seed = Random.Shared.Next();
            try
            {
                await FindTheFewAsync(new SparseLog(seed), isPurged: i % 2 == 1, isRestarted: i == 1);
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"The log of the seed {seed}: {failure.Message}", failure);
            }
        }
    }

    private async Task FindTheFewAsync(SparseLog log, bool isPurged, bool isRestarted)
    {
        var tenant = await storage.AddTenantAsync();
        var model = new LogModel(WireTime.Truncate(Clock.Now));
        foreach (var batch in log.Entries(model.Start).Chunk(23))
        {
            await AppendAsync(tenant, batch);
            model.Append(batch);
        }
        await WithholdAsync(tenant, log.Withheld(model), model);
        for (var i = 0; i < 2; i++)
        {
            await HoldAsync(tenant, log.HoldOf(tenant, model), model);
        }
        var links = (await ReadAllAsync(new EntryFilter { Scope = TestEntries.Scope(tenant, DateTimeOffset.UnixEpoch) }, long.MaxValue))
            .ToDictionary(entry => entry.Sequence, entry => entry.Hash);
        links[0] = EntryHash.Zero;
        model.Cutoff = log.Cutoff(model.Start);
        if (isPurged)
        {
            Assert.Equal(model.Purge().Count, (await Store.PurgeAsync(tenant, model.Cutoff, default)).Count);
        }
        if (isRestarted)
        {
            await storage.RestartAsync();
        }
        var found = 0;
        foreach (var filter in log.Filters(TestEntries.Scope(tenant, model.Cutoff), model))
        {
            var (snapshot, matching) = (log.Snapshot(model), model.Readable().Where(entry => entry.Matches(filter)).ToList());
            found += matching.Count;
            var sequences = matching.Where(entry => entry.Sequence <= snapshot)
                .OrderByDescending(entry => entry.OccurredAt).ThenByDescending(entry => entry.Sequence).Select(entry => entry.Sequence).ToList();
            try
            {
                await RequireSameAsync(filter, snapshot, log.PageSize(), sequences, [.. matching.Select(entry => entry.Sequence)]);
                Assert.All(await ReadAllAsync(filter, snapshot), entry => Assert.Equal((links[entry.Sequence - 1], links[entry.Sequence]), (entry.PreviousHash, entry.Hash)));
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"{filter} {string.Join(' ', filter.Actions)}: {failure.Message}", failure);
            }
        }
        Assert.True(found > 0, "No filter found anything.");
    }

    private async Task WithholdAsync(int tenant, IReadOnlyList<ModelEntry> entries, LogModel model)
    {
        var request = await storage.WithholdRequestAsync(tenant, "erasure", [.. entries.Select(entry => entry.Sequence)]);
        await Store.WithholdAsync([request], default);
        foreach (var entry in entries)
        {
            entry.IsWithheld = true;
        }
        model.Append(request.Entries.Select(entry => entry.Content));
    }

    private async Task HoldAsync(int tenant, Hold hold, LogModel model)
    {
        var entry = TestEntries.Entry(ServiceActions.HoldPlaced, "Hold", hold.Id);
        await Store.AppendAsync(TestEntries.Request(tenant, entry) with { RecordedBy = "user:usr_admin", Change = context => context.Holds.Add(hold) }, default);
        model.Append(entry);
        model.Holds.Add(hold);
    }

    /// <summary>Count, histogram, stream, tail, and pages forth and back give these sequences.</summary>
    /// <param name="filter">The filter.</param>
    /// <param name="snapshot">The newest sequence that counts, but for the tail.</param>
    /// <param name="size">Entries a page.</param>
    /// <param name="expected">Newest first.</param>
    /// <param name="chained">In the order of the chain, those behind the snapshot included.</param>
    private async Task RequireSameAsync(EntryFilter filter, long snapshot, int size, IReadOnlyList<long> expected, IReadOnlyList<long> chained)
    {
        var entries = await ReadAllAsync(filter, snapshot);
        Assert.Equal(expected, entries.Select(entry => entry.Sequence));
        Assert.Equal(expected.Count, await Store.CountAsync(filter, snapshot, default));
        Assert.Equal(
            entries.GroupBy(entry => DateOnly.FromDateTime(entry.OccurredAt.UtcDateTime)).OrderBy(day => day.Key).Select(day => new DayCount(day.Key, day.Count())),
            await Store.CountByDayAsync(filter, snapshot, default));
        Assert.Equal(chained, (await TailAsync(filter, size)).Select(entry => entry.Sequence));
        var pages = new List<EntryPage> { await Store.ReadPageAsync(filter, new PageRequest(size, snapshot), default) };
        while (pages[^1].HasOlder)
        {
            pages.Add(await Store.ReadPageAsync(filter, new PageRequest(size, snapshot, OlderThan: PlaceOf(pages[^1].Entries[^1])), default));
        }
        Assert.Equal(expected, pages.SelectMany(page => page.Entries).Select(entry => entry.Sequence));
        for (var i = pages.Count - 1; i > 0; i--)
        {
            Assert.True(pages[i].HasNewer);
            var back = await Store.ReadPageAsync(filter, new PageRequest(size, snapshot, NewerThan: PlaceOf(pages[i].Entries[0])), default);
            Assert.Equal(pages[i - 1].Entries.Select(entry => entry.Sequence), back.Entries.Select(entry => entry.Sequence));
            Assert.Equal(i > 1, back.HasNewer);
        }
    }
}
