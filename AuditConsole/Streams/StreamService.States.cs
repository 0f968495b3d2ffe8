using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Streams.Delivery;
using AuditConsole.Streams.Destinations;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.Streams;

// Pause, resume, skip, replay, delete.
public sealed partial class StreamService
{
    /// <summary>Pauses it: nothing is delivered until it is resumed, and nothing is lost as long as retention holds the entries.</summary>
    /// <exception cref="RefusedException">There is no such stream, or it doesn't deliver anyway.</exception>
    public async Task PauseAsync(StreamOwner owner, string id, CancellationToken cancellationToken)
    {
        var stream = await FindAsync(owner, id, cancellationToken);
        await MutateAsync(owner, stream, StateFacts(stream, StreamState.Paused), (row, _) =>
        {
            if (row.State != StreamState.Active)
            {
                throw new RefusedException(row.State == StreamState.Paused ? "It is paused already." : $"It has stopped already ({StreamStops.Name(row.State)}): it delivers nothing until it is resumed.");
            }
            (row.State, row.StateReason, row.StateSince) = (StreamState.Paused, "Somebody paused it. Resume it, and it goes on where it stopped.", _clock.GetUtcNow());
        }, cancellationToken);
    }

    /// <summary>Lets it go on where it stopped, now; one that is active and fails is tried again at once.</summary>
    /// <exception cref="RefusedException">There is no such stream.</exception>
    public async Task ResumeAsync(StreamOwner owner, string id, CancellationToken cancellationToken)
    {
        var stream = await FindAsync(owner, id, cancellationToken);
        if (stream.State == StreamState.Active)
        {
            // No change of the stream: an entry would tell nothing.
            await ChangeLanesAsync(stream.Id, lane => lane.NextAttempt = null, cancellationToken);
            return;
        }
        await MutateAsync(owner, stream, StateFacts(stream, StreamState.Active), (row, lanes) =>
        {
            (row.State, row.StateReason, row.StateSince) = (StreamState.Active, null, _clock.GetUtcNow());
            foreach (var lane in lanes)
            {
                (lane.NextAttempt, lane.FirstFailure, lane.Failures) = (null, null, 0);
            }
        }, cancellationToken);
    }

    /// <summary>Goes on behind the batch that fails; its entries become dead letters, so that they can be sent again.</summary>
    /// <returns>How many entries were skipped.</returns>
    /// <exception cref="RefusedException">There is no such stream, or nothing of it fails.</exception>
    public async Task<int> SkipAsync(StreamOwner owner, string id, CancellationToken cancellationToken)
    {
        var stream = await FindOfEntriesAsync(owner, id, cancellationToken);
        var skipped = 0;
        await using (await _engine.SuspendAsync(stream.Id, cancellationToken))
        {
            var (row, lanes) = await _setups.ReadAsync(stream.Id, cancellationToken) ?? throw Missing();
            var failing = lanes.FirstOrDefault(lane => lane.FinishedAt is null && (lane.Failures > 0 || row.State is StreamState.Error or StreamState.Disabled && lane.FlightLast is not null))
                ?? lanes.FirstOrDefault(lane => lane.Kind == LaneKind.Live && row.State is StreamState.Error or StreamState.Disabled)
                ?? throw new RefusedException("No batch of this stream fails now. Look again.");
            var (setup, problem) = _setups.Of(row);
            var letters = await _resending.ReadFailingAsync(setup ?? throw new RefusedException(problem!), failing, $"{owner.By.Subject} skipped it.", cancellationToken);
            if (letters.Count == 0)
            {
                throw new RefusedException("There is nothing to skip: no entry waits.");
            }
            skipped = letters.Count;
            var (first, last) = (letters[0].Sequence, letters[^1].Sequence);
            await _entries.AppendAsync(
                owner.Tenant, owner.TenantId, owner.By, "StreamChanged", Resource(stream),
                new Dictionary<string, object?> { ["name"] = stream.Name, ["kind"] = stream.Kind, ["skipped"] = new { first, last, count = skipped } },
                context =>
                {
                    var lane = context.StreamLanes.Single(one => one.StreamId == id && one.Kind == failing.Kind);
                    (lane.Cursor, lane.FlightFirst, lane.FlightLast) = (last, null, null);
                    (lane.NextAttempt, lane.FirstFailure, lane.Failures) = (null, null, 0);
                    var known = context.DeadLetters.Where(letter => letter.StreamId == id && letter.Sequence >= first && letter.Sequence <= last)
                        .Select(letter => letter.Sequence).ToHashSet();
                    context.DeadLetters.AddRange(letters.Where(letter => !known.Contains(letter.Sequence)));
                },
                cancellationToken);
        }
        return skipped;
    }

    /// <summary>Sends what occurred from a time on again, beside the new entries and in the order of the chain.</summary>
    /// <param name="owner">Whose.</param>
    /// <param name="id">The stream.</param>
    /// <param name="from">The first instant; null for everything that retention holds.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="RefusedException">There is no such stream, or a replay is under way.</exception>
    public async Task ReplayAsync(StreamOwner owner, string id, DateTimeOffset? from, CancellationToken cancellationToken)
    {
        var stream = await FindOfEntriesAsync(owner, id, cancellationToken);
        var size = (await _store.ReadHeadAsync(owner.Tenant, cancellationToken)).Size;
        var now = WireTime.Truncate(_clock.GetUtcNow());
        if (from > now)
        {
            throw new RefusedException("That time is yet to come. Name one in the past.");
        }
        var facts = new Dictionary<string, object?> { ["name"] = stream.Name, ["kind"] = stream.Kind, ["replay"] = from is { } start ? WireTime.Format(start) : "all" };
        await MutateAsync(owner, stream, facts, (context, _, lanes) =>
        {
            if (lanes.FirstOrDefault(lane => lane.Kind == LaneKind.Replay) is { } old)
            {
                if (old.FinishedAt is null)
                {
                    throw new RefusedException("A replay is under way. Wait until it is through, or cancel it.");
                }
                context.StreamLanes.Remove(old);
                // One row with the same key can't be removed and added in one go.
                context.SaveChanges();
            }
            // Up to where the live lane is: what comes behind that comes by itself.
            var live = lanes.Single(lane => lane.Kind == LaneKind.Live);
            context.StreamLanes.Add(ReplayLane(id, from, Math.Min(size, live.Cursor), now));
        }, cancellationToken);
    }

