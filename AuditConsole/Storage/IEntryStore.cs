using System.Data.Common;
using AuditConsole.Core;

namespace AuditConsole.Storage;

/// <summary>
/// The store of entries: append-only, chained per tenant, read newest first. Everything else of the service lives in
/// <see cref="ConsoleDbContext"/>. A provider passes the contract tests under Tests/Storage.
/// </summary>
public interface IEntryStore
{
    /// <summary>Appends all entries of the request, or none. Completes when they are on disk.</summary>
    /// <exception cref="IdempotencyKeyReusedException">The key was used with another body.</exception>
    /// <exception cref="StorageException">The disk is full or fails; nothing was stored.</exception>
    Task<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken);

    /// <summary>The answer that was stored under an idempotency key in the last 24 hours, or null.</summary>
    /// <exception cref="IdempotencyKeyReusedException">The key was used with another body.</exception>
    Task<byte[]?> FindAnswerAsync(int tenant, IdempotencyKey key, CancellationToken cancellationToken);

    /// <summary>A page in the order (occurredAt, sequence), newest first.</summary>
    Task<EntryPage> ReadPageAsync(EntryFilter filter, PageRequest page, CancellationToken cancellationToken);

    /// <summary>How many entries with a sequence up to <paramref name="snapshot"/> match.</summary>
    Task<long> CountAsync(EntryFilter filter, long snapshot, CancellationToken cancellationToken);

    /// <summary>How many of them occurred on each day (UTC), in the order of days; days without one are left out.</summary>
    Task<IReadOnlyList<DayCount>> CountByDayAsync(EntryFilter filter, long snapshot, CancellationToken cancellationToken);

    /// <summary>
    /// The matching entries with a sequence up to <paramref name="snapshot"/>, newest first, at most
    /// <paramref name="limit"/>. Reads in bounded batches and holds no connection while the caller works.
    /// </summary>
    IAsyncEnumerable<AuditEntry> ReadAsync(EntryFilter filter, long snapshot, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// The matching entries behind a position of the chain, in the order of the chain, at most <paramref name="limit"/>.
    /// It may give fewer where entries are large, and there are more further on.
    /// </summary>
    /// <param name="filter">Which entries.</param>
    /// <param name="after">Entries with a greater sequence.</param>
    /// <param name="limit">The most entries.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    Task<EntryTail> ReadTailAsync(EntryFilter filter, long after, int limit, CancellationToken cancellationToken);

    /// <summary>Completes once the tenant's chain is longer than <paramref name="size"/>, at once if it is already.</summary>
    Task WaitForMoreAsync(int tenant, long size, CancellationToken cancellationToken);

    /// <summary>The readable entry of that id, or null.</summary>
    Task<AuditEntry?> FindAsync(ReadScope scope, Guid id, CancellationToken cancellationToken);

    /// <summary>The readable entry at a position of the chain, or null.</summary>
    Task<AuditEntry?> FindAsync(ReadScope scope, long sequence, CancellationToken cancellationToken);

    /// <summary>The pairs of entity type and action that the readable log holds, ordered by both.</summary>
    Task<IReadOnlyList<EntryKind>> ListKindsAsync(ReadScope scope, CancellationToken cancellationToken);

    /// <summary>The last sequence that was recorded before a time; 0 where there is none. What is appended now may still get an earlier time.</summary>
    Task<long> FindRecordedBeforeAsync(int tenant, DateTimeOffset time, CancellationToken cancellationToken);

    /// <summary>The newest link of a tenant's chain, as it is recorded apart from the entries.</summary>
    Task<ChainHead> ReadHeadAsync(int tenant, CancellationToken cancellationToken);

    /// <summary>The end of the prefix whose leaves a purge removed: where a walk of the chain starts.</summary>
    Task<ChainBase> ReadBaseAsync(int tenant, CancellationToken cancellationToken);

    /// <summary>The stored places of the chain after <paramref name="after"/>, in order, in bounded batches.</summary>
    IAsyncEnumerable<StoredPlace> ReadChainAsync(int tenant, long after, CancellationToken cancellationToken);

    /// <summary>
    /// The same places in runs of many, for who wants to know alone whether they hold: the content of entries is held
    /// against their leaf where they are read. A run ends early before a place that needs a closer look, by
    /// <see cref="ReadChainAsync"/>: one that is purged, withheld, missing or damaged.
    /// </summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="after">Places with a greater sequence.</param>
    /// <param name="to">The last of them.</param>
    /// <param name="atOnce">How many runs are read at once, at most; 1 or more.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    IAsyncEnumerable<CheckedRun> CheckChainAsync(int tenant, long after, long to, int atOnce, CancellationToken cancellationToken);

    /// <summary>
    /// How many entries are older than <paramref name="before"/> and not held, and the ranges of sequences they stand in.
    /// </summary>
    Task<ExpiredEntries> FindExpiredAsync(int tenant, DateTimeOffset before, CancellationToken cancellationToken);

    /// <summary>
    /// Deletes every entry that occurred before <paramref name="before"/> and that no hold covers, in bounded batches between which others
    /// write, keeping its leaf; the leaves of the chain's prefix go too. Afterwards nothing of the entries is left in
    /// the file: free pages, write-ahead log, names that nothing refers to.
    /// </summary>
    /// <remarks>One purge runs at a time. One that was broken off is completed by the next.</remarks>
    Task<ExpiredEntries> PurgeAsync(int tenant, DateTimeOffset before, CancellationToken cancellationToken);

    /// <summary>
    /// What purges deleted since the last append with <see cref="AppendRequest.RecordsPurge"/>, purges that were broken
    /// off included.
    /// </summary>
    Task<ExpiredEntries> FindUnrecordedPurgeAsync(int tenant, CancellationToken cancellationToken);

    /// <summary>
    /// All places without an entry. While others purge, what comes new stands in both lists; only an append with
    /// <see cref="AppendRequest.RecordsPurge"/> in between takes places from the second that may stand in the first.
    /// </summary>
    Task<PurgedPlaces> ReadPurgedAsync(int tenant, CancellationToken cancellationToken);

    /// <summary>
    /// Destroys the details and salts that <see cref="AppendRequest.Withholds"/> names, each request in one transaction
    /// with the entries that record it. Afterwards nothing of them is left in the file: rows, indexes, names that nothing refers
    /// to any more, free pages, write-ahead log.
    /// </summary>
    /// <param name="requests">Of one tenant, applied in their order.</param>
    /// <param name="cancellationToken">Ends the wait for its turn; what has begun is finished.</param>
    /// <exception cref="NotWithholdableException">A request can't be done; nothing of it and of those behind it was changed.</exception>
    /// <exception cref="StorageException">The store can't write, or remains of what is withheld could not be removed yet; the message says which.</exception>
    Task WithholdAsync(IReadOnlyList<AppendRequest> requests, CancellationToken cancellationToken);

    /// <summary>The active holds that cover the entry at a position of the chain, by name.</summary>
    Task<IReadOnlyList<HoldOver>> FindHoldsOverAsync(int tenant, long sequence, CancellationToken cancellationToken);

    /// <summary>The active holds of a tenant, by name, each with the expired entries that it keeps.</summary>
    /// <param name="tenant">The tenant's number.</param>
    /// <param name="before">What occurred before has expired.</param>
    /// <param name="cancellationToken">Ends the count.</param>
    Task<IReadOnlyList<HeldEntries>> CountHeldAsync(int tenant, DateTimeOffset before, CancellationToken cancellationToken);

    /// <summary>Removes the answers that were kept under idempotency keys longer than 24 hours.</summary>
    /// <returns>How many.</returns>
    Task<int> RemoveOldAnswersAsync(CancellationToken cancellationToken);
}

