using AuditConsole.Streams.Destinations;

namespace AuditConsole.Streams.Delivery;

/// <summary>How a run ended.</summary>
internal enum LaneEnd
{
    /// <summary>There may be more to do at once.</summary>
    Progress,

    /// <summary>There is nothing more in the chain.</summary>
    Idle,

    /// <summary>Nothing is to be done for a while.</summary>
    Wait,

    /// <summary>The stream is to stop.</summary>
    Stop,

    /// <summary>A replay is through.</summary>
    Finished,
}

/// <summary>What a run did.</summary>
/// <param name="End">How it ended.</param>
/// <param name="Delivered">Entries that the other side took.</param>
internal readonly record struct LaneRun(LaneEnd End, int Delivered = 0)
{
    /// <summary>With <see cref="LaneEnd.Idle"/>: the length of the chain that was looked through.</summary>
    public long Size { get; init; }

    /// <summary>With <see cref="LaneEnd.Wait"/>: how long.</summary>
    public TimeSpan For { get; init; }

    /// <summary>With <see cref="LaneEnd.Stop"/>: what the stream's state becomes.</summary>
    public StreamState State { get; init; }

    /// <summary>With <see cref="LaneEnd.Stop"/>: why, a sentence for an admin.</summary>
    public string? Reason { get; init; }
}

/// <summary>How a lane is told to end.</summary>
/// <param name="Ending">Nothing more is begun.</param>
/// <param name="Ended">What is under way is given up too, a moment later.</param>
internal readonly record struct LaneTokens(CancellationToken Ending, CancellationToken Ended);

/// <summary>What all lanes share.</summary>
internal sealed record LaneTools(
    LaneReader Reader, StreamSetups Setups, StreamJournal Journal, DeliverySlots Slots, RetrySchedule Schedule, TimeSpan DisableAfter,
    Storage.IEntryStore Store, TimeProvider Clock, ILogger<LaneRunner> Log);

/// <summary>
/// Delivers one lane, a run at a time: reads what comes next, keeps which range that is, sends it, and decides by the
/// answer. Whoever calls decides when. What isn't on disk yet when the process dies is done again, in the same ranges.
/// </summary>
internal sealed partial class LaneRunner(StreamSetup setup, StreamLane lane, LaneTools tools) : IAsyncDisposable
{
    /// <summary>So many entries in a row that are each refused aren't bad entries: the settings are wrong.</summary>
    public const int MostRefusedInARow = 25;

    // Where a batch is a single entry, so many are read at once.
    private const int SinglesInRun = 50;
    private const int LongestSentence = 500;