    /// <summary>Ends a replay where it is.</summary>
    /// <exception cref="RefusedException">There is no such stream, or no replay is under way.</exception>
    public async Task CancelReplayAsync(StreamOwner owner, string id, CancellationToken cancellationToken)
    {
        var stream = await FindAsync(owner, id, cancellationToken);
        await MutateAsync(owner, stream, new() { ["name"] = stream.Name, ["kind"] = stream.Kind, ["replay"] = "cancelled" }, (context, _, lanes) =>
            context.StreamLanes.Remove(lanes.FirstOrDefault(lane => lane is { Kind: LaneKind.Replay, FinishedAt: null })
                ?? throw new RefusedException("No replay is under way. Look again.")), cancellationToken);
    }

    /// <summary>Deletes it with its dead letters and attempts. What was delivered stays where it is.</summary>
    /// <exception cref="RefusedException">There is no such stream.</exception>
    public async Task DeleteAsync(StreamOwner owner, string id, CancellationToken cancellationToken)
    {
        var stream = await FindAsync(owner, id, cancellationToken);
        await using (await _engine.SuspendAsync(stream.Id, cancellationToken))
        {
            await _entries.AppendAsync(
                owner.Tenant, owner.TenantId, owner.By, "StreamDeleted", Resource(stream), Facts(stream),
                context =>
                {
                    // In this order, whether the connection minds foreign keys or not.
                    context.StreamLanes.Where(row => row.StreamId == id).ExecuteDelete();
                    context.StreamAttempts.Where(row => row.StreamId == id).ExecuteDelete();
                    context.DeadLetters.Where(row => row.StreamId == id).ExecuteDelete();
                    if (context.Streams.Where(row => row.Id == id && row.TenantNumber == owner.Tenant).ExecuteDelete() == 0)
                    {
                        throw Missing();
                    }
                },
                cancellationToken);
        }
    }

    private static RefusedException Missing() => new(Unknown);

    private static Dictionary<string, object?> StateFacts(LogStream stream, StreamState state) =>
        new() { ["name"] = stream.Name, ["kind"] = stream.Kind, ["state"] = StreamStops.Name(state), ["previous_state"] = StreamStops.Name(stream.State) };

    private async Task<LogStream> FindAsync(StreamOwner owner, string id, CancellationToken cancellationToken)
    {
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        var found = await context.Streams.AsNoTracking().Include(row => row.Tenant)
            .SingleOrDefaultAsync(row => row.Id == id && row.TenantNumber == owner.Tenant, cancellationToken);
        return found is not null && (!owner.IsPortal || IsOfPortal(found.CreatedBy)) ? found : throw Missing();
    }

    private async Task<LogStream> FindOfEntriesAsync(StreamOwner owner, string id, CancellationToken cancellationToken) =>
        await FindAsync(owner, id, cancellationToken) is { Purpose: not StreamPurpose.Checkpoints } found
            ? found
            : throw new RefusedException("It sends checkpoints, of which the newest tells of all before it: there is nothing to skip or to send again.");

    private Dictionary<string, string> StoredOf(LogStream stream)
    {
        try
        {
            return _setups.SettingsOf(stream);
        }
        catch (System.Security.Cryptography.CryptographicException)
        {
            // The keys are gone: all secrets have to be entered again.
            return new Dictionary<string, string>(stream.Settings, StringComparer.Ordinal);
        }
    }

    private Task MutateAsync(
        StreamOwner owner, LogStream stream, Dictionary<string, object?> facts, Action<LogStream, IReadOnlyList<StreamLane>> change, CancellationToken cancellationToken) =>
        MutateAsync(owner, stream, facts, (_, row, lanes) => change(row, lanes), cancellationToken);

    private async Task MutateAsync(
        StreamOwner owner, LogStream stream, Dictionary<string, object?> facts,
        Action<Storage.ConsoleDbContext, LogStream, IReadOnlyList<StreamLane>> change, CancellationToken cancellationToken)
    {
        await using (await _engine.SuspendAsync(stream.Id, cancellationToken))
        {
            await _entries.AppendAsync(
                owner.Tenant, owner.TenantId, owner.By, "StreamChanged", Resource(stream), facts,
                context => change(
                    context,
                    context.Streams.SingleOrDefault(row => row.Id == stream.Id && row.TenantNumber == owner.Tenant) ?? throw Missing(),
                    [.. context.StreamLanes.Where(lane => lane.StreamId == stream.Id)]),
                cancellationToken);
        }
    }

    private async Task ChangeLanesAsync(string id, Action<StreamLane> change, CancellationToken cancellationToken)
    {
        await using (await _engine.SuspendAsync(id, cancellationToken))
        {
            await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
            await context.StreamLanes.Where(lane => lane.StreamId == id).ForEachAsync(change, cancellationToken);
            await context.SaveChangesAsync(cancellationToken);
        }
    }
}
