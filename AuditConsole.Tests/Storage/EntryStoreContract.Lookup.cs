using AuditConsole.Core;
using AuditConsole.Storage;

namespace AuditConsole.Tests.Storage;

// Networks, groups of actions, ids, and waiting for more.
public abstract partial class EntryStoreContract
{
    [Fact]
    public async Task Networks_and_groups_of_more_values_than_a_statement_takes_find_the_same()
    {
        var tenant = await storage.AddTenantAsync();
        await AppendAsync(tenant, [.. Enumerable.Range(0, 200).Select(i => TestEntries.Entry(
            $"group.action-{i % 100}", ip: i % 2 == 0 ? $"10.0.{i / 100}.{i % 100}" : $"2001:db8::{i:x}"))]);
        var filter = TestEntries.Filter(tenant);
        Assert.Equal(Odd(false), await SequencesAsync(filter with { Ip = "10.0.0.0/16" }));
        Assert.Equal(Odd(false).Where(sequence => sequence > 100), await SequencesAsync(filter with { Ip = "10.0.1.0/24" }));
        Assert.Equal(Odd(true), await SequencesAsync(filter with { Ip = "2001:db8::/32" }));
        Assert.Equal(Enumerable.Range(1, 200).Select(i => (long)i).Reverse(), await SequencesAsync(filter with { Actions = ["group.*"] }));
        Assert.Equal(Odd(true), await SequencesAsync(filter with { Actions = ["group.*", "group.action-7"], Ip = "2001:db8::/32" }));
        Assert.Equal([108L, 8L], await SequencesAsync(filter with { Actions = ["group.action-7", "nothing"] }));
        Assert.Equal(200, await Store.CountAsync(filter with { Actions = ["group.*"] }, 200, default));
        Assert.Empty(await SequencesAsync(filter with { Actions = ["grou.*"] }));
        Assert.Empty(await SequencesAsync(filter with { Ip = "10.9.0.0/16" }));

        static IEnumerable<long> Odd(bool v6) => Enumerable.Range(0, 200).Where(i => i % 2 == 1 == v6).Select(i => i + 1L).Reverse();
    }

    [Fact]
    public async Task An_entry_is_found_by_its_id_between_others_of_the_same_millisecond()
    {
        var tenant = await storage.AddTenantAsync();
        var other = await storage.AddTenantAsync();
        var appended = new List<AppendedEntry>();
        for (var batch = 0; batch < 5; batch++)
        {
            appended.AddRange(await AppendAsync(tenant, [.. Enumerable.Range(0, 20).Select(_ => TestEntries.Entry())]));
            Clock.Advance(TimeSpan.FromMilliseconds(batch));
        }
        foreach (var place in appended)
        {
            Assert.Equal(place.Sequence, (await Store.FindAsync(TestEntries.Scope(tenant), place.Id, default))?.Sequence);
            Assert.Null(await Store.FindAsync(TestEntries.Scope(other), place.Id, default));
            Assert.Null(await Store.FindAsync(TestEntries.Scope(tenant, Clock.Now.AddDays(1)), place.Id, default));
        }
        foreach (var unknown in new[] { Guid.Empty, Guid.CreateVersion7(Clock.Now), Guid.CreateVersion7(Clock.Now.AddYears(-3)), Guid.CreateVersion7(Clock.Now.AddYears(3)), Guid.NewGuid() })
        {
            Assert.Null(await Store.FindAsync(TestEntries.Scope(tenant), unknown, default));
        }
    }

    [Fact]
    public async Task A_tail_stops_at_what_it_can_hold_and_goes_on_there()
    {
        var tenant = await storage.AddTenantAsync();
        var large = new string('x', 60_000);
        for (var i = 0; i < 3; i++)
        {
            await AppendAsync(tenant, [.. Enumerable.Range(0, 50).Select(_ => TestEntries.Entry(metadata: new { large }))]);
        }
        var first = await Store.ReadTailAsync(TestEntries.Filter(tenant), 0, 1000, default);
        Assert.InRange(first.Entries.Count, 2, 149);
        Assert.Equal(first.Entries[^1].Sequence, first.Reached);
        Assert.True(first.HasMore);
        Assert.Equal(Enumerable.Range(1, 150).Select(i => (long)i), (await TailAsync(TestEntries.Filter(tenant), 1000)).Select(entry => entry.Sequence));
        var none = await Store.ReadTailAsync(TestEntries.Filter(tenant) with { Actor = "nobody" }, 0, 10, default);
        Assert.Equal((150L, 150L, false), (none.Reached, none.Size, none.HasMore));
    }

    [Fact]
    public async Task Who_waits_for_more_is_woken_by_the_next_commit_of_the_same_tenant()
    {
        var (tenant, other) = (await storage.AddTenantAsync(), await storage.AddTenantAsync());
        await AppendAsync(tenant, TestEntries.Entry());
        await Store.WaitForMoreAsync(tenant, 0, default);
        var waiting = Store.WaitForMoreAsync(tenant, 1, default);
        await AppendAsync(other, TestEntries.Entry(), TestEntries.Entry());
        Assert.False(waiting.IsCompleted);
        await AppendAsync(tenant, TestEntries.Entry());
        await waiting.WaitAsync(TimeSpan.FromSeconds(30));
        using var gone = new CancellationTokenSource();
        var abandoned = Store.WaitForMoreAsync(tenant, 2, gone.Token);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => abandoned);
    }
}