    private static readonly TimeSpan BetweenKeeping = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestSend = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1);

    private readonly List<StreamAttempt> _attempts = [];
    private readonly List<DeadLetter> _letters = [];
    private StreamLane _lane = lane;
    private IDestination? _destination;
    private bool _changed;
    private long _keptAt = tools.Clock.GetTimestamp();
    private int _most = int.MaxValue;
    private int _refusedInARow;
    private DateTimeOffset? _gatheringUntil;

    /// <summary>Where it is.</summary>
    public StreamLane Lane => _lane;

    /// <summary>Does what is next.</summary>
    public async Task<LaneRun> RunAsync(LaneTokens tokens)
    {
        var cancellationToken = tokens.Ending;
        var now = tools.Clock.GetUtcNow();
        if (_lane.NextAttempt is { } next && next > now)
        {
            await KeepAsync(cancellationToken);
            return new LaneRun(LaneEnd.Wait) { For = next - now };
        }
        if (_gatheringUntil > now && (await tools.Store.ReadHeadAsync(setup.Tenant, cancellationToken)).Size - _lane.Cursor < _destination!.Limits.Entries)
        {
            return new LaneRun(LaneEnd.Wait) { For = Shorter(_gatheringUntil.Value - now, BetweenLooks) };
        }
        using var place = await tools.Slots.EnterAsync(_lane.Failures > 0, cancellationToken);
        if (!TryOpen(out var problem))
        {
            return Stop(StreamState.Error, problem);
        }
        var limits = _destination!.Limits;
        var isSingle = limits.Entries == 1;
        var most = isSingle ? SinglesInRun : Math.Min(_most, limits.Entries);
        var chunk = await tools.Reader.ReadAsync(setup, _lane, limits, most, cancellationToken);
        if (chunk.Entries.Count == 0)
        {
            return await PassAsync(chunk, cancellationToken);
        }
        if (_lane.FlightLast is null && !chunk.IsFull && chunk.Entries.Count < limits.Entries && GatherUntil(chunk.Entries[0], limits) is { } until && until > now)
        {
            _gatheringUntil = until;
            await KeepAsync(cancellationToken);
            return new LaneRun(LaneEnd.Wait) { For = Shorter(until - now, BetweenLooks) };
        }
        _gatheringUntil = null;
        Note(chunk);
        return isSingle ? await SendSinglesAsync(chunk, tokens) : await SendAsync(chunk, tokens);
    }

    /// <summary>Puts on disk how far it is, if that isn't yet.</summary>
    public async Task KeepAsync(CancellationToken cancellationToken)
    {
        if (_changed || _attempts.Count > 0 || _letters.Count > 0)
        {
            await KeepAsync(_lane.Copy(), cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_destination is not null)
        {
            await _destination.DisposeAsync();
        }
    }

    private bool TryOpen(out string problem)
    {
        problem = "";
        try
        {
            _destination ??= tools.Setups.Open(setup);
            return true;
        }
        catch (Exception fault) when (fault is InvalidOperationException or FormatException or ArgumentException or System.Security.Cryptography.CryptographicException)
        {
            // Settings that were checked when they were entered: another version of the service may ask for more. What
            // the fault says may hold a secret.
            problem = "Its settings can't be used. Enter them again; the form says which is wrong.";
            Log.NotOpened(tools.Log, setup.Id, fault.GetType().Name);
            return false;
        }
    }

    /// <summary>There was nothing to send.</summary>
    private async Task<LaneRun> PassAsync(LaneChunk chunk, CancellationToken cancellationToken)
    {
        Note(chunk);
        var reached = Math.Max(_lane.Cursor, chunk.Reached);
        if (reached != _lane.Cursor || _lane.FlightLast is not null)
        {
            // What was under way has expired or was purged meanwhile.
            Advance(reached);
            (_lane.Failures, _lane.FirstFailure, _lane.NextAttempt) = (0, null, null);
        }
        if (_lane.Until is { } until && _lane.Cursor >= until)
        {
            _lane.FinishedAt ??= tools.Clock.GetUtcNow();
            _changed = true;
            await KeepAsync(cancellationToken);
            return new LaneRun(LaneEnd.Finished);
        }
        if (_lane.Cursor < chunk.Size)
        {
            await KeepSometimesAsync(cancellationToken);
            return new LaneRun(LaneEnd.Progress);
        }
        await KeepAsync(cancellationToken);
        return new LaneRun(LaneEnd.Idle) { Size = chunk.Size };
    }

    private async Task<LaneRun> SendAsync(LaneChunk chunk, LaneTokens tokens)
    {
        var cancellationToken = tokens.Ended;
        var batch = new DeliveryBatch(setup.Id, setup.TenantId, chunk.Entries);
        if (_lane.FlightFirst != batch.First || _lane.FlightLast != batch.Last)
        {
            var flying = _lane.Copy();
            (flying.FlightFirst, flying.FlightLast) = (batch.First, batch.Last);
            await KeepAsync(flying, tokens.Ending);
            _lane = flying;
        }
        var (outcome, attempt) = await TryAsync(batch, cancellationToken);
        _attempts.Add(attempt);
        if (outcome.Verdict != DeliveryVerdict.Delivered)
        {
            return await FailAsync(batch, outcome, cancellationToken);
        }
        Advance(chunk.Reached);
        Succeed();
        _lane.Delivered += batch.Entries.Count;
        _most = _most > int.MaxValue / 2 ? int.MaxValue : _most * 2;
        return new LaneRun(LaneEnd.Progress, batch.Entries.Count);
    }

    // The range of one entry is the same however it is read again: nothing needs to be on disk before it is sent.
    private async Task<LaneRun> SendSinglesAsync(LaneChunk chunk, LaneTokens tokens)
    {
        var cancellationToken = tokens.Ended;
        var delivered = 0;
        foreach (var entry in chunk.Entries)
        {
            if (tokens.Ending.IsCancellationRequested)
            {
                return new LaneRun(LaneEnd.Progress, delivered);
            }
            var batch = new DeliveryBatch(setup.Id, setup.TenantId, [entry]);
            var (outcome, attempt) = await TryAsync(batch, cancellationToken);
            _attempts.Add(attempt);
            if (outcome.Verdict != DeliveryVerdict.Delivered)
            {
                return await FailAsync(batch, outcome, cancellationToken) with { Delivered = delivered };
            }
            Advance(batch.Last);
            Succeed();
            _lane.Delivered++;
            delivered++;
            await KeepSometimesAsync(cancellationToken);
        }
        Advance(Math.Max(_lane.Cursor, chunk.Reached));
        return new LaneRun(LaneEnd.Progress, delivered);
    }

    private async Task<(DeliveryOutcome Outcome, StreamAttempt Attempt)> TryAsync(DeliveryBatch batch, CancellationToken cancellationToken)
    {
        var (at, started) = (tools.Clock.GetUtcNow(), tools.Clock.GetTimestamp());
        var outcome = await SendSafelyAsync(batch, cancellationToken);
        return (outcome, new StreamAttempt
        {
            StreamId = setup.Id,
            Lane = _lane.Kind,
            At = at,
            Milliseconds = (int)Math.Min(int.MaxValue, tools.Clock.GetElapsedTime(started).TotalMilliseconds),
            First = batch.First,
            Last = batch.Last,
            Count = batch.Entries.Count,
            Number = _lane.Failures + 1,
            Worked = outcome.Verdict == DeliveryVerdict.Delivered,
            Verdict = outcome.Verdict,
            Status = outcome.Status,
            Message = Short(outcome.Message, LongestSentence),
            Answer = outcome.Verdict == DeliveryVerdict.Delivered || outcome.Answer is null ? null : Short(outcome.Answer, DeliveryOutcome.MaxAnswer),
        });
    }

    private async Task<DeliveryOutcome> SendSafelyAsync(DeliveryBatch batch, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(LongestSend);
        try
        {
            return setup.Clean(await _destination!.SendAsync(batch, patience.Token));
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

    private async Task<LaneRun> FailAsync(DeliveryBatch batch, DeliveryOutcome outcome, CancellationToken cancellationToken)
    {
        var now = tools.Clock.GetUtcNow();
        (_lane.LastError, _lane.LastErrorAt) = (Short(outcome.Message, LongestSentence), now);
        LaneRun run;
        switch (outcome.Verdict)
        {
            case DeliveryVerdict.TooLarge or DeliveryVerdict.BadData when batch.Entries.Count > 1:
                // The other half comes with the next run. Fewer are read from here on, until some are taken again.
                _most = batch.Entries.Count / 2;
                (_lane.FlightFirst, _lane.FlightLast) = (batch.First, batch.Entries[_most - 1].Entry.Sequence);
                run = new LaneRun(LaneEnd.Progress);
                break;
            case DeliveryVerdict.TooLarge or DeliveryVerdict.BadData when ++_refusedInARow <= MostRefusedInARow:
                _letters.Add(LetterOf(batch.Entries[0], outcome, now));
                Advance(batch.Last);
                (_lane.Failures, _lane.FirstFailure, _lane.NextAttempt) = (0, null, null);
                run = new LaneRun(LaneEnd.Progress);
                break;
            case DeliveryVerdict.TooLarge or DeliveryVerdict.BadData:
                run = Stop(StreamState.Error, $"{MostRefusedInARow} entries in a row were refused and are dead letters: the settings may be wrong. {outcome.Message}");
                break;
            case DeliveryVerdict.Stop:
                run = Stop(outcome.Status == StatusCodes.Status410Gone ? StreamState.Disabled : StreamState.Error, outcome.Message);
                break;
            default:
                run = Retry(outcome, now);
                break;
        }
        _changed = true;
        await KeepAsync(cancellationToken);
        return run;
    }

    private LaneRun Retry(DeliveryOutcome outcome, DateTimeOffset now)
    {
        _lane.Failures++;
        _lane.FirstFailure ??= now;
        var wait = tools.Schedule.After(_lane.Failures, outcome.RetryAfter);
        _lane.NextAttempt = now + wait;
        // Time that the service itself was down counts too, so the other side gets a second and a third chance.
        return now - _lane.FirstFailure >= tools.DisableAfter && _lane.Failures > 2
            ? Stop(StreamState.Disabled, $"It failed for {Describe(now - _lane.FirstFailure.Value)}. Nothing is lost: resume it once this is seen to. {outcome.Message}")
            : new LaneRun(LaneEnd.Wait) { For = wait };
    }

    private LaneRun Stop(StreamState state, string reason) => new(LaneEnd.Stop) { State = state, Reason = Short(reason, 2 * LongestSentence) };

    private DeadLetter LetterOf(DeliveredEntry entry, DeliveryOutcome outcome, DateTimeOffset now) => new()
    {
        StreamId = setup.Id,
        Sequence = entry.Entry.Sequence,
        EntryId = entry.Entry.Id,
        Reason = Short(outcome.Message, LongestSentence),
        Answer = outcome.Answer is null ? null : Short(outcome.Answer, DeliveryOutcome.MaxAnswer),
        At = now,
    };

    private void Note(LaneChunk chunk)
    {
        // The same entries are refused again where a batch is read again: the journal keeps one letter of each.
        _letters.AddRange(chunk.Refused);
        if (chunk.TooOld > 0 && (_lane.FlightLast is null || chunk.Entries.Count == 0))
        {
            _lane.TooOld += chunk.TooOld;
            _changed = true;
        }
    }

    private void Advance(long reached)
    {
        (_lane.Cursor, _lane.FlightFirst, _lane.FlightLast) = (Math.Max(reached, _lane.Cursor), null, null);
        _changed = true;
    }

    private void Succeed()
    {
        _lane.LastSuccess = tools.Clock.GetUtcNow();
        (_lane.Failures, _lane.FirstFailure, _lane.NextAttempt) = (0, null, null);
        _refusedInARow = 0;
        _changed = true;
    }

    private async Task KeepSometimesAsync(CancellationToken cancellationToken)
    {
        if (tools.Clock.GetElapsedTime(_keptAt) >= BetweenKeeping)
        {
            await KeepAsync(cancellationToken);
        }
    }

    private async Task KeepAsync(StreamLane state, CancellationToken cancellationToken)
    {
        await tools.Journal.WriteAsync(new LaneEntry(state, [.. _attempts], [.. _letters]), cancellationToken);
        _attempts.Clear();
        _letters.Clear();
        _changed = false;
        _keptAt = tools.Clock.GetTimestamp();
    }

    private static DateTimeOffset? GatherUntil(DeliveredEntry first, BatchLimits limits) =>
        limits.Linger > TimeSpan.Zero ? first.Entry.RecordedAt + limits.Linger : null;

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static string Short(string text, int most) => text.Length <= most ? text : string.Concat(text.AsSpan(0, most - 1), "…");

    private static string Describe(TimeSpan time) => time.TotalHours >= 48 ? $"{time.TotalDays:0} days" : time.TotalHours >= 2 ? $"{time.TotalHours:0} hours" : $"{time.TotalMinutes:0} minutes";

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "The stream {Stream} could not be opened: {Fault}")]
        public static partial void NotOpened(ILogger logger, string stream, string fault);

        [LoggerMessage(Level = LogLevel.Error, Message = "A delivery of the stream {Stream} failed: {Fault} {Trace}")]
        public static partial void SendFailed(ILogger logger, string stream, string fault, string? trace);
    }
}
