using AuditConsole.Core;
using AuditConsole.Integrity;
using AuditConsole.Retention;
using AuditConsole.Storage;
using AuditConsole.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Integrity;

/// <summary>Somebody removes entries as a purge does, and the log says of no purge.</summary>
public sealed class RemovedAsPurgedTests : IAsyncLifetime
{
    private readonly TestStorage _storage = new();
    private int _tenant;

    public async Task InitializeAsync()
    {
        await _storage.InitializeAsync();
        _tenant = await _storage.AddTenantAsync();
        await AppendAsync(6);
    }

    public async Task DisposeAsync() => await _storage.DisposeAsync();

    [Fact]
    public async Task A_beginning_that_no_purge_took_is_named()
    {
        await PurgeBeginningAsync();
        await AppendAsync(4);
        Assert.True((await _storage.VerifyAsync(_tenant)).Holds);
        var start = await _storage.Store.ReadBaseAsync(_tenant, default);
        Assert.Equal(6, start.Head.Size);

        await CutBeginningAsync(start, to: 9);

        var result = await _storage.VerifyAsync(_tenant);
        // The record of the purge before went with them.
        Assert.Equal((9, 1L), (result.Base.Size, result.Fault?.Sequence));
        Assert.Contains("no record of a purge", result.Fault!.Reason);
    }

    [Fact]
    public async Task Purges_whose_record_expired_too_raise_no_alarm_and_hide_nothing_newer()
    {
        for (var i = 0; i < 4; i++)
        {
            await PurgeBeginningAsync();
            Assert.True((await _storage.VerifyAsync(_tenant)).Holds);
            await AppendAsync(3);
        }
        var (start, head) = (await _storage.Store.ReadBaseAsync(_tenant, default), await _storage.Store.ReadHeadAsync(_tenant, default));
        Assert.Equal(head.Size - 4, start.Head.Size);
        RemoveAsPurged(head.Size - 1);
        Assert.Equal(head.Size - 1, (await _storage.VerifyAsync(_tenant)).Fault?.Sequence);
    }

    [Fact]
    public async Task Late_entries_that_were_purged_do_not_explain_what_was_removed_beside_them()
    {
        await PurgeBeginningAsync();
        var late = _storage.Clock.Now.AddMonths(-24).AddMinutes(1);
        // 8 to 13, every other one late.
        await _storage.Store.AppendAsync(TestEntries.Request(_tenant, [.. Enumerable.Range(0, 6).Select(i => TestEntries.Entry(occurredAt: i % 2 == 0 ? late : null))]), default);
        _storage.Clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(3, (await _storage.Services.GetRequiredService<PurgeService>().PurgeAsync(default)).Count);
        var result = await _storage.VerifyAsync(_tenant);
        Assert.Equal((null, 3L), (result.Fault, result.Purged));

        RemoveAsPurged(11);

        Assert.Equal(11, (await _storage.VerifyAsync(_tenant)).Fault?.Sequence);
        // The service goes over it in its rounds, too.
        var monitor = _storage.Services.GetRequiredService<IntegrityMonitor>();
        await monitor.RunAsync(default);
        Assert.Equal(11, (await monitor.StatusOfAsync(_tenant, default)).FaultSequence);
    }

    [Fact]
    public async Task A_purge_that_is_not_recorded_yet_or_in_more_ranges_than_are_told_raises_no_alarm()
    {
        var late = _storage.Clock.Now.AddMonths(-24).AddMinutes(1);
        await _storage.Store.AppendAsync(TestEntries.Request(_tenant, [.. Enumerable.Range(0, 2100).Select(i => TestEntries.Entry(occurredAt: i % 2 == 0 ? late : null))]), default);
        _storage.Clock.Advance(TimeSpan.FromDays(1));
        await _storage.Store.PurgeAsync(_tenant, _storage.Clock.Now.AddMonths(-24), default);
        Assert.Equal((null, 1050L), (await _storage.VerifyAsync(_tenant) is var waiting ? (waiting.Fault, waiting.Purged) : default));
        await _storage.Services.GetRequiredService<PurgeService>().PurgeAsync(default);
        Assert.Equal((null, 1050L), (await _storage.VerifyAsync(_tenant) is var recorded ? (recorded.Fault, recorded.Purged) : default));
    }

