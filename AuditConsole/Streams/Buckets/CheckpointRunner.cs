using System.Text;
using AuditConsole.Checkpoints;
using AuditConsole.Streams.Delivery;
using AuditConsole.Streams.Destinations;
using AuditConsole.Streams.Destinations.ObjectStorage;

namespace AuditConsole.Streams.Buckets;

/// <summary>
/// Puts a tenant's checkpoints into a bucket: the newest one, at most one in each <see cref="StreamOptions.CheckpointPace"/>.
/// An object is never replaced. Where other bytes stand under the name of a checkpoint, the past of one of both was
/// rewritten, and the stream stops.
/// </summary>
internal sealed class CheckpointRunner(StreamSetup setup, StreamLane lane, LaneTools tools, CheckpointSource source, TimeSpan pace) : LaneRunner(setup, lane, tools)
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1);

    private readonly HashSet<string> _keys = new(StringComparer.Ordinal);
    private IObjectStore? _store;
    private bool _isCompared;

    /// <summary>Whether the bucket holds another past than the database. The lane keeps which checkpoint differs, so that it is looked at again.</summary>
    public static bool IsAlarm(StreamState state, StreamLane lane) => state == StreamState.Error && lane.FlightLast is not null;

    /// <inheritdoc/>
    public override async Task<LaneRun> RunAsync(LaneTokens tokens)
    {
        var (cancellationToken, now) = (tokens.Ending, Tools.Clock.GetUtcNow());
        if (Lane.NextAttempt is { } next && next > now)
        {
            await KeepAsync(cancellationToken);
            return new LaneRun(LaneEnd.Wait) { For = next - now };
        }
        if (_isCompared && Lane.LastSuccess + pace is { } due && due > now)
        {
            await KeepAsync(cancellationToken);
            return new LaneRun(LaneEnd.Wait) { For = due - now };
        }
        using var place = await EnterAsync(cancellationToken);
        if (TryOpen(() => _store ??= Tools.Setups.OpenStore(Setup)) is { } problem)
        {
            return Stop(StreamState.Error, problem);
        }
        if (!_isCompared && (Lane.FlightLast ?? Lane.Cursor) is var published and > 0)
        {
            // Looked at after every start: whoever puts another database in place of this one has to restart the service.
            return await source.FindAsync(Setup.Tenant, published, cancellationToken) is { } known
                ? await PutAsync(known, tokens)
                : await AlarmAsync(published, $"The checkpoint up to #{published:N0} was published to {_store!.Place}, and this service no longer has it: somebody removed it from the database.", tokens);
        }
        _isCompared = true;
        if (await source.FindNewestAsync(Setup.Tenant, Lane.Cursor, cancellationToken) is { } newest)
        {
            return await PutAsync(newest, tokens);
        }
        await KeepAsync(cancellationToken);
        return new LaneRun(LaneEnd.Wait) { For = BetweenLooks };
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (_store is not null)
        {
            await _store.DisposeAsync();
        }
    }

    private async Task<LaneRun> PutAsync(StoredCheckpoint row, LaneTokens tokens)
    {
        var (name, already) = (CheckpointObjects.Of(Setup.TenantId, row), AlreadyThere.No);
        var outcome = await TryAsync(row.Size, row.Size, 1, async ended =>
        {
            (var put, already, name) = await PutKeysAsync(row.KeyId, ended) ?? await PutAsync(name, row.Note, ended);
            return put;
        }, tokens.Ended);
        if (outcome.Verdict == DeliveryVerdict.Delivered)
        {
            return await AdvanceAsync(row, tokens.Ended);
        }
        if (already == AlreadyThere.Other)
        {
            return await AlarmAsync(
                row.Size, $"Another object stands in {_store!.Place} under the name {name}: what this service has now is not what was published. Nothing was overwritten.", tokens);
        }
        var now = Tools.Clock.GetUtcNow();
        Fail(outcome, now);
        var run = outcome.Verdict == DeliveryVerdict.Retry ? Retry(outcome, now) : Stop(StreamState.Error, outcome.Message);
        await KeepAsync(tokens.Ended);
        return run;
    }

    private async Task<LaneRun> AdvanceAsync(StoredCheckpoint row, CancellationToken cancellationToken)
    {
        var (isNew, before) = (row.Size > Lane.Cursor, Lane.LastSuccess);
        _isCompared = true;
        Succeed();
        (Lane.FlightFirst, Lane.FlightLast) = (null, null);
        if (!isNew)
        {
            // It was looked at, not published: the next one needn't wait for that.
            Lane.LastSuccess = before;
            return new LaneRun(LaneEnd.Progress);
        }
        Lane.Cursor = row.Size;
        Lane.Delivered++;
        await KeepAsync(cancellationToken);
        return new LaneRun(LaneEnd.Progress, 1);
    }

    private async Task<LaneRun> AlarmAsync(long size, string what, LaneTokens tokens)
    {
        var reason = $"{what} The past of this log was rewritten, or another copy of this service writes to the same place. Keep both, and compare them (docs/streams.md). Once it is explained, add a stream to another prefix and delete this one.";
        Fail(new DeliveryOutcome(DeliveryVerdict.Stop, reason), Tools.Clock.GetUtcNow());
        (Lane.FlightFirst, Lane.FlightLast) = (size, size);
        await KeepAsync(tokens.Ended);
        return Stop(StreamState.Error, reason);
    }

    /// <summary>Puts the keys that aren't known to be there.</summary>
    /// <returns>What went wrong; null for nothing.</returns>
    private async Task<(DeliveryOutcome, AlreadyThere, string)?> PutKeysAsync(string signer, CancellationToken cancellationToken)
    {
        if (_keys.Contains(signer))
        {
            return null;
        }
        var tenant = Setup.TenantId;
        foreach (var key in source.Key.All.Reverse())
        {
            // Of the first one the short name tells; where it is taken by one before it, the name by id does.
            if (_keys.Count == 0 && await PutAsync(CheckpointObjects.FirstKey(tenant), key.ToPem(), cancellationToken) is { Outcome.Verdict: not DeliveryVerdict.Delivered, Already: not AlreadyThere.Other } first)
            {
                return first;
            }
            if (!_keys.Contains(key.IdText) && await PutAsync(CheckpointObjects.Key(tenant, key.IdText), key.ToPem(), cancellationToken) is { Outcome.Verdict: not DeliveryVerdict.Delivered } failed)
            {
                return failed;
            }
            _keys.Add(key.IdText);
        }
        foreach (var old in source.Key.Previous.Where(old => old.Note is not null))
        {
            if (await PutAsync(CheckpointObjects.Rotation(tenant, old), old.Note!, cancellationToken) is { Outcome.Verdict: not DeliveryVerdict.Delivered } failed)
            {
                return failed;
            }
        }
        // Signed by a key that was lost: nobody has its public half.
        _keys.Add(signer);
        return null;
    }

    private async Task<(DeliveryOutcome Outcome, AlreadyThere Already, string Name)> PutAsync(string name, string text, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(text));
        var put = new ObjectToPut(name, content, CheckpointObjects.ContentType)
        {
            IfAbsent = true,
            NeverReplaces = true,
            LockedUntil = CheckpointKind.LockedUntil(Setup.Settings, Tools.Clock.GetUtcNow()),
        };
        var (outcome, already) = await _store!.PutAsync(put, cancellationToken);
        return (outcome, already, name);
    }
}
