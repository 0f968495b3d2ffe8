using AuditConsole.Streams;
using AuditConsole.Streams.Delivery;
using AuditConsole.Streams.Destinations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace AuditConsole.Tests.Streams;

/// <summary>How long is waited, by clocks that the tests set.</summary>
public sealed class PatienceTests(StreamFixture fixture) : IClassFixture<StreamFixture>
{
    [Theory]
    [InlineData("http")]
    [InlineData("webhook")]
    public async Task A_destination_that_hangs_is_given_up_after_15_seconds_and_tried_again_later(string name)
    {
        var (tenant, receiver, clock) = (await fixture.NewTenantAsync(), fixture.Receivers.Add(_ => Answer.Hang), new AlarmClock());
        var kind = tenant.Service.Kinds.Single(one => one.Name == name);
        var settings = new Dictionary<string, string> { ["url"] = receiver.Address.ToString(), ["secret"] = "whsec_" + Convert.ToBase64String(new byte[32]) };
        using var client = new HttpClient();
        await using var destination = kind.Open(new DestinationSettings(settings), new DestinationContext("str_1", tenant.Tenant.Id, StreamFormat.Json, client, clock));
        var check = destination.CheckAsync(default);
        await receiver.UntilAsync(got => got.All.Count == 1);
        Assert.Equal(TimeSpan.FromSeconds(15), Assert.Single(clock.Set));
        Assert.False(check.IsCompleted);
        clock.Ring();
        var outcome = await check.WaitAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(DeliveryVerdict.Retry, outcome.Verdict);
        Assert.Contains("did not answer in time", outcome.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_destination_that_begins_an_answer_and_never_ends_it_is_given_up_too()
    {
        var (tenant, receiver, clock) = (await fixture.NewTenantAsync(), fixture.Receivers.Add(_ => Answer.HangInBody), new AlarmClock());
        var kind = tenant.Service.Kinds.Single(one => one.Name == "splunk-hec");
        var settings = new Dictionary<string, string> { ["url"] = receiver.Address.ToString(), ["token"] = Guid.NewGuid().ToString() };
        using var client = new HttpClient();
        await using var destination = kind.Open(new DestinationSettings(settings), new DestinationContext("str_1", tenant.Tenant.Id, StreamFormat.Json, client, clock));
        var check = destination.CheckAsync(default);
        await clock.IsSet.Task.WaitAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(TimeSpan.FromSeconds(30), Assert.Single(clock.Set));
        Assert.False(check.IsCompleted);
        clock.Ring();
        var outcome = await check.WaitAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(DeliveryVerdict.Retry, outcome.Verdict);
        Assert.Contains("did not answer in time", outcome.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_that_fails_is_tried_for_24_hours_as_documented_and_disabled_then()
    {
        var (tenant, receiver, clock) = (await fixture.NewTenantAsync(), fixture.Receivers.Add(_ => new Answer(503)), new FakeClock(TimeProvider.System.GetUtcNow()));
        var id = await tenant.AddAsync(receiver);
        await tenant.Service.PauseAsync(tenant.Owner, id, default);
        var services = fixture.Console.Services;
        var setups = services.GetRequiredService<StreamSetups>();
        var (stream, lanes) = (await setups.ReadAsync(id, default))!.Value;
        using var slots = new DeliverySlots();
        // What is configured where nothing is.
        var options = new StreamOptions();
        var tools = new LaneTools(
            services.GetRequiredService<LaneReader>(), setups, services.GetRequiredService<StreamJournal>(), slots, new RetrySchedule(options.Schedule, new Random(1)),
            options.DisableAfter, tenant.Store, clock, NullLogger<LaneRunner>.Instance);
        await using var runner = new EntryRunner(setups.Of(stream).Setup!, new StreamLane { StreamId = id, Kind = LaneKind.Live, Cursor = lanes[0].Cursor, StartedAt = lanes[0].StartedAt }, tools);
        var (before, started, waits) = (receiver.All.Count, clock.Now, new List<TimeSpan>());
        LaneRun run;
        while ((run = await runner.RunAsync(default)).End == LaneEnd.Wait)
        {
            waits.Add(run.For);
            clock.Advance(run.For);
            Assert.True(clock.Now - started < TimeSpan.FromHours(48), $"It has failed for {clock.Now - started}, in {waits.Count} attempts, and isn't disabled.");
        }
        Assert.Equal((LaneEnd.Stop, StreamState.Disabled), (run.End, run.State));
        Assert.Contains("It failed for", run.Reason, StringComparison.Ordinal);
        Assert.InRange(clock.Now - started, TimeSpan.FromHours(24), TimeSpan.FromHours(30));
        Assert.InRange(receiver.All.Count - before, 10, 12);
        TimeSpan[] gaps = [TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(295), TimeSpan.FromMinutes(25), TimeSpan.FromMinutes(90), TimeSpan.FromHours(3)];
        Assert.All(gaps.Zip(waits), pair => Assert.InRange(pair.Second / pair.First, 1 - RetrySchedule.Jitter, 1 + RetrySchedule.Jitter));
        // Whatever it was, it is the same batch each time.
        Assert.Single(receiver.All.Skip(before).Select(request => request.Id).Distinct());
    }

    /// <summary>A clock whose timers run out when it is told to ring.</summary>
    private sealed class AlarmClock : TimeProvider
    {
        private readonly List<(TimerCallback Callback, object? State, TimeSpan Due)> _timers = [];

        public TaskCompletionSource IsSet { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public IEnumerable<TimeSpan> Set => _timers.Select(timer => timer.Due);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _timers.Add((callback, state, dueTime));
            IsSet.TrySetResult();
            return new Timer();
        }

        public void Ring() => _timers.ForEach(timer => timer.Callback(timer.State));

        private sealed class Timer : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