    [Fact]
    public async Task What_a_hold_kept_for_long_can_not_be_removed_as_if_a_former_purge_had_taken_it()
    {
        await HoldAsync("usr_kept");
        await AppendAsync(1, "usr_kept");
        await PurgeBeginningAsync();
        await AppendAsync(3);
        await PurgeBeginningAsync();
        await AppendAsync(2);
        // The record of the first purge expired, and with it the only word on 1 to 6.
        Assert.Equal((null, 6L), await _storage.VerifyAsync(_tenant) is var before ? (before.Fault, before.Base.Size) : default);
        var monitor = _storage.Services.GetRequiredService<IntegrityMonitor>();
        await RunAsync(monitor, null);

        RemoveAsPurged(7);

        Assert.Equal(7, (await _storage.VerifyAsync(_tenant)).Fault?.Sequence);
        await RunAsync(monitor, 7);
        // The next purge doesn't make it a matter of its own.
        await PurgeBeginningAsync();
        var after = (await _storage.VerifyAsync(_tenant)).Fault;
        Assert.Equal(7, after?.Sequence);
        Assert.Contains("was gone before the purge that #15 records", after!.Reason);
        await AppendAsync(2);
        await PurgeBeginningAsync();
        Assert.Equal(7, (await _storage.VerifyAsync(_tenant)).Fault?.Sequence);
    }

    [Fact]
    public async Task Among_more_ranges_than_are_told_nothing_can_be_removed_either()
    {
        await AppendAlternatingAsync(2100);
        _storage.Clock.Advance(TimeSpan.FromDays(1));
        await _storage.Services.GetRequiredService<PurgeService>().PurgeAsync(default);
        Assert.Null((await _storage.VerifyAsync(_tenant)).Fault);
        RemoveAsPurged(2050);
        var fault = (await _storage.VerifyAsync(_tenant)).Fault;
        Assert.Contains("1,051 places of the log are empty, and purges emptied 1,050", fault?.Reason);
        RemoveAsPurged(400);
        Assert.Equal(400, (await _storage.VerifyAsync(_tenant)).Fault?.Sequence);
    }

    [Fact]
    public async Task The_newest_record_of_a_purge_can_not_be_removed_nor_what_was_purged_put_back()
    {
        _storage.ExecuteRaw("CREATE TABLE kept AS SELECT * FROM entry");
        var late = _storage.Clock.Now.AddMonths(-24).AddMinutes(1);
        await _storage.Store.AppendAsync(TestEntries.Request(_tenant, TestEntries.Entry(occurredAt: late)), default);
        _storage.ExecuteRaw("INSERT INTO kept SELECT * FROM entry WHERE sequence = 7");
        _storage.Clock.Advance(TimeSpan.FromDays(1));
        await _storage.Services.GetRequiredService<PurgeService>().PurgeAsync(default);
        await AppendAsync(1);
        Assert.Equal((null, 1L), await _storage.VerifyAsync(_tenant) is var before ? (before.Fault, before.Purged) : default);

        _storage.ExecuteRaw("DROP TRIGGER purged_leaf_leaves_by_retention; INSERT INTO entry SELECT * FROM kept WHERE sequence = 7; CREATE TABLE leaves AS SELECT * FROM purged_leaf; DELETE FROM purged_leaf");
        var back = (await _storage.VerifyAsync(_tenant)).Fault;
        Assert.Equal(7, back?.Sequence);
        Assert.Contains("stands in the log again", back!.Reason);

        _storage.ExecuteRaw("INSERT INTO purged_leaf SELECT * FROM leaves; DROP TRIGGER entry_leaves_by_retention; DELETE FROM entry WHERE sequence = 7; INSERT INTO purged_leaf SELECT tenant, sequence, leaf, hash FROM entry WHERE sequence = 8; DELETE FROM entry WHERE sequence = 8");
        Assert.Equal(7, (await _storage.VerifyAsync(_tenant)).Fault?.Sequence);
    }

    [Fact]
    public async Task A_purge_that_was_broken_off_behind_the_newest_record_raises_no_alarm()
    {
        await HoldAsync("console", until: _storage.Clock.Now.AddDays(801));
        await PurgeBeginningAsync();
        await AppendAsync(2);
        await PurgeBeginningAsync();
        await AppendAsync(2);
        // The older of the two records is held, the newer goes, and nothing is recorded yet.
        _storage.Clock.Advance(TimeSpan.FromDays(800));
        await _storage.Store.PurgeAsync(_tenant, _storage.Clock.Now.AddMonths(-24), default);
        Assert.Null((await _storage.VerifyAsync(_tenant)).Fault);
        await _storage.RestartAsync();
        await _storage.Services.GetRequiredService<PurgeService>().PurgeAsync(default);
        Assert.Null((await _storage.VerifyAsync(_tenant)).Fault);
        await AppendAsync(2);
        await PurgeBeginningAsync();
        Assert.Null((await _storage.VerifyAsync(_tenant)).Fault);
    }

