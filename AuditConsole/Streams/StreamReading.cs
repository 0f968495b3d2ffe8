using System.Globalization;
using System.Security.Cryptography;
using AuditConsole.Identity;
using AuditConsole.Retention;
using AuditConsole.Storage;
using AuditConsole.Streams.Buckets;
using AuditConsole.Streams.Delivery;
using AuditConsole.Streams.Destinations;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.Streams;

/// <summary>Reads how streams are set up and how they go.</summary>
internal sealed class StreamReading(
    IDbContextFactory<ConsoleDbContext> contexts, IEntryStore store, ReadScopes scopes, DestinationKinds kinds, StreamSecrets secrets, StreamEngine engine,
    CheckpointSource checkpoints, TimeProvider clock)
{
    /// <summary>Entries that wait and expire within that time are warned of.</summary>
    public static readonly TimeSpan WarnBefore = TimeSpan.FromDays(7);

    private const int MostRows = 500;

    private static readonly TimeSpan Patience = TimeSpan.FromHours(1);

    public async Task<IReadOnlyList<StreamView>> ListAsync(int tenant, CancellationToken cancellationToken)
    {
        var rows = await ReadAsync(context => context.Streams.Where(stream => stream.TenantNumber == tenant), cancellationToken);
        var views = new List<StreamView>();
        foreach (var row in rows.OrderBy(row => row.Stream.Name, StringComparer.OrdinalIgnoreCase).ThenBy(row => row.Stream.Id, StringComparer.Ordinal))
        {
            views.Add(await ViewAsync(row, cancellationToken));
        }
        return views;
    }

    public async Task<StreamView> GetAsync(int tenant, string id, CancellationToken cancellationToken)
    {
        var rows = await ReadAsync(context => context.Streams.Where(stream => stream.TenantNumber == tenant && stream.Id == id), cancellationToken);
        return rows.Count == 1 ? await ViewAsync(rows[0], cancellationToken) : throw Missing();
    }

    public async Task<IReadOnlyList<StreamAttempt>> AttemptsAsync(
        int tenant, string id, bool failedOnly, long? before, int limit, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await RequireAsync(context, tenant, id, cancellationToken);
        var attempts = context.StreamAttempts.AsNoTracking().Where(attempt => attempt.StreamId == id && attempt.Id < (before ?? long.MaxValue));
        return await (failedOnly ? attempts.Where(attempt => !attempt.Worked) : attempts)
            .OrderByDescending(attempt => attempt.Id).Take(Math.Clamp(limit, 1, MostRows)).ToListAsync(cancellationToken);
    }

    public async Task<IReadOnlyList<DeadLetter>> DeadLettersAsync(int tenant, string id, int offset, int limit, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await RequireAsync(context, tenant, id, cancellationToken);
        return await context.DeadLetters.AsNoTracking().Where(letter => letter.StreamId == id)
            .OrderBy(letter => letter.ResentAt != null).ThenByDescending(letter => letter.Id)
            .Skip(Math.Max(0, offset)).Take(Math.Clamp(limit, 1, MostRows)).ToListAsync(cancellationToken);
    }

    /// <summary>What is to be seen to before entries are lost to a stream, if anything.</summary>
    public async Task<string?> WarnAsync(LogStream stream, StreamLane live, CancellationToken cancellationToken)
    {
        if (stream.Purpose == StreamPurpose.Checkpoints)
        {
            return null;
        }
        var scope = await scopes.OfAsync(stream.TenantNumber, cancellationToken);
        var filter = StreamFilter.Of(stream).In(scope) with { To = scope.ExpiredBefore + WarnBefore };
        var waiting = await store.ReadTailAsync(filter, live.Cursor, 1, cancellationToken);
        // What a stream that works has yet to read is on its way, however old it is.
        if (waiting.Entries.Count == 0 || stream.State == StreamState.Active && clock.GetUtcNow() - waiting.Entries[0].RecordedAt < Patience)
        {
            return null;
        }
        var count = await store.CountAsync(filter, waiting.Size, cancellationToken) - await store.CountAsync(filter, live.Cursor, cancellationToken);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{count:N0} of the entries that wait expire within {WarnBefore.TotalDays:0} days: retention takes them before they were delivered. Resume the stream, export them, or place a hold.");
    }

    private async Task<List<Row>> ReadAsync(Func<ConsoleDbContext, IQueryable<LogStream>> select, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var streams = await select(context).AsNoTracking().Include(stream => stream.Tenant).ToListAsync(cancellationToken);
        var ids = streams.Select(stream => stream.Id).ToList();
        var lanes = (await context.StreamLanes.AsNoTracking().Where(lane => ids.Contains(lane.StreamId)).ToListAsync(cancellationToken)).ToLookup(lane => lane.StreamId);
        var letters = await context.DeadLetters.Where(letter => ids.Contains(letter.StreamId) && letter.ResentAt == null)
            .GroupBy(letter => letter.StreamId).Select(group => new { group.Key, Count = group.Count() }).ToDictionaryAsync(group => group.Key, group => group.Count, cancellationToken);
        var people = streams.Select(stream => stream.CreatedBy).Distinct().ToList();
        var names = await context.Users.AsNoTracking().Where(user => people.Contains(user.Id)).ToDictionaryAsync(user => user.Id, user => user.Email ?? user.Id, cancellationToken);
        return [.. streams.Select(stream => new Row(
            stream, lanes[stream.Id].ToList(), letters.GetValueOrDefault(stream.Id), names.GetValueOrDefault(stream.CreatedBy, stream.CreatedBy)))];
    }

    private async Task<StreamView> ViewAsync(Row row, CancellationToken cancellationToken)
    {
        var stream = row.Stream;
        var (hints, overlaps) = Hints(stream);
        return new StreamView(
            stream.Id, stream.Name, kinds.Of(stream) ?? new UnknownKind(stream.Kind), stream.Purpose, stream.Format, StreamFilter.Of(stream), stream.Redactions,
            stream.Settings, hints, stream.CreatedAt, row.Maker, stream.ChangedAt, await StatusAsync(row, cancellationToken))
        {
            CreatedById = stream.CreatedBy,
            Overlaps = overlaps,
        };
    }

    private async Task<StreamStatus> StatusAsync(Row row, CancellationToken cancellationToken)
    {
        var (stream, live, replay) = (row.Stream, row.Lanes.Single(lane => lane.Kind == LaneKind.Live), row.Lanes.SingleOrDefault(lane => lane.Kind == LaneKind.Replay));
        var scope = await scopes.OfAsync(stream.TenantNumber, cancellationToken);
        var (lag, oldest) = stream.Purpose == StreamPurpose.Checkpoints
            ? await checkpoints.WaitingAsync(stream.TenantNumber, live.Cursor, cancellationToken)
            : await WaitingAsync(StreamFilter.Of(stream).In(scope), live, cancellationToken);
        var age = oldest is { } since ? clock.GetUtcNow() - since : TimeSpan.Zero;
        var failing = new[] { live, replay }.Where(lane => lane is { FirstFailure: not null, FinishedAt: null }).MinBy(lane => lane!.FirstFailure);
        var error = new[] { live, replay }.Where(lane => lane?.LastErrorAt is not null).MaxBy(lane => lane!.LastErrorAt);
        return new StreamStatus(
            stream.State, stream.StateReason, stream.StateSince, lag, age < TimeSpan.Zero ? TimeSpan.Zero : age,
            new[] { live.LastSuccess, replay?.LastSuccess }.Max(), error?.LastError, error?.LastErrorAt, failing?.FirstFailure, failing?.Failures ?? 0,
            stream.State == StreamState.Active ? failing?.NextAttempt : null,
            engine.PerMinute(stream.Id), live.Delivered + (replay?.Delivered ?? 0), live.TooOld + (replay?.TooOld ?? 0), row.Letters,
            replay is null ? null : await StatusAsync(stream, replay, scope, cancellationToken),
            lag == 0 ? null : await WarnAsync(stream, live, cancellationToken));
    }

    private async Task<(long Count, DateTimeOffset? Oldest)> WaitingAsync(EntryFilter filter, StreamLane live, CancellationToken cancellationToken)
    {
        var waiting = await store.ReadTailAsync(filter, live.Cursor, 1, cancellationToken);
        return waiting.Entries.Count == 0
            ? (0, null)
            : (Math.Max(1, await store.CountAsync(filter, waiting.Size, cancellationToken) - await store.CountAsync(filter, live.Cursor, cancellationToken)), waiting.Entries[0].RecordedAt);
    }

    private async Task<ReplayStatus> StatusAsync(LogStream stream, StreamLane replay, ReadScope scope, CancellationToken cancellationToken)
    {
        var left = 0L;
        if (replay.FinishedAt is null && replay.Cursor < replay.Until)
        {
            var filter = StreamFilter.Of(stream).In(scope, replay.From);
            left = await store.CountAsync(filter, replay.Until.Value, cancellationToken) - await store.CountAsync(filter, replay.Cursor, cancellationToken);
        }
        return new ReplayStatus(replay.From, replay.StartedAt, replay.FinishedAt, replay.Delivered, left, replay.TooOld, replay.LastError, replay.NextAttempt);
    }

    private (Dictionary<string, string> Hints, Dictionary<string, DateTimeOffset> Overlaps) Hints(LogStream stream)
    {
        var (hints, overlaps) = (new Dictionary<string, string>(), new Dictionary<string, DateTimeOffset>());
        try
        {
            foreach (var (name, value) in secrets.Unprotect(stream.Tenant!.Id, stream.Id, stream.Secrets))
            {
                if (!name.StartsWith(StreamSetups.Previous, StringComparison.Ordinal))
                {
                    hints[name] = StreamSecrets.Hint(value);
                }
                else if (name.EndsWith(StreamSetups.Until, StringComparison.Ordinal) && DateTimeOffset.Parse(value, CultureInfo.InvariantCulture) is var until && until > clock.GetUtcNow())
                {
                    overlaps[name[StreamSetups.Previous.Length..^StreamSetups.Until.Length]] = until;
                }
            }
        }
        catch (CryptographicException)
        {
            // The state says so once it is to be delivered.
        }
        return (hints, overlaps);
    }

    private static async Task RequireAsync(ConsoleDbContext context, int tenant, string id, CancellationToken cancellationToken)
    {
        if (!await context.Streams.AnyAsync(stream => stream.Id == id && stream.TenantNumber == tenant, cancellationToken))
        {
            throw Missing();
        }
    }

    private static RefusedException Missing() => new(StreamService.Unknown);

    private sealed record Row(LogStream Stream, IReadOnlyList<StreamLane> Lanes, int Letters, string Maker);

    /// <summary>Of a stream that a newer version of the service made.</summary>
    private sealed class UnknownKind(string name) : IDestinationKind
    {
        public string Name => name;

        public string DisplayName => name;

        public string Summary => "This version of the service doesn't know it.";

        public IReadOnlyList<DestinationField> Fields => [];

        public IReadOnlyList<StreamFormat> Formats => [];

        public IReadOnlyList<FieldProblem> Check(DestinationSettings settings) => [];

        public IDestination Open(DestinationSettings settings, DestinationContext context) => throw new InvalidOperationException($"Nothing delivers to {name}.");
    }
}
