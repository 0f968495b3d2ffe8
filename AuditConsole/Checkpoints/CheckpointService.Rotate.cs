using System.Security.Cryptography;
using System.Text;
using AuditConsole.Core;
using AuditConsole.Core.Evidence;
using AuditConsole.Identity;
using AuditConsole.Retention;
using AuditConsole.Storage;
using AuditConsole.Tenants;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.Checkpoints;

// Another key.
public sealed partial class CheckpointService
{
    /// <summary>Makes another key, which the old one names in a signed note, and records that in every tenant's log.</summary>
    /// <param name="isLost">The old key is gone and can't sign; its checkpoints can then be checked by nobody who hasn't kept its public half.</param>
    /// <param name="reason">Why.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The new key's public half.</returns>
    /// <exception cref="RefusedException">The key is there although it is said to be lost, or the reason is unfit.</exception>
    /// <exception cref="StorageException">The key can't be read or written.</exception>
    public async Task<CheckpointKey> RotateKeyAsync(bool isLost, string reason, CancellationToken cancellationToken)
    {
        reason = CheckReason(reason);
        await _one.WaitAsync(cancellationToken);
        try
        {
            var now = clock.GetUtcNow();
            if (isLost)
            {
                await using var context = await contexts.CreateDbContextAsync(cancellationToken);
                var ids = await context.Set<StoredCheckpoint>().AsNoTracking().Select(row => row.KeyId).Distinct().ToListAsync(cancellationToken);
                key.Replace(ids, now, reason);
            }
            else if (await TryOpenAsync(cancellationToken))
            {
                key.Rotate(now, reason);
            }
            if (!await TryOpenAsync(cancellationToken))
            {
                throw new StorageException(Problem!);
            }
            await RecordRotationsAsync(cancellationToken);
            return key.Public!;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Records what isn't recorded yet, be it of this rotation or of one that a kill broke off.</summary>
    private async Task RecordRotationsAsync(CancellationToken cancellationToken)
    {
        foreach (var old in key.Previous.Where(old => !old.IsRecorded).Reverse().ToList())
        {
            await using var context = await contexts.CreateDbContextAsync(cancellationToken);
            foreach (var tenant in await context.Tenants.AsNoTracking().ToListAsync(cancellationToken))
            {
                await store.AppendAsync(RequestFor(tenant, old), cancellationToken);
            }
            key.SetRecorded(old.Id);
        }
    }

    private static AppendRequest RequestFor(Tenant tenant, PreviousKey old)
    {
        var metadata = new Dictionary<string, object?>
        {
            ["old_key_id"] = old.Id,
            ["old_key"] = old.Pem,
            ["new_key_id"] = old.SuccessorId,
            ["new_key"] = old.SuccessorPem,
            ["note"] = old.Note,
            ["reason"] = old.Reason,
        };
        return new AppendRequest
        {
            Tenant = tenant.Number,
            TenantId = tenant.Id,
            RecordedBy = "console",
            Entries = [PreparedEntry.From(new NewEntry
            {
                Actor = Actor.Service,
                Action = ServiceActions.CheckpointKeyRotated,
                Target = tenant.AsResource(),
                Metadata = CanonicalObject.From(metadata.Where(pair => pair.Value is not null).ToDictionary()),
            })],
            // A repeat after a kill records it once.
            Idempotency = new IdempotencyKey("checkpoint-key", $"{old.Id}-{old.SuccessorId}", new EntryHash(SHA256.HashData(Encoding.UTF8.GetBytes(old.SuccessorPem)))),
            Answer = _ => "{}"u8.ToArray(),
        };
    }
}
