using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Retention;
using AuditConsole.Storage;
using AuditConsole.Tenants;

namespace AuditConsole.Withholding;

/// <summary>
/// Destroys the details of entries for good: a leaked secret, a request for erasure. The head of each stays and stays
/// proved, and each is recorded as <c>EntryWithheld</c> in the same transaction.
/// </summary>
public sealed class WithholdingService(IEntryStore store, ReadScopes scopes, IMemberDirectory directory)
{
    /// <summary>The longest reason, in characters.</summary>
    public const int MaxReasonLength = 2000;

    // One transaction holds the writer up for some milliseconds.
    private const int EntriesInTransaction = 200;

    /// <summary>The holds that forbid to withhold an entry, by name.</summary>
    /// <exception cref="AccessDeniedException">The person isn't Admin there.</exception>
    public async Task<IReadOnlyList<HoldOver>> FindHoldsOverAsync(string userId, string? tenantSlug, long sequence, CancellationToken cancellationToken)
    {
        var admin = await directory.RequireAsync(userId, tenantSlug, Permission.Withhold, cancellationToken);
        return await store.FindHoldsOverAsync(admin.Tenant, sequence, cancellationToken);
    }

    /// <summary>Withholds one entry's details.</summary>
    /// <exception cref="AccessDeniedException">The person isn't Admin there.</exception>
    /// <exception cref="RefusedException">The entry can't be withheld, or the reason is unfit.</exception>
    /// <exception cref="StorageException">The store can't write; the message says what became of it.</exception>
    public async Task WithholdAsync(
        string userId, string? tenantSlug, long sequence, string reason, Client client, CancellationToken cancellationToken)
    {
        var admin = await directory.RequireAsync(userId, tenantSlug, Permission.Withhold, cancellationToken);
        await WithholdAsync(admin.Tenant, [sequence], Acting.As(admin, client), reason, cancellationToken);
    }

    /// <summary>Withholds the details of entries, as the command line does: all that can't be is refused before anything is destroyed.</summary>
    /// <returns>How many were withheld.</returns>
    /// <exception cref="RefusedException">One of them can't be withheld, or the reason is unfit.</exception>
    /// <exception cref="StorageException">The store can't write; the message says what became of it.</exception>
    public Task<int> WithholdFromConsoleAsync(Tenant tenant, IReadOnlyList<long> sequences, string reason, CancellationToken cancellationToken) =>
        WithholdAsync(tenant.Number, sequences, Acting.Console, reason, cancellationToken);

    private async Task<int> WithholdAsync(int tenant, IReadOnlyList<long> sequences, Acting by, string reason, CancellationToken cancellationToken)
    {
        reason = CheckReason(reason);
        var scope = await scopes.OfAsync(tenant, cancellationToken);
        var entries = new List<AuditEntry>();
        foreach (var sequence in sequences.Distinct().Order())
        {
            entries.Add(await FindAsync(scope, sequence, cancellationToken));
        }
        try
        {
            await store.WithholdAsync([.. entries.Chunk(EntriesInTransaction).Select(batch => RequestFor(scope, batch, by, reason))], cancellationToken);
        }
        catch (NotWithholdableException refusal)
        {
            throw new RefusedException(refusal.Message);
        }
        return entries.Count;
    }

    /// <summary>The request that withholds entries, each with its record.</summary>
    internal static AppendRequest RequestFor(ReadScope scope, IReadOnlyList<AuditEntry> entries, Acting by, string reason)
    {
        var hashes = entries.Select(entry => HashChain.HashDetails(entry.Salt, EntryText.Details(entry.Content))).ToList();
        return new AppendRequest
        {
            Tenant = scope.Tenant,
            TenantId = scope.TenantId,
            RecordedBy = by.RecordedBy,
            Entries = [.. entries.Select((entry, i) => PreparedEntry.From(Record(entry, hashes[i], by, reason)))],
            Withholds = [.. entries.Select((entry, i) => new WithholdItem(entry.Sequence, hashes[i], by.Subject, by.Actor.Name, reason))],
        };
    }

    private static NewEntry Record(AuditEntry entry, EntryHash detailsHash, Acting by, string reason) => new()
    {
        Actor = by.Actor,
        Action = ServiceActions.EntryWithheld,
        Target = new Resource("Entry", entry.Id.ToString(), entry.Sequence.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        Ip = by.Client.Ip,
        UserAgent = by.Client.UserAgent,
        Metadata = CanonicalObject.From(new Dictionary<string, object?>
        {
            ["sequence"] = entry.Sequence,
            ["entry_id"] = entry.Id.ToString(),
            ["details_hash"] = detailsHash.ToString(),
            ["reason"] = reason,
        }),
    };

    private async Task<AuditEntry> FindAsync(ReadScope scope, long sequence, CancellationToken cancellationToken)
    {
        var entry = await store.FindAsync(scope, sequence, cancellationToken)
            ?? throw new RefusedException($"There is no entry #{sequence:N0}, or it has expired.");
        if (entry.Withheld is not null)
        {
            throw new RefusedException($"The details of entry #{sequence:N0} are withheld already.");
        }
        if (ServiceActions.ExplainsGaps(entry.Content.Action, entry.RecordedBy))
        {
            throw new RefusedException($"Entry #{sequence:N0} records a withholding, a hold or a purge. Such records explain what is missing from the log, so they stay whole.");
        }
        var detailsHash = HashChain.HashDetails(entry.Salt, EntryText.Details(entry.Content));
        var head = new EntryHead(
            entry.Id, entry.TenantId, entry.Sequence, entry.OccurredAt, entry.RecordedAt, entry.RecordedBy, entry.Content, detailsHash);
        if (HashChain.HashHead(head, new()) != entry.Leaf)
        {
            throw new RefusedException($"Entry #{sequence:N0} was changed in the database: it no longer hashes to its leaf. It is evidence; run verify before anything else.");
        }
        if ((await store.FindHoldsOverAsync(scope.Tenant, sequence, cancellationToken)).FirstOrDefault() is { } hold)
        {
            throw new RefusedException($"Entry #{sequence:N0} is under the legal hold “{hold.Name}”, so its details must stay. Lift the hold first.");
        }
        return entry;
    }

    private static string CheckReason(string reason)
    {
        reason = reason.Trim();
        if (reason.Length == 0)
        {
            throw new RefusedException("A reason is needed: it is recorded in the log for good. Don't repeat there what is to be destroyed.");
        }
        if (reason.EnumerateRunes().Count() > MaxReasonLength)
        {
            throw new RefusedException($"The reason is longer than {MaxReasonLength:N0} characters.");
        }
        return CanonicalJson.FindRefusal(reason) is { } refusal ? throw new RefusedException($"The reason {refusal}.") : reason;
    }
}