/// <summary>What a reader may see of a tenant's log: the entries that haven't expired, and those that a hold keeps.</summary>
/// <param name="Tenant">The tenant's number in the store.</param>
/// <param name="TenantId">The tenant's UUID.</param>
/// <param name="ExpiredBefore">What occurred before this can't be read, purged or not, unless an active hold covers it; the store knows those.</param>
public readonly record struct ReadScope(int Tenant, Guid TenantId, DateTimeOffset ExpiredBefore);

/// <summary>The one filter: the page, the count and every export and API select entries by it.</summary>
public sealed record EntryFilter
{
    /// <summary>Whose log, and how far back it is readable.</summary>
    public required ReadScope Scope { get; init; }

    /// <summary>The first instant; null for the beginning.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>The first instant that isn't meant any more; null for no end.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>Exact entity type.</summary>
    public string? EntityType { get; init; }

    /// <summary>Exact action.</summary>
    public string? Action { get; init; }

    /// <summary>Any of these actions; <c>workspace.*</c> stands for all that begin with <c>workspace.</c> Empty for all.</summary>
    public IReadOnlyList<string> Actions { get; init; } = [];

    /// <summary>Exact slug, or the id of an entity without one.</summary>
    public string? Slug { get; init; }

    /// <summary>Exact id of the main entity.</summary>
    public string? EntityId { get; init; }

