using AuditConsole.Streams.Destinations;

namespace AuditConsole.Streams.Delivery;

/// <summary>
/// Delivers the entries of a lane: reads what comes next, keeps which range that is, sends it, and decides by the answer.
/// What isn't on disk yet when the process dies is done again, in the same ranges.
/// </summary>
internal sealed class EntryRunner(StreamSetup setup, StreamLane lane, LaneTools tools) : LaneRunner(setup, lane, tools)
{
    /// <summary>So many entries in a row that are each refused aren't bad entries: the settings are wrong.</summary>
    public const int MostRefusedInARow = 25;

    // Where a batch is a single entry, so many are read at once.
    private const int SinglesInRun = 50;

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1);

    private IDestination? _destination;
    private int _most = int.MaxValue;
    private int _refusedInARow;
    private DateTimeOffset? _gatheringUntil;

    /// <inheritdoc/>
    public override async Task<LaneRun> RunAsync(LaneTokens tokens)
    {
        var cancellationToken = tokens.Ending;
        var now = Tools.Clock.GetUtcNow();
        if (Lane.NextAttempt is { } next && next > now)
        {
            await KeepAsync(cancellationToken);
            return new LaneRun(LaneEnd.Wait) { For = next - now };
        }
        if (_gatheringUntil > now && (await Tools.Store.ReadHeadAsync(Setup.Tenant, cancellationToken)).Size - Lane.Cursor < _destination!.Limits.Entries)
        {
            return new LaneRun(LaneEnd.Wait) { For = Shorter(_gatheringUntil.Value - now, BetweenLooks) };
        }
        using var place = await EnterAsync(cancellationToken);
        if (TryOpen(() => _destination ??= Tools.Setups.Open(Setup, Lane)) is { } problem)
        {
            return Stop(StreamState.Error, problem);
        }
        var limits = _destination!.Limits;
        var isSingle = limits.Entries == 1;
        var most = isSingle ? SinglesInRun : Math.Min(_most, limits.Entries);
        var chunk = await Tools.Reader.ReadAsync(Setup, Lane, limits, most, cancellationToken);
        if (chunk.Entries.Count == 0)
        {
            return await PassAsync(chunk, cancellationToken);
        }
        if (Lane.FlightLast is null && !chunk.IsFull && chunk.Entries.Count < limits.Entries && GatherUntil(chunk.Entries[0], limits) is { } until && until > now)
        {
            _gatheringUntil = until;
            await KeepAsync(cancellationToken);
            return new LaneRun(LaneEnd.Wait) { For = Shorter(until - now, BetweenLooks) };
        }
        _gatheringUntil = null;
        Note(chunk);
        return isSingle ? await SendSinglesAsync(chunk, tokens) : await SendAsync(chunk, tokens);
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (_destination is not null)
        {
            await _destination.DisposeAsync();
        }
    }

    /// <summary>There was nothing to send.</summary>
    private async Task<LaneRun> PassAsync(LaneChunk chunk, CancellationToken cancellationToken)
    {
        Note(chunk);
        var reached = Math.Max(Lane.Cursor, chunk.Reached);
        if (reached != Lane.Cursor || Lane.FlightLast is not null)
        {
            // What was under way has expired or was purged meanwhile.
            Advance(reached);
            (Lane.Failures, Lane.FirstFailure, Lane.NextAttempt) = (0, null, null);
        }
        if (Lane.Until is { } until && Lane.Cursor >= until)
        {
            Lane.FinishedAt ??= Tools.Clock.GetUtcNow();
            HasChanged = true;
            await KeepAsync(cancellationToken);
            return new LaneRun(LaneEnd.Finished);
        }
        if (Lane.Cursor < chunk.Size)
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
        var batch = new DeliveryBatch(Setup.Id, Setup.TenantId, chunk.Entries) { Branch = Setup.Branch };
        if (Lane.FlightFirst != batch.First || Lane.FlightLast != batch.Last)
        {
            var flying = Lane.Copy();
            (flying.FlightFirst, flying.FlightLast) = (batch.First, batch.Last);
            await KeepAsync(flying, tokens.Ending);
            Lane = flying;
        }
        var outcome = await TryAsync(batch, cancellationToken);
        if (outcome.Verdict != DeliveryVerdict.Delivered)
        {
            return await FailAsync(batch, outcome, cancellationToken);
        }
        Advance(chunk.Reached);
        Succeed();
        _refusedInARow = 0;
        Lane.Delivered += batch.Entries.Count;
        _most = _most > int.MaxValue / 2 ? int.MaxValue : _most * 2;
        return new LaneRun(LaneEnd.Progress, batch.Entries.Count);
    }

    // The range of one entry is the same however it is read again: nothing needs to be on disk before it is sent.
    private async Task<LaneRun> SendSinglesAsync(LaneChunk chunk, LaneTokens tokens)
    {
        var cancellationToken = tokens.Ended;
        var (delivered, started) = (0, Tools.Clock.GetTimestamp());
        foreach (var entry in chunk.Entries)
        {
            // A place isn't held for fifty slow answers.
            if (tokens.Ending.IsCancellationRequested || Tools.Clock.GetElapsedTime(started) >= DeliverySlots.SlowFrom)
            {
                return new LaneRun(LaneEnd.Progress, delivered);
            }
            var batch = new DeliveryBatch(Setup.Id, Setup.TenantId, [entry]) { Branch = Setup.Branch };
            var outcome = await TryAsync(batch, cancellationToken);
            if (outcome.Verdict != DeliveryVerdict.Delivered)
            {
                return await FailAsync(batch, outcome, cancellationToken) with { Delivered = delivered };
            }
            Advance(batch.Last);
            Succeed();
            _refusedInARow = 0;
            Lane.Delivered++;
            delivered++;
            await KeepSometimesAsync(cancellationToken);
        }
        Advance(Math.Max(Lane.Cursor, chunk.Reached));
        return new LaneRun(LaneEnd.Progress, delivered);
    }

    private Task<DeliveryOutcome> TryAsync(DeliveryBatch batch, CancellationToken cancellationToken) =>
        TryAsync(batch.First, batch.Last, batch.Entries.Count, ended => _destination!.SendAsync(batch, ended), cancellationToken);

    private async Task<LaneRun> FailAsync(DeliveryBatch batch, DeliveryOutcome outcome, CancellationToken cancellationToken)
    {
        var now = Tools.Clock.GetUtcNow();
        Fail(outcome, now);
        LaneRun run;
        switch (outcome.Verdict)
        {
            case DeliveryVerdict.TooLarge or DeliveryVerdict.BadData when batch.Entries.Count > 1:
                // The other half comes with the next run. Fewer are read from here on, until some are taken again.
                _most = batch.Entries.Count / 2;
                (Lane.FlightFirst, Lane.FlightLast) = (batch.First, batch.Entries[_most - 1].Entry.Sequence);
                run = new LaneRun(LaneEnd.Progress);
                break;
            case DeliveryVerdict.TooLarge or DeliveryVerdict.BadData when ++_refusedInARow <= MostRefusedInARow:
                Letters.Add(LetterOf(batch.Entries[0], outcome, now));
                Advance(batch.Last);
                (Lane.Failures, Lane.FirstFailure, Lane.NextAttempt) = (0, null, null);
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
        await KeepAsync(cancellationToken);
        return run;
    }

    private DeadLetter LetterOf(DeliveredEntry entry, DeliveryOutcome outcome, DateTimeOffset now) => new()
    {
        StreamId = Setup.Id,
        Sequence = entry.Entry.Sequence,
        EntryId = entry.Entry.Id,
        Reason = Short(outcome.Message, LongestSentence),
        Answer = outcome.Answer is null ? null : Short(outcome.Answer, DeliveryOutcome.MaxAnswer),
        At = now,
    };

    private void Note(LaneChunk chunk)
    {
        // The same entries are refused again where a batch is read again: the journal keeps one letter of each.
        Letters.AddRange(chunk.Refused);
        if (chunk.TooOld > 0 && (Lane.FlightLast is null || chunk.Entries.Count == 0))
        {
            Lane.TooOld += chunk.TooOld;
            HasChanged = true;
        }
    }

    private void Advance(long reached)
    {
        (Lane.Cursor, Lane.FlightFirst, Lane.FlightLast) = (Math.Max(reached, Lane.Cursor), null, null);
        HasChanged = true;
    }

    private static DateTimeOffset? GatherUntil(DeliveredEntry first, BatchLimits limits) =>
        limits.Linger > TimeSpan.Zero ? first.Entry.RecordedAt + limits.Linger : null;
}
