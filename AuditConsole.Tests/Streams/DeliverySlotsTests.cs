using AuditConsole.Storage;
using AuditConsole.Streams;
using AuditConsole.Streams.Delivery;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace AuditConsole.Tests.Streams;

/// <summary>Who waits for whom.</summary>
public sealed class DeliverySlotsTests(StreamFixture fixture) : IClassFixture<StreamFixture>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task However_many_streams_of_an_account_hang_those_of_another_find_a_place()
    {
        using var slots = new DeliverySlots();
        foreach (var pace in Enum.GetValues<DeliveryPace>())
        {
            var entered = Enumerable.Range(0, 100).Select(_ => slots.EnterAsync(1, pace, default)).ToList();
            Assert.InRange(entered.Count(task => task.IsCompleted), 4, 16);
            var other = slots.EnterAsync(2, pace, default);
            Assert.True(other.IsCompleted);
            (await other).Dispose();
            // Whose batch is gone makes room for the next.
            var waiting = entered.Find(task => !task.IsCompleted)!;
            (await entered[0]).Dispose();
            (await waiting.WaitAsync(Patience)).Dispose();
        }
    }

    [Fact]
    public async Task Who_gives_up_waiting_takes_no_place_with_it()
    {
        using var slots = new DeliverySlots();
        var held = new List<IDisposable>();
        foreach (var tenant in new[] { 1, 2 })
        {
            held.AddRange(await EnterAsync(slots, tenant, DeliveryPace.Failing, DeliverySlots.Failing / 2));
        }
        using var gone = new CancellationTokenSource();
        var waiting = Enumerable.Range(0, DeliverySlots.Failing).Select(_ => slots.EnterAsync(3, DeliveryPace.Failing, gone.Token)).ToList();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(waiting));
        held.ForEach(place => place.Dispose());
        await EnterAsync(slots, 3, DeliveryPace.Failing, DeliverySlots.Failing / 2);
    }

    [Theory]
    [InlineData("http")]
    [InlineData("webhook")]
    public async Task A_destination_that_takes_its_time_leaves_the_quick_ones_their_places(string kind)
    {
        var clock = new RunningClock();
        var (tenant, receiver) = (await fixture.NewTenantAsync(), fixture.Receivers.Add());
        var id = await tenant.AddAsync(receiver, kind);
        await tenant.UntilAsync(id, view => view.Status.LagEntries == 0);
        await tenant.Service.PauseAsync(tenant.Owner, id, default);
        await tenant.AppendAsync(3);
        var services = fixture.Console.Services;
        var setups = services.GetRequiredService<StreamSetups>();
        var (stream, lanes) = (await setups.ReadAsync(id, default))!.Value;
        using var slots = new DeliverySlots();
        var options = new StreamOptions();
        var tools = new LaneTools(
            services.GetRequiredService<LaneReader>(), setups, services.GetRequiredService<StreamJournal>(), slots, new RetrySchedule(options.Schedule, new Random(1)),
            options.DisableAfter, tenant.Store, clock, NullLogger<LaneRunner>.Instance);
        await using var runner = new EntryRunner(setups.Of(stream).Setup!, lanes[0], tools);
        var before = receiver.All.Count;
        receiver.Answer = _ =>
        {
            clock.Advance(DeliverySlots.SlowFrom);
            return Answer.Ok;
        };
        await runner.RunAsync(default);
        // A place isn't held for one slow answer after the other.
        Assert.Equal(before + 1, receiver.All.Count);
        var quick = await EnterAsync(slots, tenant.Tenant.Number, DeliveryPace.Quick, DeliverySlots.Quick / 2);
        receiver.Answer = _ => Answer.Ok;
        await tenant.AppendAsync(3);
        await runner.RunAsync(default).WaitAsync(Patience);

        // Quick again, it goes among the quick ones again.
        Array.ForEach(quick, place => place.Dispose());
        await EnterAsync(slots, tenant.Tenant.Number, DeliveryPace.Slow, DeliverySlots.Slow / 2);
        await tenant.AppendAsync(3);
        await runner.RunAsync(default).WaitAsync(Patience);
    }

    private static Task<IDisposable[]> EnterAsync(DeliverySlots slots, int tenant, DeliveryPace pace, int count) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(_ => slots.EnterAsync(tenant, pace, default))).WaitAsync(Patience);

    /// <summary>A clock that goes on by itself, and further when it is told to.</summary>
    private sealed class RunningClock : TimeProvider
    {
        private long _ahead;

        public void Advance(TimeSpan by) => Interlocked.Add(ref _ahead, by.Ticks);

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _ahead));

        public override long GetTimestamp() => base.GetTimestamp() + Interlocked.Read(ref _ahead) * (TimestampFrequency / TimeSpan.TicksPerSecond);
    }
}