    /// <summary>Id or slug of the main entity or of a further target.</summary>
    public string? Target { get; init; }

    /// <summary>Exact id of the actor.</summary>
    public string? Actor { get; init; }

    /// <summary>Any of these ids of actors. Empty for all.</summary>
    public IReadOnlyList<string> Actors { get; init; } = [];

    /// <summary>A client address, or a network of them, as <see cref="AddressRange"/> writes it.</summary>
    public string? Ip { get; init; }
}

/// <summary>The place of an entry in the order of pages.</summary>
/// <param name="OccurredAt">UTC, whole milliseconds.</param>
/// <param name="Sequence">Decides between entries of the same millisecond.</param>
public readonly record struct EntryPosition(DateTimeOffset OccurredAt, long Sequence);

/// <summary>Which page.</summary>
/// <param name="Size">The most entries.</param>
/// <param name="Snapshot">The newest sequence that counts; null for a first page, which fixes it.</param>
/// <param name="OlderThan">Entries behind this place; null for the newest.</param>
/// <param name="NewerThan">The entries just before this place; not together with the other.</param>
public sealed record PageRequest(int Size, long? Snapshot = null, EntryPosition? OlderThan = null, EntryPosition? NewerThan = null);

/// <summary>A page, newest entry first.</summary>
/// <param name="Entries">The entries.</param>
/// <param name="Snapshot">The newest sequence that counted.</param>
/// <param name="HasOlder">Whether a next page exists.</param>
/// <param name="HasNewer">Whether a page before exists.</param>
public sealed record EntryPage(IReadOnlyList<AuditEntry> Entries, long Snapshot, bool HasOlder, bool HasNewer);

/// <summary>How many entries occurred on a day.</summary>
/// <param name="Day">The day, UTC.</param>
/// <param name="Count">At least 1.</param>
public readonly record struct DayCount(DateOnly Day, long Count);

/// <summary>A part of the chain, oldest entry first.</summary>
/// <param name="Entries">The matching entries.</param>
/// <param name="Reached">Every matching entry up to this sequence was given: where to go on.</param>
/// <param name="Size">The length of the chain when it was read.</param>
public sealed record EntryTail(IReadOnlyList<AuditEntry> Entries, long Reached, long Size)
{
    /// <summary>The link of the place behind which the part begins; null at the beginning, beyond the end, and where a purge removed it.</summary>
    public EntryHash? AfterLink { get; init; }

    /// <summary>The link of the place <see cref="Reached"/>; null as the other.</summary>
    public EntryHash? ReachedLink { get; init; }

    /// <summary>Whether a part of the chain is still to be looked through.</summary>
    public bool HasMore => Reached < Size;
}

