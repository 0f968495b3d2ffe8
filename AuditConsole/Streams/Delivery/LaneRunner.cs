using AuditConsole.Streams.Destinations;

namespace AuditConsole.Streams.Delivery;

/// <summary>
/// Delivers one lane, a run at a time, and keeps how far it is. Whoever calls decides when. What isn't on disk yet when
/// the process dies is done again.
/// </summary>
internal abstract partial class LaneRunner(StreamSetup setup, StreamLane lane, LaneTools tools) : IAsyncDisposable
{
    /// <summary>The longest sentence that is kept.</summary>
    protected const int LongestSentence = 500;

    private static readonly TimeSpan BetweenKeeping = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestSend = TimeSpan.FromMinutes(5);

    private readonly List<StreamAttempt> _attempts = [];
    private long _keptAt = tools.Clock.GetTimestamp();
    private bool _isSlow;

    /// <summary>Where it is.</summary>
    public StreamLane Lane { get; protected set; } = lane;

    /// <summary>The stream.</summary>
    protected StreamSetup Setup => setup;

    /// <summary>What all lanes share.</summary>
    protected LaneTools Tools => tools;

    /// <summary>What became undeliverable since it was kept the last time.</summary>
    protected List<DeadLetter> Letters { get; } = [];

    /// <summary>Whether there is something to keep.</summary>
    protected bool HasChanged { get; set; }

    /// <summary>Does what is next.</summary>
    public abstract Task<LaneRun> RunAsync(LaneTokens tokens);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();

    /// <summary>Puts on disk how far it is, if that isn't yet.</summary>
    public async Task KeepAsync(CancellationToken cancellationToken)
    {
        if (HasChanged || _attempts.Count > 0 || Letters.Count > 0)
        {
            await KeepAsync(Lane.Copy(), cancellationToken);
        }
    }

    /// <summary>Waits for a place among the lanes that go as this one does.</summary>
    /// <returns>To be disposed when the batch is gone.</returns>
    protected Task<IDisposable> EnterAsync(CancellationToken cancellationToken) =>
        tools.Slots.EnterAsync(setup.Tenant, Lane.Failures > 0 ? DeliveryPace.Failing : _isSlow ? DeliveryPace.Slow : DeliveryPace.Quick, cancellationToken);

    /// <summary>Opens what is delivered to.</summary>
    /// <returns>Why it can't be, a sentence for an admin; null if it was.</returns>
    protected string? TryOpen(Action open)
    {
        try
        {
            open();
            return null;
        }
        catch (Exception fault) when (fault is InvalidOperationException or FormatException or ArgumentException or System.Security.Cryptography.CryptographicException)
        {
            // Settings that were checked when they were entered: another version of the service may ask for more. What
            // the fault says may hold a secret.
            Log.NotOpened(tools.Log, setup.Id, fault.GetType().Name);
            return "Its settings can't be used. Enter them again; the form says which is wrong.";
        }
    }

    /// <summary>Sends something, and notes the attempt.</summary>
    /// <param name="first">The sequence of the first entry in it.</param>
    /// <param name="last">The sequence of the last.</param>
    /// <param name="count">How many entries, or checkpoints.</param>
    /// <param name="send">Sends it.</param>
    /// <param name="cancellationToken">Ends it, with an exception.</param>
    protected async Task<DeliveryOutcome> TryAsync(
        long first, long last, int count, Func<CancellationToken, Task<DeliveryOutcome>> send, CancellationToken cancellationToken)
    {
        var (at, started) = (tools.Clock.GetUtcNow(), tools.Clock.GetTimestamp());
        var outcome = await SendSafelyAsync(send, cancellationToken);
        var took = tools.Clock.GetElapsedTime(started);
        _isSlow = took >= DeliverySlots.SlowFrom;
        _attempts.Add(new StreamAttempt
        {
            StreamId = setup.Id,
            Lane = Lane.Kind,
            At = at,
            Milliseconds = (int)Math.Min(int.MaxValue, took.TotalMilliseconds),
            First = first,
            Last = last,
            Count = count,
            Number = Lane.Failures + 1,
            Worked = outcome.Verdict == DeliveryVerdict.Delivered,
            Verdict = outcome.Verdict,
            Status = outcome.Status,
            Message = Short(outcome.Message, LongestSentence),
            Answer = outcome.Verdict == DeliveryVerdict.Delivered || outcome.Answer is null ? null : Short(outcome.Answer, DeliveryOutcome.MaxAnswer),
        });
        return outcome;
    }

