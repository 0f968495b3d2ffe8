using System.Diagnostics.Metrics;
using AuditConsole.Checkpoints;
using AuditConsole.Integrity;
using AuditConsole.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Integrity;

/// <summary>What the verification in the background remembers, finds and takes back.</summary>
public sealed class IntegrityMonitorTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Old = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly TestStorage _storage = new();
    private int _tenant;

    private IntegrityMonitor Monitor => _storage.Services.GetRequiredService<IntegrityMonitor>();

    public async Task InitializeAsync()
    {
        await _storage.InitializeAsync();
        _tenant = await _storage.AddTenantAsync();
    }

    public async Task DisposeAsync() => await _storage.DisposeAsync();

    [Fact]
    public async Task It_goes_on_after_a_restart_where_it_was()
    {
        await AppendAsync(10);
        var status = await RunAsync();
        Assert.Equal((10, _storage.Clock.Now, null), (status.Size, status.VerifiedAt, status.FaultSequence));
        await AppendAsync(5);
        // What was verified is not read again at once: only the walk over all would see this.
        _storage.ExecuteRaw("UPDATE verification SET WalkStartedAt = 1, WalkSize = Size, WalkHash = Hash, WalkFrontier = Frontier");
        Guarded("UPDATE entry SET details = '{}' WHERE sequence = 3");

        await _storage.RestartAsync();

        Assert.Equal((15, (long?)null), await RunAsync() is { } after ? (after.Size, after.FaultSequence) : default);
    }

    [Fact]
    public async Task Everything_is_walked_again_and_what_was_changed_since_is_found_with_its_place()
    {
        await AppendAsync(10);
        await RunAsync();
        var again = await RunAsync();
        Assert.Equal((10, null), (again.FullSize, again.FullBy));
        Guarded("UPDATE entry SET details = '{}' WHERE sequence = 3");

        var status = await RunAsync();

        Assert.Equal((3, 10), (status.FaultSequence, status.Size));
        Assert.Contains("The entry was changed", status.FaultReason);
        Assert.Equal([(_tenant, 3L)], Monitor.Faults);
        await _storage.RestartAsync();
        Assert.Equal(3, (await Monitor.StatusOfAsync(_tenant, default)).FaultSequence);
    }

    [Fact]
    public async Task A_log_that_is_put_right_is_said_to_hold_again()
    {
        await AppendAsync(10);
        await RunAsync();
        Guarded("UPDATE entry SET salt = zeroblob(16) WHERE sequence = 10; CREATE TABLE kept AS SELECT salt FROM entry WHERE sequence = 3; UPDATE entry SET salt = zeroblob(16) WHERE sequence = 3");
        Assert.Equal(3, (await RunAsync()).FaultSequence);
        Assert.Equal(3, (await RunAsync()).FaultSequence);
        _storage.ExecuteRaw("UPDATE entry SET salt = (SELECT salt FROM kept) WHERE sequence = 3");

        Assert.Equal(10, (await RunAsync()).FaultSequence);
    }

    [Fact]
    public async Task A_fault_is_measured_once()
    {
        var faults = 0L;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                // Other tests have meters of the same name.
                if (ReferenceEquals(instrument.Meter.Scope, _storage.Services.GetRequiredService<IMeterFactory>()))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => faults += instrument.Name == "audit_console.verification.faults" ? value : 0);
        listener.Start();
        await AppendAsync(10);
        await RunAsync();
        Assert.Equal(0, faults);
        Guarded("UPDATE entry SET salt = zeroblob(16) WHERE sequence = 3");

        await RunAsync();
        await RunAsync();

        Assert.Equal(1, faults);
    }

    [Fact]
    public async Task A_fault_at_the_end_is_taken_back_when_it_is_gone()
    {
        await AppendAsync(10);
        await RunAsync();
        await AppendAsync(2);
        Guarded("CREATE TABLE kept AS SELECT salt FROM entry WHERE sequence = 11; UPDATE entry SET salt = zeroblob(16) WHERE sequence = 11");
        Assert.Equal((11, 10), await RunAsync() is { } broken ? (broken.FaultSequence, broken.Size) : default);
        _storage.ExecuteRaw("UPDATE entry SET salt = (SELECT salt FROM kept) WHERE sequence = 11");

        Assert.Equal((null, 12), await RunAsync() is { } whole ? (whole.FaultSequence, whole.Size) : default);
    }

    [Fact]
    public async Task Entries_that_were_replaced_with_their_hashes_are_found_without_a_checkpoint_too()
    {
        await AppendAsync(10);
        await RunAsync();
        _storage.ExecuteRaw("UPDATE verification SET Hash = zeroblob(32)");
        await _storage.RestartAsync();
        await AppendAsync(1);

        Assert.Contains("not those that were verified before", (await RunAsync()).FaultReason);
        var running = Monitor.Start(_tenant, "admin@example.com", default);
        await running.Done;
        var status = await Monitor.StatusOfAsync(_tenant, default);
        Assert.Equal(10, status.FaultSequence);
        Assert.Contains("not those that were verified before", status.FaultReason);
    }

    [Fact]
    public async Task Verify_now_walks_everything_and_says_who_asked()
    {
        await AppendAsync(10);
        var running = Monitor.Start(_tenant, "admin@example.com", default);
        await running.Done;
        var status = await Monitor.StatusOfAsync(_tenant, default);
        Assert.Equal((10, 10, "admin@example.com", null), (status.Size, status.FullSize, status.FullBy, running.Failure));
        Assert.Equal(10, running.At.Done);
        Assert.Null(Monitor.RunningFor(_tenant));
    }

    [Fact]
    public async Task A_purge_is_no_alarm_wherever_verification_stands()
    {
        await AppendAsync(600, Old);
        await AppendAsync(10);
        await RunAsync();
        await _storage.Services.GetRequiredService<CheckpointService>().SignNowAsync(_tenant, default);
        _storage.ExecuteRaw("UPDATE verification SET Size = 0, Hash = zeroblob(32), Frontier = x'', WalkSize = 0, WalkHash = zeroblob(32), WalkFrontier = x'', WalkStartedAt = 1");
        await _storage.Store.PurgeAsync(_tenant, Old.AddYears(1), default);
        await _storage.RestartAsync();

        Assert.Equal((610, (long?)null), await RunAsync() is { } once ? (once.Size, once.FaultSequence) : default);
        Assert.Null((await RunAsync()).FaultSequence);
        Assert.Equal(610, (await RunAsync()).FullSize);
    }

    private async Task<VerificationState> RunAsync()
    {
        await Monitor.RunAsync(default);
        return await Monitor.StatusOfAsync(_tenant, default);
    }

    private void Guarded(string sql)
    {
        _storage.ExecuteRaw("DROP TRIGGER entry_is_never_updated");
        _storage.ExecuteRaw(sql);
    }

    private Task AppendAsync(int count, DateTimeOffset? occurredAt = null) =>
        _storage.Store.AppendAsync(TestEntries.Request(_tenant, [.. Enumerable.Range(0, count).Select(_ => TestEntries.Entry(occurredAt: occurredAt))]), default);
}
