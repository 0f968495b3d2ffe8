using System.Security.Cryptography;
using AuditConsole.Identity;
using AuditConsole.Retention;
using AuditConsole.Storage;
using AuditConsole.Streams.Delivery;
using AuditConsole.Streams.Destinations;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.Streams;

/// <summary>Sends single entries while somebody waits: dead letters, a redelivery, a check of the settings. The lanes go on beside it.</summary>
internal sealed class StreamResending(
    IDbContextFactory<ConsoleDbContext> contexts, IEntryStore store, ReadScopes scopes, StreamSetups setups, LaneReader reader, DestinationKinds kinds, TimeProvider clock)
{
    /// <summary>The most entries of one request.</summary>
    public const int MostAtOnce = 100;

    private const int LongestReason = 500;

    /// <summary>Tries a stream's settings.</summary>
    public Task<DeliveryOutcome> CheckAsync(LogStream stream, CancellationToken cancellationToken) => CheckAsync(Require(stream), cancellationToken);

    /// <summary>Tries the settings of a draft.</summary>
    public Task<DeliveryOutcome> CheckAsync(string id, Guid tenantId, CheckedDraft draft, CancellationToken cancellationToken) =>
        CheckAsync(
            new StreamSetup(id, draft.Name, 0, tenantId, draft.Kind, draft.All, draft.Filter, Formats.StreamRedaction.None, kinds.FormatOf(draft.Format))
            {
                Secrets = StreamSetup.PartsOf(draft.Secrets.Values),
            }, cancellationToken);

    public async Task<IReadOnlyList<Redelivery>> SendLettersAsync(LogStream stream, IReadOnlyList<long>? wanted, CancellationToken cancellationToken)
    {
        var setup = Require(stream);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var waiting = context.DeadLetters.Where(letter => letter.StreamId == stream.Id && letter.ResentAt == null);
        var letters = await (wanted is null ? waiting : waiting.Where(letter => wanted.Contains(letter.Id)))
            .OrderBy(letter => letter.Sequence).Take(MostAtOnce).ToListAsync(cancellationToken);
        await using var destination = setups.Open(setup);
        var done = new List<Redelivery>();
        foreach (var letter in letters)
        {
            var outcome = await SendAsync(setup, destination, await reader.FindAsync(setup, letter.Sequence, cancellationToken), cancellationToken);
            done.Add(new Redelivery(letter.Sequence, outcome));
            if (outcome.Verdict == DeliveryVerdict.Delivered)
            {
                letter.ResentAt = clock.GetUtcNow();
            }
            else
            {
                (letter.Reason, letter.Answer) = (outcome.Message.Length > LongestReason ? outcome.Message[..LongestReason] : outcome.Message, outcome.Answer);
            }
            await context.SaveChangesAsync(CancellationToken.None);
            if (outcome.Verdict is DeliveryVerdict.Retry or DeliveryVerdict.Stop)
            {
                break;
            }
        }
        return done;
    }

    public async Task<IReadOnlyList<Redelivery>> SendRangeAsync(LogStream stream, long first, long last, CancellationToken cancellationToken)
    {
        if (first < 1 || last < first || last - first >= MostAtOnce)
        {
            throw new RefusedException($"Name a range of up to {MostAtOnce} sequences, the first one first. For more, replay from a time.");
        }
        var setup = Require(stream);
        var tail = await store.ReadTailAsync(setup.Filter.In(await scopes.OfAsync(setup.Tenant, cancellationToken)), first - 1, MostAtOnce, cancellationToken);
        await using var destination = setups.Open(setup);
        var done = new List<Redelivery>();
        foreach (var entry in tail.Entries.TakeWhile(entry => entry.Sequence <= last))
        {
            var started = clock.GetTimestamp();
            var at = clock.GetUtcNow();
            var outcome = await SendAsync(setup, destination, LaneReader.Write(setup, entry), cancellationToken);
            done.Add(new Redelivery(entry.Sequence, outcome));
            await NoteAsync(setup, entry.Sequence, at, clock.GetElapsedTime(started), outcome);
            if (outcome.Verdict != DeliveryVerdict.Delivered)
            {
                break;
            }
        }
        return done;
    }

    /// <summary>The entries of the batch that fails, as dead letters.</summary>
    public async Task<IReadOnlyList<DeadLetter>> ReadFailingAsync(StreamSetup setup, StreamLane lane, string reason, CancellationToken cancellationToken)
    {
        await using var destination = setups.Open(setup);
        // Without a range under way, the next entry alone: whoever wants to skip more does it again.
        var chunk = await reader.ReadAsync(setup, lane, destination.Limits, lane.FlightLast is null ? 1 : destination.Limits.Entries, cancellationToken);
        var entries = chunk.Entries.Take(destination.Limits.Entries).Select(entry => entry.Entry);
        return
        [
            .. chunk.Refused,
            .. entries.Select(entry => new DeadLetter { StreamId = setup.Id, Sequence = entry.Sequence, EntryId = entry.Id, Reason = reason, At = clock.GetUtcNow() }),
        ];
    }

    private async Task<DeliveryOutcome> CheckAsync(StreamSetup setup, CancellationToken cancellationToken)
    {
        try
        {
            await using var destination = setups.Open(setup);
            return setup.Clean(await destination.CheckAsync(cancellationToken));
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested && HttpOutcomes.Of(fault, setup.Kind.DisplayName) is not null)
        {
            return HttpOutcomes.Of(fault, setup.Kind.DisplayName)!;
        }
        catch (Exception fault) when (fault is InvalidOperationException or FormatException or ArgumentException or CryptographicException)
        {
            return new DeliveryOutcome(DeliveryVerdict.Stop, "The settings can't be used. Enter them again.");
        }
    }

    private static async Task<DeliveryOutcome> SendAsync(StreamSetup setup, IDestination destination, DeliveredEntry? entry, CancellationToken cancellationToken)
    {
        if (entry is not { } found)
        {
            return new DeliveryOutcome(DeliveryVerdict.BadData, "The entry has expired or was purged: there is nothing left to send.");
        }
        try
        {
            return setup.Clean(await destination.SendAsync(new DeliveryBatch(setup.Id, setup.TenantId, [found]) { Branch = setup.Branch }, cancellationToken));
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested && HttpOutcomes.Of(fault, setup.Kind.DisplayName) is not null)
        {
            return HttpOutcomes.Of(fault, setup.Kind.DisplayName)!;
        }
    }

    private async Task NoteAsync(StreamSetup setup, long sequence, DateTimeOffset at, TimeSpan took, DeliveryOutcome outcome)
    {
        await using var context = await contexts.CreateDbContextAsync();
        context.StreamAttempts.Add(new StreamAttempt
        {
            StreamId = setup.Id,
            Lane = LaneKind.Replay,
            At = at,
            Milliseconds = (int)took.TotalMilliseconds,
            First = sequence,
            Last = sequence,
            Count = 1,
            Number = 1,
            Worked = outcome.Verdict == DeliveryVerdict.Delivered,
            Verdict = outcome.Verdict,
            Status = outcome.Status,
            Message = outcome.Message,
            Answer = outcome.Verdict == DeliveryVerdict.Delivered ? null : outcome.Answer,
        });
        await context.SaveChangesAsync();
    }

    private StreamSetup Require(LogStream stream)
    {
        var (setup, problem) = setups.Of(stream);
        return setup ?? throw new RefusedException(problem!);
    }
}