    [Fact]
    public async Task What_is_purged_and_not_recorded_yet_is_told_from_what_was_removed()
    {
        await HoldAsync("usr_kept");
        await AppendAsync(1, "usr_kept");
        await PurgeBeginningAsync();
        await AppendAsync(2);
        await using (var context = await _storage.Contexts.CreateDbContextAsync())
        {
            context.Holds.Single().LiftedAt = _storage.Clock.Now;
            await context.SaveChangesAsync();
        }
        Assert.Equal(1, (await _storage.Store.PurgeAsync(_tenant, _storage.Clock.Now.AddMonths(-24), default)).Count);
        Assert.Null((await _storage.VerifyAsync(_tenant)).Fault);
        RemoveAsPurged(9);
        Assert.Equal(9, (await _storage.VerifyAsync(_tenant)).Fault?.Sequence);
    }

    [Fact]
    public async Task Records_of_an_older_version_say_as_much_as_they_did()
    {
        await AppendAlternatingAsync(8);
        _storage.Clock.Advance(TimeSpan.FromDays(1));
        await _storage.Store.PurgeAsync(_tenant, _storage.Clock.Now.AddMonths(-24), default);
        var before = AuditConsole.Core.WireTime.Format(_storage.Clock.Now.AddMonths(-24));
        var record = TestEntries.Entry("AuditLogPurged", metadata: new { before, count = 4, ranges = new[] { 7, 9, 11, 13 }.Select(i => new { first = i, last = i }), ranges_complete = true });
        await _storage.Store.AppendAsync(TestEntries.Request(_tenant, record) with { RecordedBy = "console", RecordsPurge = true }, default);
        Assert.Null((await _storage.VerifyAsync(_tenant)).Fault);
        await AppendAsync(1);
        RemoveAsPurged(8);
        Assert.Equal(8, (await _storage.VerifyAsync(_tenant)).Fault?.Sequence);
    }

    private async Task RunAsync(IntegrityMonitor monitor, long? fault)
    {
        for (var i = 0; i < 4 && (i < 2 || (await monitor.StatusOfAsync(_tenant, default)).FaultSequence != fault); i++)
        {
            await monitor.RunAsync(default);
        }
        Assert.Equal(fault, (await monitor.StatusOfAsync(_tenant, default)).FaultSequence);
    }

    private async Task HoldAsync(string actor, DateTimeOffset? until = null)
    {
        await using var context = await _storage.Contexts.CreateDbContextAsync();
        context.Holds.Add(new AuditConsole.Holds.Hold
        {
            Id = "hold_1",
            TenantNumber = _tenant,
            Name = "Case",
            Reason = "x",
            Actor = actor == "console" ? null : actor,
            Action = actor == "console" ? "AuditLogPurged" : null,
            To = until,
            PlacedAt = _storage.Clock.Now,
            PlacedBy = "usr_admin",
        });
        await context.SaveChangesAsync();
    }

    private Task AppendAlternatingAsync(int count)
    {
        var late = _storage.Clock.Now.AddMonths(-24).AddMinutes(1);
        return _storage.Store.AppendAsync(TestEntries.Request(_tenant, [.. Enumerable.Range(0, count).Select(i => TestEntries.Entry(occurredAt: i % 2 == 0 ? late : null))]), default);
    }

    private async Task PurgeBeginningAsync()
    {
        _storage.Clock.Advance(TimeSpan.FromDays(800));
        Assert.NotEqual(0, (await _storage.Services.GetRequiredService<PurgeService>().PurgeAsync(default)).Count);
    }

    private void RemoveAsPurged(long sequence) => _storage.ExecuteRaw(
        $"""
        DROP TRIGGER IF EXISTS entry_leaves_by_retention;
        INSERT INTO purged_leaf SELECT tenant, sequence, leaf, hash FROM entry WHERE sequence = {sequence};
        DELETE FROM entry WHERE sequence = {sequence}
        """);

    private async Task CutBeginningAsync(ChainBase start, long to)
    {
        var (head, frontier) = (start.Head, start.Frontier);
        await foreach (var place in _storage.Store.ReadChainAsync(_tenant, start.Head.Size, default))
        {
            if (place.Sequence <= to)
            {
                head = head.Append(place.Place!.Leaf);
                frontier.Append(place.Place.Leaf);
            }
        }
        _storage.ExecuteRaw(
            $"""
            DROP TRIGGER entry_leaves_by_retention; DELETE FROM entry WHERE sequence <= {to};
            UPDATE chain SET base_size = {to}, base_hash = x'{head.Hash}', base_frontier = x'{Convert.ToHexString(frontier.ToArray())}'
            """);
    }

    private Task AppendAsync(int count, string actor = "usr_1") =>
        _storage.Store.AppendAsync(TestEntries.Request(_tenant, [.. Enumerable.Range(0, count).Select(_ => TestEntries.Entry(actor: actor))]), default);
}