/// <summary>A pair of entity type and action that the log holds.</summary>
public readonly record struct EntryKind(string EntityType, string Action);

/// <summary>Entries to append in one transaction.</summary>
public sealed record AppendRequest
{
    /// <summary>The tenant's number in the store.</summary>
    public required int Tenant { get; init; }

    /// <summary>The tenant's UUID.</summary>
    public required Guid TenantId { get; init; }

    /// <summary>The credential that writes: <c>key:…</c>, <c>user:…</c>, <c>import:…</c>, <c>console</c>.</summary>
    public required string RecordedBy { get; init; }

    /// <summary>The entries, in the order in which they enter the chain; may be empty where <see cref="Change"/> is set.</summary>
    public required IReadOnlyList<PreparedEntry> Entries { get; init; }

    /// <summary>Makes a repeat of the request harmless; stored with the answer in the entries' transaction.</summary>
    public IdempotencyKey? Idempotency { get; init; }

    /// <summary>Writes the answer to keep under <see cref="Idempotency"/>; needed with it.</summary>
    public Func<IReadOnlyList<AppendedEntry>, byte[]>? Answer { get; init; }

    /// <summary>
    /// A change of other data that belongs to the entries (a key and its ApiKeyCreated): applied in their transaction,
    /// on the writer's thread, and saved by the store. If it throws, neither it nor the entries are stored.
    /// </summary>
    public Action<ConsoleDbContext>? Change { get; init; }

    /// <summary>The values that rules sealed in the entries, stored in their transaction.</summary>
    public IReadOnlyList<SealedPlace> Sealed { get; init; } = [];

    /// <summary>Entries whose details to destroy; the entry at the same place of <see cref="Entries"/> records it. For <see cref="IEntryStore.WithholdAsync"/>.</summary>
    public IReadOnlyList<WithholdItem> Withholds { get; init; } = [];

    /// <summary>The entries record what <see cref="IEntryStore.FindUnrecordedPurgeAsync"/> told: with their commit it counts as recorded.</summary>
    public bool RecordsPurge { get; init; }
}

/// <summary>A sealed value and the entry that holds its commitment.</summary>
/// <param name="Entry">The entry's index in <see cref="AppendRequest.Entries"/>.</param>
/// <param name="Value">The value.</param>
public readonly record struct SealedPlace(int Entry, SealedValue Value);

/// <summary>A value that is kept apart from its entry, encrypted.</summary>
/// <param name="Commitment">What stands in the entry (<see cref="SealedCommitment"/>).</param>
/// <param name="Rule">The rule that sealed it.</param>
/// <param name="Path">Where it stood, a JSON Pointer into the entry.</param>
/// <param name="KeyId">Which key opens it.</param>
/// <param name="Nonce">12 bytes.</param>
/// <param name="Value">AES-256-GCM over salt and canonical value; the tag comes last.</param>
public sealed record SealedValue(EntryHash Commitment, string Rule, string Path, byte[] KeyId, byte[] Nonce, byte[] Value);

/// <summary>What a producer gives to make repeats harmless.</summary>
/// <param name="Route">The route that it was sent to.</param>
/// <param name="Key">1 to 255 visible ASCII characters.</param>
/// <param name="BodyHash">SHA-256 of the body.</param>
public sealed record IdempotencyKey(string Route, string Key, EntryHash BodyHash);

/// <summary>The place that an appended entry got.</summary>
public readonly record struct AppendedEntry(Guid Id, long Sequence, EntryHash Hash);

/// <summary>What became of an append.</summary>
/// <param name="Entries">The places, in the order of the request; empty for a replay.</param>
/// <param name="ReplayedAnswer">The stored answer of the first request with the same idempotency key, if there was one.</param>
public sealed record AppendResult(IReadOnlyList<AppendedEntry> Entries, byte[]? ReplayedAnswer = null);

