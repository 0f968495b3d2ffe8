using AuditConsole.Operations;
using AuditConsole.Redaction;
using AuditConsole.Storage;

namespace AuditConsole.Ingest;

/// <summary>What became of a producer's request.</summary>
/// <param name="Body">The answer's body.</param>
/// <param name="IsReplay">Whether it was given before, and nothing was appended now.</param>
internal readonly record struct Appended(byte[] Body, bool IsReplay);

/// <summary>Appends what producers sent over HTTP, whichever route it came by, with what belongs to it: sealed values, the kept answer, the counts.</summary>
internal sealed class EntryAppends(IEntryStore store, RedactionCounts counts, ConsoleMetrics metrics, TimeProvider clock)
{
    /// <summary>The answer that was given under the key before, or null.</summary>
    /// <param name="tenant">Whose log.</param>
    /// <param name="key">Null where the producer sent none.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="IdempotencyKeyReusedException">It was given to another body.</exception>
    public async ValueTask<Appended?> FindAsync(int tenant, IdempotencyKey? key, CancellationToken cancellationToken) =>
        key is not null && await store.FindAnswerAsync(tenant, key, cancellationToken) is { } known ? Replay(known) : null;

    /// <summary>Appends all entries or none; the answer comes once they are on disk.</summary>
    /// <param name="tenant">Whose log.</param>
    /// <param name="tenantId">The tenant's UUID.</param>
    /// <param name="keyId">The API key that sent them.</param>
    /// <param name="entries">Redacted and hashed.</param>
    /// <param name="key">Makes a repeat harmless; null where the producer sent none.</param>
    /// <param name="write">Writes the answer's body from the places that the entries got.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="IdempotencyKeyReusedException">The key was used with another body.</exception>
    /// <exception cref="StorageException">The disk is full or fails; nothing was stored.</exception>
    public async Task<Appended> AppendAsync(
        int tenant, Guid tenantId, string keyId, IReadOnlyList<AdmittedEntry> entries, IdempotencyKey? key,
        Func<IReadOnlyList<AppendedEntry>, byte[]> write, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        var result = await store.AppendAsync(
            new AppendRequest
            {
                Tenant = tenant,
                TenantId = tenantId,
                RecordedBy = $"key:{keyId}",
                Entries = [.. entries.Select(entry => entry.Entry)],
                Sealed = AppendEndpoint.SealedIn(entries),
                Idempotency = key,
                Answer = key is null ? null : write,
            },
            cancellationToken);
        if (result.ReplayedAnswer is { } replayed)
        {
            return Replay(replayed);
        }
        metrics.Appended(result.Entries.Count, clock.GetElapsedTime(started), "http");
        counts.Add(tenant, entries.SelectMany(entry => entry.Caught));
        return new Appended(write(result.Entries), false);
    }

    private Appended Replay(byte[] answer)
    {
        metrics.Replayed();
        return new Appended(answer, true);
    }
}
