using AuditConsole.Core;

namespace AuditConsole.Streams.Destinations;

/// <summary>An open connection to where a stream goes. One batch is under way at a time.</summary>
public interface IDestination : IAsyncDisposable
{
    /// <summary>How much one batch may hold.</summary>
    BatchLimits Limits { get; }

    /// <summary>
    /// Hands over a batch. The same batch may come again, after a failure or a restart, and must then not become another
    /// one at the other side where its protocol has a name for it (<see cref="DeliveryBatch.Id"/>).
    /// </summary>
    /// <returns>What became of it. A failure of the other side is an outcome, never an exception.</returns>
    Task<DeliveryOutcome> SendAsync(DeliveryBatch batch, CancellationToken cancellationToken);

    /// <summary>Tries the settings without an entry: a test message, or a request that changes nothing.</summary>
    Task<DeliveryOutcome> CheckAsync(CancellationToken cancellationToken);
}

/// <summary>How much one batch may hold.</summary>
/// <param name="Entries">The most entries.</param>
/// <param name="Bytes">The most bytes of all their bodies together, before compression.</param>
/// <param name="EntryBytes">The most bytes of one body.</param>
/// <param name="OldestOccurredAt">What occurred longer ago isn't taken by the other side, and is counted as skipped; null for no bound.</param>
/// <param name="Linger">A batch that isn't full waits so long for more, counted from when its first entry was recorded: for objects and load jobs, of which many small ones are dear.</param>
public sealed record BatchLimits(int Entries, long Bytes, long EntryBytes, TimeSpan? OldestOccurredAt = null, TimeSpan Linger = default);

/// <summary>Entries on their way, in the order of the chain.</summary>
/// <param name="StreamId"><c>str_…</c>.</param>
/// <param name="TenantId">Whose entries.</param>
/// <param name="Entries">At least one.</param>
public sealed record DeliveryBatch(string StreamId, Guid TenantId, IReadOnlyList<DeliveredEntry> Entries)
{
    /// <summary>The sequence of the first entry.</summary>
    public long First => Entries[0].Entry.Sequence;

    /// <summary>The sequence of the last entry.</summary>
    public long Last => Entries[^1].Entry.Sequence;

    /// <summary>Null until a backup was put back; then what tells the log from then on from the one that went on before.</summary>
    public string? Branch { get; init; }

    /// <summary><c>{stream}_{first}_{last}</c>, with <c>_{branch}</c> behind it where there is one: the same for every attempt at the same entries.</summary>
    public string Id => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{StreamId}_{First}_{Last}{(Branch is null ? "" : $"_{Branch}")}");
}

/// <summary>An entry as it is handed over.</summary>
/// <param name="Entry">The entry, the stream's redactions applied.</param>
/// <param name="Body">It in the stream's format, UTF-8; JSON for <see cref="StreamFormat.Json"/> and <see cref="StreamFormat.Ocsf"/>, else a line of text without its end.</param>
public readonly record struct DeliveredEntry(AuditEntry Entry, ReadOnlyMemory<byte> Body);

/// <summary>What became of an attempt.</summary>
public enum DeliveryVerdict
{
    /// <summary>The other side has all of it.</summary>
    Delivered,

    /// <summary>Not now: the same batch is tried again later.</summary>
    Retry,

    /// <summary>More than the other side takes at once: the batch is halved; a single entry becomes a dead letter.</summary>
    TooLarge,

    /// <summary>The other side won't ever take something in it: halved until the one entry is found, which becomes a dead letter.</summary>
    BadData,

    /// <summary>Settings are wrong, access was withdrawn, or the place is gone: the stream stops until somebody acts.</summary>
    Stop,
}

/// <summary>What became of an attempt, fit for the page and the log of attempts: never a secret, never an entry.</summary>
/// <param name="Verdict">What to do next.</param>
/// <param name="Message">A sentence for an admin: what happened and what to do.</param>
/// <param name="Status">The HTTP status, if there was one.</param>
/// <param name="Answer">At most 1 KiB of the other side's answer.</param>
/// <param name="RetryAfter">What the other side asked for.</param>
/// <param name="Field">The setting that is wrong, as <see cref="DestinationField.Name"/>, if one can be told.</param>
public sealed record DeliveryOutcome(
    DeliveryVerdict Verdict, string Message, int? Status = null, string? Answer = null, TimeSpan? RetryAfter = null, string? Field = null)
{
    /// <summary>The longest answer that is kept, in characters.</summary>
    public const int MaxAnswer = 1024;
}