    /// <summary>It is tried again, or has failed for too long.</summary>
    protected LaneRun Retry(DeliveryOutcome outcome, DateTimeOffset now)
    {
        Lane.Failures++;
        Lane.FirstFailure ??= now;
        var wait = tools.Schedule.After(Lane.Failures, outcome.RetryAfter);
        Lane.NextAttempt = now + wait;
        // Time that the service itself was down counts too, so the other side gets a second and a third chance.
        return now - Lane.FirstFailure >= tools.DisableAfter && Lane.Failures > 2
            ? Stop(StreamState.Disabled, $"It failed for {Describe(now - Lane.FirstFailure.Value)}. Nothing is lost: resume it once this is seen to. {outcome.Message}")
            : new LaneRun(LaneEnd.Wait) { For = wait };
    }

    /// <summary>The stream is to stop.</summary>
    protected static LaneRun Stop(StreamState state, string reason) => new(LaneEnd.Stop) { State = state, Reason = Short(reason, 2 * LongestSentence) };

    /// <summary>It was taken.</summary>
    protected void Succeed()
    {
        Lane.LastSuccess = tools.Clock.GetUtcNow();
        (Lane.Failures, Lane.FirstFailure, Lane.NextAttempt) = (0, null, null);
        HasChanged = true;
    }

    /// <summary>It was not taken.</summary>
    protected void Fail(DeliveryOutcome outcome, DateTimeOffset now)
    {
        (Lane.LastError, Lane.LastErrorAt) = (Short(outcome.Message, LongestSentence), now);
        HasChanged = true;
    }

    /// <summary>Puts on disk how far it is, once a second.</summary>
    protected async Task KeepSometimesAsync(CancellationToken cancellationToken)
    {
        if (tools.Clock.GetElapsedTime(_keptAt) >= BetweenKeeping)
        {
            await KeepAsync(cancellationToken);
        }
    }

    /// <summary>Puts a state of the lane on disk, which it is to have from then on.</summary>
    protected async Task KeepAsync(StreamLane state, CancellationToken cancellationToken)
    {
        await tools.Journal.WriteAsync(new LaneEntry(state, [.. _attempts], [.. Letters]), cancellationToken);
        _attempts.Clear();
        Letters.Clear();
        HasChanged = false;
        _keptAt = tools.Clock.GetTimestamp();
    }

    private async Task<DeliveryOutcome> SendSafelyAsync(Func<CancellationToken, Task<DeliveryOutcome>> send, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(LongestSend);
        try
        {
            return setup.Clean(await send(patience.Token));
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
        {
            if (HttpOutcomes.Of(fault, setup.Kind.DisplayName) is { } outcome)
            {
                return outcome;
            }
            // A defect of the kind must not end the lane. What the fault says may hold a secret.
            Log.SendFailed(tools.Log, setup.Id, fault.GetType().Name, fault.StackTrace);
            return new DeliveryOutcome(DeliveryVerdict.Retry, "The service failed at this delivery; its log says where.");
        }
    }

    /// <summary>The shorter of two times.</summary>
    protected static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    /// <summary>A text, cut off where it is too long.</summary>
    protected static string Short(string text, int most) => text.Length <= most ? text : string.Concat(text.AsSpan(0, most - 1), "…");

    private static string Describe(TimeSpan time) => time.TotalHours >= 48 ? $"{time.TotalDays:0} days" : time.TotalHours >= 2 ? $"{time.TotalHours:0} hours" : $"{time.TotalMinutes:0} minutes";

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "The stream {Stream} could not be opened: {Fault}")]
        public static partial void NotOpened(ILogger logger, string stream, string fault);

        [LoggerMessage(Level = LogLevel.Error, Message = "A delivery of the stream {Stream} failed: {Fault} {Trace}")]
        public static partial void SendFailed(ILogger logger, string stream, string fault, string? trace);
    }
}