/// <summary>Where the leaves that are still stored begin.</summary>
/// <param name="Head">Size and link of the prefix that was purged with its leaves.</param>
/// <param name="Frontier">The Merkle frontier of that prefix.</param>
public sealed record ChainBase(ChainHead Head, MerkleFrontier Frontier);

/// <summary>A place of the chain, and what the store knows of it that the entry's own hashes don't cover.</summary>
/// <param name="Sequence">The position.</param>
/// <param name="Place">The place; null where the row can't be read as one.</param>
/// <param name="PurgedHash">The link that is kept for a purged entry.</param>
/// <param name="Damage">What is wrong with the row beyond its hashes, a sentence; null if nothing.</param>
public sealed record StoredPlace(long Sequence, ChainPlace? Place, EntryHash? PurgedHash = null, string? Damage = null);

/// <summary>Entries one behind the other whose content hashes to their leaf, and who have nothing else that is wrong.</summary>
/// <param name="After">The place before the first.</param>
/// <param name="Last">The last place that was looked at.</param>
/// <param name="Leaves">Their leaves: as many as places, or fewer.</param>
/// <param name="Links">Their links, as they are stored.</param>
public sealed record CheckedRun(long After, long Last, IReadOnlyList<EntryHash> Leaves, IReadOnlyList<EntryHash> Links);

/// <summary>Expired entries that were found or purged.</summary>
/// <param name="Count">How many.</param>
/// <param name="Ranges">Their sequences, as ranges without a gap, in order; the first 1,000.</param>
public sealed record ExpiredEntries(long Count, IReadOnlyList<SequenceRange> Ranges);

/// <summary>The places of a chain without an entry.</summary>
/// <param name="Gone">All of them, the purged beginning included: ranges in order, none touching the next.</param>
/// <param name="Unrecorded">Those of which <see cref="IEntryStore.FindUnrecordedPurgeAsync"/> tells, all of them, in the order of their beginnings.</param>
public sealed record PurgedPlaces(IReadOnlyList<SequenceRange> Gone, IReadOnlyList<SequenceRange> Unrecorded);

/// <summary>Sequences from <paramref name="First"/> to <paramref name="Last"/>, both included.</summary>
public readonly record struct SequenceRange(long First, long Last);

/// <summary>An entry whose details are to be destroyed.</summary>
/// <param name="Sequence">Its position in the chain.</param>
/// <param name="DetailsHash">The hash of its salt and details, as it was read: what is stored in their place.</param>
/// <param name="By">Who: a user's id, or <c>console</c>.</param>
/// <param name="ByName">The user's e-mail address.</param>
/// <param name="Reason">Why.</param>
public sealed record WithholdItem(long Sequence, EntryHash DetailsHash, string By, string? ByName, string Reason);

/// <summary>A hold that covers an entry.</summary>
/// <param name="Id"><c>hold_…</c>.</param>
/// <param name="Name">For people.</param>
public sealed record HoldOver(string Id, string Name);

/// <summary>A hold and the expired entries that it keeps from the purge.</summary>
/// <param name="Hold">The hold.</param>
/// <param name="Count">How many; an entry under two holds counts for both.</param>
public sealed record HeldEntries(HoldOver Hold, long Count);

/// <summary>An entry's details can't be destroyed.</summary>
/// <param name="sequence">Which entry.</param>
/// <param name="why">Why, a sentence for a person.</param>
public sealed class NotWithholdableException(long sequence, string why) : Exception(why)
{
    /// <summary>Which entry.</summary>
    public long Sequence { get; } = sequence;
}

/// <summary>An idempotency key was sent again with another body.</summary>
public sealed class IdempotencyKeyReusedException(string key) : Exception($"The idempotency key {key} was used with another body.");

/// <summary>The store can't write or read: disk full, file damaged. The message is fit for an operator.</summary>
public sealed class StorageException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The message where members may read it. What the machine said, paths among it, is for the service's own log.</summary>
    public string PublicMessage => InnerException is not DbException ? Message : "The database could not be read or written; the service’s own log says why. Tell whoever runs this server, then try again.";
}
